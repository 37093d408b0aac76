// SPDX-License-Identifier: Apache-2.0
//
// What the stage can play, and how it is come by: the prediction of a document's plan, the recording in a file, or that
// of a launch which is watched (live_launch.h). They cost, so these functions run beside the interface; their answers
// are plain values.
#pragma once

#include "app/document/analysis.h"
#include "app/stage/staged.h"
#include "core/recording/recording_match.h"

#include <QString>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace pivotbench::app {

struct StageSource {
    enum class Kind { Prediction, Recording, Launch };
    Kind kind = Kind::Prediction;
    QString path = {};                         ///< of the file; empty for the prediction of the document
    std::shared_ptr<const Staged> staged = {}; ///< null where there is nothing to play
    std::optional<core::Error> error = {};     ///< of a file: what is in it up to there is played all the same

    /// Of a prediction: the model cannot tell what comes after the last frame.
    bool uncertain = false;
};

/// Reads a .pbrec, as far as it makes sense. Any thread; takes seconds for the largest, and a stopped one has nothing.
[[nodiscard]] StageSource loadStage(const QString &path, const std::stop_token &stop = {});

/// What the model says of a recording's plan, on the machine that it began with. Absent where that cannot be told: it
/// is a prediction itself, does not tell where it began, or is too large. Any thread.
[[nodiscard]] std::optional<core::Recording> foretellAgain(const core::Recording &recording);
/// Where a recording of the kernel is not what was predicted of it. Of one that still grows, as far as it is. Any
/// thread.
[[nodiscard]] std::vector<core::FrameMismatch> compareStage(const core::Recording &recording,
                                                            const core::Recording &predicted, bool grows = false);

/// Predicts every step of the analysed plan on this machine, with its mount table. Any thread.
[[nodiscard]] StageSource foretellStage(const Analysis &analysis, const core::HostFacts &facts);

/// The same of a sandbox that is no document; where it has errors, the first of them is that of the source. Any thread.
[[nodiscard]] StageSource foretellSpec(const core::SandboxSpec &spec, const core::HostFacts &facts);

} // namespace pivotbench::app
