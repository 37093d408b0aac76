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

#include "core/base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

/// One row of mountinfo. Names (root, mountPoint, type, source, tags) are decoded and may hold any byte but NUL. The
/// two lists of options are decoded too, except for the escapes of ',', '=' and '\' (\054, \075, \134): those keep a
/// value that holds them apart from the separators. Split first, then hand each value to unescapeOctal().
struct MountEntry {
    std::uint64_t id = 0; ///< (1) reused by the kernel after the mount is gone
    std::uint64_t parentId =
        0; ///< (2) may name a mount that is not in the table (outside the reader's root), or itself
    std::uint64_t uniqueId = 0; ///< never reused (statx STATX_MNT_ID_UNIQUE, kernel 6.8); 0 where unknown
    std::uint32_t deviceMajor = 0;
    std::uint32_t deviceMinor = 0;
    std::string
        root; ///< (4) root of the mount within its filesystem; "net:[4026531840]" for nsfs; may end in "//deleted"
    std::string mountPoint;          ///< (5) relative to the reader's root
    std::string options;             ///< (6) per-mount options, "rw,nosuid,relatime"
    std::uint64_t peerGroup = 0;     ///< shared:N; 0 when not shared
    std::uint64_t master = 0;        ///< master:N; 0 when not a slave
    std::uint64_t propagateFrom = 0; ///< propagate_from:N
    bool unbindable = false;
    std::vector<std::string> unknownTags; ///< optional fields this version does not know
    std::string type;                     ///< "ext4", "fuse.sshfs"
    std::string source;                   ///< may be empty
    std::string superOptions;             ///< per-superblock options
    bool operator==(const MountEntry &) const = default;
};

/// Parses one line without its newline. Fails with "mountinfo" and the field that is wrong.
[[nodiscard]] Result<MountEntry> parseMountinfoLine(std::string_view line);
/// The whole text. Fails on the first bad line, naming it; an empty text is an empty table.
[[nodiscard]] Result<std::vector<MountEntry>> parseMountinfo(std::string_view text);
/// The row as the kernel would print it, escapes included. The unique id has no place in it.
[[nodiscard]] std::string formatMountinfoLine(const MountEntry &entry);
/// The same in printable ASCII: every other byte is an octal escape too, which the parser takes back. For files and
/// terminals.
[[nodiscard]] std::string formatMountinfoLineAscii(const MountEntry &entry);
/// Any bytes as printable ASCII: a backslash, and every byte that is no ASCII or a control, as "\ooo".
[[nodiscard]] std::string escapeOctal(std::string_view text);
/// Resolves "\ooo"; a backslash that begins no such escape stays.
[[nodiscard]] std::string unescapeOctal(std::string_view text);

/// "shared", "private", "slave", "slave,shared", "unbindable".
[[nodiscard]] std::string propagationText(const MountEntry &entry);

/// The rows with both trees. Indexes are positions in entries(). Robust against cycles, missing parents and duplicate
/// ids: whatever cannot be placed becomes a root of its own.
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
    explicit MountTable(std::vector<MountEntry> entries);

    [[nodiscard]] const std::vector<MountEntry> &entries() const { return m_entries; }
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

    std::vector<MountEntry> m_entries;
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
