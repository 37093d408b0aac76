// SPDX-License-Identifier: Apache-2.0
//
// What the model shows of one directory, made beside the interface thread and never changed: the merged entries, the
// mounts on them, what could not be read. A row is a number of `order`; nothing is kept per file besides what core
// holds.
#pragma once

#include "app/tree/tree_reader.h"
#include "app/tree/tree_source.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace pivotbench::app {

/// The source with its mounts put in place: found out once, shared by every read of the same source.
struct PlacedTree {
    TreeSource source;
    std::vector<core::PlacedMount> mounts;
    std::vector<int> sourceErrors; ///< by mount; Bind: as TreeReader::directoryError
};
using PlacedTreePtr = std::shared_ptr<const PlacedTree>;

[[nodiscard]] PlacedTreePtr placeTree(TreeSource source, const TreeReader &reader);

/// A directory of the tree. Hidden: the one of that path that the tree does not show.
struct TreePlace {
    std::string path = "/";
    bool hidden = false;
    auto operator<=>(const TreePlace &) const = default;
};

class TreeContents {
public:
    using Id = std::uint32_t;

    /// Something that is no entry of the layers.
    struct Extra {
        TreeEntry::Row row = TreeEntry::Row::Remark;
        std::string name = {};
        std::size_t mount = core::PlacedMount::none;
        bool leadsToMount = false;
        std::string text = {}; ///< Problem, Remark: for people
        int layer = -1;        ///< Problem: of this one alone
    };

    /// Fails only by `stop`: then null.
    [[nodiscard]] static std::shared_ptr<const TreeContents> read(const PlacedTreePtr &tree, const TreePlace &place,
                                                                  bool showHidden, const TreeReader &reader,
                                                                  const core::ReadControl &control);

    [[nodiscard]] const TreePlace &place() const { return m_place; }
    [[nodiscard]] const PlacedTree &tree() const { return *m_tree; }
    [[nodiscard]] std::size_t size() const { return m_order.size(); }
    [[nodiscard]] Id idAt(std::size_t position) const { return m_order[position]; }

    [[nodiscard]] TreeEntry entry(Id id) const;
    [[nodiscard]] std::string_view name(Id id) const;
    [[nodiscard]] TreeEntry::Row row(Id id) const;
    [[nodiscard]] bool isExpandable(Id id) const;
    [[nodiscard]] TreePlace childPlace(Id id) const;
    /// The position of a directory, or of any entry, by its name.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name, bool hidden) const;

    /// The positions whose names contain the text, in any case; positions in `always` besides.
    [[nodiscard]] std::vector<std::uint32_t> matching(const QString &text, const std::vector<std::uint32_t> &always,
                                                      const std::stop_token &stop) const;

private:
    TreeContents() = default;
    void addMounts();
    void addProblems(const core::MergedDirectory &directory);
    void putInOrder();
    [[nodiscard]] bool sortsBefore(Id a, Id b) const;
    [[nodiscard]] int rank(Id id) const;
    [[nodiscard]] bool isDirectory(Id id) const;
    [[nodiscard]] bool mountIsDirectory(std::size_t mount) const;
    [[nodiscard]] std::string childPath(std::string_view name) const;
    void describeMount(TreeEntry &entry, std::size_t mount) const;

    [[nodiscard]] Id firstHidden() const { return static_cast<Id>(m_entries.size()); }
    [[nodiscard]] Id firstExtra() const { return static_cast<Id>(m_entries.size() + m_hidden.size()); }

    PlacedTreePtr m_tree;
    TreePlace m_place;
    std::size_t m_inMount = core::PlacedMount::none;
    bool m_showHidden = false;
    core::MergedDirectory m_entries;
    core::MergedDirectory m_hidden;
    std::vector<Extra> m_extras;
    std::unordered_map<Id, core::MountName> m_marks; ///< entries that mounts care about
    std::vector<Id> m_order;
};
using TreeContentsPtr = std::shared_ptr<const TreeContents>;

} // namespace pivotbench::app
