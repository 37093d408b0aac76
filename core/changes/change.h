// SPDX-License-Identifier: Apache-2.0
//
// What a sandbox has changed in its root: one entry of its upper directory against the layers below. As a record it
// travels from the helper to a client through a descriptor, because paths are bytes and there may be half a million of
// them. Plain values; any thread.
#pragma once

#include "core/base/result.h"
#include "core/layers/merged_directory.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace pivotbench::core {

enum class ChangeKind : std::uint8_t { Added, Changed, Deleted };

struct Change {
    std::string path; ///< absolute in the sandbox, any bytes but NUL
    ChangeKind kind = ChangeKind::Added;
    EntryKind type = EntryKind::Unknown;   ///< now; Unknown when it is deleted
    EntryKind former = EntryKind::Unknown; ///< before; Unknown when it is added
    std::uint64_t size = 0;                ///< bytes of a file, now
    std::uint64_t formerSize = 0;
    bool attributesOnly = false; ///< same size and time as before: permissions, owner or attributes at most
    bool opaque = false;         ///< a directory that shows nothing of the one before
    bool byOpaque = false;       ///< Deleted without a whiteout of its own, by an opaque directory
    bool ours = false;           ///< an empty mount point that the launch itself made
    int problem = 0;             ///< errno: what it is, or what it holds, could not be read
    bool operator==(const Change &) const = default;
};

/// A record, ending in NUL.
[[nodiscard]] std::string encodeChange(const Change &change);
/// `record` without its NUL; code "changes.record".
[[nodiscard]] Result<Change> decodeChange(std::string_view record);

} // namespace pivotbench::core
