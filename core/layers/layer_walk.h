// SPDX-License-Identifier: Apache-2.0
//
// Finds which layers contribute to one directory of the merged tree. Used by MergedTree alone; one path, one use. Takes
// one layer at a time from the top, so that a root of five hundred layers needs two descriptors.
#pragma once

#include "core/layers/merged_tree.h"

#include <optional>

namespace pivotbench::core {

class LayerWalk {
public:
    LayerWalk(const MergedTree &tree, std::vector<std::string> parts);

    struct Reached {
        UniqueFd directory;  ///< O_PATH; empty where the layer has no such directory
        bool hidden = false; ///< a layer above hides it
    };
    /// To be called for each layer in order. An error is about this layer alone.
    [[nodiscard]] Result<Reached> enter(LayerIndex layer);

    /// The component that the merged tree shows as something else than a directory, so that the path leads nowhere.
    [[nodiscard]] std::optional<std::size_t> blockedAt() const { return m_blockedAt; }

private:
    [[nodiscard]] bool isLowest(LayerIndex layer) const { return std::size_t{layer} + 1 == m_tree.layers.size(); }

    const MergedTree &m_tree;
    std::vector<std::string> m_parts;
    std::vector<bool> m_closed; ///< by component: lower layers are not read any more
    std::vector<bool> m_found;  ///< by component: a directory of the merged tree
    std::optional<std::size_t> m_blockedAt;
};

} // namespace pivotbench::core
