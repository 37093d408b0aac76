// SPDX-License-Identifier: Apache-2.0
//
// A State as the mount table that a process reads in /proc/self/mountinfo.
#pragma once

#include "core/kernel/state.h"
#include "core/mount/mount_table.h"

#include <vector>

namespace pivotbench::core::kernel {

/// The rows that are reachable from the root of the process, in the order of their making; each mount's id is its
/// MountId. Options of superblocks are only what the state knows of them.
[[nodiscard]] std::vector<MountEntry> tableOf(const State &state, ProcessId process);
/// The same for somebody in this namespace whose root would be this place.
[[nodiscard]] std::vector<MountEntry> tableOf(const State &state, MountNamespaceId space, Place root);

/// "rw,nosuid,relatime": field 6 of mountinfo.
[[nodiscard]] std::string optionsText(std::uint32_t flags);

} // namespace pivotbench::core::kernel
