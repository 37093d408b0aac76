// SPDX-License-Identifier: Apache-2.0
//
// What one layer adds and what it takes away, counted by walking all of it. Blocking, and long for a big layer: run it
// beside the interface, with a stop token.
#pragma once

#include "core/layers/merged_tree.h"

#include <cstdint>

namespace pivotbench::core {

struct LayerStatistics {
    std::uint64_t files = 0; ///< everything but directories and whiteouts
    std::uint64_t directories = 0;
    std::uint64_t bytes = 0; ///< of regular files; one with several names in this layer counts at each
    std::uint64_t whiteouts = 0;
    std::uint64_t opaqueDirectories = 0;
    /// Entries that the layers below would show together, and do not because of this layer: replaced by something else,
    /// deleted, or in a directory that is opaque.
    std::uint64_t hiddenBelow = 0;
    std::uint64_t unreadable = 0; ///< directories that could not be read, or lie too deep; the counts lack them
    bool operator==(const LayerStatistics &) const = default;
};

/// Told now and then, on the counting thread.
using StatisticsProgress = std::function<void(const LayerStatistics &)>;

/// Fails with code "cancelled", or as MergedTree::read when the layer itself cannot be read. A writable layer that does
/// not exist yet holds nothing.
[[nodiscard]] Result<LayerStatistics> countLayer(const MergedTree &tree, LayerIndex layer, std::stop_token stop = {},
                                                 const StatisticsProgress &progress = {});

} // namespace pivotbench::core
