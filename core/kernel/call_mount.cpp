// SPDX-License-Identifier: Apache-2.0
//
// mount(2), umount2(2), mount_setattr(2): changes of mounts that are attached. The order of the checks is the kernel's,
// for it decides which errno a call with several faults ends in.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/propagation.h"
#include "core/spec/mount_options.h"

#include <algorithm>
#include <bit>

namespace pivotbench::core::kernel {
namespace {

constexpr std::uint64_t propagations = ms::shared | ms::slave | ms::isPrivate | ms::unbindable;

std::uint32_t mountFlags(std::uint64_t flags)
{
    static constexpr std::pair<std::uint64_t, std::uint32_t> plain[] = {
        {ms::noSuid, flag::noSuid},          {ms::noDev, flag::noDev},           {ms::noExec, flag::noExec},
        {ms::noAtime, flag::noAtime},        {ms::noDirAtime, flag::noDirAtime}, {ms::readOnly, flag::readOnly},
        {ms::noSymFollow, flag::noSymFollow}};
    std::uint32_t out = (flags & ms::noAtime) != 0 ? 0 : flag::relAtime;
    for (const auto &[from, to] : plain)
        if ((flags & from) != 0)
            out |= to;
    if ((flags & ms::strictAtime) != 0)
        out &= ~(flag::relAtime | flag::noAtime);
    return out;
}

/// Flags that came from a more privileged user namespace may be kept or made stricter (mount_namespaces(7)).
bool mayChangeTo(std::uint32_t present, std::uint32_t wanted)
{
    static constexpr std::pair<std::uint32_t, std::uint32_t> locks[] = {{flag::lockReadOnly, flag::readOnly},
                                                                        {flag::lockNoDev, flag::noDev},
                                                                        {flag::lockNoSuid, flag::noSuid},
                                                                        {flag::lockNoExec, flag::noExec}};
    for (const auto &[lock, kept] : locks)
        if ((present & lock) != 0 && (wanted & kept) == 0)
            return false;
    return (present & flag::lockAtime) == 0 || (present & flag::atime) == (wanted & flag::atime);
}

std::uint32_t withSettable(std::uint32_t present, std::uint32_t wanted)
{
    return (present & ~flag::settable) | (wanted & flag::settable);
}

PropagationType propagationType(std::uint64_t flags)
{
    if ((flags & ms::shared) != 0)
        return PropagationType::Shared;
    if ((flags & ms::slave) != 0)
        return PropagationType::Slave;
    return (flags & ms::unbindable) != 0 ? PropagationType::Unbindable : PropagationType::Private;
}

} // namespace

Checked<void> Caller::run(const MountCall &call)
{
    if ((call.source.size() > longestPath || call.type.size() > longestPath) && checks(Cause::SourceTooLong))
        return refuse(Cause::SourceTooLong);
    const Checked<Place> target = find({call.target});
    if (!target)
        return std::unexpected(target.error());
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.target);
    std::uint32_t flags = mountFlags(call.flags);
    constexpr std::uint64_t atimes = ms::noAtime | ms::noDirAtime | ms::relAtime | ms::strictAtime;
    if ((call.flags & ms::remount) != 0 && (call.flags & atimes) == 0)
        flags = (flags & ~flag::atime) | (mountAt(*target).flags & flag::atime);

    if ((call.flags & ms::remount) != 0)
        return remount(call, *target, flags);
    if ((call.flags & ms::bind) != 0)
        return bind(call, *target);
    if ((call.flags & propagations) != 0)
        return changePropagation(call, *target);
    if ((call.flags & ms::move) != 0) {
        if (call.source.empty() && checks(Cause::NoSource))
            return refuse(Cause::NoSource);
        const Checked<Place> from = find({call.source});
        return from ? move(*from, *target) : Checked<void>(std::unexpected(from.error()));
    }
    return addNew(call, *target, flags);
}

Checked<void> Caller::addNew(const MountCall &call, Place target, std::uint32_t flags)
{
    if (call.type.empty() && checks(Cause::NoFilesystemType))
        return refuse(Cause::NoFilesystemType);
    const Checked<SuperblockId> superblock = newFilesystem(call.type, call.overlay, call.flags & ms::readOnly);
    if (!superblock)
        return std::unexpected(superblock.error());
    if (const Checked<void> whole = checkRevealing(*superblock, flags); !whole)
        return refuse(whole.error().cause, call.target);
    const Checked<Place> place = placeToMountOn(target);
    if (!place)
        return refuse(place.error().cause, call.target);
    if (!isOurs(place->mount) && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target);
    if (mountAt(*place).superblock == *superblock && isMountRoot(*place) && checks(Cause::SameFilesystemTwice))
        return refuse(Cause::SameFilesystemTwice, call.target);
    return graft(addMount(state, *superblock, state.superblocks[*superblock].root, flags, call.source), *place);
}

Checked<void> Caller::graft(MountId mount, Place place)
{
    if (isDirectory(place) != isDirectory(rootOf(state, mount)) && checks(Cause::BindKindMismatch))
        return refuse(Cause::BindKindMismatch);
    if (onlyChecks())
        return {};
    return attachPropagating(state, mount, place, self().space);
}

Checked<MountId> Caller::copyAt(Place from, bool recursive)
{
    const Mount &original = mountAt(from);
    if (has(original, flag::unbindable) && checks(Cause::SourceUnbindable))
        return refuse(Cause::SourceUnbindable);
    if (!isOurs(from.mount) && !isDetachedOfOurs(from.mount) && checks(Cause::SourceNotOurs))
        return refuse(Cause::SourceNotOurs);
    if (recursive)
        return cloneTree(state, from.mount, from.node, {});
    const std::uint32_t locks = lockOfChildren(state, from.mount, from.node);
    if (locks != 0 && checks(Cause::LockedChildren))
        return refuseLocked(locks, Cause::LockedChildren);
    return cloneMount(state, from.mount, from.node, {});
}

Checked<void> Caller::bind(const MountCall &call, Place target)
{
    if (call.source.empty() && checks(Cause::NoSource))
        return refuse(Cause::NoSource);
    const Checked<Place> from = find({call.source});
    if (!from)
        return std::unexpected(from.error());
    const Checked<Place> place = placeToMountOn(target);
    if (!place)
        return refuse(place.error().cause, call.target);
    if (!isOurs(place->mount) && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target);
    const Checked<MountId> copy = copyAt(*from, (call.flags & ms::recursive) != 0);
    if (!copy)
        return refuse(copy.error().cause, call.source);
    return graft(*copy, *place);
}

Checked<void> Caller::changePropagation(const MountCall &call, Place target)
{
    if (!isMountRoot(target) && checks(Cause::NotAMountPoint))
        return refuse(Cause::NotAMountPoint, call.target);
    const std::uint64_t type = call.flags & ~(ms::recursive | ms::silent);
    if (((type & ~propagations) != 0 || !std::has_single_bit(type)) && checks(Cause::TwoPropagations))
        return refuse(Cause::TwoPropagations, call.target);
    // Since 6.17 the mount may be in any namespace over whose owner the caller has the capability, also in a detached
    // tree; before, only in its own.
    const MountNamespaceId space = mountAt(target).space;
    if (space == MountNamespaceId::None && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target);
    if (!isCapable(state, self(), state.mountNamespaces[space].owner, capability::sysAdmin) &&
        checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.target);
    if (onlyChecks())
        return {};
    const bool recursive = (call.flags & ms::recursive) != 0;
    for (MountId mount = target.mount; mount != MountId::None;
         mount = recursive ? nextInTree(state, mount, target.mount) : MountId::None)
        kernel::changePropagation(state, mount, propagationType(type));
    return {};
}

Checked<void> Caller::remount(const MountCall &call, Place target, std::uint32_t flags)
{
    if (!isOurs(target.mount) && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target);
    if (!isMountRoot(target) && checks(Cause::NotAMountPoint))
        return refuse(Cause::NotAMountPoint, call.target);
    if (!mayChangeTo(mountAt(target).flags, flags) && checks(Cause::FlagLocked))
        return refuse(Cause::FlagLocked, call.target);
    if ((call.flags & ms::bind) == 0) {
        // The superblock changes, for every mount of it.
        const Superblock &superblock = state.superblocks[mountAt(target).superblock];
        if (!isCapable(state, self(), superblock.owner, capability::sysAdmin) && checks(Cause::SuperblockNotOurs))
            return refuse(Cause::SuperblockNotOurs, call.target);
        const bool readOnly = (call.flags & ms::readOnly) != 0;
        if (!readOnly && superblock.overlay && superblock.overlay->upper == NodeId::None &&
            checks(Cause::OverlayHasNoUpper))
            return refuse(Cause::OverlayHasNoUpper, call.target);
        if (Checked<void> done = makeReadOnly(mountAt(target).superblock, readOnly); !done)
            return refuse(done.error().cause, call.target);
    }
    std::uint32_t &present = state.mounts.edit(target.mount).flags;
    present = withSettable(present, flags);
    return {};
}

/// What was removed but is still in use has to be written at its end, so such a superblock stays writable.
Checked<void> Caller::makeReadOnly(SuperblockId superblock, bool readOnly)
{
    const auto isRemovedOf = [&](NodeId of) {
        const Node &node = state.nodes[of];
        if (!node.removed)
            return false;
        if (node.superblock == superblock)
            return true;
        return node.overlay && std::ranges::any_of(node.overlay->layers, [&](NodeId layer) {
                   return state.nodes[layer].removed && state.nodes[layer].superblock == superblock;
               });
    };
    if (readOnly && !state.superblocks[superblock].readOnly) {
        for (std::uint32_t i = 1; i < state.processes.end(); ++i) {
            const Process &process = state.processes[ProcessId{i}];
            if (process.alive &&
                (isRemovedOf(process.root.node) || isRemovedOf(process.cwd.node) ||
                 std::ranges::any_of(
                     process.descriptors,
                     [&](const auto &descriptor) { return isRemovedOf(descriptor.second.place.node); })) &&
                checks(Cause::RemovedInUse))
                return refuse(Cause::RemovedInUse);
        }
        for (std::uint32_t i = 1; i < state.mounts.end(); ++i) {
            const Mount &mount = state.mounts[MountId{i}];
            const bool alive = mount.space != MountNamespaceId::None || isAttached(mount);
            if (alive && isRemovedOf(mount.root) && checks(Cause::RemovedInUse))
                return refuse(Cause::RemovedInUse);
        }
        // An overlay holds its layers; another one with the same work directory makes a new "work" in place of its own.
        for (std::uint32_t i = 1; i < state.superblocks.end(); ++i) {
            const std::shared_ptr<const OverlayLayers> layers = state.superblocks[SuperblockId{i}].overlay;
            if (!layers || !isMountedAnywhere(SuperblockId{i}))
                continue;
            std::vector<NodeId> held = layers->lowers;
            if (layers->upper != NodeId::None)
                held.insert(held.end(), {layers->upper, layers->work, layers->workInside});
            if (std::ranges::any_of(held, isRemovedOf) && checks(Cause::RemovedInUse))
                return refuse(Cause::RemovedInUse);
        }
    }
    state.superblocks.edit(superblock).readOnly = readOnly;
    return {};
}

Checked<void> Caller::run(const UnmountCall &call)
{
    constexpr int known = 1 | UnmountCall::detach | 4 | UnmountCall::noFollow;
    if ((call.flags & ~known) != 0 && checks(Cause::BadUnmountFlags))
        return refuse(Cause::BadUnmountFlags, call.target);
    if ((call.flags & (1 | 4)) != 0)
        return refuse(Cause::Unknown, call.target); // MNT_FORCE, MNT_EXPIRE
    const Checked<Place> target =
        find({call.target}, {.followLast = (call.flags & UnmountCall::noFollow) == 0, .enterLast = true});
    if (!target)
        return std::unexpected(target.error());
    const MountId mount = target->mount;
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.target);
    if (!isMountRoot(*target) && checks(Cause::NotAMountPoint))
        return refuse(Cause::NotAMountPoint, call.target);
    if (!isOurs(mount) && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target);
    if (has(state.mounts[mount], anyLock) && checks(Cause::MountLocked))
        return refuseLocked(state.mounts[mount].flags, Cause::MountLocked, call.target);
    const bool detach = (call.flags & UnmountCall::detach) != 0;
    if (mount == self().root.mount && !detach) {
        // Unmounting one's own root is not refused: its superblock becomes read-only instead.
        const SuperblockId superblock = state.mounts[mount].superblock;
        if (!isCapable(state, self(), state.superblocks[superblock].owner, capability::sysAdmin) &&
            checks(Cause::SuperblockNotOurs))
            return refuse(Cause::SuperblockNotOurs, call.target);
        return makeReadOnly(superblock, true);
    }
    if (!isAttached(state.mounts[mount]) && checks(Cause::NamespaceRoot))
        return refuse(Cause::NamespaceRoot, call.target);
    if (!detach && state.mounts[mount].firstChild != MountId::None && checks(Cause::HasSubmounts))
        return refuse(Cause::HasSubmounts, call.target);
    if (!detach && isBusy(state, mount) && checks(Cause::InUse))
        return refuse(Cause::InUse, call.target);
    if (!onlyChecks())
        unmountTree(state, mount, detach ? UnmountKind::Lazy : UnmountKind::Plain, true);
    return {};
}

Checked<void> Caller::run(const MountSetattrCall &call)
{
    using namespace mount_attr;
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.target.path);
    if (call.set == 0 && call.clear == 0 && call.propagation == 0)
        return {};
    constexpr std::uint64_t known =
        core::mount_attr::readOnly | noSuid | noDev | noExec | atimeMask | noDirAtime | noSymFollow;
    const std::uint64_t atime = call.set & atimeMask;
    const bool clearsAtime = (call.clear & atimeMask) != 0;
    if (((call.propagation & ~propagations) != 0 || std::popcount(call.propagation) > 1 ||
         ((call.set | call.clear) & ~known) != 0 || (clearsAtime && (call.clear & atimeMask) != atimeMask) ||
         (!clearsAtime && atime != 0) || (atime != 0 && atime != noAtime && atime != strictAtime)) &&
        checks(Cause::BadAttributes))
        return refuse(Cause::BadAttributes, call.target.path);
    const Checked<Place> target = find(call.target);
    if (!target)
        return std::unexpected(target.error());
    if (!isMountRoot(*target) && checks(Cause::NotAMountPoint))
        return refuse(Cause::NotAMountPoint, call.target.path);
    if (!isDetachedRoot(target->mount) && !isOurs(target->mount) && checks(Cause::NotOurMount))
        return refuse(Cause::NotOurMount, call.target.path);

    const auto bits = [](std::uint64_t attributes) {
        static constexpr std::pair<std::uint64_t, std::uint32_t> plain[] = {
            {core::mount_attr::readOnly, flag::readOnly},
            {noSuid, flag::noSuid},
            {noDev, flag::noDev},
            {noExec, flag::noExec},
            {noDirAtime, flag::noDirAtime},
            {noSymFollow, flag::noSymFollow}};
        std::uint32_t out = 0;
        for (const auto &[from, to] : plain)
            if ((attributes & from) != 0)
                out |= to;
        return out;
    };
    std::uint32_t clear = bits(call.clear);
    std::uint32_t set = bits(call.set);
    if (clearsAtime) {
        clear |= flag::relAtime | flag::noAtime;
        if (atime == 0)
            set |= flag::relAtime;
        else if (atime == noAtime)
            set |= flag::noAtime;
    }
    const auto next = [&](MountId mount) {
        return call.recursive ? nextInTree(state, mount, target->mount) : MountId::None;
    };
    for (MountId mount = target->mount; mount != MountId::None; mount = next(mount))
        if (!mayChangeTo(state.mounts[mount].flags, (state.mounts[mount].flags & ~clear) | set) &&
            checks(Cause::FlagLocked))
            return refuse(Cause::FlagLocked, call.target.path);
    if (onlyChecks())
        return {};
    for (MountId mount = target->mount; mount != MountId::None; mount = next(mount)) {
        std::uint32_t &flags = state.mounts.edit(mount).flags;
        flags = (flags & ~clear) | set;
        if (call.propagation != 0)
            kernel::changePropagation(state, mount, propagationType(call.propagation));
    }
    return {};
}

} // namespace pivotbench::core::kernel
