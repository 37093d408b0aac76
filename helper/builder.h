// SPDX-License-Identifier: Apache-2.0
//
// The builder: a child of the helper that carries out a Plan on itself and then is pid 1 of the sandbox, where it
// reaps, forwards signals and tells how the payload ended. It cannot be dumped or traced (PR_SET_DUMPABLE 0 and its
// memory belongs to the user namespace of the helper), so neither the user's other programs nor the payload can take it
// over. It dies with the helper: the kernel then removes every namespace and mount it made.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "helper/executor.h"

#include <sys/types.h>

namespace pivotbench::helper {

struct BuilderProcess {
    pid_t pid = -1; ///< in the helper's PID namespace
    core::UniqueFd pidfd;
    core::UniqueFd channel; ///< the helper's end (builder_channel.h)
};

/// Forks the builder with the namespaces of the plan's first step; with `order.join` it enters those instead. The
/// helper must have one thread.
[[nodiscard]] core::Result<BuilderProcess> startBuilder(BuildOrder &order);

/// Flags of clone3(2) and unshare(2).
[[nodiscard]] std::uint64_t cloneFlags(const std::vector<core::Namespace> &namespaces);

/// Without one nothing ends the descendants of a payload but its builder.
[[nodiscard]] bool makesPidNamespace(const core::Plan &plan);

/// Indexes into pinOrder of the namespaces that a plan makes, in the order in which they are joined.
[[nodiscard]] std::vector<std::size_t> pinsOf(const core::Plan &plan);

} // namespace pivotbench::helper
