// SPDX-License-Identifier: Apache-2.0
//
// The two trees of a mount table. Every pass is linear in the text of the table, or sorts it once.
#include "core/mount/mount_index.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

namespace pivotbench::core {
namespace {

/// A path as its sort key: NUL, which no name holds, for '/'. So "/a", "/a/b", "/a-b" sort with each directory right
/// before what is in it, by plain comparison of bytes. The root is the empty key.
void appendKey(std::string_view path, std::string &out)
{
    if (path == "/")
        return;
    const std::size_t begin = out.size();
    out += path;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '/', '\0');
}

/// Whether a key is a directory above another one, or the same.
bool holds(std::string_view directory, std::string_view key)
{
    return key.starts_with(directory) && (key.size() == directory.size() || key[directory.size()] == '\0');
}

/// Rows of one list sorted by a number, with what reads them out group by group.
void groupBy(std::vector<std::pair<std::uint64_t, std::size_t>> rows,
             std::map<std::uint64_t, std::vector<std::size_t>> &out)
{
    std::ranges::sort(rows);
    for (const auto &[group, row] : rows) {
        if (out.empty() || out.rbegin()->first != group)
            out.emplace_hint(out.end(), group, std::vector<std::size_t>{});
        out.rbegin()->second.push_back(row);
    }
}

} // namespace

MountIndex::MountIndex(MountRows entries)
    : m_entries(std::move(entries))
{
    linkById();
    linkByPath();
    walk();
    linkPropagation();
}

// By id ---------------------------------------------------------------------------------------------------------------

void MountIndex::linkById()
{
    m_byId.reserve(size());
    for (std::size_t i = 0; i < size(); ++i)
        m_byId.emplace_back(m_entries[i].id, i);
    if (!std::ranges::is_sorted(m_byId))
        std::ranges::sort(m_byId);

    m_parent.resize(size());
    for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t parent = indexOf(m_entries[i].parentId);
        m_parent[i] = m_entries[i].parentId == m_entries[i].id ? none : parent;
    }
    breakCycles();

    m_children.resize(size());
    for (std::size_t i = 0; i < size(); ++i)
        (m_parent[i] == none ? m_roots : m_children[m_parent[i]]).push_back(i);

    m_depth.resize(size());
    std::vector<std::size_t> queue = m_roots;
    for (std::size_t at = 0; at < queue.size(); ++at) {
        for (const std::size_t child : m_children[queue[at]]) {
            m_depth[child] = m_depth[queue[at]] + 1;
            queue.push_back(child);
        }
    }
}

/// The kernel makes no cycles, a forged table does: the first row of each in table order becomes a root.
void MountIndex::breakCycles()
{
    constexpr std::size_t unseen = 0;
    std::vector<std::size_t> seenFrom(size(), unseen);
    for (std::size_t start = 0; start < size(); ++start) {
        std::size_t at = start;
        while (at != none && seenFrom[at] == unseen) {
            seenFrom[at] = start + 1;
            at = m_parent[at];
        }
        if (at == none || seenFrom[at] != start + 1)
            continue;
        std::size_t first = at;
        for (std::size_t i = m_parent[at]; i != at; i = m_parent[i])
            first = std::min(first, i);
        m_parent[first] = none;
    }
}

std::size_t MountIndex::indexOf(std::uint64_t id) const
{
    const auto found = std::ranges::lower_bound(m_byId, id, {}, &std::pair<std::uint64_t, std::size_t>::first);
    return found != m_byId.end() && found->first == id ? found->second : none;
}

std::size_t MountIndex::parentOf(std::size_t index) const { return m_parent[index]; }
const std::vector<std::size_t> &MountIndex::childrenOf(std::size_t index) const { return m_children[index]; }
const std::vector<std::size_t> &MountIndex::roots() const { return m_roots; }

// By path -------------------------------------------------------------------------------------------------------------

void MountIndex::linkByPath()
{
    // One buffer for all keys: sorting then compares bytes that lie close together.
    struct Key {
        std::string_view text;
        std::size_t row;
    };
    std::string buffer;
    buffer.reserve(std::transform_reduce(m_entries.begin(), m_entries.end(), std::size_t{0}, std::plus{},
                                         [](const MountEntry &entry) { return entry.mountPoint.size(); }));
    for (const MountEntry &entry : m_entries)
        appendKey(entry.mountPoint, buffer);
    std::vector<Key> keys;
    keys.reserve(size());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t length = m_entries[i].mountPoint == "/" ? 0 : m_entries[i].mountPoint.size();
        keys.push_back({std::string_view(buffer).substr(begin, length), i});
        begin += length;
    }
    const auto before = [](const Key &a, const Key &b) {
        const int order = a.text.compare(b.text);
        return order != 0 ? order < 0 : a.row < b.row;
    };
    if (!std::ranges::is_sorted(keys, before))
        std::ranges::sort(keys, before);

    m_rowsByPath.reserve(size());
    m_pathOf.resize(size());
    m_keys.reserve(buffer.size());
    std::size_t last = none;
    for (const Key &key : keys) {
        if (last == none || keyOf(m_paths[last]) != key.text) {
            std::size_t above = last;
            while (above != none && !holds(keyOf(m_paths[above]), key.text))
                above = m_paths[above].above;
            last = m_paths.size();
            m_paths.push_back({.keyBegin = m_keys.size(),
                               .keySize = key.text.size(),
                               .rowsBegin = m_rowsByPath.size(),
                               .above = above});
            m_keys += key.text;
        }
        m_rowsByPath.push_back(key.row);
        ++m_paths[last].rowsSize;
        m_pathOf[key.row] = last;
    }
    for (const PathNode &node : m_paths) {
        const auto rows = m_rowsByPath.begin() + static_cast<std::ptrdiff_t>(node.rowsBegin);
        std::sort(rows, rows + static_cast<std::ptrdiff_t>(node.rowsSize),
                  [this](std::size_t a, std::size_t b) { return std::pair(m_depth[a], a) < std::pair(m_depth[b], b); });
    }
}

std::string_view MountIndex::keyOf(const PathNode &node) const
{
    return std::string_view(m_keys).substr(node.keyBegin, node.keySize);
}

const MountIndex::PathNode *MountIndex::nodeAt(std::string_view path) const
{
    std::string key;
    appendKey(path, key);
    const auto found = std::ranges::lower_bound(m_paths, std::string_view(key), {},
                                                [this](const PathNode &node) { return keyOf(node); });
    return found != m_paths.end() && keyOf(*found) == key ? &*found : nullptr;
}

/// The row on which a walk from "/" begins. None when the reader's root is a directory within a mount, whose row the
/// kernel then leaves out: its other children name that mount as their parent, too.
std::size_t MountIndex::readersRoot() const
{
    std::vector<std::uint64_t> absent; // parents of rows elsewhere than "/"
    for (const std::size_t root : m_roots)
        if (m_entries[root].mountPoint != "/" && indexOf(m_entries[root].parentId) == none)
            absent.push_back(m_entries[root].parentId);
    std::ranges::sort(absent);
    for (const std::size_t root : m_roots)
        if (m_entries[root].mountPoint == "/" && !std::ranges::binary_search(absent, m_entries[root].parentId))
            return root;
    return none;
}

/// Walks all paths at once, from the reader's root downwards, and notes on each mount path which row a lookup ends on.
void MountIndex::walk()
{
    // Where a row of the present parent stands on this path; `none` on all paths between two parents.
    std::vector<std::size_t> childAt(m_paths.size(), none);
    std::vector<std::size_t> entered;
    const std::size_t top = readersRoot();

    // Rows whose parent is unknown can only be reached from the top.
    std::vector<std::size_t> ofTop = top == none ? m_roots : m_children[top];
    if (top != none) {
        std::ranges::copy_if(m_roots, std::back_inserter(ofTop), [top](std::size_t row) { return row != top; });
        m_paths[m_pathOf[top]].visible = top;
    }
    enterChildren(top, true, ofTop, childAt, entered);
    for (std::size_t at = 0; at < entered.size(); ++at)
        enterChildren(entered[at], false, m_children[entered[at]], childAt, entered);
}

/// Decides which children of a row that a walk enters are entered in turn. The top is the one mount whose own root a
/// walk does not leave for what is mounted on it (fs/namei.c: a lookup begins on the root as it is).
void MountIndex::enterChildren(std::size_t index, bool isTop, const std::vector<std::size_t> &children,
                               std::vector<std::size_t> &childAt, std::vector<std::size_t> &entered)
{
    const bool known = index != none;
    const std::size_t own = known ? m_pathOf[index] : none;
    for (const std::size_t child : children)
        if (indexOf(m_entries[child].id) == child) // a second row with the same id is not real
            childAt[m_pathOf[child]] = child;      // kernels before 4.11 let the newest of several win

    if (!isTop && childAt[own] != none) {
        entered.push_back(childAt[own]);
    } else {
        if (known)
            m_paths[own].visible = index;
        for (const std::size_t child : children) {
            const std::size_t path = m_pathOf[child];
            if (childAt[path] != child || keyOf(m_paths[path]).empty())
                continue;
            std::size_t above = m_paths[path].above;
            while (above != none && above != own && (childAt[above] == none || keyOf(m_paths[above]).empty()))
                above = m_paths[above].above;
            if (above == own) // else another child intercepts it, or it is no path below its parent's
                entered.push_back(child);
        }
    }
    for (const std::size_t child : children)
        childAt[m_pathOf[child]] = none;
}

std::size_t MountIndex::visibleAt(std::string_view path) const
{
    const PathNode *node = nodeAt(path);
    return node ? node->visible : none;
}

std::size_t MountIndex::covering(std::string_view path) const
{
    std::string key;
    appendKey(path, key);
    // The last key that is not greater is the nearest directory above, or stands below a directory that is.
    const auto after = std::ranges::upper_bound(m_paths, std::string_view(key), {},
                                                [this](const PathNode &node) { return keyOf(node); });
    std::size_t at = after == m_paths.begin() ? none : static_cast<std::size_t>(after - m_paths.begin()) - 1;
    while (at != none && (m_paths[at].visible == none || !holds(keyOf(m_paths[at]), key)))
        at = m_paths[at].above;
    return at == none ? none : m_paths[at].visible;
}

std::vector<std::size_t> MountIndex::stackAt(std::string_view path) const
{
    const PathNode *node = nodeAt(path);
    if (!node)
        return {};
    const auto begin = m_rowsByPath.begin() + static_cast<std::ptrdiff_t>(node->rowsBegin);
    std::vector<std::size_t> stack(begin, begin + static_cast<std::ptrdiff_t>(node->rowsSize));
    // Rows that only share the path, below a hidden parent, may be deeper in the tree than the visible one. On "/" that
    // one is the lowest of its stack.
    if (node->visible != none && node->keySize != 0) {
        const auto visible = std::ranges::find(stack, node->visible);
        std::rotate(visible, visible + 1, stack.end());
    }
    return stack;
}

bool MountIndex::isVisible(std::size_t index) const { return m_paths[m_pathOf[index]].visible == index; }

// Propagation ---------------------------------------------------------------------------------------------------------

void MountIndex::linkPropagation()
{
    std::vector<std::pair<std::uint64_t, std::size_t>> members;
    std::vector<std::pair<std::uint64_t, std::size_t>> slaves;
    for (std::size_t i = 0; i < size(); ++i) {
        if (m_entries[i].peerGroup)
            members.emplace_back(m_entries[i].peerGroup, i);
        if (m_entries[i].master)
            slaves.emplace_back(m_entries[i].master, i);
    }
    groupBy(std::move(members), m_peerGroups);
    groupBy(std::move(slaves), m_slaves);
}

std::vector<std::size_t> MountIndex::peersOf(std::size_t index) const
{
    std::vector<std::size_t> peers;
    if (const auto group = m_peerGroups.find(m_entries[index].peerGroup); group != m_peerGroups.end())
        std::ranges::copy_if(group->second, std::back_inserter(peers),
                             [index](std::size_t row) { return row != index; });
    return peers;
}

std::vector<std::size_t> MountIndex::slavesOf(std::size_t index) const
{
    const auto slaves = m_slaves.find(m_entries[index].peerGroup);
    return m_entries[index].peerGroup != 0 && slaves != m_slaves.end() ? slaves->second : std::vector<std::size_t>{};
}

const std::map<std::uint64_t, std::vector<std::size_t>> &MountIndex::peerGroups() const { return m_peerGroups; }

} // namespace pivotbench::core
