// SPDX-License-Identifier: Apache-2.0
//
// mkdir(2), rmdir(2), symlink(2), mknod(2), execve(2): entries of directories.
#include "core/kernel/call_parts.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/propagation.h"
#include "core/kernel/tree.h"

namespace pivotbench::core::kernel {
bool Caller::isReadOnly(Place place) const
{
    return has(mountAt(place), flag::readOnly) || state.superblocks[mountAt(place).superblock].readOnly;
}

bool Caller::isUpperReadOnly(Place place) const
{
    const std::shared_ptr<const OverlayLayers> &layers = state.superblocks[mountAt(place).superblock].overlay;
    return layers && layers->upper != NodeId::None && state.superblocks[state.nodes[layers->upper].superblock].readOnly;
}

Checked<Caller::NewEntry> Caller::placeForEntry(const std::string &path, bool directory)
{
    const Checked<LastName> last = walkToLast(state, id, path);
    if (!last)
        return std::unexpected(last.error());
    if (last->kind != LastName::Kind::Name && checks(Cause::Exists))
        return refuse(Cause::Exists, path);
    const Checked<NodeId> known = findEntry(state, last->directory.node, last->name);
    if (!known)
        return refuse(known.error().cause, path);
    if (*known != NodeId::None && state.nodes[*known].assumed)
        return refuse(Cause::Unknown, path);
    if (*known != NodeId::None && checks(Cause::Exists))
        return refuse(Cause::Exists, path);
    if (nodeAt(last->directory).removed && checks(Cause::NoSuchEntry))
        return refuse(Cause::NoSuchEntry, path);
    if (isKernelsOwn(state.superblocks[mountAt(last->directory).superblock]))
        return refuse(Cause::Unknown, path);
    if (last->name.size() > longestName && checks(Cause::NameTooLong))
        return refuse(Cause::NameTooLong, path);
    if (last->slash && !directory && checks(Cause::CreateWithSlash))
        return refuse(Cause::CreateWithSlash, path);
    if (isReadOnly(last->directory) && checks(Cause::ReadOnly))
        return refuse(Cause::ReadOnly, path);
    return NewEntry{last->directory, last->name};
}

Checked<NodeId> Caller::makeEntry(const NewEntry &entry, NodeKind kind, const std::string &path)
{
    if (isUpperReadOnly(entry.directory) && checks(Cause::ReadOnly))
        return refuse(Cause::ReadOnly, path);
    return create(state, entry.directory.node, entry.name, kind);
}

Checked<void> Caller::run(const MkdirCall &call)
{
    const Checked<NewEntry> entry = placeForEntry(call.path, true);
    if (!entry)
        return std::unexpected(entry.error());
    if (Checked<NodeId> made = makeEntry(*entry, NodeKind::Directory, call.path); !made)
        return std::unexpected(made.error());
    return {};
}

Checked<void> Caller::run(const SymlinkCall &call)
{
    if (call.target.empty() && checks(Cause::EmptyPath))
        return refuse(Cause::EmptyPath, call.path);
    if (call.target.size() > longestPath)
        return refuse(Cause::NameTooLong, call.path);
    const Checked<NewEntry> entry = placeForEntry(call.path, false);
    if (!entry)
        return std::unexpected(entry.error());
    const Checked<NodeId> made = makeEntry(*entry, NodeKind::Link, call.path);
    if (!made)
        return std::unexpected(made.error());
    setTarget(state, *made, call.target);
    return {};
}

Checked<void> Caller::run(const MknodCall &call)
{
    const Checked<NewEntry> entry = placeForEntry(call.path, false);
    if (!entry)
        return std::unexpected(entry.error());
    // Only the initial user namespace makes devices.
    if (call.device && !isCapable(state, self(), UserNamespaceId{1}, capability::mknod))
        return refuse(Cause::DeviceNotAllowed, call.path);
    const Checked<NodeId> made = makeEntry(*entry, call.device ? NodeKind::Device : NodeKind::File, call.path);
    if (!made)
        return std::unexpected(made.error());
    state.nodes.edit(*made).executable = call.executable;
    if (const std::shared_ptr<const OverlayEntry> overlay = state.nodes[*made].overlay)
        state.nodes.edit(overlay->layers.front()).executable = call.executable;
    return {};
}

Checked<void> Caller::run(const RmdirCall &call)
{
    const Checked<LastName> last = walkToLast(state, id, call.path);
    if (!last)
        return std::unexpected(last.error());
    switch (last->kind) {
    case LastName::Kind::DotDot: return refuse(Cause::RemoveDotDot, call.path);
    case LastName::Kind::Dot: return refuse(Cause::RemoveDot, call.path);
    case LastName::Kind::Root: return refuse(Cause::RemoveRoot, call.path);
    case LastName::Kind::Name: break;
    }
    if (isReadOnly(last->directory) && checks(Cause::ReadOnly))
        return refuse(Cause::ReadOnly, call.path);
    const bool kernelsOwn = isKernelsOwn(state.superblocks[mountAt(last->directory).superblock]);
    if (last->name.size() > longestName && !nodeAt(last->directory).removed)
        return refuse(kernelsOwn ? Cause::Unknown : Cause::NameTooLong, call.path);
    const Checked<NodeId> found = findEntry(state, last->directory.node, last->name);
    if (!found)
        return refuse(found.error().cause, call.path);
    if (*found == NodeId::None && checks(Cause::NoSuchEntry))
        return refuse(Cause::NoSuchEntry, call.path);
    if (state.nodes[*found].kind != NodeKind::Directory && checks(Cause::NotADirectory))
        return refuse(Cause::NotADirectory, call.path);
    if (kernelsOwn)
        return refuse(Cause::Unknown, call.path);
    for (MountId mount = state.nodes[*found].mountedHere; mount != MountId::None; mount = state.mounts[mount].nextHere)
        if (isOurs(mount) && checks(Cause::IsMountPoint))
            return refuse(Cause::IsMountPoint, call.path);
    const Checked<bool> empty = isEmpty(state, *found);
    if (!empty)
        return refuse(empty.error().cause, call.path);
    if (!*empty && checks(Cause::NotEmpty))
        return refuse(Cause::NotEmpty, call.path);
    if (isUpperReadOnly(last->directory) && checks(Cause::ReadOnly))
        return refuse(Cause::ReadOnly, call.path);
    remove(state, *found);
    // Mounts of other namespaces do not protect their mount point (since Linux 3.18): they are unmounted.
    while (state.nodes[*found].mountedHere != MountId::None) {
        const MountId mount = state.nodes[*found].mountedHere;
        if (state.mounts[mount].space == MountNamespaceId::None) {
            detach(state, mount);
            releaseUnused(state, mount);
        } else {
            unmountTree(state, mount, UnmountKind::Connected, false);
        }
    }
    return {};
}

Checked<void> Caller::run(const ExecCall &call)
{
    const Checked<Place> place = find({call.path});
    if (!place)
        return std::unexpected(place.error());
    const Node &node = nodeAt(*place);
    if ((node.kind == NodeKind::Directory || node.kind == NodeKind::Device || node.kind == NodeKind::Whiteout) &&
        checks(Cause::IsADirectory))
        return refuse(Cause::IsADirectory, call.path);
    if (has(mountAt(*place), flag::noExec) && checks(Cause::NoExecMount))
        return refuse(Cause::NoExecMount, call.path);
    if (!node.executable && checks(Cause::NotExecutable))
        return refuse(Cause::NotExecutable, call.path);
    if (!node.program && checks(Cause::NotAProgram))
        return refuse(Cause::NotAProgram, call.path);
    return {};
}

} // namespace pivotbench::core::kernel
