// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/propagation.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/tree.h"

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

namespace pivotbench::core::kernel {
namespace {

// Lists of members and slaves
// ------------------------------------------------------------------------------------------

void leaveMaster(State &state, MountId mount)
{
    const Mount old = state.mounts[mount];
    if (!isSlave(old))
        return;
    if (old.previousSlave != MountId::None)
        state.mounts.edit(old.previousSlave).nextSlave = old.nextSlave;
    else
        state.groups.edit(old.master).firstSlave = old.nextSlave;
    if (old.nextSlave != MountId::None)
        state.mounts.edit(old.nextSlave).previousSlave = old.previousSlave;
    Mount &edited = state.mounts.edit(mount);
    edited.master = PeerGroupId::None;
    edited.nextSlave = edited.previousSlave = MountId::None;
}

/// The last member gone, the slaves turn to the master of the group, or to nobody.
void dissolve(State &state, PeerGroupId group)
{
    const PeerGroupId master = state.groups[group].master;
    while (state.groups[group].firstSlave != MountId::None) {
        const MountId slave = state.groups[group].firstSlave;
        leaveMaster(state, slave);
        if (master != PeerGroupId::None)
            becomeSlave(state, slave, master);
        if (const PeerGroupId own = state.mounts[slave].group; own != PeerGroupId::None)
            state.groups.edit(own).master = master;
    }
}

void leaveGroup(State &state, MountId mount)
{
    const Mount old = state.mounts[mount];
    if (!isShared(old))
        return;
    if (old.previousPeer != MountId::None)
        state.mounts.edit(old.previousPeer).nextPeer = old.nextPeer;
    else
        state.groups.edit(old.group).firstMember = old.nextPeer;
    if (old.nextPeer != MountId::None)
        state.mounts.edit(old.nextPeer).previousPeer = old.previousPeer;
    Mount &edited = state.mounts.edit(mount);
    edited.group = PeerGroupId::None;
    edited.nextPeer = edited.previousPeer = MountId::None;
    if (state.groups[old.group].firstMember == MountId::None)
        dissolve(state, old.group);
}

// Mounting
// -------------------------------------------------------------------------------------------------------------

/// Makes the copies of one mount event. Copies stand on their places, but count as attached only in commit().
class MountEvent {
public:
    /// `becomingShared`: mounts of the tree that this event makes shared, sorted. For the kernel they are not so before
    /// its end (attach_recursive_mnt()), which shows where the tree receives the event of its own move.
    MountEvent(State &state, MountId tree, Place place, std::vector<MountId> becomingShared)
        : m_state(state)
        , m_tree(tree)
        , m_place(place)
        , m_becomingShared(std::move(becomingShared))
    {
    }

    /// Copies for the peers of the place's mount, for their slaves, and so on downwards. `model` is what the copies of
    /// this group are made from.
    Checked<void> run()
    {
        struct Level {
            PeerGroupId group;
            MountId model;
        };
        std::vector<Level> todo = {{m_state.mounts[m_place.mount].group, m_tree}};
        while (!todo.empty()) {
            const Level level = todo.back();
            todo.pop_back();
            MountId model = level.model;
            // Its members; the first copy in a group of slaves is a slave of the group's model, the others its peers.
            bool first = level.group != m_state.mounts[m_place.mount].group;
            for (const MountId member : members(level.group)) {
                if (member == m_place.mount || !wants(member))
                    continue;
                const bool isNew = std::ranges::binary_search(m_becomingShared, member);
                const Checked<MountId> copy = make(member, model, {.slave = first, .makeShared = !isNew});
                if (!copy)
                    return std::unexpected(copy.error());
                model = *copy;
                first = false;
            }
            std::unordered_set<PeerGroupId> seen;
            for (const MountId slave : slaves(level.group)) {
                if (const PeerGroupId own = m_state.mounts[slave].group; own != PeerGroupId::None) {
                    if (seen.insert(own).second)
                        todo.push_back({own, model});
                } else if (wants(slave)) {
                    const Checked<MountId> copy = make(slave, model, {.slave = true});
                    if (!copy)
                        return std::unexpected(copy.error());
                }
            }
        }
        return {};
    }

    [[nodiscard]] const std::vector<std::pair<MountId, Place>> &copies() const { return m_copies; }

private:
    /// The lists as they are now: copies made meanwhile may join them.
    std::vector<MountId> members(PeerGroupId group) const
    {
        std::vector<MountId> out;
        for (MountId m = m_state.groups[group].firstMember; m != MountId::None; m = m_state.mounts[m].nextPeer)
            out.push_back(m);
        return out;
    }
    std::vector<MountId> slaves(PeerGroupId group) const
    {
        std::vector<MountId> out;
        for (MountId m = m_state.groups[group].firstSlave; m != MountId::None; m = m_state.mounts[m].nextSlave)
            out.push_back(m);
        return out;
    }

    /// Not what this very event made, nor detached trees, nor mounts that do not show the place.
    bool wants(MountId mount) const
    {
        const Mount &receiver = m_state.mounts[mount];
        return receiver.space != MountNamespaceId::None && !m_state.mountNamespaces[receiver.space].anonymous &&
               isWithin(m_state, m_place.node, receiver.root);
    }

    Checked<MountId> make(MountId receiver, MountId model, CloneMode mode)
    {
        const std::size_t before = m_state.mounts.end();
        Checked<MountId> copy = cloneTree(m_state, model, m_state.mounts[model].root, mode);
        const MountNamespaceId space = m_state.mounts[receiver].space;
        m_pending[space] += m_state.mounts.end() - before;
        if (m_state.mountNamespaces[space].mounts + m_pending[space] > m_state.mountLimit)
            return refuse(Cause::TooManyMounts);
        if (copy)
            m_copies.emplace_back(*copy, Place{receiver, m_place.node});
        return copy;
    }

    State &m_state;
    MountId m_tree;
    Place m_place;
    std::vector<MountId> m_becomingShared;
    std::vector<std::pair<MountId, Place>> m_copies;
    std::unordered_map<MountNamespaceId, std::size_t> m_pending; ///< mounts that are to come
};

/// Attaches one tree and makes it part of the namespace; what stood on the place is moved on top of it.
Checked<void> commit(State &state, MountId tree, Place place, MountNamespaceId by)
{
    const MountNamespaceId space = state.mounts[place.mount].space;
    if (state.mountNamespaces[space].owner != state.mountNamespaces[by].owner)
        lockTree(state, tree);
    const MountId before = mountedOn(state, place);
    if (before != MountId::None)
        reattach(state, before, topOf(state, rootOf(state, tree)));
    attach(state, tree, place);
    for (MountId mount = tree; mount != MountId::None;) {
        // What was there before is a member already, and so is all that stands on it.
        if (state.mounts[mount].space != MountNamespaceId::None) {
            mount = nextBeside(state, mount, tree);
            continue;
        }
        state.mounts.edit(mount).space = space;
        if (++state.mountNamespaces.edit(space).mounts > state.mountLimit)
            return refuse(Cause::TooManyMounts);
        mount = nextInTree(state, mount, tree);
    }
    return {};
}

// Unmounting
// -----------------------------------------------------------------------------------------------------------

/// Which mounts go along when a set of mounts is unmounted (Documentation/filesystems/propagate_umount.txt): those that
/// receive the event, as long as nothing that stays would move (it stands on one of them, other than on its very root)
/// or be uncovered (it is locked on one that stays).
class UnmountEvent {
public:
    UnmountEvent(State &state, const std::vector<MountId> &going)
        : m_state(state)
        , m_set(going)
        , m_going(going.begin(), going.end())
    {
    }

    std::vector<MountId> run()
    {
        gather();
        // The kernel puts each at the front of its list.
        for (const MountId mount : std::vector(m_found.rbegin(), m_found.rend()))
            trim(mount);
        for (const MountId mount : m_undecided)
            decideLocked(mount);
        for (const MountId mount : m_along)
            if (const MountId over = overmount(mount); over != MountId::None && !m_going.contains(over))
                slideDown(over);
        return m_along;
    }

private:
    void gather()
    {
        std::unordered_set<MountId> done = {};
        for (const MountId mount : m_set) {
            const Mount &going = m_state.mounts[mount];
            if (!isAttached(going))
                continue;
            for (const MountId receiver : receiversOf(going.parent)) {
                const MountId child = mountedOn(m_state, {receiver, going.mountPoint});
                if (child != MountId::None && !m_going.contains(child) && done.insert(child).second) {
                    m_candidates.insert(child);
                    m_found.push_back(child);
                }
            }
        }
    }

    /// Siblings have the same parent, so the same receivers.
    const std::vector<MountId> &receiversOf(MountId parent)
    {
        if (m_receiversOf != parent) {
            m_receivers = receivers(m_state, parent);
            m_receiversOf = parent;
        }
        return m_receivers;
    }

    [[nodiscard]] MountId overmount(MountId mount) const { return mountedOn(m_state, rootOf(m_state, mount)); }
    [[nodiscard]] bool goes(MountId mount) const { return m_going.contains(mount); }

    void trim(MountId mount)
    {
        if (!m_candidates.contains(mount))
            return;
        bool stays = false;    // a child does
        bool anchored = false; // and one that does not merely cover the mount
        bool empty = true;
        for (MountId child = m_state.mounts[mount].firstChild; child != MountId::None;
             child = m_state.mounts[child].nextSibling) {
            if (goes(child))
                continue;
            empty = false;
            if (m_candidates.contains(child))
                continue;
            stays = true;
            if (child != overmount(mount)) {
                anchored = true;
                break;
            }
        }
        if (stays)
            keepAncestors(mount);
        if (anchored) {
            m_candidates.erase(mount);
        } else if (!stays && empty && !has(m_state.mounts[mount], flag::locked)) {
            m_candidates.erase(mount);
            takeAlong(mount);
        } else {
            m_undecided.push_back(mount);
        }
    }

    /// A child of `mount` stays: so does every mount above on whose root the next one does not stand.
    void keepAncestors(MountId mount)
    {
        for (MountId above = m_state.mounts[mount].parent; m_candidates.contains(above);
             mount = above, above = m_state.mounts[above].parent) {
            if (!m_marked.insert(mount).second)
                return;
            if (mount != overmount(above))
                m_candidates.erase(above);
        }
    }

    void decideLocked(MountId mount)
    {
        if (!m_candidates.contains(mount))
            return;
        MountId cutoff = mount;
        MountId above = mount;
        for (; m_candidates.contains(above); above = m_state.mounts[above].parent) {
            m_candidates.erase(above);
            if (!has(m_state.mounts[above], flag::locked))
                cutoff = m_state.mounts[above].parent;
        }
        if (goes(above))
            cutoff = above;
        for (; mount != cutoff; mount = m_state.mounts[mount].parent)
            takeAlong(mount);
    }

    void takeAlong(MountId mount)
    {
        m_going.insert(mount);
        m_along.push_back(mount);
    }

    /// What covered a mount that goes stands where that stood.
    void slideDown(MountId over)
    {
        Place place;
        MountId below = over;
        do {
            place = {m_state.mounts[below].parent, m_state.mounts[below].mountPoint};
            below = place.mount;
        } while (goes(below));
        reattach(m_state, over, place);
    }

    State &m_state;
    const std::vector<MountId> &m_set;
    std::unordered_set<MountId> m_going;
    std::unordered_set<MountId> m_candidates;
    std::unordered_set<MountId> m_marked;
    std::vector<MountId> m_found;
    std::vector<MountId> m_undecided;
    std::vector<MountId> m_along;
    MountId m_receiversOf = MountId::None;
    std::vector<MountId> m_receivers;
};

} // namespace

// Changing the type
// ----------------------------------------------------------------------------------------------------

void makeShared(State &state, MountId mount)
{
    if (isShared(state.mounts[mount]))
        return;
    const PeerGroupId group = state.groups.add({.master = state.mounts[mount].master, .shownId = state.nextGroupId++});
    joinGroup(state, mount, group);
}

void joinGroup(State &state, MountId mount, PeerGroupId group)
{
    const MountId first = state.groups[group].firstMember;
    if (first != MountId::None)
        state.mounts.edit(first).previousPeer = mount;
    state.groups.edit(group).firstMember = mount;
    const PeerGroupId master = state.groups[group].master;
    Mount &member = state.mounts.edit(mount);
    member.group = group;
    member.nextPeer = first;
    member.previousPeer = MountId::None;
    member.flags &= ~flag::unbindable;
    if (member.master != master && master != PeerGroupId::None)
        becomeSlave(state, mount, master);
}

void becomeSlave(State &state, MountId mount, PeerGroupId master)
{
    leaveMaster(state, mount);
    const MountId first = state.groups[master].firstSlave;
    if (first != MountId::None)
        state.mounts.edit(first).previousSlave = mount;
    state.groups.edit(master).firstSlave = mount;
    Mount &slave = state.mounts.edit(mount);
    slave.master = master;
    slave.nextSlave = first;
    slave.previousSlave = MountId::None;
}

void changePropagation(State &state, MountId mount, PropagationType type)
{
    const PeerGroupId group = state.mounts[mount].group;
    switch (type) {
    case PropagationType::Shared:
        makeShared(state, mount);
        state.mounts.edit(mount).flags &= ~flag::unbindable;
        return;
    case PropagationType::Slave: {
        // A slave of its old peers; of nobody new where it had none.
        if (group == PeerGroupId::None)
            return;
        leaveGroup(state, mount);
        if (state.groups[group].firstMember != MountId::None)
            becomeSlave(state, mount, group);
        return;
    }
    case PropagationType::Private:
    case PropagationType::Unbindable: break;
    }
    leaveGroup(state, mount);
    leaveMaster(state, mount);
    std::uint32_t &flags = state.mounts.edit(mount).flags;
    flags = type == PropagationType::Unbindable ? flags | flag::unbindable : flags & ~flag::unbindable;
}

std::vector<MountId> receivers(const State &state, MountId mount)
{
    std::vector<MountId> out;
    const PeerGroupId own = state.mounts[mount].group;
    if (own == PeerGroupId::None)
        return out;
    std::vector<PeerGroupId> todo = {own};
    std::unordered_set<PeerGroupId> seen = {own};
    while (!todo.empty()) {
        const PeerGroupId group = todo.back();
        todo.pop_back();
        for (MountId m = state.groups[group].firstMember; m != MountId::None; m = state.mounts[m].nextPeer)
            if (m != mount)
                out.push_back(m);
        for (MountId m = state.groups[group].firstSlave; m != MountId::None; m = state.mounts[m].nextSlave) {
            const PeerGroupId below = state.mounts[m].group;
            if (below == PeerGroupId::None)
                out.push_back(m);
            else if (seen.insert(below).second)
                todo.push_back(below);
        }
    }
    return out;
}

Checked<void> attachPropagating(State &state, MountId tree, Place place, MountNamespaceId by)
{
    if (state.nodes[topOf(state, rootOf(state, tree)).node].removed)
        return refuse(Cause::SourceRemoved);
    std::vector<std::pair<MountId, Place>> copies;
    if (isShared(state.mounts[place.mount])) {
        std::vector<MountId> becomingShared;
        for (MountId mount = tree; mount != MountId::None; mount = nextInTree(state, mount, tree)) {
            if (isAttached(state.mounts[tree]) && !isShared(state.mounts[mount]))
                becomingShared.push_back(mount);
            makeShared(state, mount);
        }
        std::ranges::sort(becomingShared);
        MountEvent event(state, tree, place, std::move(becomingShared));
        if (Checked<void> made = event.run(); !made)
            return made;
        copies = event.copies();
    }
    if (isAttached(state.mounts[tree]))
        detach(state, tree);
    else if (state.mounts[tree].space != MountNamespaceId::None)
        enterNamespace(state, tree, MountNamespaceId::None);
    if (Checked<void> done = commit(state, tree, place, by); !done)
        return done;
    for (const auto &[copy, where] : copies)
        if (Checked<void> done = commit(state, copy, where, by); !done)
            return done;
    return {};
}

// Unmounting
// -----------------------------------------------------------------------------------------------------------

void unmountTree(State &state, MountId top, UnmountKind kind, bool propagate)
{
    const Mount &first = state.mounts[top];
    if (propagate && isAttached(first)) {
        const Place place{first.parent, first.mountPoint};
        for (const MountId receiver : receivers(state, place.mount))
            if (const MountId child = mountedOn(state, {receiver, place.node}); child != MountId::None)
                state.mounts.edit(child).flags &= ~flag::locked;
    }
    std::vector<MountId> going;
    for (MountId mount = top; mount != MountId::None; mount = nextInTree(state, mount, top))
        going.push_back(mount);
    if (propagate)
        std::ranges::copy(UnmountEvent(state, going).run(), std::back_inserter(going));

    const std::unordered_set<MountId> gone(going.begin(), going.end());
    for (const MountId mount : going) {
        const Mount old = state.mounts[mount];
        if (old.space != MountNamespaceId::None)
            --state.mountNamespaces.edit(old.space).mounts;
        state.mounts.edit(mount).space = MountNamespaceId::None;
        const bool together = kind == UnmountKind::Connected || (kind == UnmountKind::Lazy && has(old, flag::locked));
        if (isAttached(old) && !(together && gone.contains(old.parent)))
            detach(state, mount);
        changePropagation(state, mount, PropagationType::Private);
    }
    for (const MountId mount : going)
        releaseUnused(state, mount);
}

void releaseUnused(State &state, MountId mount)
{
    const Mount &loose = state.mounts[mount];
    if (loose.space != MountNamespaceId::None || isAttached(loose) || loose.firstChild == MountId::None ||
        uses(state, mount) != 0)
        return;
    while (state.mounts[mount].firstChild != MountId::None) {
        const MountId child = state.mounts[mount].firstChild;
        detach(state, child);
        releaseUnused(state, child);
    }
}

std::size_t uses(const State &state, MountId mount)
{
    std::size_t count = 0;
    for (std::uint32_t i = 1; i < state.processes.end(); ++i) {
        const Process &process = state.processes[ProcessId{i}];
        if (!process.alive)
            continue;
        count += process.root.mount == mount ? 1 : 0;
        count += process.cwd.mount == mount ? 1 : 0;
        for (const auto &[number, descriptor] : process.descriptors)
            count += descriptor.place.mount == mount ? 1 : 0;
    }
    return count;
}

bool isBusy(const State &state, MountId mount)
{
    const Mount &own = state.mounts[mount];
    if (own.firstChild != MountId::None || uses(state, mount) != 0)
        return true;
    if (!isAttached(own))
        return false;
    for (const MountId receiver : receivers(state, own.parent)) {
        const MountId child = mountedOn(state, {receiver, own.mountPoint});
        if (child == MountId::None)
            continue;
        // Only a mount that covers the child wholly would not stay behind.
        const Mount &copy = state.mounts[child];
        if (copy.firstChild != MountId::None &&
            (copy.firstChild != copy.lastChild || copy.firstChild != mountedOn(state, rootOf(state, child))))
            continue;
        if (uses(state, child) != 0)
            return true;
    }
    return false;
}

} // namespace pivotbench::core::kernel
