// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/mount_tree.h"

#include "core/kernel/propagation.h"
#include "core/kernel/tree.h"

namespace pivotbench::core::kernel {
namespace {

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(id); }

} // namespace

MountId addMount(State &state, SuperblockId superblock, NodeId root, std::uint32_t flags, std::string_view source)
{
    const NameId name = intern(state, source);
    return state.mounts.add({.superblock = superblock, .root = root, .flags = flags, .source = name});
}

void attach(State &state, MountId mount, Place place)
{
    const MountId elder = state.mounts[place.mount].lastChild;
    const MountId here = state.nodes[place.node].mountedHere;
    Mount &attached = state.mounts.edit(mount);
    attached.parent = place.mount;
    attached.mountPoint = place.node;
    attached.previousSibling = elder;
    attached.nextSibling = MountId::None;
    attached.previousHere = MountId::None;
    attached.nextHere = here;
    if (elder != MountId::None)
        state.mounts.edit(elder).nextSibling = mount;
    Mount &parent = state.mounts.edit(place.mount);
    parent.lastChild = mount;
    if (elder == MountId::None)
        parent.firstChild = mount;
    if (here != MountId::None)
        state.mounts.edit(here).previousHere = mount;
    state.nodes.edit(place.node).mountedHere = mount;
    state.childMount.insert(number(place.mount), number(place.node), number(mount));
}

void detach(State &state, MountId mount)
{
    const Mount old = state.mounts[mount];
    if (!isAttached(old))
        return;
    if (MountId{state.childMount.find(number(old.parent), number(old.mountPoint))} == mount)
        state.childMount.erase(number(old.parent), number(old.mountPoint));
    if (old.previousSibling != MountId::None)
        state.mounts.edit(old.previousSibling).nextSibling = old.nextSibling;
    else
        state.mounts.edit(old.parent).firstChild = old.nextSibling;
    if (old.nextSibling != MountId::None)
        state.mounts.edit(old.nextSibling).previousSibling = old.previousSibling;
    else
        state.mounts.edit(old.parent).lastChild = old.previousSibling;
    if (old.previousHere != MountId::None)
        state.mounts.edit(old.previousHere).nextHere = old.nextHere;
    else
        state.nodes.edit(old.mountPoint).mountedHere = old.nextHere;
    if (old.nextHere != MountId::None)
        state.mounts.edit(old.nextHere).previousHere = old.previousHere;
    Mount &loose = state.mounts.edit(mount);
    loose.parent = MountId::None;
    loose.mountPoint = NodeId::None;
    loose.previousSibling = loose.nextSibling = loose.previousHere = loose.nextHere = MountId::None;
}

void reattach(State &state, MountId mount, Place place)
{
    detach(state, mount);
    attach(state, mount, place);
}

MountId nextBeside(const State &state, MountId mount, MountId top)
{
    while (mount != top) {
        if (const MountId sibling = state.mounts[mount].nextSibling; sibling != MountId::None)
            return sibling;
        mount = state.mounts[mount].parent;
    }
    return MountId::None;
}

MountId nextInTree(const State &state, MountId mount, MountId top)
{
    if (const MountId child = state.mounts[mount].firstChild; child != MountId::None)
        return child;
    return nextBeside(state, mount, top);
}

void enterNamespace(State &state, MountId top, MountNamespaceId space)
{
    for (MountId mount = top; mount != MountId::None; mount = nextInTree(state, mount, top)) {
        const MountNamespaceId before = state.mounts[mount].space;
        if (before == space)
            continue;
        if (before != MountNamespaceId::None)
            --state.mountNamespaces.edit(before).mounts;
        if (space != MountNamespaceId::None)
            ++state.mountNamespaces.edit(space).mounts;
        state.mounts.edit(mount).space = space;
    }
}

MountId cloneMount(State &state, MountId original, NodeId root, CloneMode mode)
{
    const Mount old = state.mounts[original];
    // Since 6.17 a copy is never unbindable, also in a new namespace; before, it was what the original is, as
    // mount_namespaces(7) has it.
    Mount copy{.superblock = old.superblock,
               .root = root,
               .flags = old.flags & ~(flag::locked | flag::maybeLocked | flag::unbindable),
               .source = old.source,
               .tableId = old.tableId};
    const MountId clone = state.mounts.add(copy);
    if (mode.isPrivate)
        return clone;
    if (mode.slave) {
        if (isShared(old))
            becomeSlave(state, clone, old.group);
        else if (isSlave(old))
            becomeSlave(state, clone, old.master);
    } else if (isShared(old)) {
        joinGroup(state, clone, old.group);
    } else if (isSlave(old)) {
        becomeSlave(state, clone, old.master);
    }
    if (mode.makeShared)
        makeShared(state, clone);
    return clone;
}

Checked<MountId> cloneTree(State &state, MountId original, NodeId root, CloneMode mode)
{
    if (!mode.unbindableToo && has(state.mounts[original], flag::unbindable))
        return refuse(Cause::SourceUnbindable);
    const MountId clone = cloneMount(state, original, root, mode);
    MountId from = original;
    MountId to = clone;
    MountId next = state.mounts[original].firstChild;
    while (next != MountId::None) {
        const Mount source = state.mounts[next];
        const bool outside = source.parent == original && !isWithin(state, source.mountPoint, root);
        const bool skipped = !mode.unbindableToo && (source.flags & flag::unbindable) != 0;
        if (!outside && skipped && (source.flags & flag::locked) != 0)
            return refuse(Cause::LockedUnbindable);
        if (outside || skipped) {
            next = nextBeside(state, next, original);
            continue;
        }
        while (from != source.parent) {
            from = state.mounts[from].parent;
            to = state.mounts[to].parent;
        }
        const MountId made = cloneMount(state, next, source.root, mode);
        state.mounts.edit(made).flags |= source.flags & (flag::locked | flag::maybeLocked);
        attach(state, made, {to, source.mountPoint});
        from = next;
        to = made;
        next = nextInTree(state, next, original);
    }
    return clone;
}

std::uint32_t lockOfChildren(const State &state, MountId mount, NodeId directory)
{
    std::uint32_t locks = 0;
    for (MountId child = state.mounts[mount].firstChild; child != MountId::None;
         child = state.mounts[child].nextSibling)
        if (has(state.mounts[child], flag::locked | flag::maybeLocked) &&
            isWithin(state, state.mounts[child].mountPoint, directory))
            locks |= state.mounts[child].flags & (flag::locked | flag::maybeLocked);
    return locks;
}

void lockTree(State &state, MountId top)
{
    for (MountId mount = top; mount != MountId::None; mount = nextInTree(state, mount, top)) {
        std::uint32_t flags = state.mounts[mount].flags | flag::lockAtime;
        if ((flags & flag::readOnly) != 0)
            flags |= flag::lockReadOnly;
        if ((flags & flag::noDev) != 0)
            flags |= flag::lockNoDev;
        if ((flags & flag::noSuid) != 0)
            flags |= flag::lockNoSuid;
        if ((flags & flag::noExec) != 0)
            flags |= flag::lockNoExec;
        if (mount != top)
            flags = (flags | flag::locked) & ~flag::maybeLocked;
        state.mounts.edit(mount).flags = flags;
    }
}

bool containsUnbindable(const State &state, MountId top)
{
    for (MountId mount = top; mount != MountId::None; mount = nextInTree(state, mount, top))
        if (has(state.mounts[mount], flag::unbindable))
            return true;
    return false;
}

bool isAncestor(const State &state, MountId above, MountId below)
{
    for (; below != MountId::None; below = state.mounts[below].parent)
        if (below == above)
            return true;
    return false;
}

bool isReachable(const State &state, Place place, Place from)
{
    while (place.mount != from.mount && isAttached(state.mounts[place.mount]))
        place = {state.mounts[place.mount].parent, state.mounts[place.mount].mountPoint};
    return place.mount == from.mount && isWithin(state, place.node, from.node);
}

} // namespace pivotbench::core::kernel
