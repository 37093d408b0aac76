// SPDX-License-Identifier: Apache-2.0
//
// The two trees of a mount table and its propagation, found out once: what MountTable answers from. Used by MountTable
// only, which says what each question means.
#pragma once

#include "core/mount/mount_rows.h"

#include <map>
#include <string_view>

namespace pivotbench::core {

class MountIndex {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    explicit MountIndex(MountRows entries);
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

    // By id.
    [[nodiscard]] std::size_t indexOf(std::uint64_t id) const;
    [[nodiscard]] std::size_t parentOf(std::size_t index) const;
    [[nodiscard]] const std::vector<std::size_t> &childrenOf(std::size_t index) const;
    [[nodiscard]] const std::vector<std::size_t> &roots() const;

    // By path.
    [[nodiscard]] std::size_t visibleAt(std::string_view path) const;
    [[nodiscard]] std::size_t covering(std::string_view path) const;
    [[nodiscard]] std::vector<std::size_t> stackAt(std::string_view path) const;
    [[nodiscard]] bool isVisible(std::size_t index) const;

    // Propagation.
    [[nodiscard]] std::vector<std::size_t> peersOf(std::size_t index) const;
    [[nodiscard]] std::vector<std::size_t> slavesOf(std::size_t index) const;
    [[nodiscard]] const std::map<std::uint64_t, std::vector<std::size_t>> &peerGroups() const;

private:
    /// One mount path: the rows on it, and the nearest mount path above it.
    struct PathNode {
        std::size_t keyBegin = 0; ///< in m_keys
        std::size_t keySize = 0;
        std::size_t rowsBegin = 0; ///< in m_rowsByPath
        std::size_t rowsSize = 0;
        std::size_t above = none;
        std::size_t visible = none; ///< row
    };

    void linkById();
    void breakCycles();
    void linkByPath();
    void walk();
    [[nodiscard]] std::size_t readersRoot() const;
    void enterChildren(std::size_t index, bool isTop, const std::vector<std::size_t> &children,
                       std::vector<std::size_t> &childAt, std::vector<std::size_t> &entered);
    void linkPropagation();
    [[nodiscard]] std::string_view keyOf(const PathNode &node) const;
    [[nodiscard]] const PathNode *nodeAt(std::string_view path) const;

    MountRows m_entries;
    std::vector<std::pair<std::uint64_t, std::size_t>>
        m_byId; ///< id and row, sorted; not hashed: ids may be chosen to collide
    std::vector<std::size_t> m_parent;
    std::vector<std::size_t> m_depth; ///< in the tree by id
    std::vector<std::vector<std::size_t>> m_children;
    std::vector<std::size_t> m_roots;
    std::string
        m_keys; ///< every mount path once, with NUL for '/', so that a directory sorts right before what is in it
    std::vector<PathNode> m_paths; ///< sorted by key
    std::vector<std::size_t> m_rowsByPath;
    std::vector<std::size_t> m_pathOf; ///< row → m_paths
    std::map<std::uint64_t, std::vector<std::size_t>> m_peerGroups;
    std::map<std::uint64_t, std::vector<std::size_t>> m_slaves;
};

} // namespace pivotbench::core
