// SPDX-License-Identifier: Apache-2.0
//
// An archive laid out as a layer, below one directory descriptor. The archive is a stranger's: every name is taken
// apart and looked up one directory at a time beneath the destination, through no link and no mount (openat2(2),
// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV), nothing that exists is ever written into, and a name that
// is absolute or holds ".." refuses the whole archive. Blocking; one thread.
//
// Deletions, which an image's layer spells as names (OCI image specification, layer.md, "Whiteouts"), become those of
// overlayfs: a 0:0 character device, which Linux lets everybody make since 5.8, and the attribute overlay.opaque.
//
// What is not kept, and counted where it matters: owners (everything is the user's), set-user-ID and set-group-ID bits,
// extended attributes and ACLs, devices, FIFOs and sockets, and the times of directories. A directory can always be
// entered and changed by its owner and a file be read, so that a layer can be looked at and removed.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace pivotbench::core {

struct UnpackLimits {
    std::uint64_t entries = 2'000'000; ///< of the archive, and directories that it needs and does not name
    std::uint64_t bytes = 64ULL << 30; ///< of all files together, holes included
    std::size_t nameBytes = 4095;      ///< of a whole name, PATH_MAX without its NUL
    std::size_t depth = 256;           ///< components of a name
};

struct UnpackSummary {
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t links = 0; ///< symbolic and hard
    std::uint64_t bytes = 0; ///< of the files, holes included
    std::uint64_t whiteouts = 0;
    std::uint64_t opaqueDirectories = 0;
    // Left out.
    std::uint64_t special = 0; ///< devices, FIFOs, sockets, and the marks of AUFS itself
    std::uint64_t deletions =
        0; ///< whiteouts and opaque marks that the filesystem did not take, or that have no effect
    std::uint64_t setIdBits = 0;  ///< files and directories that lost them
    std::uint64_t attributes = 0; ///< entries whose extended attributes or ACLs were not kept
    /// It holds an image (layers in blobs, a manifest), and so is none of its layers.
    bool isImage = false;

    bool operator==(const UnpackSummary &) const = default;
};

/// Told now and then, on the unpacking thread: bytes of the archive's file that were read, and how long it is.
using UnpackProgress = std::function<void(std::uint64_t, std::uint64_t)>;

/// `archive`: a regular file, open for reading, at its beginning; `path` names it in errors. `destination`: an empty
/// directory, not O_PATH, that nobody else writes to. Fails with code "cancelled", "archive.broken", "unpack.name",
/// "unpack.limit", "unpack.place" or "system"; the path is the entry's name in the archive. What was written by then
/// stays, for the caller to remove.
[[nodiscard]] Result<UnpackSummary> unpackArchive(int archive, const std::string &path, int destination,
                                                  const UnpackLimits &limits = {}, std::stop_token stop = {},
                                                  const UnpackProgress &progress = {});

} // namespace pivotbench::core
