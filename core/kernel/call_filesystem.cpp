// SPDX-License-Identifier: Apache-2.0
//
// New superblocks: which process may make which, and what a new one is.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/overlay.h"
#include "core/kernel/propagation.h"
#include "core/kernel/tree.h"

#include <algorithm>

namespace pivotbench::core::kernel {
namespace {

constexpr std::uint32_t deepestOverlay = 2; ///< FILESYSTEM_MAX_STACK_DEPTH

/// What the kernel's own filesystems hold, as far as mounts have to do with it: directories that are always there.
constexpr const char *procDirectories[] = {"bus",    "driver",     "fs",      "irq", "sys",
                                           "sys/fs", "sys/kernel", "sys/net", "tty"};
constexpr const char *sysDirectories[] = {"block",    "bus", "class",  "dev",   "devices",
                                          "firmware", "fs",  "kernel", "module"};

void fill(State &state, SuperblockId superblock, std::span<const char *const> directories)
{
    for (const std::string_view path : directories) {
        NodeId at = state.superblocks[superblock].root;
        std::size_t begin = 0;
        for (std::size_t end = 0; end < path.size(); begin = end + 1) {
            end = std::min(path.find('/', begin), path.size());
            const std::string_view name = path.substr(begin, end - begin);
            const Checked<NodeId> known = findEntry(state, at, name);
            at = known && *known != NodeId::None ? *known : addEntry(state, at, name, NodeKind::Directory);
        }
    }
}

/// Of these, one can be mounted by whoever has CAP_SYS_ADMIN in the user namespace (FS_USERNS_MOUNT).
bool isForEveryone(std::string_view type)
{
    static constexpr std::string_view types[] = {"tmpfs",  "ramfs",   "proc",   "sysfs",   "devpts",
                                                 "mqueue", "cgroup2", "cgroup", "overlay", "fuse"};
    return std::ranges::find(types, type) != std::end(types);
}

/// A new superblock for every mount.
bool hasOwnSuperblock(std::string_view type)
{
    return type == "tmpfs" || type == "ramfs" || type == "devpts" || type == "overlay";
}

bool isKnown(std::string_view type)
{
    static constexpr std::string_view others[] = {"devtmpfs", "ext4", "securityfs", "debugfs", "tracefs"};
    return isForEveryone(type) || std::ranges::find(others, type) != std::end(others);
}

} // namespace

Checked<SuperblockId> Caller::newFilesystem(const std::string &type, const OverlayOptions &overlay,
                                            std::uint64_t superFlags)
{
    const Checked<SuperblockId> superblock = newSuperblock(type, overlay, superFlags);
    if (superblock && (superFlags & ms::readOnly) != 0 && hasOwnSuperblock(type))
        state.superblocks.edit(*superblock).readOnly = true;
    return superblock;
}

Checked<SuperblockId> Caller::newSuperblock(const std::string &type, const OverlayOptions &overlay,
                                            std::uint64_t superFlags)
{
    // A type that is no filesystem at all cannot be told from one whose module is not loaded.
    if (!isKnown(type))
        return refuse(type.starts_with("no-") ? Cause::UnknownFilesystem : Cause::Unknown);
    if (!isForEveryone(type)) {
        if (!isCapable(state, self(), UserNamespaceId{1}, capability::sysAdmin))
            return refuse(Cause::FilesystemNeedsRoot);
        if (type != "devtmpfs")
            return refuse(Cause::Unknown);
    }
    if (type == "proc")
        return ownedFilesystem("proc", self().pid, superFlags);
    if (type == "sysfs")
        return ownedFilesystem("sysfs", self().network, superFlags);
    if (type == "mqueue")
        return ownedFilesystem("mqueue", self().ipc, superFlags);
    if (type == "cgroup2")
        return ownedFilesystem("cgroup2", self().cgroup, superFlags);
    if (!isCapable(state, self(), self().user, capability::sysAdmin) && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged);
    if (type == "overlay")
        return newOverlay(overlay);
    if (type == "tmpfs" || type == "ramfs" || type == "devpts") {
        const SuperblockId made = addSuperblock(state, type, self().user);
        if (type == "devpts")
            addEntry(state, state.superblocks[made].root, "ptmx", NodeKind::Device);
        return made;
    }
    if (type == "devtmpfs") {
        // One instance for the whole machine.
        for (std::uint32_t i = 1; i < state.superblocks.end(); ++i)
            if (state.superblocks[SuperblockId{i}].type == "devtmpfs")
                return SuperblockId{i};
        const SuperblockId made = addSuperblock(state, type, UserNamespaceId{1});
        state.nodes.edit(state.superblocks[made].root).unexplored = true;
        return made;
    }
    return refuse(Cause::Unknown);
}

/// A filesystem that shows a namespace: it belongs to the user namespace that owns that one, and only from there it can
/// be mounted. proc is a new superblock every time (since 5.8); sysfs and mqueue have one for their namespace, and
/// cgroup2 one for the machine.
Checked<SuperblockId> Caller::ownedFilesystem(std::string_view type, OtherNamespaceId space, std::uint64_t superFlags)
{
    const UserNamespaceId owner = state.otherNamespaces[space].owner;
    if (!isCapable(state, self(), owner, capability::sysAdmin) && checks(Cause::NamespaceNotOwned))
        return refuse(Cause::NamespaceNotOwned);
    SuperblockId superblock = type == "proc" ? SuperblockId::None : state.otherNamespaces[space].filesystem;
    if (superblock != SuperblockId::None && type == "sysfs" && !isMountedAnywhere(superblock))
        superblock = SuperblockId::None;
    if (superblock == SuperblockId::None) {
        // sysfs and cgroup2 are the machine's, whoever mounts them.
        const bool global = type == "sysfs" || type == "cgroup2";
        superblock = addSuperblock(state, std::string(type), global ? UserNamespaceId{1} : owner);
        state.otherNamespaces.edit(space).filesystem = superblock;
        if (type == "proc") {
            fill(state, superblock, procDirectories);
            state.superblocks.edit(superblock).stackDepth = deepestOverlay; // proc does not let itself be stacked on
        }
        if (type == "sysfs")
            fill(state, superblock, sysDirectories);
        state.superblocks.edit(superblock).readOnly =
            (type == "proc" || type == "sysfs") && (superFlags & ms::readOnly);
        if (type != "cgroup2")
            showAsOnHost(superblock);
        state.nodes.edit(state.superblocks[superblock].root).unexplored = true;
    }
    return superblock;
}

/// What else is in it only the host can show, where its own looks the same.
void Caller::showAsOnHost(SuperblockId superblock)
{
    const NodeId root = state.superblocks[superblock].root;
    for (std::uint32_t i = 1; i < static_cast<std::uint32_t>(superblock); ++i) {
        const Superblock &other = state.superblocks[SuperblockId{i}];
        if (other.type != state.superblocks[superblock].type || !other.views)
            continue;
        std::vector<HostView> views;
        for (const HostView &view : *other.views)
            if (view.root == other.root)
                views.push_back({root, view.path, view.tableId});
        state.superblocks.edit(superblock).views = std::make_shared<const std::vector<HostView>>(std::move(views));
        return;
    }
}

bool Caller::isMountedAnywhere(SuperblockId superblock) const
{
    for (std::uint32_t i = 1; i < state.mounts.end(); ++i) {
        const Mount &mount = state.mounts[MountId{i}];
        if (mount.superblock == superblock &&
            (mount.space != MountNamespaceId::None || isAttached(mount) || uses(state, MountId{i}) != 0))
            return true;
    }
    return false;
}

/// In a user namespace a new proc or sysfs has to show no more than one that is mounted already: that one is visible
/// whole (no locked mount covers any of it but directories that are always empty), and not more restricted.
Checked<void> Caller::checkRevealing(SuperblockId superblock, std::uint32_t &flags) const
{
    const std::string &type = state.superblocks[superblock].type;
    const MountNamespace &space = state.mountNamespaces[self().space];
    if (space.owner == UserNamespaceId{1} || (type != "proc" && type != "sysfs"))
        return {};
    bool perhaps = false;
    for (MountId at = space.root; at != MountId::None; at = nextInTree(state, at, space.root)) {
        const Mount &mount = state.mounts[at];
        const Superblock &shown = state.superblocks[mount.superblock];
        if (shown.type != type || mount.root != shown.root)
            continue;
        const std::uint32_t present = mount.flags | (shown.readOnly ? flag::lockReadOnly : 0);
        if ((present & flag::lockReadOnly) != 0 && (flags & flag::readOnly) == 0)
            continue;
        if ((present & flag::lockAtime) != 0 && (present & flag::atime) != (flags & flag::atime))
            continue;
        std::uint32_t locks = 0;
        for (MountId child = mount.firstChild; child != MountId::None; child = state.mounts[child].nextSibling)
            if (!state.nodes[state.mounts[child].mountPoint].permanentlyEmpty)
                locks |= state.mounts[child].flags & anyLock;
        perhaps = perhaps || locks == flag::maybeLocked;
        if (locks != 0)
            continue;
        flags |= present & (flag::lockReadOnly | flag::lockAtime);
        return {};
    }
    return refuse(perhaps ? Cause::Unknown : Cause::TooRevealing);
}

/// The checks of overlayfs on its layers, in their order (fs/overlayfs/params.c and super.c): first each path as it is
/// named, then upper and work, then the lowers. An upper may lie inside a lower, but no lower inside another layer.
Checked<SuperblockId> Caller::newOverlay(const OverlayOptions &options)
{
    const auto isOverlay = [&](Place place) { return state.superblocks[mountAt(place).superblock].overlay != nullptr; };
    const auto layer = [&](const std::string &path, bool upper) -> Checked<Place> {
        Checked<Place> place = find({path});
        if (!place)
            return place;
        if (!isDirectory(*place) && checks(Cause::LayerNotADirectory))
            return refuse(Cause::LayerNotADirectory, path);
        static constexpr std::string_view special[] = {"sysfs", "devpts", "cgroup", "cgroup2"};
        if (std::ranges::find(special, state.superblocks[mountAt(*place).superblock].type) != std::end(special))
            return refuse(Cause::Unknown, path);
        if (upper && isOverlay(*place) && checks(Cause::UpperOnOverlay))
            return refuse(Cause::UpperOnOverlay, path);
        if (upper && isReadOnly(*place) && checks(Cause::UpperReadOnly))
            return refuse(Cause::UpperReadOnly, path);
        return place;
    };
    const auto clone = [&](Place place, const std::string &path) -> Checked<void> {
        if ((has(mountAt(place), flag::unbindable) || !(isOurs(place.mount) || isDetachedRoot(place.mount))) &&
            checks(Cause::LayerNotCloneable))
            return refuse(Cause::LayerNotCloneable, path);
        const std::uint32_t locks = lockOfChildren(state, place.mount, place.node);
        if (locks != 0 && checks(Cause::LayerNotCloneable))
            return refuseLocked(locks, Cause::LayerNotCloneable, path);
        return {};
    };

    std::vector<Place> lowers;
    for (const std::string &path : options.lowers) {
        const Checked<Place> place = layer(path, false);
        if (!place)
            return std::unexpected(place.error());
        lowers.push_back(*place);
    }
    std::optional<Place> upper;
    std::optional<Place> work;
    for (const auto &[path, out] : {std::pair(&options.upper, &upper), std::pair(&options.work, &work)}) {
        if (path->empty())
            continue;
        const Checked<Place> place = layer(*path, true);
        if (!place)
            return std::unexpected(place.error());
        *out = *place;
    }
    if (lowers.empty() && checks(Cause::NoLowers))
        return refuse(Cause::NoLowers);
    if (upper && !work && checks(Cause::WorkElsewhere))
        return refuse(Cause::WorkElsewhere);

    // What those checks keep away cannot be looked at further.
    if (onlyChecks() && (lowers.empty() || (upper && !work)))
        return SuperblockId{1};
    std::vector<NodeId> taken;
    OverlayLayers layers;
    if (upper) {
        if (const Checked<void> cloned = clone(*upper, options.upper); !cloned)
            return std::unexpected(cloned.error());
        if (upper->mount != work->mount && checks(Cause::WorkElsewhere))
            return refuse(Cause::WorkElsewhere, options.work);
        if ((isWithin(state, work->node, upper->node) || isWithin(state, upper->node, work->node)) &&
            checks(Cause::WorkInsideUpper))
            return refuse(Cause::WorkInsideUpper, options.work);
        taken = {upper->node, work->node};
        // A "work" from before is removed first, as far as that goes.
        const Checked<NodeId> before = findEntry(state, work->node, "work");
        if (!before)
            return std::unexpected(before.error());
        if (*before != NodeId::None &&
            (state.nodes[*before].kind != NodeKind::Directory || state.nodes[*before].firstEntry != NodeId::None ||
             state.nodes[*before].mountedHere != MountId::None))
            return refuse(Cause::Unknown, options.work);
        layers.upper = upper->node;
        layers.work = m_workMadeIn = work->node;
    }
    if (!upper && lowers.size() == 1 && checks(Cause::OneLowerAlone))
        return refuse(Cause::OneLowerAlone, options.lowers.front());
    for (std::size_t i = 0; i < lowers.size(); ++i)
        if (state.superblocks[mountAt(lowers[i]).superblock].stackDepth + 1 > deepestOverlay &&
            checks(Cause::TooDeepOverlay))
            return refuse(Cause::TooDeepOverlay, options.lowers[i]);
    for (const Place lower : lowers)
        if (state.superblocks[mountAt(lower).superblock].perhapsDeeper)
            return refuse(Cause::Unknown);
    for (std::size_t i = 0; i < lowers.size(); ++i) {
        if (std::ranges::find(taken, lowers[i].node) != taken.end() && checks(Cause::LayersOverlap))
            return refuse(Cause::LayersOverlap, options.lowers[i]);
        if (const Checked<void> cloned = clone(lowers[i], options.lowers[i]); !cloned)
            return std::unexpected(cloned.error());
        taken.push_back(lowers[i].node);
        layers.lowers.push_back(lowers[i].node);
    }
    for (std::size_t i = 0; i < lowers.size(); ++i)
        for (const NodeId other : taken)
            if (other != lowers[i].node && isWithin(state, lowers[i].node, other) && checks(Cause::LayersOverlap))
                return refuse(Cause::LayersOverlap, options.lowers[i]);
    if (onlyChecks())
        return SuperblockId{1};
    const SuperblockId made = addOverlay(state, std::move(layers), self().user);
    if (!upper)
        state.superblocks.edit(made).readOnly = true;
    return made;
}

} // namespace pivotbench::core::kernel
