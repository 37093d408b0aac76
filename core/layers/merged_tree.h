// SPDX-License-Identifier: Apache-2.0
//
// What the root of a sandbox will look like, before anything is mounted: its layers read as overlayfs would merge them,
// one directory at a time. A plain value (paths only), copied to whatever thread reads; the reads block and hold no
// descriptor afterwards. Nothing is changed and nothing but directories is opened (layer_files.h).
//
// Follows fs/overlayfs/namei.c of Linux 6.18, and is compared with a real overlay in tests/layers/tst_overlay_kernel.
// What it does not follow it marks: redirected directories, files with their data elsewhere, and mounts of the host
// within a layer (entry_flag).
#pragma once

#include "core/layers/layer_files.h"
#include "core/layers/merged_directory.h"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

struct LayerSource {
    std::string path; ///< absolute, on the host
    /// The kept writable layer on top. As long as nothing was ever written it does not exist, which is no error.
    bool writable = false;
    bool operator==(const LayerSource &) const = default;
};

/// Overlay: marks are read. Plain: one directory as it is, such as the source of a bind mount, where a device 0:0 is
/// only a device.
enum class TreeKind : std::uint8_t { Overlay, Plain };

/// For long reads: ends with code "cancelled" soon after `stop` was requested; `progress` is told now and then how many
/// names were seen, on the reading thread.
struct ReadControl {
    std::stop_token stop = {};
    std::function<void(std::size_t)> progress = {};
};

struct MergedTree {
    std::vector<LayerSource> layers; ///< topmost first
    OverlayAttributes attributes = OverlayAttributes::Either;
    TreeKind kind = TreeKind::Overlay;
    bool operator==(const MergedTree &) const = default;

    /// Codes of failure: "layers.absent" (no such directory in the merged tree), "layers.notDirectory", "layers.path"
    /// (not absolute and normal), "cancelled", or those of a layer when no layer could be read.
    [[nodiscard]] Result<MergedDirectory> read(std::string_view path, const ReadControl &control = {}) const;

    /// What lower layers have in this directory that the tree does not show: behind an opaque directory, a whiteout, or
    /// something that is no directory. Merged among themselves.
    [[nodiscard]] Result<MergedDirectory> readHidden(std::string_view path, const ReadControl &control = {}) const;

    struct Seen {
        LookedAt at; ///< errnum is ENOENT for what is not in the tree, and for a whiteout
        LayerIndex layer = 0;
        std::string target = {}; ///< of a link
    };
    /// One name, without listing its directory. The last component is not followed.
    [[nodiscard]] Seen lookUp(std::string_view path) const;
};

/// The components of an absolute path without "." and ".."; code "layers.path" otherwise.
[[nodiscard]] Result<std::vector<std::string>> treePathParts(std::string_view path);

} // namespace pivotbench::core
