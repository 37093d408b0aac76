// SPDX-License-Identifier: Apache-2.0
//
// Predictions of whole plans on made-up machines: what goes through, what is refused and why, what frames share. That
// predictions are right is shown on the kernel (tests/sandbox/tst_prediction).
#include "core/kernel/diagnose.h"
#include "core/kernel/predict.h"
#include "core/kernel/tree.h"
#include "core/plan/planner.h"
#include "core/preset/presets.h"
#include "core/spec/fixes.h"
#include "tests/kernel/made_machine.h"

#include <QTest>
#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unordered_set>

using namespace pivotbench::core;
using namespace pivotbench::core::kernel;
using namespace pivotbench::tests;

class TestPredict : public QObject {
    Q_OBJECT

private slots:
    void presetsGoThrough_data()
    {
        QTest::addColumn<QString>("preset");
        for (const Preset &preset : presets())
            QTest::newRow(preset.id.c_str()) << QString::fromStdString(preset.id);
    }
    void presetsGoThrough()
    {
        QFETCH(QString, preset);
        const Plan plan = planOf(preset.toUtf8().constData());
        const Prediction prediction = predict(plan, someFacts(), machineWith(smallTable), "{}");
        QVERIFY2(!prediction.refusal, prediction.recording.frames.back().error
                                          ? describe(*prediction.recording.frames.back().error).c_str()
                                          : "");
        QCOMPARE(prediction.recording.frames.size(), plan.steps.size() + 1);
        QCOMPARE(prediction.recording.header.origin, std::string("model"));
        const Frame &last = prediction.recording.frames.back();
        QCOMPARE(last.root.path == "/", preset != "chroot-jail");
        // The host is as it was.
        QCOMPARE(prediction.recording.frames.front().table->size(), std::size_t{4});
    }

    /// A shared put_old ends the prediction there, and the diagnosis says of every EINVAL whether it holds.
    void aRefusalNamesItsCause()
    {
        const Plan plan = planOf("busybox", [](SandboxSpec &spec) {
            spec.root.propagation = RootPropagation::Shared;
            spec.root.switchRoot = SwitchRoot::PivotRoot;
        });
        const Prediction prediction = predict(plan, someFacts(), machineWith(smallTable), "{}");
        QVERIFY(prediction.refusal);
        QCOMPARE(prediction.refusal->cause, Cause::PivotPutOldShared);
        const Recording &recording = prediction.recording;
        QCOMPARE(plan.steps[recording.frames.back().step].id, std::string("pivot-root"));
        QCOMPARE(recording.frames.back().error->errnum, EINVAL);
        const std::vector<Diagnosis> diagnoses =
            diagnoseFrame(recording, recording.frames.size() - 1, std::make_shared<const EverythingExists>(true));
        const auto verdict = [&](Cause cause) {
            const auto found = std::ranges::find(diagnoses, cause, &Diagnosis::cause);
            return found == diagnoses.end() ? Diagnosis::Verdict::Undecided : found->verdict;
        };
        QCOMPARE(verdict(Cause::PivotPutOldShared), Diagnosis::Verdict::Applies);
        QCOMPARE(verdict(Cause::PivotNewRootParentShared), Diagnosis::Verdict::Applies);
        QCOMPARE(verdict(Cause::PivotRootParentShared), Diagnosis::Verdict::DoesNot);
        QCOMPARE(verdict(Cause::PivotNewRootNotAMount), Diagnosis::Verdict::DoesNot);
        QCOMPARE(verdict(Cause::PivotPutOldOutside), Diagnosis::Verdict::DoesNot);
    }

    /// What is offered against a refusal of the model lets the same launch through, or at least past it.
    void fixesMendWhatIsRefused()
    {
        std::set<std::string> fixed;
        for (const char *preset : {"busybox", "bare-pivot", "chroot-jail"})
            for (const SwitchRoot way : {SwitchRoot::PivotRoot, SwitchRoot::PivotRootDot})
                for (const RootPropagation propagation :
                     {RootPropagation::Private, RootPropagation::Slave, RootPropagation::Shared,
                      RootPropagation::Unbindable, RootPropagation::Unchanged})
                    for (const Writable writable : {Writable::Discard, Writable::None, Writable::Direct}) {
                        auto spec = findPreset(preset);
                        QVERIFY(spec);
                        spec->root.switchRoot = way;
                        spec->root.propagation = propagation;
                        spec->root.writable = writable;
                        const auto found = [](const SandboxSpec &one) {
                            const auto plan = makePlan(*nameBuiltins(one, someFacts()), someFacts());
                            return plan ? findingOf(*plan, predict(*plan, someFacts(), machineWith(smallTable), "{}"))
                                        : std::nullopt;
                        };
                        const std::optional<Finding> refused = found(*spec);
                        const std::optional<Fix> fix = refused ? fixOf(*refused, *spec) : std::nullopt;
                        if (!fix)
                            continue;
                        fixed.insert(refused->id);
                        const std::optional<Finding> after = found(fix->spec);
                        QVERIFY2(!after || after->id != refused->id, refused->id.c_str());
                    }
        for (const std::string_view id : findingsWithFixes())
            if (id.starts_with("kernel."))
                QVERIFY2(fixed.contains(std::string(id)), std::string(id).c_str());
    }

    /// Frames hold a row once: a launch on a host with many mounts costs little more than the host.
    void framesShareRows()
    {
        std::string table = smallTable;
        constexpr std::size_t mounts = 10000;
        for (std::size_t i = 0; i < mounts; ++i)
            table += fmt::format("{} 20 0:{} / /srv/{} rw shared:{} - tmpfs t rw\n", 100 + i, 100 + i, i, 100 + i);
        const Prediction prediction = predict(planOf("busybox"), someFacts(), machineWith(table), "{}");
        QVERIFY(!prediction.refusal);
        std::unordered_set<const MountEntry *> rows;
        std::unordered_set<const MountTable *> tables;
        for (const Frame &frame : prediction.recording.frames) {
            tables.insert(frame.table.get());
            for (const MountEntry &row : frame.table->entries())
                rows.insert(&row);
        }
        QVERIFY(tables.size() > 20);
        // The host's, the builder's copies, the same made private; then only what the steps change.
        QVERIFY2(rows.size() < 3 * mounts + 500, QByteArray::number(static_cast<qulonglong>(rows.size())));
    }

    /// Who asks only for the last table gets the same one, also where the launch fails, and the same frames otherwise.
    void theLastTableAlone()
    {
        const auto shared = [](SandboxSpec &spec) { spec.root.propagation = RootPropagation::Shared; };
        std::vector<Plan> plans{planOf("busybox", shared)};
        for (const Preset &preset : presets())
            plans.push_back(planOf(preset.id.c_str()));
        for (const Plan &plan : plans) {
            const Prediction all = predict(plan, someFacts(), machineWith(smallTable), "{}");
            const Prediction last = predict(plan, someFacts(), machineWith(smallTable), "{}", TablesIn::LastFrame);
            QCOMPARE(last.refusal.has_value(), all.refusal.has_value());
            const std::vector<Frame> &frames = last.recording.frames;
            QCOMPARE(frames.size(), all.recording.frames.size());
            QCOMPARE(*frames.back().table, *all.recording.frames.back().table);
            for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
                QVERIFY(!frames[i].table);
                QCOMPARE(frames[i].root, all.recording.frames[i].root);
            }
        }
    }

    /// The same after a file has been written and read.
    void framesShareRowsFromAFile()
    {
        std::string table = smallTable;
        for (std::size_t i = 0; i < 2000; ++i)
            table += fmt::format("{} 20 0:{} / /srv/{} rw - tmpfs t rw\n", 100 + i, 100 + i, i);
        const Prediction prediction = predict(planOf("bare-pivot"), someFacts(), machineWith(table), "{}");
        RecordingWriter writer;
        RecordingReader reader;
        QVERIFY(reader.append(writer.header(prediction.recording.header)).has_value());
        for (const Frame &frame : prediction.recording.frames)
            QVERIFY(reader.append(writer.frame(frame)).has_value());
        std::unordered_set<const MountEntry *> rows;
        for (const Frame &frame : reader.recording().frames)
            for (const MountEntry &row : frame.table->entries())
                rows.insert(&row);
        QVERIFY2(rows.size() < 3 * 2000 + 500, QByteArray::number(static_cast<qulonglong>(rows.size())));
        QCOMPARE(*reader.recording().frames.back().table, *prediction.recording.frames.back().table);
    }

    /// What nobody has looked at is not guessed.
    void withoutFilesItSaysUnknown()
    {
        auto rows = parseMountinfo(smallTable);
        const Machine machine = machineOf(MountTable(std::move(*rows)), Reader{.uid = 1000, .privileged = false});
        const Prediction prediction = predict(planOf("busybox"), someFacts(), machine, "{}");
        QVERIFY(prediction.refusal);
        QCOMPARE(prediction.refusal->cause, Cause::Unknown);
        QCOMPARE(prediction.recording.frames.back().error->code, std::string("model.unknown"));
    }
};

QTEST_GUILESS_MAIN(TestPredict)
#include "tst_predict.moc"
