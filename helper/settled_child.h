// SPDX-License-Identifier: Apache-2.0
//
// What every process that the helper forks for its own work does first: nothing of the helper but what it was given is
// reachable from there on, and nobody can trace it.
#pragma once

#include "core/base/result.h"

#include <vector>

namespace pivotbench::helper {

struct ChildStreams {
    int input = -1; ///< -1: all three are the null device
    int output = -1;
    int error = -1;
};

/// PR_SET_DUMPABLE 0, dies with its parent, `name` for ps(1), every signal blocked, umask 0, every descriptor closed
/// but the streams and `kept`.
[[nodiscard]] core::Status settleChild(const char *name, std::vector<int> kept, const ChildStreams &streams);

/// Closes every descriptor from 3 on but these.
void closeAllBut(std::vector<int> kept);

} // namespace pivotbench::helper
