// SPDX-License-Identifier: Apache-2.0
//
// Recordings that go on with what never happened: on predictions, on what a recording tells, on forged ones.
#include "core/stage/supposed.h"

#include "core/kernel/operation_call.h"
#include "core/kernel/whatif_operation.h"
#include "core/stage/scene.h"
#include "core/stage/story.h"
#include "tests/stage/made_recording.h"

#include <QTest>
#include <cerrno>
#include <set>

using namespace pivotbench::tests;
using namespace pivotbench::core::stage;

namespace {

Call callFrom(std::string_view line)
{
    const auto operation = parseOperation(line);
    if (!operation)
        qFatal("%s", operation.error().what.c_str());
    return std::get<Call>(operation->what);
}

/// A prediction, or what a recording of the same tells, and where it goes on.
struct Telling {
    Prediction prediction;
    std::shared_ptr<const Recording> recording;
    std::shared_ptr<const MomentMachine> machine;
    std::vector<Diagnosis> diagnosis;

    Telling(const char *preset, std::string_view step, bool kept)
        : prediction(
              predict(planOf(preset), someFacts(), machineWith(smallTable), "{}", TablesIn::EveryFrame, Machines::Kept))
        , recording(std::make_shared<const Recording>(prediction.recording))
    {
        const std::size_t frame = frameOf(step);
        auto cut = std::make_shared<Recording>(*recording);
        cut->frames.resize(frame + 1);
        recording = cut;
        machine = std::make_shared<const MomentMachine>(
            kept ? MomentMachine{prediction.machines[frame], RowNumbers(), true} : machineFromFrame(*recording, frame));
    }
    [[nodiscard]] std::size_t frameOf(std::string_view step) const
    {
        for (std::size_t i = 1; i < prediction.recording.frames.size(); ++i)
            if (prediction.recording.header.plan.steps[prediction.recording.frames[i].step].id == step)
                return i;
        qFatal("no such step");
    }
    /// The frame that it makes.
    const Frame &suppose(std::string_view line)
    {
        auto next =
            pivotbench::core::stage::suppose(*recording, recording->frames.size() - 1, *machine, callFrom(line));
        if (!next)
            qFatal("%s", next.error().what.c_str());
        recording = next->recording;
        machine = next->machine;
        diagnosis = next->diagnosis;
        return recording->frames.back();
    }
    [[nodiscard]] const MountEntry *row(std::string_view mountPoint) const
    {
        const MountTable &table = *recording->frames.back().table;
        const std::size_t found = table.visibleAt(mountPoint);
        return found == MountTable::none ? nullptr : &table.entries()[found];
    }
};

} // namespace

class TestSupposed : public QObject {
    Q_OBJECT

private slots:
    void calls_data()
    {
        QTest::addColumn<bool>("kept");
        QTest::newRow("on a prediction") << true;
        QTest::newRow("on what a recording tells") << false;
    }

    void calls()
    {
        QFETCH(bool, kept);
        Telling telling("bare-pivot", "chdir-root", kept);
        const std::size_t before = telling.recording->frames.size();
        const SharedRow root = telling.recording->frames.back().table->entries().share(0);

        QVERIFY(!telling.suppose("mount tmpfs /oldroot/srv").error);
        QCOMPARE(telling.row("/oldroot/srv")->type, "tmpfs");
        QCOMPARE(telling.recording->frames.back().table->parentOf(
                     telling.recording->frames.back().table->visibleAt("/oldroot/srv")),
                 telling.recording->frames.back().table->visibleAt("/oldroot"));
        QVERIFY(!telling.suppose("make-shared /oldroot/srv").error);
        QVERIFY(telling.row("/oldroot/srv")->peerGroup != 0);
        QVERIFY(!telling.suppose("bind /oldroot/srv /oldroot/home").error);
        QCOMPARE(telling.row("/oldroot/home")->peerGroup, telling.row("/oldroot/srv")->peerGroup);
        // What is mounted on one peer comes on the other: mkdir first, in both at once.
        QVERIFY(!telling.suppose("mkdir /oldroot/srv/in").error);
        QVERIFY(!telling.suppose("mount tmpfs /oldroot/home/in").error);
        QVERIFY(telling.row("/oldroot/srv/in"));
        QVERIFY(!telling.suppose("make-private /oldroot/home").error);
        QCOMPARE(telling.row("/oldroot/home")->peerGroup, 0U);
        QVERIFY(!telling.suppose("remount ro /oldroot/home").error);
        QVERIFY(telling.row("/oldroot/home")->options.starts_with("ro"));
        QVERIFY(!telling.suppose("move /oldroot/home /oldroot/mnt").error);
        QVERIFY(!telling.row("/oldroot/home"));
        QVERIFY(telling.row("/oldroot/mnt"));
        QVERIFY(!telling.suppose("umount -l /oldroot/mnt").error);
        QVERIFY(!telling.row("/oldroot/mnt"));
        QVERIFY(!telling.suppose("cd /oldroot/proc").error);
        QCOMPARE(telling.recording->frames.back().cwd.path, "/oldroot/proc");
        QVERIFY(!telling.suppose("chroot /oldroot/srv").error);
        QCOMPARE(telling.recording->frames.back().root.path, "/oldroot/srv");

        // What no call touched is what it was, down to the object.
        for (std::size_t i = before; i + 1 < telling.recording->frames.size(); ++i) {
            const MountRows &rows = telling.recording->frames[i].table->entries();
            bool found = false;
            for (std::size_t row = 0; row < rows.size(); ++row)
                found = found || rows.share(row) == root;
            QVERIFY(found);
        }
        // And it is a recording like any other.
        for (std::size_t i = 0; i < telling.recording->frames.size(); ++i)
            QCOMPARE(isSupposed(*telling.recording, i), i >= before);
        const Story story(*telling.recording);
        const Focus focus = focusOf(story, telling.recording->header.plan);
        for (std::size_t i = 1; i < story.moments().size(); ++i)
            QVERIFY(
                !makeScene(*telling.recording, story.moments()[i], &story.moments()[i - 1], focus, {}).nodes.empty());
        RecordingWriter writer;
        RecordingReader reader;
        QVERIFY(reader.append(writer.header(telling.recording->header)));
        for (const Frame &frame : telling.recording->frames)
            QVERIFY(reader.append(writer.frame(frame)));
        QCOMPARE(reader.recording().header.plan, telling.recording->header.plan);
        QCOMPARE(*reader.recording().frames.back().table, *telling.recording->frames.back().table);
    }

    /// A mount keeps its key from what happened to what did not, so that it glides and stays selected.
    void keysGoOn()
    {
        for (const bool kept : {true, false}) {
            Telling telling("bare-pivot", "chdir-root", kept);
            const Story before(*telling.recording);
            telling.suppose("mount tmpfs /oldroot/srv");
            const Story after(*telling.recording);
            const World &was = *before.moments().back().world(Side::Sandbox);
            const World &is = *after.moments().back().world(Side::Sandbox);
            QCOMPARE(is.mounts.size(), was.mounts.size() + 1);
            for (const StoryMount &mount : was.mounts)
                QVERIFY(std::ranges::find(is.mounts, mount.key, &StoryMount::key) != is.mounts.end());
            QCOMPARE(after.moments().back().root.mount, before.moments().back().root.mount);
        }
    }

    /// Supposing what the plan would do next is what the prediction says.
    void agreesWithThePrediction()
    {
        for (const char *preset : {"bare-pivot", "busybox", "chroot-jail"}) {
            const Prediction prediction = predict(planOf(preset), someFacts(), machineWith(smallTable), "{}",
                                                  TablesIn::EveryFrame, Machines::Kept);
            const Recording &recording = prediction.recording;
            int compared = 0;
            for (std::size_t i = 1; i < recording.frames.size(); ++i) {
                const Operation &operation = recording.header.plan.steps[recording.frames[i].step].operation;
                const auto *pivot = std::get_if<PivotRoot>(&operation);
                const auto *unmount = std::get_if<Unmount>(&operation);
                const auto *unshare = std::get_if<Unshare>(&operation);
                const auto *jail = std::get_if<ChangeRoot>(&operation);
                if (recording.frames[i].skipped || (!pivot && !unmount && !unshare && !jail))
                    continue;
                const Call call = pivot     ? Call(PivotRootCall{pivot->newRoot, pivot->putOld})
                                  : unmount ? Call(UnmountCall{unmount->path, unmount->detach ? 2 : 0})
                                  : jail    ? Call(ChrootCall{jail->path})
                                            : Call(UnshareCall{{.mount = true}});
                if (unshare && std::ranges::find(unshare->namespaces, pivotbench::core::Namespace::Mount) ==
                                   unshare->namespaces.end())
                    continue;
                const auto next = suppose(recording, i - 1, {prediction.machines[i - 1], RowNumbers(), true}, call);
                QVERIFY(next && !next->recording->frames.back().error);
                const Frame &made = next->recording->frames.back();
                QCOMPARE(*made.table, *recording.frames[i].table);
                QCOMPARE(made.root, recording.frames[i].root);
                QCOMPARE(made.cwd, recording.frames[i].cwd);
                ++compared;
            }
            QVERIFY(compared > 0);
        }
    }

    void aRefusalIsExplainedAndChangesNothing()
    {
        for (const bool kept : {true, false}) {
            Telling telling("bare-pivot", "chdir-root", kept);
            telling.suppose("mount tmpfs /oldroot/srv");
            telling.suppose("make-rshared /");
            const std::size_t frames = telling.recording->frames.size();
            const auto table = telling.recording->frames.back().table;
            const Frame &refused = telling.suppose("pivot_root /oldroot/srv /oldroot/srv");
            QVERIFY(refused.error);
            QCOMPARE(refused.error->errnum, EINVAL);
            QVERIFY(refused.error->code.starts_with("model."));
            QCOMPARE(refused.error->step, telling.recording->header.plan.steps.back().id);
            QCOMPARE(refused.table, table);
            QVERIFY(std::ranges::any_of(telling.diagnosis, [](const Diagnosis &one) {
                return one.verdict == Diagnosis::Verdict::Applies && textOf(one.cause).fix[0] != '\0';
            }));
            QVERIFY(std::ranges::any_of(
                telling.diagnosis, [](const Diagnosis &one) { return one.verdict == Diagnosis::Verdict::DoesNot; }));
            // The next one takes its place, and its step.
            QVERIFY(!telling.suppose("make-rprivate /").error);
            QCOMPARE(telling.recording->frames.size(), frames + 1);
            QVERIFY(telling.diagnosis.empty());
            const Frame &again = telling.suppose("pivot_root /oldroot/srv /oldroot/srv");
            QVERIFY2(!again.error, again.error ? again.error->what.c_str() : "");
            std::set<std::string> ids;
            for (const Step &step : telling.recording->header.plan.steps)
                QVERIFY(ids.insert(step.id).second);
            QCOMPARE(telling.recording->frames.back().step, telling.recording->header.plan.steps.size() - 1);
        }
    }

    /// Of what came along into a new user namespace only the root is not locked.
    void locksAreThoseOfTheMoment()
    {
        for (const bool kept : {true, false}) {
            Telling telling("bare-pivot", "chdir-root", kept);
            const Frame &refused = telling.suppose("umount /oldroot/proc");
            QVERIFY(refused.error && refused.error->errnum == EINVAL);
            QVERIFY(!telling.suppose("umount -l /oldroot").error);
            QVERIFY(!telling.row("/oldroot/proc"));
        }
    }

    /// Before anything else has happened an ordinary user may do nothing.
    void privilegesAreThoseOfTheMoment()
    {
        Telling telling("bare-pivot", "create-process", true);
        const Prediction &prediction = telling.prediction;
        const auto next = suppose(prediction.recording, 0, {prediction.machines[0], RowNumbers(), true},
                                  callFrom("mount tmpfs /mnt"));
        QVERIFY(next && next->recording->frames.back().error);
        QCOMPARE(next->recording->frames.back().error->errnum, EPERM);
        QCOMPARE(next->recording->frames.size(), 2U);
        QVERIFY(!telling.suppose("unshare --mount").error);
        QVERIFY(telling.recording->frames.back().namespaces.at("mnt") !=
                telling.recording->frames.front().namespaces.at("mnt"));
        QVERIFY(Story(*telling.recording).moments().back().sandbox);
    }

    void goesOnFromAnyFrame()
    {
        Telling telling("bare-pivot", "chdir-root", true);
        telling.suppose("mount tmpfs /oldroot/srv");
        const auto first = telling.machine;
        const std::size_t at = telling.recording->frames.size() - 1;
        telling.suppose("mount tmpfs /oldroot/mnt");
        telling.suppose("mount tmpfs /oldroot/opt");
        const auto next = suppose(*telling.recording, at, *first, callFrom("umount /oldroot/srv"));
        QVERIFY(next);
        QCOMPARE(next->recording->frames.size(), at + 2);
        QCOMPARE(next->recording->header.plan.steps.size(), planOf("bare-pivot").steps.size() + 2);
    }

    void callsThatNoPlanHas()
    {
        const Telling telling("bare-pivot", "chdir-root", true);
        for (const Call &call : {Call(CloseCall{}), Call(ExitCall{}), Call(CloneCall{}), Call(FchdirCall{})}) {
            const auto next = suppose(*telling.recording, 1, *telling.machine, call);
            QVERIFY(!next);
            QCOMPARE(next.error().code, "what-if.call");
        }
        QVERIFY(!suppose(*telling.recording, 9999, *telling.machine, ChrootCall{"/"}));
    }

    /// The two translations fit each other.
    void operationsAndCalls()
    {
        const Plan plan;
        for (const char *line : {"mount tmpfs /a", "bind /a /b", "rbind /a /b", "move /a /b", "make-shared /a",
                                 "make-rslave /", "make-unbindable /x", "pivot_root . old"}) {
            const Call call = callFrom(line);
            const auto operation = operationOf(call);
            QVERIFY(operation);
            QCOMPARE(callOf(plan, *operation), std::optional<Call>(call));
        }
    }

    void anyRecordingAndText()
    {
        const std::string paths[] = {"/", "/m1/m2", "", "../..", std::string(5000, 'x'), "/\xff\n", "/日本語"};
        for (unsigned seed = 1; seed <= 8; ++seed) {
            const Recording recording = RandomRecording(seed, seed % 2 == 0).make(5, 15);
            for (std::size_t frame = 0; frame < recording.frames.size(); ++frame)
                for (const std::string &path : paths) {
                    std::shared_ptr<const Recording> now = std::make_shared<const Recording>(recording);
                    auto machine = std::make_shared<const MomentMachine>(machineFromFrame(recording, frame));
                    std::size_t at = frame;
                    for (const Call &call :
                         {Call(MountCall{.source = "tmpfs", .target = path, .type = "tmpfs"}),
                          Call(MountCall{.source = "/", .target = path, .flags = ms::bind | ms::recursive}),
                          Call(MountCall{.target = path, .flags = ms::shared | ms::recursive}),
                          Call(PivotRootCall{path, path}), Call(UnmountCall{path, UnmountCall::detach}),
                          Call(UnshareCall{{.mount = true}}), Call(ChrootCall{path})}) {
                        const auto next = suppose(*now, at, *machine, call);
                        QVERIFY(next);
                        now = next->recording;
                        machine = next->machine;
                        at = now->frames.size() - 1;
                    }
                    QCOMPARE(Story(*now).moments().size(), now->frames.size());
                }
        }
    }
};

QTEST_GUILESS_MAIN(TestSupposed)
#include "tst_supposed.moc"
