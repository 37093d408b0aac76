// SPDX-License-Identifier: Apache-2.0
//
// Copies one entry of a tree that may be hostile and may change meanwhile: what is opened is looked at first and again
// afterwards, no link is followed, and no device, FIFO or socket is ever opened. Blocking; any thread.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <string>

namespace pivotbench::core {

/// Exact: as it is, for a layer: owner, all permission bits, times, extended attributes, the marks of overlayfs that
/// mean the same in another place. Plain: for a folder of the user's: permissions without set-user-ID, set-group-ID and
/// sticky, and nothing else.
enum class CopyFidelity : std::uint8_t { Exact, Plain };

struct EntryPlace {
    int directory = -1; ///< lent
    const char *name = "";
};

struct CopiedEntry {
    std::uint64_t bytes = 0;
    bool leftOut = false;        ///< a device, a FIFO or a socket that cannot, or must not, be made there
    bool attributesLost = false; ///< an owner, a time or an extended attribute could not be set
};

/// Told the bytes written since the last time; false cancels.
using CopyProgress = std::function<bool(std::uint64_t bytes)>;

/// Everything but directories' contents; `to` must not exist, except for a directory, which is given the attributes of
/// `from`. Code "cancelled", or a system call's error; what was begun is removed.
[[nodiscard]] Result<CopiedEntry> copyEntry(EntryPlace from, EntryPlace to, CopyFidelity fidelity,
                                            const CopyProgress &progress);

} // namespace pivotbench::core
