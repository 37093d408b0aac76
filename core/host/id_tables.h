// SPDX-License-Identifier: Apache-2.0
//
// The two text tables that say which ids a user may map: /etc/subuid and /etc/subgid (subuid(5)), and /proc/PID/uid_map
// (user_namespaces(7)). Lines that are not what they should be are skipped, as newuidmap(1) does. Pure; any thread.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// The most lines the kernel takes in one uid_map (user_namespaces(7), since Linux 4.15).
inline constexpr std::size_t maxIdMapLines = 340;

/// The ranges that a table of lines "name-or-id:first:count" grants to this user, in the order of the file. Ranges that
/// overlap an earlier one, leave the space of 32-bit ids, or go beyond what one map can hold are left out.
[[nodiscard]] std::vector<IdRange> parseSubordinateIds(std::string_view table, std::string_view userName,
                                                       std::uint32_t uid);

/// Lines "inside outside count".
[[nodiscard]] std::vector<IdRange> parseIdMap(std::string_view table);

/// A decimal number with nothing around it.
[[nodiscard]] std::optional<std::uint32_t> parseId(std::string_view text);

} // namespace pivotbench::core
