// SPDX-License-Identifier: Apache-2.0
//
// What an operation did in the model (core/kernel/whatif.h), as text for a terminal or another program. Every function
// returns text that ends in a newline, and in which nothing from outside can act on a terminal. Pure.
#pragma once

#include "core/kernel/whatif.h"

#include <string>

namespace pivotbench::app::cli {

/// The operation, whether it was done, and every mount, root and working directory that changed. The mounts of a
/// namespace that came or went are counted, not listed.
[[nodiscard]] std::string effectText(const core::kernel::WhatIfOperation &operation, const core::kernel::Effect &effect,
                                     bool colours);

/// "namespace 2 (the machine, process 1, 3)".
[[nodiscard]] std::string namespaceName(const core::kernel::NamespaceView &view);

/// The stable form for programs, one object on one line:
///   {"operation", "process", "done", "errno", "cause", "path",
///    "namespaces": [{"id", "state", "machine", "processes": [N, …], "added": [mount, …], "removed": [mount, …],
///                    "changed": [{"id", "mountPoint", "fields": {FIELD: {"before", "after"}}}]}],
///    "processes": [{"id", "state", "root", "cwd", "rootBefore", "cwdBefore"}]}
/// "errno" is a name; it and "path" are null where there is none. "cause" is null or {"word", "when", "fix", "manual"}.
/// "state" is "made", "changed" or "ended". A mount is {"id", "parentId", "mountPoint", "root", "type", "source",
/// "options", "propagation"}; its id stays the same from operation to operation. FIELD is as in
/// core/mount/table_diff.h. What has ended has no "root" and "cwd" (null), what was made none before.
[[nodiscard]] std::string effectJson(const core::kernel::WhatIfOperation &operation,
                                     const core::kernel::Effect &effect);

} // namespace pivotbench::app::cli
