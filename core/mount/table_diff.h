// SPDX-License-Identifier: Apache-2.0
//
// What changed between two mount tables. Rows are matched by their unique id where both know it, else by mount id
// together with what stays in the life of a mount (device, root, type): an id alone may have been reused. A root whose
// directory was deleted in between ("//deleted") is still the same. Plain values.
#pragma once

#include "core/mount/mount_table.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

struct MountChange {
    std::size_t before = 0; ///< index in the first table
    std::size_t after = 0;  ///< index in the second
    /// In this order: "id", "parentId", "device", "root", "mountPoint", "options", "propagation" (kind, groups and
    /// unknown tags), "type", "source", "superOptions". Learning the unique id is no change.
    std::vector<std::string> fields;
    bool operator==(const MountChange &) const = default;
};

struct TableDiff {
    std::vector<std::size_t> added;   ///< indexes in the second table, in its order
    std::vector<std::size_t> removed; ///< indexes in the first table
    std::vector<MountChange> changed;
    bool operator==(const TableDiff &) const = default;
    [[nodiscard]] bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
};

[[nodiscard]] TableDiff diffTables(const MountTable &before, const MountTable &after);

/// What a row says in a field of MountChange::fields, as it is: not made printable.
[[nodiscard]] std::string fieldText(const MountEntry &entry, std::string_view field);

/// "+ /proc  proc  rw,nosuid" / "- /old …" / "~ /data  options: rw → ro; source: a → b", one line each, printable. A
/// mount that moved stands under its new path; a change of its parent is told only when nothing else is.
[[nodiscard]] std::string formatDiff(const TableDiff &diff, const MountTable &before, const MountTable &after);

} // namespace pivotbench::core
