// SPDX-License-Identifier: Apache-2.0
//
// A mount table as its difference from the one before, in JSON. Rows are the kernel's own text, in printable ASCII
// (formatMountinfoLineAscii), and matched by mount id.
//
//   {"removed": [id, …],    rows that are gone
//    "changed": [row, …],   rows that replace the one with the same id, in its place
//    "added":   [row, …],   rows that come after all others
//    "order":   [id, …],    of all rows; only where it is another one than these three make
//    "unique":  [id, …]}    unique ids of the rows in "added" and then "changed"; only where one is known
//   {"all": [row, …], "unique": […]}   the whole table, where an id stands in it twice
//
// Empty members are left out. Pure functions; only recording.cpp uses them.
#pragma once

#include "core/base/result.h"
#include "core/mount/mount_table.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace pivotbench::core {

struct JsonValue;

[[nodiscard]] nlohmann::ordered_json encodeTableDelta(const MountTable &before, const MountTable &after);

/// The rows after the difference. Fails with "json.field" on one that does not fit `before`; `field` is its dotted
/// name.
[[nodiscard]] Result<MountRows> applyTableDelta(const MountTable &before, const JsonValue &delta, std::string field);

} // namespace pivotbench::core
