// SPDX-License-Identifier: Apache-2.0
//
// The inside of one layer, which may be hostile: everything is looked up relative to a descriptor of the layer's root,
// one component at a time, and no link and no mount is crossed (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
// RESOLVE_NO_XDEV). Only directories are ever opened; of everything else the attributes are read (statx(2)), so no
// device, FIFO or socket notices. Blocking; any thread.
#pragma once

#include "core/base/unique_fd.h"
#include "core/layers/merged_directory.h"

#include <string>

namespace pivotbench::core {

/// Where overlayfs keeps its marks: "trusted.overlay.…", or "user.overlay.…" when it is mounted with userxattr, as in a
/// user namespace. Either: whichever is there (an ordinary user cannot read the trusted ones anyhow).
enum class OverlayAttributes : std::uint8_t { Either, User, Trusted };

/// A name of a directory of the layer, looked at.
struct LookedAt {
    EntryKind kind = EntryKind::Unknown;
    std::uint8_t flags = 0;
    std::uint16_t mode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;
    int errnum = 0; ///< ENOENT: there is no such name
};

/// `lowest`: no layer lies below, so that marks which speak of lower layers are not read.
[[nodiscard]] LookedAt lookAt(int directory, const char *name, OverlayAttributes attributes, bool lowest);

/// O_PATH; the layer's own path may lead through links, as in mount(8).
[[nodiscard]] Result<UniqueFd> openLayer(const std::string &path);

/// O_PATH descriptor of a directory in a directory of the layer. On failure errno says why: EXDEV where something is
/// mounted on it.
[[nodiscard]] UniqueFd enterDirectory(int directory, const char *name);

/// The directory itself, to be listed.
[[nodiscard]] UniqueFd openForReading(int directory);

/// Empty on failure.
[[nodiscard]] std::string readLink(int directory, const char *name);

} // namespace pivotbench::core
