// SPDX-License-Identifier: Apache-2.0
//
// Starting the payload cheaply and knowing whether it started: a child that borrows the caller's memory while the
// caller waits (clone(2) with CLONE_VM | CLONE_VFORK, as posix_spawn does), until it executes a program or ends. Its
// descriptors, working directory, credentials and filters are its own.
#pragma once

#include "core/base/result.h"

#include <functional>
#include <sys/types.h>

namespace pivotbench::helper {

/// Runs `work` in the child, which ends by executing a program or by leaveUnexecuted(). Returns the pid of the program,
/// or 0 when none was executed; the child is reaped then.
[[nodiscard]] core::Result<pid_t> spawnSharing(const std::function<void()> &work);

/// The calling process is killed when its parent dies. The kernel forgets it when ids change (prctl(2),
/// PR_SET_PDEATHSIG), so it is said again then.
void dieWithParent();

/// To be said directly before an execve(2), and taken back when that failed: who dies before has not executed.
void aboutToExecute(bool about);

/// Ends a child of spawnSharing, or any other process of the builder, without having executed a program.
[[noreturn]] void leaveUnexecuted();

} // namespace pivotbench::helper
