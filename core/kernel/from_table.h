// SPDX-License-Identifier: Apache-2.0
//
// The state of a machine, as far as one mount table tells it: its mounts, the directories that are mount points, one
// process. What the table does not tell is told by a HostTree, or unknown. Peers in other namespaces are not in the
// table, so they hear of nothing.
#pragma once

#include "core/kernel/state.h"
#include "core/mount/mount_table.h"

#include <memory>
#include <optional>
#include <set>

namespace pivotbench::core::kernel {

struct Reader {
    std::uint32_t uid = 0;
    bool privileged = true; ///< CAP_SYS_ADMIN in its user namespace
    /// Ids of the rows that are locked, where somebody knows: all that were there when the namespace was made.
    std::optional<std::set<std::uint64_t>> locked = {};
    bool initialUserNamespace = true; ///< else any mount may be locked: where that matters, calls are Unknown
};

struct Machine {
    State state;
    ProcessId reader = ProcessId::None; ///< who reads the table; stands on its root
};
[[nodiscard]] Machine machineOf(const MountTable &table, const Reader &reader,
                                std::shared_ptr<const HostTree> files = nullptr);

} // namespace pivotbench::core::kernel
