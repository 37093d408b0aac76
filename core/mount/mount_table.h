// SPDX-License-Identifier: Apache-2.0
//
// A mount table as the kernel tells it in /proc/PID/mountinfo (proc_pid_mountinfo(5)), and the two trees it holds: by
// mount id (who is mounted on whom) and by path (what a person sees). Two words are kept apart throughout: a *mount
// point* is one row, a *mount path* is a path on which one or more rows stand, of which at most one is visible.
//
// Plain values; no system call. Rows come from a hostile process too (a sandbox chooses names), so parsing trusts
// nothing and no function is worse than n log n in the size of the text. Sources: the kernel's fs/proc_namespace.c
// (show_mountinfo), fs/namei.c (how a walk crosses mounts), Documentation/filesystems/sharedsubtree.rst.
#pragma once

#include "core/mount/mount_rows.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

class MountIndex;

/// The rows with both trees, which are found out when somebody asks: a table that only stands in a recording holds its
/// rows alone, and shares those with its neighbours. Indexes are positions in entries(). Robust against cycles, missing
/// parents and duplicate ids: whatever cannot be placed becomes a root of its own.
///
/// Visible is what an absolute, normal path can end on, walked as the kernel does from the reader's root: at every step
/// the child that stands on this place of the present mount is entered, then the child on that one's root, and so on.
/// Two things follow that a comparison of paths alone would miss. The stack on a path follows parent ids, not the order
/// of the rows (propagation tucks a new mount beneath an older one). And the reader's root is never crossed: after
/// pivot_root(".", ".") the old root stands on "/", yet "/" is the new root and everything of the old one is hidden.
class MountTable {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    MountTable() = default;
    explicit MountTable(MountRows entries)
        : m_entries(std::move(entries))
    {
    }
    explicit MountTable(std::vector<MountEntry> entries)
        : m_entries(std::move(entries))
    {
    }
    MountTable(const MountTable &other);
    MountTable(MountTable &&other) noexcept;
    MountTable &operator=(MountTable other) noexcept;
    ~MountTable() = default;

    [[nodiscard]] const MountRows &entries() const { return m_entries; }
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

    // By id.
    [[nodiscard]] std::size_t indexOf(std::uint64_t id) const;   ///< the first row with it, or none
    [[nodiscard]] std::size_t parentOf(std::size_t index) const; ///< none for a root
    [[nodiscard]] const std::vector<std::size_t> &childrenOf(std::size_t index) const; ///< in table order
    [[nodiscard]] const std::vector<std::size_t> &roots() const;

    // By path.
    /// The visible mount on exactly this path; none when nothing is mounted there or it is shadowed from above.
    [[nodiscard]] std::size_t visibleAt(std::string_view path) const;
    /// The visible mount that a lookup of this (normal, absolute) path ends on; none where its row is not in the table,
    /// as for the root of a process in a chroot that is no mount point.
    [[nodiscard]] std::size_t covering(std::string_view path) const;
    /// All rows on this path, in the order they are stacked, lowest first; the visible one is the last, except on "/",
    /// where it is the reader's root.
    [[nodiscard]] std::vector<std::size_t> stackAt(std::string_view path) const;
    /// False where another mount hides this one: stacked on the same path, or on a parent directory of it.
    [[nodiscard]] bool isVisible(std::size_t index) const;

    // Propagation.
    [[nodiscard]] std::vector<std::size_t> peersOf(std::size_t index) const;  ///< without itself
    [[nodiscard]] std::vector<std::size_t> slavesOf(std::size_t index) const; ///< rows whose master is its peer group
    [[nodiscard]] const std::map<std::uint64_t, std::vector<std::size_t>> &peerGroups() const;

    bool operator==(const MountTable &other) const { return m_entries == other.m_entries; }

private:
    /// Built at the first question.
    [[nodiscard]] const MountIndex &index() const;

    MountRows m_entries;
    mutable std::atomic<std::shared_ptr<const MountIndex>> m_index;
};

} // namespace pivotbench::core
