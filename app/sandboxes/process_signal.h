// SPDX-License-Identifier: Apache-2.0
//
// A signal to exactly one process of a sandbox, not to a later one with its pid (pidfd_open(2),
// pidfd_send_signal(2)). The user may signal what runs in namespaces that are the user's own. Any thread.
#pragma once

#include "core/base/result.h"
#include "core/host/process_tree.h"

namespace pivotbench::app {

/// EPERM and ESRCH as kill(2).
[[nodiscard]] core::Status signalProcess(const core::ProcessInfo &process, int number);

} // namespace pivotbench::app
