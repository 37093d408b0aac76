// SPDX-License-Identifier: Apache-2.0
//
// Exports what the Stage shows while the window goes on: pictures are painted in an interface thread, so this program
// is started once more, without a display (pivotbench --export).
#pragma once

#include "app/stage/stage_export.h"
#include "app/tasks/task.h"

#include <memory>

namespace pivotbench::app {

/// Waits for it; any thread but the interface's. Cancelled, it leaves nothing behind. Codes: "export.process" with the
/// other process' own words, "cancelled".
[[nodiscard]] core::Status exportInProcess(const core::Recording &recording, const StageExport &options,
                                           const TaskProgress &progress);

} // namespace pivotbench::app
