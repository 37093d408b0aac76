// SPDX-License-Identifier: Apache-2.0
//
// pivot_root(2), chroot(2), chdir(2), fchdir(2), open(2), close(2): where processes stand.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/tree.h"

namespace pivotbench::core::kernel {

/// All that pivot_root(2) asks of its two paths, in the order in which the kernel asks it. On success every process
/// whose root or working directory is the old root has the new one.
Checked<void> Caller::run(const PivotRootCall &call)
{
    if (!mayMount() && checks(Cause::NotPrivileged))
        return refuse(Cause::NotPrivileged, call.newRoot);
    const Checked<Place> newRoot = find({call.newRoot}, {.directory = true});
    if (!newRoot)
        return std::unexpected(newRoot.error());
    const Checked<Place> put = find({call.putOld}, {.directory = true});
    if (!put)
        return std::unexpected(put.error());
    const Checked<Place> putOld = placeToMountOn(*put);
    if (!putOld)
        return refuse(putOld.error().cause, call.putOld);

    const Place root = self().root;
    const Mount newMount = mountAt(*newRoot);
    const Mount rootMount = mountAt(root);
    const auto parentShared = [&](const Mount &mount, MountId own) {
        return isShared(state.mounts[isAttached(mount) ? mount.parent : own]);
    };
    if (isShared(mountAt(*putOld)) && checks(Cause::PivotPutOldShared))
        return refuse(Cause::PivotPutOldShared, call.putOld);
    if (parentShared(newMount, newRoot->mount) && checks(Cause::PivotNewRootParentShared))
        return refuse(Cause::PivotNewRootParentShared, call.newRoot);
    if (parentShared(rootMount, root.mount) && checks(Cause::PivotRootParentShared))
        return refuse(Cause::PivotRootParentShared, "/");
    if ((!isOurs(root.mount) || !isOurs(newRoot->mount)) && checks(Cause::PivotNotOurs))
        return refuse(Cause::PivotNotOurs, call.newRoot);
    if (has(newMount, anyLock) && checks(Cause::PivotNewRootLocked))
        return refuseLocked(newMount.flags, Cause::PivotNewRootLocked, call.newRoot);
    if (nodeAt(*newRoot).removed && checks(Cause::PivotNewRootRemoved))
        return refuse(Cause::PivotNewRootRemoved, call.newRoot);
    if (newRoot->mount == root.mount && checks(Cause::PivotNewRootIsRoot))
        return refuse(Cause::PivotNewRootIsRoot, call.newRoot);
    if (putOld->mount == root.mount && checks(Cause::PivotPutOldOnRoot))
        return refuse(Cause::PivotPutOldOnRoot, call.putOld);
    if (!isMountRoot(root) && checks(Cause::PivotRootNotAMount))
        return refuse(Cause::PivotRootNotAMount, "/");
    if (!isAttached(rootMount) && checks(Cause::PivotRootNotAttached))
        return refuse(Cause::PivotRootNotAttached, "/");
    if (!isMountRoot(*newRoot) && checks(Cause::PivotNewRootNotAMount))
        return refuse(Cause::PivotNewRootNotAMount, call.newRoot);
    if (!isAttached(newMount) && checks(Cause::PivotNewRootNotAttached))
        return refuse(Cause::PivotNewRootNotAttached, call.newRoot);
    if (!isReachable(state, *putOld, *newRoot) && checks(Cause::PivotPutOldOutside))
        return refuse(Cause::PivotPutOldOutside, call.putOld);
    if (!isReachable(state, *newRoot, root) && checks(Cause::PivotNewRootOutside))
        return refuse(Cause::PivotNewRootOutside, call.newRoot);

    if (onlyChecks())
        return {};
    const Place above{rootMount.parent, rootMount.mountPoint};
    detach(state, newRoot->mount);
    if (has(rootMount, anyLock)) {
        state.mounts.edit(newRoot->mount).flags |= rootMount.flags & anyLock;
        state.mounts.edit(root.mount).flags &= ~anyLock;
    }
    detach(state, root.mount);
    attach(state, newRoot->mount, above);
    attach(state, root.mount, *putOld);
    for (std::uint32_t i = 1; i < state.processes.end(); ++i) {
        if (!state.processes[ProcessId{i}].alive)
            continue;
        if (state.processes[ProcessId{i}].root == root)
            state.processes.edit(ProcessId{i}).root = *newRoot;
        if (state.processes[ProcessId{i}].cwd == root)
            state.processes.edit(ProcessId{i}).cwd = *newRoot;
    }
    return {};
}

Checked<void> Caller::run(const ChrootCall &call)
{
    const Checked<Place> place = find({call.path}, {.directory = true});
    if (!place)
        return std::unexpected(place.error());
    if (!maySearch(state, id, place->node) && checks(Cause::SearchDenied))
        return refuse(Cause::SearchDenied, call.path);
    if (!isCapable(state, self(), self().user, capability::sysChroot) && checks(Cause::ChrootNotPrivileged))
        return refuse(Cause::ChrootNotPrivileged, call.path);
    setRoot(id, *place);
    return {};
}

Checked<void> Caller::run(const ChdirCall &call)
{
    const Checked<Place> place = find({call.path}, {.directory = true});
    if (!place)
        return std::unexpected(place.error());
    if (!maySearch(state, id, place->node) && checks(Cause::SearchDenied))
        return refuse(Cause::SearchDenied, call.path);
    setCwd(id, *place);
    return {};
}

Checked<void> Caller::run(const FchdirCall &call)
{
    const auto found = self().descriptors.find(call.descriptor);
    if (found == self().descriptors.end())
        return refuse(Cause::BadDescriptor);
    if (!isDirectory(found->second.place) && checks(Cause::NotADirectory))
        return refuse(Cause::NotADirectory);
    if (!maySearch(state, id, found->second.place.node) && checks(Cause::SearchDenied))
        return refuse(Cause::SearchDenied);
    setCwd(id, found->second.place);
    return {};
}

Checked<void> Caller::run(const OpenCall &call)
{
    const Checked<Place> place = find({call.path}, {.followLast = !call.noFollow, .directory = call.directory});
    if (!place)
        return std::unexpected(place.error());
    const Node &node = nodeAt(*place);
    if (!call.pathOnly) {
        if (node.kind == NodeKind::Link && checks(Cause::IsALink))
            return refuse(Cause::IsALink, call.path);
        const bool device = node.kind == NodeKind::Device || node.kind == NodeKind::Whiteout;
        if ((device &&
             (has(mountAt(*place), flag::noDev) || state.superblocks[mountAt(*place).superblock].noDevices)) &&
            checks(Cause::NoDevices))
            return refuse(Cause::NoDevices, call.path);
        if (node.kind == NodeKind::Whiteout)
            return refuse(Cause::Unknown, call.path);
        if (!maySearch(state, id, place->node) && checks(Cause::SearchDenied))
            return refuse(Cause::SearchDenied, call.path);
    }
    setDescriptor(call.descriptor, {*place});
    return {};
}

Checked<void> Caller::run(const CloseCall &call)
{
    if (!self().descriptors.contains(call.descriptor))
        return refuse(Cause::BadDescriptor);
    closeDescriptor(call.descriptor);
    return {};
}

} // namespace pivotbench::core::kernel
