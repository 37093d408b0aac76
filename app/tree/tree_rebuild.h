// SPDX-License-Identifier: Apache-2.0
//
// The whole tree read anew: every directory that is expanded, with mounts put in place and a filter applied. The work
// of one job beside the interface thread; values only.
#pragma once

#include "app/tree/tree_contents.h"

#include <optional>

namespace pivotbench::app {

struct RebuildRequest {
    TreeSource source;
    std::vector<TreePlace> places; ///< parents before children, the root first
    bool showHidden = false;
    QString filter;
};

struct RebuiltTree {
    struct Read {
        TreePlace place;
        TreeContentsPtr contents;
        std::optional<std::vector<std::uint32_t>> shown; ///< positions that pass the filter; absent: all
    };
    PlacedTreePtr placed;
    QString filter;
    std::vector<Read> read; ///< as the places were; empty when cancelled
};

[[nodiscard]] RebuiltTree rebuildTree(const RebuildRequest &request, const TreeReader &reader,
                                      const std::stop_token &stop);

/// The directory in which a path lies, and its name there.
[[nodiscard]] std::pair<std::string, std::string_view> splitPlace(std::string_view path);

} // namespace pivotbench::app
