// SPDX-License-Identifier: Apache-2.0
//
// unshare(2), clone3(2), setns(2), exit: namespaces and their owners.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/propagation.h"

namespace pivotbench::core::kernel {
namespace {

constexpr std::uint32_t deepestUserNamespace = 32;

} // namespace

bool Caller::isChrooted(const Process &process) const
{
    return process.root != topOf(state, rootOf(state, state.mountNamespaces[process.space].root));
}

Checked<void> Caller::makeNamespaces(ProcessId of, const NamespaceSet &set, bool forChild)
{
    if (set.user) {
        // (The errno of a namespace too deep was EUSERS before Linux 4.9.)
        if (state.userNamespaces[state.processes[of].user].level > deepestUserNamespace &&
            checks(Cause::UserNamespaceTooDeep))
            return refuse(Cause::UserNamespaceTooDeep);
        if (isChrooted(state.processes[of]) && checks(Cause::UserNamespaceInChroot))
            return refuse(Cause::UserNamespaceInChroot);
        const Process &parent = state.processes[of];
        const UserNamespaceId made = state.userNamespaces.add(
            {.parent = parent.user, .level = state.userNamespaces[parent.user].level + 1, .owner = parent.uid});
        Process &process = state.processes.edit(of);
        process.user = made;
        process.capabilities = capability::all;
    }
    const UserNamespaceId owner = state.processes[of].user;
    if (((set.mount || set.pid || set.network || set.ipc || set.cgroup) &&
         !isCapable(state, state.processes[of], owner, capability::sysAdmin)) &&
        checks(Cause::NamespaceNotPrivileged))
        return refuse(Cause::NamespaceNotPrivileged);
    const auto other = [&] { return state.otherNamespaces.add({.owner = owner}); };
    if (set.pid) {
        const OtherNamespaceId made = other();
        Process &process = state.processes.edit(of);
        state.otherNamespaces.edit(made).above = process.pid;
        process.pidForChildren = made;
        if (forChild)
            process.pid = made;
    }
    if (set.network)
        state.processes.edit(of).network = other();
    if (set.ipc)
        state.processes.edit(of).ipc = other();
    if (set.cgroup)
        state.processes.edit(of).cgroup = other();
    if (set.mount) {
        const MountNamespaceId before = state.processes[of].space;
        const MountNamespaceId made = copyMountNamespace(of, owner);
        state.processes.edit(of).space = made;
        endNamespaceIfUnused(before);
    }
    return {};
}

/// Every mount is copied: as a peer of the original, or as a slave where the new namespace has another owner, and then
/// locked. Root and working directory of the process move to the copies.
MountNamespaceId Caller::copyMountNamespace(ProcessId of, UserNamespaceId owner)
{
    const MountNamespaceId from = state.processes[of].space;
    const MountId oldRoot = state.mountNamespaces[from].root;
    const bool otherOwner = state.mountNamespaces[from].owner != owner;
    const Checked<MountId> copy =
        cloneTree(state, oldRoot, state.mounts[oldRoot].root, {.slave = otherOwner, .unbindableToo = true});
    if (otherOwner)
        lockTree(state, *copy);
    const MountNamespaceId made = state.mountNamespaces.add({.owner = owner, .root = *copy});
    enterNamespace(state, *copy, made);
    MountId now = *copy;
    for (MountId old = oldRoot; old != MountId::None && now != MountId::None;
         old = nextInTree(state, old, oldRoot), now = nextInTree(state, now, *copy)) {
        if (state.processes[of].root.mount == old)
            state.processes.edit(of).root.mount = now;
        if (state.processes[of].cwd.mount == old)
            state.processes.edit(of).cwd.mount = now;
    }
    return made;
}

void Caller::endNamespaceIfUnused(MountNamespaceId space)
{
    for (std::uint32_t i = 1; i < state.processes.end(); ++i)
        if (state.processes[ProcessId{i}].alive && state.processes[ProcessId{i}].space == space)
            return;
    unmountTree(state, state.mountNamespaces[space].root, UnmountKind::Lazy, false);
}

Checked<void> Caller::run(const UnshareCall &call) { return makeNamespaces(id, call.namespaces, false); }

Checked<void> Caller::run(const CloneCall &call)
{
    Process child = self();
    child.pid = child.pidForChildren;
    const ProcessId made = state.processes.add(std::move(child));
    const Checked<void> done = makeNamespaces(made, call.namespaces, true);
    const OtherNamespaceId pid = state.processes[made].pid;
    if (done && pid != self().pid && state.otherNamespaces[pid].init == ProcessId::None)
        state.otherNamespaces.edit(pid).init = made;
    return done;
}

Checked<void> Caller::run(const SetnsCall &call)
{
    if (static_cast<std::uint32_t>(call.of) >= state.processes.end() || !state.processes[call.of].alive)
        return refuse(Cause::Unknown);
    const Process target = state.processes[call.of];
    if (call.user) {
        if (target.user == self().user && checks(Cause::SameUserNamespace))
            return refuse(Cause::SameUserNamespace);
        if (!isCapable(state, self(), target.user, capability::sysAdmin) && checks(Cause::NamespaceNotPrivileged))
            return refuse(Cause::NamespaceNotPrivileged);
        Process &process = editSelf();
        process.user = target.user;
        process.capabilities = capability::all;
        return {};
    }
    if ((!isCapable(state, self(), state.mountNamespaces[target.space].owner, capability::sysAdmin) ||
         !isCapable(state, self(), self().user, capability::sysChroot | capability::sysAdmin)) &&
        checks(Cause::NamespaceNotPrivileged))
        return refuse(Cause::NamespaceNotPrivileged);
    const MountNamespaceId before = self().space;
    editSelf().space = target.space;
    const Place root = topOf(state, rootOf(state, state.mountNamespaces[target.space].root));
    setRoot(id, root);
    setCwd(id, root);
    endNamespaceIfUnused(before);
    return {};
}

Checked<void> Caller::run(const DropCapabilitiesCall &)
{
    editSelf().capabilities = 0;
    return {};
}

/// The end of a PID namespace's first process is that of all in it, and in those below it (pid_namespaces(7), "The
/// namespace init process").
Checked<void> Caller::run(const ExitCall &)
{
    const OtherNamespaceId pid = self().pid;
    end(id);
    if (pid == OtherNamespaceId::None || state.otherNamespaces[pid].init != id)
        return {};
    const auto isInside = [&](OtherNamespaceId space) {
        while (space != pid && space != OtherNamespaceId::None)
            space = state.otherNamespaces[space].above;
        return space == pid;
    };
    for (std::uint32_t i = 1; i < state.processes.end(); ++i)
        if (state.processes[ProcessId{i}].alive && isInside(state.processes[ProcessId{i}].pid))
            end(ProcessId{i});
    return {};
}

void Caller::end(ProcessId process)
{
    while (!state.processes[process].descriptors.empty())
        Caller(state, process).closeDescriptor(state.processes[process].descriptors.begin()->first);
    const Process ended = state.processes[process];
    state.processes.edit(process).alive = false;
    releaseUnused(state, ended.root.mount);
    releaseUnused(state, ended.cwd.mount);
    endNamespaceIfUnused(ended.space);
}

} // namespace pivotbench::core::kernel
