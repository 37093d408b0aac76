// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/table_of.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/tree.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <unordered_map>

namespace pivotbench::core::kernel {
namespace {

/// The next group up the chain of masters that has a member the process can see: "propagate_from" of mountinfo.
PeerGroupId findDominatingGroup(const State &state, const Mount &mount, Place root)
{
    for (PeerGroupId group = mount.master; group != PeerGroupId::None; group = state.groups[group].master)
        for (MountId member = state.groups[group].firstMember; member != MountId::None;
             member = state.mounts[member].nextPeer)
            if (state.mounts[member].space == mount.space && isReachable(state, rootOf(state, member), root))
                return group;
    return PeerGroupId::None;
}

/// By the master group of a mount; for one table, in which all mounts are of one namespace.
using DominatingGroups = std::unordered_map<PeerGroupId, PeerGroupId>;

PeerGroupId dominatingGroup(const State &state, const Mount &mount, Place root, DominatingGroups &known)
{
    const auto [found, isNew] = known.try_emplace(mount.master, PeerGroupId::None);
    if (isNew)
        found->second = findDominatingGroup(state, mount, root);
    return found->second;
}

/// The paths of mounts as seen from a root, each made from that of its parent: to climb from every mount would take as
/// many steps as there are mounts below it, and stacks can be as high as a namespace is large.
class Paths {
public:
    Paths(const State &state, Place root)
        : m_state(state)
        , m_root(root)
    {
    }

    /// Null where no path leads. Its parent has to have been asked for before.
    const std::string *add(MountId id)
    {
        const std::optional<std::string> path = pathOf(id);
        return path ? &m_known.emplace(id, *path).first->second : nullptr;
    }

private:
    [[nodiscard]] std::optional<std::string> pathOf(MountId id) const
    {
        if (rootOf(m_state, id) == m_root)
            return "/";
        const Mount &mount = m_state.mounts[id];
        if (!isAttached(mount))
            return std::nullopt;
        std::vector<NodeId> nodes;
        Place place{mount.parent, mount.mountPoint};
        while (place != m_root && place.node != m_state.mounts[place.mount].root) {
            nodes.push_back(place.node);
            place.node = m_state.nodes[place.node].parent;
        }
        std::string path;
        if (place != m_root) {
            const auto above = m_known.find(place.mount);
            if (above == m_known.end())
                return std::nullopt;
            path = above->second == "/" ? "" : above->second;
        }
        for (const NodeId node : nodes | std::views::reverse)
            (path += '/') += text(m_state, m_state.nodes[node].name);
        return path.empty() ? "/" : path;
    }

    const State &m_state;
    Place m_root;
    std::unordered_map<MountId, std::string> m_known;
};

} // namespace

std::string optionsText(std::uint32_t flags)
{
    static constexpr std::pair<std::uint32_t, const char *> words[] = {
        {flag::noSuid, ",nosuid"},           {flag::noDev, ",nodev"},           {flag::noExec, ",noexec"},
        {flag::noAtime, ",noatime"},         {flag::noDirAtime, ",nodiratime"}, {flag::relAtime, ",relatime"},
        {flag::noSymFollow, ",nosymfollow"}, {flag::idMapped, ",idmapped"}};
    std::string out = (flags & flag::readOnly) != 0 ? "ro" : "rw";
    for (const auto &[bit, word] : words)
        if ((flags & bit) != 0)
            out += word;
    return out;
}

namespace {

MountEntry rowOf(const State &state, Place root, MountId id, std::string mountPoint, DominatingGroups &known)
{
    const Mount &mount = state.mounts[id];
    const Superblock &superblock = state.superblocks[mount.superblock];
    MountEntry row;
    row.id = static_cast<std::uint64_t>(id);
    row.parentId = static_cast<std::uint64_t>(isAttached(mount) ? mount.parent : id);
    row.deviceMajor = superblock.deviceMajor;
    row.deviceMinor = superblock.deviceMajor == 0 && superblock.deviceMinor == 0
                          ? static_cast<std::uint32_t>(mount.superblock)
                          : superblock.deviceMinor;
    row.root = pathInSuperblock(state, mount.root);
    row.mountPoint = std::move(mountPoint);
    row.options = optionsText(mount.flags);
    row.unbindable = has(mount, flag::unbindable);
    row.type = superblock.type;
    row.source = text(state, mount.source);
    row.superOptions = superblock.readOnly ? "ro" : "rw";
    if (!superblock.options.empty())
        (row.superOptions += ',') += superblock.options;
    if (isShared(mount))
        row.peerGroup = state.groups[mount.group].shownId;
    if (isSlave(mount)) {
        row.master = state.groups[mount.master].shownId;
        const PeerGroupId from = dominatingGroup(state, mount, root, known);
        if (from != PeerGroupId::None && from != mount.master)
            row.propagateFrom = state.groups[from].shownId;
    }
    return row;
}

} // namespace

std::vector<MountEntry> tableOf(const State &state, ProcessId process)
{
    return tableOf(state, state.processes[process].space, state.processes[process].root);
}

std::vector<MountEntry> tableOf(const State &state, MountNamespaceId space, Place root)
{
    std::vector<MountEntry> rows;
    const MountId top = state.mountNamespaces[space].root;
    Paths paths(state, root);
    DominatingGroups known;
    for (MountId id = top; id != MountId::None; id = nextInTree(state, id, top))
        if (const std::string *path = paths.add(id))
            rows.push_back(rowOf(state, root, id, *path, known));
    std::ranges::sort(rows, {}, &MountEntry::id);
    return rows;
}

} // namespace pivotbench::core::kernel
