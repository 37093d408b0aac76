// SPDX-License-Identifier: Apache-2.0
#include "app/stage/frame_report.h"

#include "app/base/text.h"
#include "app/stage/staged.h"
#include "core/explain/explainer.h"
#include "core/kernel/host_files.h"
#include "core/mount/table_diff.h"
#include "core/stage/supposed.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr std::size_t quickRows = 1000;
constexpr std::size_t mostDetails = 12; ///< of one mount; its fields are fewer

class Report {
    Q_DECLARE_TR_FUNCTIONS(FrameReport)

public:
    static QString phase(Phase phase)
    {
        switch (phase) {
        case Phase::Namespaces: return tr("Namespaces");
        case Phase::Root: return tr("Root");
        case Phase::Filesystems: return tr("File systems");
        case Phase::Mounts: return tr("Mounts");
        case Phase::Configuration: return tr("Configuration");
        case Phase::Switch: return tr("Switch");
        case Phase::Hardening: return tr("Hardening");
        case Phase::Process: return tr("Process");
        case Phase::WhatIf: return tr("What if");
        }
        return {};
    }

    static QString title(const Recording &recording, std::size_t frame)
    {
        if (const Step *step = stepOf(recording, frame))
            return titleOf(recording.header.plan, *step);
        return recording.frames[frame].initial ? tr("Where it begins") : tr("An unknown step");
    }

    static QString supposed()
    {
        return tr("This never happened. The kernel model was asked what would come of it after the step before; "
                  "nothing was touched.");
    }

    static QString beginning()
    {
        return tr("An ordinary process of yours, called the builder here, lives in the host's mount namespace and sees "
                  "the host's mounts. It holds two strings: “root” is tied to where its paths begin, “cwd” to where it "
                  "stands. Step by step it becomes the sandbox.");
    }

    static QString mountCount(std::size_t mounts) { return tr("%n mounts", nullptr, static_cast<int>(mounts)); }

    static QString place(const Recording &recording, std::size_t frame)
    {
        const Frame &at = recording.frames[frame];
        if (at.initial)
            return tr("Before the first step");
        const std::vector<Step> &steps = recording.header.plan.steps;
        const auto happened = static_cast<std::size_t>(
            std::ranges::count_if(steps, [](const Step &step) { return step.phase != Phase::WhatIf; }));
        return stage::isSupposed(recording, frame)
                   ? tr("What if: operation %1").arg(at.step + 1 - std::min(happened, at.step))
                   : tr("Step %1 of %2").arg(at.step + 1).arg(happened);
    }

    static QString duration(std::uint64_t nanoseconds)
    {
        if (nanoseconds < 1'000'000)
            return tr("%1 µs").arg(nanoseconds / 1000);
        return tr("%1 ms").arg(QLocale().toString(static_cast<double>(nanoseconds) / 1e6, 'f', 1));
    }

    static QString outcome(const Recording &recording, std::size_t index)
    {
        const Frame &frame = recording.frames[index];
        if (frame.initial)
            return tr("nothing has happened yet");
        if (frame.error && frame.error->code == "model.unknown")
            return tr("the model cannot tell");
        if (stage::isSupposed(recording, index))
            return frame.error ? tr("the kernel would refuse it: %1, %2")
                                     .arg(QString::fromStdString(errnoName(frame.error->errnum)),
                                          QString::fromStdString(errnoWords(frame.error->errnum)))
                               : tr("the kernel would do it");
        if (frame.error)
            return frame.error->errnum == 0 ? tr("failed")
                                            : tr("failed: %1, %2")
                                                  .arg(QString::fromStdString(errnoName(frame.error->errnum)),
                                                       QString::fromStdString(errnoWords(frame.error->errnum)));
        if (frame.skipped)
            return tr("nothing to do");
        return frame.durationNanoseconds == 0 ? tr("done") : tr("done in %1").arg(duration(frame.durationNanoseconds));
    }

    static std::vector<CauseReport> causes(const Recording &recording, std::size_t index, const Step &step,
                                           std::vector<kernel::Diagnosis> known)
    {
        std::vector<CauseReport> causes;
        // A launch ends with its first failure: more of them are forged, and each would cost a model.
        if (known.empty() && index + 1 == recording.frames.size() && recording.frames[index].error->errnum != 0)
            known = kernel::diagnoseFrame(recording, index, std::make_shared<const kernel::AssumedFiles>());
        if (index + 1 == recording.frames.size())
            for (const kernel::Diagnosis &diagnosis : known) {
                const kernel::CauseText &text = kernel::textOf(diagnosis.cause);
                const auto verdict =
                    diagnosis.verdict == kernel::Diagnosis::Verdict::Applies   ? CauseReport::Verdict::Applies
                    : diagnosis.verdict == kernel::Diagnosis::Verdict::DoesNot ? CauseReport::Verdict::DoesNot
                                                                               : CauseReport::Verdict::Open;
                causes.push_back({verdict, text.when, text.fix, text.manual});
            }
        if (causes.empty())
            for (const ErrorCause &cause : causesOf(step, recording.frames[index].error->errnum))
                causes.push_back(
                    {CauseReport::Verdict::Open, shown(cause.when), shown(cause.fix), shown(cause.manual)});
        std::ranges::stable_partition(
            causes, [](const CauseReport &cause) { return cause.verdict == CauseReport::Verdict::Applies; });
        return causes;
    }

    /// Whether all that happened to the table is that a new mount namespace got a copy of it: other ids, same mounts.
    static bool isCopied(const Frame &before, const Frame &after)
    {
        const auto namespaceOf = [](const Frame &frame) {
            const auto found = frame.namespaces.find("mnt");
            return found == frame.namespaces.end() ? 0 : found->second;
        };
        if (namespaceOf(before) == namespaceOf(after) || before.table->size() != after.table->size())
            return false;
        using Place = std::tuple<std::string_view, std::string_view, std::uint32_t, std::uint32_t, std::string_view>;
        const auto places = [](const MountTable &table) {
            std::multiset<Place> out;
            for (const MountEntry &entry : table.entries())
                out.emplace(entry.mountPoint, entry.root, entry.deviceMajor, entry.deviceMinor, entry.options);
            return out;
        };
        return places(*before.table) == places(*after.table);
    }

    static QString row(const MountEntry &entry)
    {
        const QString source =
            entry.root == "/" ? shown(entry.source) : shown(entry.source) + '[' + shown(entry.root) + ']';
        return tr("%1 from %2, %3, %4")
            .arg(shown(entry.type), source, shown(entry.options), QString::fromStdString(propagationText(entry)));
    }

    static QString fieldTitle(const std::string &field)
    {
        static const std::map<std::string, const char *> titles{
            {"id", QT_TR_NOOP("id")},
            {"parentId", QT_TR_NOOP("stands on")},
            {"device", QT_TR_NOOP("device")},
            {"root", QT_TR_NOOP("root in its file system")},
            {"mountPoint", QT_TR_NOOP("mount point")},
            {"options", QT_TR_NOOP("options")},
            {"propagation", QT_TR_NOOP("propagation")},
            {"type", QT_TR_NOOP("type")},
            {"source", QT_TR_NOOP("source")},
            {"superOptions", QT_TR_NOOP("options of the file system")},
        };
        const auto found = titles.find(field);
        return found == titles.end() ? shown(field) : tr(found->second);
    }

    /// What only goes along with a mount that it stands on, counted by that mount: indexes in the table after.
    static std::map<std::size_t, std::size_t> followers(const TableDiff &diff, const MountTable &after)
    {
        std::map<std::size_t, const MountChange *> moved;
        for (const MountChange &change : diff.changed)
            if (std::ranges::find(change.fields, "mountPoint") != change.fields.end())
                moved.emplace(change.after, &change);
        // Of each mount that moved: the one that it went along with, the topmost that is known so far.
        std::map<std::size_t, std::size_t> leaders;
        std::map<std::size_t, std::size_t> counts;
        for (const auto &[index, change] : moved) {
            if (change->fields.size() > 1)
                continue;
            std::size_t leader = index;
            for (std::size_t hops = 0; hops <= moved.size(); ++hops) {
                const auto here = moved.find(leader);
                if (here == moved.end() || here->second->fields.size() > 1)
                    break;
                const std::size_t parent = after.parentOf(leader);
                if (parent == MountTable::none || !moved.contains(parent))
                    break;
                leader = parent;
            }
            if (leader != index) {
                leaders.emplace(index, leader);
                ++counts[leader];
            }
        }
        for (const auto &[index, leader] : leaders)
            counts.emplace(index, 0);
        return counts;
    }

    /// What a row says in a field; of the mount it stands on its place, which says more than its number.
    static QString fieldWords(const MountTable &table, std::size_t index, const std::string &field)
    {
        const MountEntry &entry = table.entries()[index];
        const std::size_t parent = field == "parentId" ? table.indexOf(entry.parentId) : MountTable::none;
        if (parent != MountTable::none)
            return tr("%1 (mount %2)").arg(shown(table.entries()[parent].mountPoint)).arg(entry.parentId);
        if (field == "parentId")
            return tr("mount %1").arg(entry.parentId);
        return shown(fieldText(entry, field));
    }

    /// `hides`: what is no more in the table is mounted still, as proc_pid_mountinfo(5) lists what its reader can
    /// reach.
    static void mounts(FrameReport &report, const Frame &before, const Frame &after, bool hides)
    {
        if (before.table == after.table) {
            report.mountSummary = tr("no change");
            return;
        }
        if (isCopied(before, after)) {
            report.mountSummary = tr("all copied");
            report.mounts.push_back({MountReport::Kind::Added,
                                     tr("All %1 mounts").arg(after.table->size()),
                                     {tr("copies of their own in the new namespace")}});
            return;
        }
        const TableDiff diff = diffTables(*before.table, *after.table);
        const auto add = [&](MountReport mount) {
            if (report.mounts.size() < mostReportedMounts)
                report.mounts.push_back(std::move(mount));
        };
        for (const std::size_t index : diff.added) {
            const MountEntry &entry = after.table->entries()[index];
            add({MountReport::Kind::Added, shown(entry.mountPoint), {row(entry)}});
        }
        const std::map<std::size_t, std::size_t> along = followers(diff, *after.table);
        for (const MountChange &change : diff.changed) {
            const auto counted = along.find(change.after);
            if (counted != along.end() && counted->second == 0)
                continue;
            MountReport mount{MountReport::Kind::Changed, shown(after.table->entries()[change.after].mountPoint), {}};
            for (const std::string &field : change.fields)
                if (mount.details.size() < static_cast<qsizetype>(mostDetails))
                    mount.details << tr("%1: %2 → %3")
                                         .arg(fieldTitle(field), fieldWords(*before.table, change.before, field),
                                              fieldWords(*after.table, change.after, field));
            if (counted != along.end())
                mount.details << tr("%n mounts below it went along", nullptr, static_cast<int>(counted->second));
            add(std::move(mount));
        }
        if (hides && !diff.removed.empty())
            add({MountReport::Kind::Changed,
                 tr("%n mounts", nullptr, static_cast<int>(diff.removed.size())),
                 {tr("mounted still, but out of the process' reach")}});
        for (const std::size_t index : hides ? std::vector<std::size_t>() : diff.removed) {
            const MountEntry &entry = before.table->entries()[index];
            add({MountReport::Kind::Removed, shown(entry.mountPoint), {row(entry)}});
        }
        QStringList parts;
        if (!diff.added.empty())
            parts << tr("%1 added").arg(diff.added.size());
        if (!diff.changed.empty())
            parts << tr("%1 changed").arg(diff.changed.size());
        if (!diff.removed.empty())
            parts << (hides ? tr("%1 out of reach") : tr("%1 gone")).arg(diff.removed.size());
        const std::size_t touched = diff.added.size() + diff.changed.size();
        if (after.table->size() > touched)
            parts << tr("%1 as before").arg(after.table->size() - touched);
        report.mountSummary = diff.empty() ? tr("no change") : parts.join(", ");
    }

    static void process(FrameReport &report, const Frame *before, const Frame &frame)
    {
        const auto anchor = [&](const QString &name, const Anchor *was, const Anchor &is) {
            report.process << (was && was->path != is.path
                                   ? tr("%1: %2 → %3").arg(name, shown(was->path), shown(is.path))
                                   : tr("%1: %2").arg(name, shown(is.path)));
        };
        anchor(tr("root"), before ? &before->root : nullptr, frame.root);
        anchor(tr("cwd"), before ? &before->cwd : nullptr, frame.cwd);
        const auto number = [&](const QString &name, std::uint32_t was, std::uint32_t is) {
            report.process << (before && was != is ? tr("%1: %2 → %3").arg(name).arg(was).arg(is)
                                                   : tr("%1: %2").arg(name).arg(is));
        };
        number(tr("uid"), before ? before->uid : 0, frame.uid);
        number(tr("gid"), before ? before->gid : 0, frame.gid);
        if (frame.pid > 0)
            report.process << tr("pid: %1, as the host counts").arg(frame.pid);
        constexpr int mostNamespaces = 16; // the kernel has ten files; a forged recording may name more
        int count = 0;
        for (const auto &[name, inode] : frame.namespaces) {
            if (!before || ++count > mostNamespaces)
                break;
            const auto was = before->namespaces.find(name);
            if (was != before->namespaces.end() && was->second != inode)
                report.process << tr("namespace %1: new").arg(shown(name));
        }
    }
};

} // namespace

QString phaseTitle(Phase phase) { return Report::phase(phase); }

QString titleOf(const Plan &plan, const Step &step) { return shown(explain(plan, step).title); }

QString titleOf(const Recording &recording, std::size_t frame) { return Report::title(recording, frame); }

QString placeOf(const Recording &recording, std::size_t frame) { return Report::place(recording, frame); }

QString sentenceOf(const Recording &recording, std::size_t frame)
{
    return QStringLiteral("%1, %2: %3")
        .arg(Report::place(recording, frame), Report::title(recording, frame), Report::outcome(recording, frame));
}

bool isQuickReport(const Recording &recording, std::size_t frame)
{
    return !recording.frames[frame].error && recording.frames[frame].table->size() <= quickRows &&
           (frame == 0 || recording.frames[frame - 1].table->size() <= quickRows);
}

FrameReport reportOf(const Recording &recording, std::size_t index, const std::vector<kernel::Diagnosis> &diagnosis)
{
    const Frame &frame = recording.frames[index];
    const Frame *before = index > 0 ? &recording.frames[index - 1] : nullptr;
    FrameReport report{.frame = index,
                       .title = Report::title(recording, index),
                       .place = Report::place(recording, index),
                       .outcomeText = Report::outcome(recording, index)};
    report.outcome = frame.initial   ? FrameReport::Outcome::Beginning
                     : frame.error   ? FrameReport::Outcome::Failed
                     : frame.skipped ? FrameReport::Outcome::Skipped
                                     : FrameReport::Outcome::Done;
    if (const Step *step = stepOf(recording, index)) {
        const Explanation explanation = explain(recording.header.plan, *step);
        report.phase = Report::phase(step->phase);
        report.supposed = step->phase == Phase::WhatIf;
        report.why = report.supposed ? Report::supposed() : shown(explanation.why);
        report.call = shown(explanation.call, true);
        report.shell = shown(explanation.shell, true);
        report.manual = shown(explanation.manual);
        if (frame.error) {
            Error error = *frame.error;
            if (report.supposed)
                error.step.clear(); // its number says nothing that is not shown
            report.failure = shown(describe(error), true);
            report.causes = Report::causes(recording, index, *step, diagnosis);
        }
    }
    if (before) {
        const Step *step = stepOf(recording, index);
        Report::mounts(report, *before, frame, step && std::holds_alternative<ChangeRoot>(step->operation));
    } else {
        report.why = Report::beginning();
        report.mountSummary = Report::mountCount(frame.table->size());
    }
    Report::process(report, before, frame);
    return report;
}

} // namespace pivotbench::app
