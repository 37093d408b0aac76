// SPDX-License-Identifier: Apache-2.0
//
// pivotbench --export: what the Stage plays as files, without a window. Progress and errors go to standard error.
#pragma once

#include "app/workbench/command_line.h"

namespace pivotbench::app {

/// Returns the exit status: 0, or 1 with a sentence of what went wrong. Needs a QApplication; interface thread.
[[nodiscard]] int runExport(const CommandLine &line);

} // namespace pivotbench::app
