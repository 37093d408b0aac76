// SPDX-License-Identifier: Apache-2.0
//
// Detached trees and moving: open_tree(2), fsmount(2), move_mount(2), mount(2) with MS_MOVE. The three first have no
// page in Debian 12's manual; the kernel's Documentation/filesystems/mount_api.rst and fs/namespace.c were followed.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/propagation.h"
#include "core/spec/mount_options.h"

namespace pivotbench::core::kernel {

Checked<void> Caller::run(const OpenTreeCall &call)
{
    if (call.recursive && !call.clone && checks(Cause::RecursiveWithoutClone))
        return refuse(Cause::RecursiveWithoutClone, call.from.path);
    if (call.clone && !mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.from.path);
    const Checked<Place> from = find(call.from);
    if (!from)
        return std::unexpected(from.error());
    if (!call.clone) {
        setDescriptor(call.descriptor, {*from});
        return {};
    }
    // What is copied from a detached tree has the same origin as that.
    const MountNamespaceId source = mountAt(*from).space;
    const MountNamespaceId origin = isDetached(from->mount) ? state.mountNamespaces[source].origin : source;
    const Checked<MountId> copy = copyAt(*from, call.recursive);
    if (!copy)
        return refuse(copy.error().cause, call.from.path);
    const MountNamespaceId space = state.mountNamespaces.add(
        {.owner = state.mountNamespaces[self().space].owner, .root = *copy, .anonymous = true, .origin = origin});
    enterNamespace(state, *copy, space);
    setDescriptor(call.descriptor, {{*copy, from->node}, true});
    return {};
}

Checked<void> Caller::run(const FsMountCall &call)
{
    using namespace mount_attr;
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged);
    std::uint32_t flags = 0;
    static constexpr std::pair<std::uint64_t, std::uint32_t> plain[] = {{core::mount_attr::readOnly, flag::readOnly},
                                                                        {noSuid, flag::noSuid},
                                                                        {noDev, flag::noDev},
                                                                        {noExec, flag::noExec},
                                                                        {noDirAtime, flag::noDirAtime},
                                                                        {noSymFollow, flag::noSymFollow}};
    for (const auto &[from, to] : plain)
        if ((call.attributes & from) != 0)
            flags |= to;
    const std::uint64_t atime = call.attributes & atimeMask;
    if (atime == 0)
        flags |= flag::relAtime;
    else if (atime == noAtime)
        flags |= flag::noAtime;
    const Checked<SuperblockId> superblock =
        newFilesystem(call.type, call.overlay, call.readOnlySuperblock ? ms::readOnly : 0);
    if (!superblock)
        return std::unexpected(superblock.error());
    if (atime != 0 && atime != noAtime && atime != strictAtime && checks(Cause::BadAttributes))
        return refuse(Cause::BadAttributes);
    if (const Checked<void> whole = checkRevealing(*superblock, flags); !whole)
        return std::unexpected(whole.error());
    const NodeId root = state.superblocks[*superblock].root;
    const MountId mount = addMount(state, *superblock, root, flags, call.source);
    const MountNamespaceId space = state.mountNamespaces.add(
        {.owner = state.mountNamespaces[self().space].owner, .root = mount, .anonymous = true});
    enterNamespace(state, mount, space);
    setDescriptor(call.descriptor, {{mount, root}, true});
    return {};
}

Checked<void> Caller::run(const MoveMountCall &call)
{
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.to.path);
    const Checked<Place> to = find(call.to, {.followLast = false});
    if (!to)
        return std::unexpected(to.error());
    const Checked<Place> from = find(call.from, {.followLast = false});
    if (!from)
        return std::unexpected(from.error());
    return move(*from, *to);
}

Checked<void> Caller::move(Place from, Place target)
{
    const MountId mount = from.mount;
    if (!isMountRoot(from) && checks(Cause::NotAMountPoint))
        return refuse(Cause::NotAMountPoint);
    if (isDirectory(from) != isDirectory(target) && checks(Cause::MoveKindMismatch))
        return refuse(Cause::MoveKindMismatch);
    const Checked<Place> to = placeToMountOn(target);
    if (!to)
        return std::unexpected(to.error());
    const Mount old = state.mounts[mount];
    if (isOurs(mount)) {
        if (!isAttached(old) && checks(Cause::MoveDetachedRoot))
            return refuse(Cause::MoveDetachedRoot);
        if (has(old, anyLock) && checks(Cause::MoveLocked))
            return refuseLocked(old.flags, Cause::MoveLocked);
        if (isShared(state.mounts[old.parent]) && checks(Cause::MoveFromSharedParent))
            return refuse(Cause::MoveFromSharedParent);
        if (!isOurs(to->mount) && checks(Cause::NotOurMount))
            return refuse(Cause::NotOurMount);
    } else {
        if (!isDetachedRoot(mount) && checks(Cause::SourceNotOurs))
            return refuse(Cause::SourceNotOurs);
        if (old.space == mountAt(*to).space && checks(Cause::MoveInsideDetached))
            return refuse(Cause::MoveInsideDetached);
        if (!isOurs(to->mount) && !isDetachedOfOurs(to->mount) && checks(Cause::NotOurMount))
            return refuse(Cause::NotOurMount);
    }
    if (isShared(mountAt(*to)) && containsUnbindable(state, mount) && checks(Cause::MoveUnbindableIntoShared))
        return refuse(Cause::MoveUnbindableIntoShared);
    if (isAncestor(state, mount, to->mount) && checks(Cause::MoveIntoItself))
        return refuse(Cause::MoveIntoItself);
    if (onlyChecks())
        return {};
    return attachPropagating(state, mount, *to, self().space);
}

} // namespace pivotbench::core::kernel
