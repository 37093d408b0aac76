// SPDX-License-Identifier: Apache-2.0
//
// A mount table as text for a terminal or another program. Every function returns a string that ends in a newline
// (empty for an empty table, except JSON) and in which nothing that came from the table can act on a terminal. Pure; no
// Qt.
#pragma once

#include "core/mount/mount_table.h"

#include <cstddef>
#include <string>

namespace pivotbench::app::cli {

struct MountViewStyle {
    std::size_t width = 0; ///< columns of the terminal; lines are fitted into it. 0: nothing is cut
    bool colours = false;  ///< hidden mounts are dimmed
};

/// By id: each mount below the one it is mounted on. Columns TARGET, TYPE, SOURCE, OPTIONS, PROPAGATION under a
/// heading. A mount that no path reaches is marked "(hidden)". OPTIONS are the mount's own, then what its filesystem
/// adds.
[[nodiscard]] std::string mountTree(const core::MountTable &table, const MountViewStyle &style = {});

/// The same columns, one row after the other in table order.
[[nodiscard]] std::string mountList(const core::MountTable &table, const MountViewStyle &style = {});

/// The stable form for programs:
///   {"mounts": [{"id", "parentId", "uniqueId", "device": "MAJOR:MINOR", "root", "mountPoint", "options",
///   "propagation",
///                "peerGroup", "master", "propagateFrom", "unbindable", "unknownTags": [], "type", "source",
///                "superOptions", "visible"}]}
/// in table order, every field in every row. Numbers that do not apply or are unknown are 0, "propagation" is a word of
/// core::propagationText. Names are made printable, as everywhere; mountinfoText() keeps every byte.
[[nodiscard]] std::string mountJson(const core::MountTable &table);

/// As the kernel prints it, with octal escapes also for every byte that is not printable ASCII where a line holds
/// something that is not printable.
[[nodiscard]] std::string mountinfoText(const core::MountTable &table);

} // namespace pivotbench::app::cli
