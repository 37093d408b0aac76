// SPDX-License-Identifier: Apache-2.0
//
// A fork whose child is in a user namespace that exists already. setns(2) cannot be undone, so a child in between
// enters it and forks with CLONE_PARENT: the child is the caller's own all the same.
#pragma once

#include "helper/linux_system.h"

#include <cstdint>
#include <functional>

namespace pivotbench::helper {

/// clone3(2) with these namespaces besides, owned by the user namespace of the descriptor. In the child `run` is
/// called, which must not return. `pidfd` receives the child's pidfd; the pid is that in the caller's PID namespace.
[[nodiscard]] sys::Outcome<pid_t> forkInside(int userNamespace, std::uint64_t namespaceFlags, int *pidfd,
                                             const std::function<void()> &run);

} // namespace pivotbench::helper
