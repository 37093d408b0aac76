// SPDX-License-Identifier: Apache-2.0
//
// Everything that is said about one frame of a recording: what the step is, how it went, why it failed, what it
// changed. Plain values with printable text; made by reportOf() in any thread, because a large table, or a failure's
// causes with the files they are held against, take their time.
#pragma once

#include "core/kernel/diagnose.h"
#include "core/plan/plan.h"
#include "core/recording/recording.h"

#include <QString>
#include <QStringList>
#include <cstddef>
#include <vector>

namespace pivotbench::app {

struct CauseReport {
    enum class Verdict { Applies, DoesNot, Open };
    Verdict verdict = Verdict::Open;
    QString when;
    QString fix;
    QString manual;
    bool operator==(const CauseReport &) const = default;
};

struct MountReport {
    enum class Kind { Added, Removed, Changed };
    Kind kind = Kind::Added;
    QString path;
    QStringList details; ///< "options: rw → ro", a line each
    bool operator==(const MountReport &) const = default;
};

struct FrameReport {
    enum class Outcome { Beginning, Done, Skipped, Failed };
    std::size_t frame = 0;
    QString title = {};
    QString phase = {};    ///< "Namespaces"; empty at the beginning
    bool supposed = false; ///< it never happened
    QString place = {};    ///< "Step 8 of 16"
    Outcome outcome = Outcome::Beginning;
    QString outcomeText = {}; ///< "done in 42 µs", "EINVAL: Invalid argument"
    QString failure = {};     ///< the error in sentences; empty without one
    std::vector<CauseReport> causes = {};
    QString why = {};
    QString call = {};
    QString shell = {};
    QString manual = {};
    std::vector<MountReport> mounts = {}; ///< at most mostReportedMounts of what changed
    QString mountSummary = {};            ///< "1 added, 2 changed, 41 as before"
    QStringList process = {};             ///< "root: / → /run/…", what changed first
    bool operator==(const FrameReport &) const = default;
};
inline constexpr std::size_t mostReportedMounts = 400;

/// `diagnosis`: of a refusal that was examined already; else a failure's causes are looked for here.
[[nodiscard]] FrameReport reportOf(const core::Recording &recording, std::size_t frame,
                                   const std::vector<core::kernel::Diagnosis> &diagnosis = {});

/// Whether reportOf() is quick enough for the interface thread.
[[nodiscard]] bool isQuickReport(const core::Recording &recording, std::size_t frame);

/// "Namespaces", "Root", …
[[nodiscard]] QString phaseTitle(core::Phase phase);
/// "Switch to the new root".
[[nodiscard]] QString titleOf(const core::Plan &plan, const core::Step &step);
/// The same for a frame; of the state before the first step: "Where it begins".
[[nodiscard]] QString titleOf(const core::Recording &recording, std::size_t frame);
/// "Step 8 of 16", "Before the first step".
[[nodiscard]] QString placeOf(const core::Recording &recording, std::size_t frame);
/// "Step 8 of 16, Switch to the new root: failed, Invalid argument": for somebody who hears it.
[[nodiscard]] QString sentenceOf(const core::Recording &recording, std::size_t frame);

} // namespace pivotbench::app
