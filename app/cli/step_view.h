// SPDX-License-Identifier: Apache-2.0
//
// Steps and frames as text for a terminal: what `plan`, `show` and `step` print. Everything that came from outside is
// made printable. Pure.
#pragma once

#include "core/plan/plan.h"
#include "core/recording/recording.h"

#include <string>

namespace pivotbench::app::cli {

struct StepStyle {
    bool colours = false;
    std::size_t width = 0; ///< of the terminal; 0: nothing is cut
};

/// " 7  root  overlay  Mount the overlay", then the call.
[[nodiscard]] std::string stepText(const core::Plan &plan, std::size_t index, const StepStyle &style);
/// The same with shell line, reason and manual.
[[nodiscard]] std::string stepDetails(const core::Plan &plan, std::size_t index, const StepStyle &style);

/// What one frame shows: outcome, time, what changed in the mount table, root and cwd.
/// `before` is the frame before it; null for the first one.
[[nodiscard]] std::string frameText(const core::Plan &plan, const core::Frame *before, const core::Frame &frame,
                                    const StepStyle &style);
/// For a failed frame: the causes with its errno, each with a tick or a cross where the kernel model can decide it on
/// the mount table before the step; else those that the manual lists.
[[nodiscard]] std::string causesText(const core::Recording &recording, std::size_t frame);

/// The whole recording: a heading, every frame, and the mount table at the end.
[[nodiscard]] std::string recordingText(const core::Recording &recording, const StepStyle &style);

/// What was recorded, as a stable JSON object: the first line of `pivotctl show --format json`:
///   {"tool", "kernel", "origin": "kernel"|"model", "started", "name", "userNamespace", "steps": N, "truncated"}
[[nodiscard]] std::string headerJson(const core::Recording &recording);
/// The frame as a stable JSON object, for `pivotctl show --format json`:
///   {"step", "id", "phase", "initial", "skipped", "error": null | {"code", "what", "errno", "path", "hint"},
///    "nanoseconds", "durationNanoseconds", "pid", "uid", "gid", "root": {"path", "mountId"}, "cwd": {…},
///    "namespaces": {…}, "mounts": […]}   mounts as in mount_view.h
[[nodiscard]] std::string frameJson(const core::Plan &plan, const core::Frame &frame);

} // namespace pivotbench::app::cli
