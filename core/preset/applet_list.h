// SPDX-License-Identifier: Apache-2.0
//
// Asks a BusyBox for its applets by running it: with an empty environment, bounded output and a time limit, and never
// leaving a child behind. Blocking; any thread.
#pragma once

#include "core/base/result.h"

#include <string>

namespace pivotbench::core {

/// What `PROGRAM --list` prints.
[[nodiscard]] Result<std::string> readAppletList(const std::string &program);

} // namespace pivotbench::core
