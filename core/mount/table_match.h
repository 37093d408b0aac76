// SPDX-License-Identifier: Apache-2.0
//
// Whether two mount tables are the same but for the numbers that the kernel gives out: ids of mounts, numbers of peer
// groups and devices, the order of the rows. A row is known by its place: the mount it stands on, and its mount point.
// Pure.
#pragma once

#include "core/mount/mount_table.h"

#include <string>
#include <vector>

namespace pivotbench::core {

struct TableMismatch {
    std::size_t left = MountTable::none;  ///< row of the first table; none where it has no such row
    std::size_t right = MountTable::none; ///< row of the second
    std::vector<std::string>
        fields; ///< "root", "options", "propagation", "type", "source", "superblock"; both rows exist
};

/// Empty where the tables match. Options of superblocks are compared as far as "rw" or "ro".
[[nodiscard]] std::vector<TableMismatch> matchTables(const MountTable &left, const MountTable &right);

/// One line for each: "only LEFT: …", "only RIGHT: …", "/proc  options: rw ≠ ro".
[[nodiscard]] std::string formatMismatches(const std::vector<TableMismatch> &mismatches, const MountTable &left,
                                           const MountTable &right, std::string_view leftName,
                                           std::string_view rightName);

} // namespace pivotbench::core
