// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/call.h"

#include "core/base/overloaded.h"
#include "core/kernel/call_parts.h"
#include "core/kernel/overlay.h"
#include "core/kernel/propagation.h"

#include <utility>

namespace pivotbench::core::kernel {

const char *callName(const Call &call)
{
    return std::visit(Overloaded{
                          [](const MountCall &) { return "mount"; },
                          [](const UnmountCall &) { return "umount2"; },
                          [](const OpenTreeCall &) { return "open_tree"; },
                          [](const MoveMountCall &) { return "move_mount"; },
                          [](const FsMountCall &) { return "fsmount"; },
                          [](const MountSetattrCall &) { return "mount_setattr"; },
                          [](const PivotRootCall &) { return "pivot_root"; },
                          [](const ChrootCall &) { return "chroot"; },
                          [](const ChdirCall &) { return "chdir"; },
                          [](const FchdirCall &) { return "fchdir"; },
                          [](const OpenCall &) { return "open"; },
                          [](const CloseCall &) { return "close"; },
                          [](const MkdirCall &) { return "mkdir"; },
                          [](const RmdirCall &) { return "rmdir"; },
                          [](const SymlinkCall &) { return "symlink"; },
                          [](const MknodCall &) { return "mknod"; },
                          [](const ExecCall &) { return "execve"; },
                          [](const UnshareCall &) { return "unshare"; },
                          [](const CloneCall &) { return "clone"; },
                          [](const SetnsCall &) { return "setns"; },
                          [](const DropCapabilitiesCall &) { return "capset"; },
                          [](const ExitCall &) { return "exit"; },
                      },
                      call);
}

Checked<void> perform(State &state, ProcessId process, const Call &call)
{
    State next = state;
    Caller caller(next, process);
    Checked<void> done = std::visit([&caller](const auto &alternative) { return caller.run(alternative); }, call);
    if (done)
        state = std::move(next);
    else if (caller.workMadeIn() != NodeId::None)
        makeWorkDirectory(state, caller.workMadeIn());
    return done;
}

// Questions of several calls
// -------------------------------------------------------------------------------------------

bool Caller::mayMount() const
{
    return isCapable(state, self(), state.mountNamespaces[self().space].owner, capability::sysAdmin);
}

bool Caller::isDetached(MountId mount) const
{
    const MountNamespaceId space = state.mounts[mount].space;
    return space != MountNamespaceId::None && state.mountNamespaces[space].anonymous;
}

bool Caller::isDetachedRoot(MountId mount) const
{
    return isDetached(mount) && state.mountNamespaces[state.mounts[mount].space].root == mount;
}

bool Caller::isDetachedOfOurs(MountId mount) const
{
    if (!isDetached(mount))
        return false;
    const MountNamespaceId origin = state.mountNamespaces[state.mounts[mount].space].origin;
    return origin == MountNamespaceId::None || origin == self().space;
}

Checked<Place> Caller::find(const At &at, WalkOptions options)
{
    if (at.descriptor && !at.path.starts_with('/')) {
        const auto found = self().descriptors.find(*at.descriptor);
        if (found == self().descriptors.end())
            return refuse(Cause::BadDescriptor);
        options.from = found->second.place;
        options.allowEmpty = true;
    }
    return walk(state, id, at.path, options);
}

Checked<Place> Caller::placeToMountOn(Place place)
{
    for (;;) {
        if (nodeAt(place).removed || mountAt(place).space == MountNamespaceId::None)
            return refuse(Cause::TargetGone);
        const MountId above = mountedOn(state, place);
        if (above == MountId::None)
            return place;
        place = rootOf(state, above);
    }
}

// Places of processes
// --------------------------------------------------------------------------------------------------

void Caller::setRoot(ProcessId process, Place place)
{
    const MountId before = std::exchange(state.processes.edit(process).root, place).mount;
    releaseUnused(state, before);
}

void Caller::setCwd(ProcessId process, Place place)
{
    const MountId before = std::exchange(state.processes.edit(process).cwd, place).mount;
    releaseUnused(state, before);
}

void Caller::setDescriptor(int number, Descriptor descriptor)
{
    closeDescriptor(number);
    editSelf().descriptors[number] = descriptor;
}

/// The last descriptor of a detached tree takes the tree along, unless it has been attached.
void Caller::closeDescriptor(int number)
{
    const auto found = self().descriptors.find(number);
    if (found == self().descriptors.end())
        return;
    const Descriptor closed = found->second;
    editSelf().descriptors.erase(number);
    if (closed.detachedTree && isDetachedRoot(closed.place.mount)) {
        for (std::uint32_t i = 1; i < state.processes.end(); ++i)
            for (const auto &[other, descriptor] : state.processes[ProcessId{i}].descriptors)
                if (descriptor.detachedTree && descriptor.place.mount == closed.place.mount)
                    return;
        unmountTree(state, closed.place.mount, UnmountKind::Connected, false);
    } else {
        releaseUnused(state, closed.place.mount);
    }
}

} // namespace pivotbench::core::kernel
