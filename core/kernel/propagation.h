// SPDX-License-Identifier: Apache-2.0
//
// Peer groups, slaves, and what mounting and unmounting passes on to other mounts
// (Documentation/filesystems/sharedsubtree.rst and propagate_umount.txt, mount_namespaces(7)).
//
// The kernel links single mounts to a single master mount. Here a mount is a slave of a *group*, which is the same: the
// members of a group are interchangeable, and have one master.
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

#include <vector>

namespace pivotbench::core::kernel {

enum class PropagationType { Shared, Slave, Private, Unbindable };
void changePropagation(State &state, MountId mount, PropagationType type);

// Its parts.
void makeShared(State &state, MountId mount); ///< in a group of its own, unless it is in one
void joinGroup(State &state, MountId mount, PeerGroupId group);
void becomeSlave(State &state, MountId mount, PeerGroupId master);

/// All mounts that receive what happens on `mount`: its peers, their slaves, the peers of those and so on, without
/// itself. Every mount once.
[[nodiscard]] std::vector<MountId> receivers(const State &state, MountId mount);

/// Attaches a tree that stands nowhere on a place of the present namespace, and copies of it wherever the place
/// propagates to. A mount that is already there ends up on top of the new one. `by` is the namespace of the caller: in
/// one with another owner, copies are locked. Fails with TooManyMounts; the state is then useless.
[[nodiscard]] Checked<void> attachPropagating(State &state, MountId tree, Place place, MountNamespaceId by);

enum class UnmountKind {
    Plain,    ///< umount(2): everything comes apart
    Lazy,     ///< MNT_DETACH: what is locked stays together
    Connected ///< the whole tree stays together: rmdir(2) of a mount point elsewhere, a closed detached tree
};
/// Takes a tree out of its namespace, and with `propagate` what receives the event in others.
void unmountTree(State &state, MountId top, UnmountKind kind, bool propagate);

/// Whether unmounting would hit a mount that has others on it, or that a process uses: EBUSY.
[[nodiscard]] bool isBusy(const State &state, MountId mount);
/// How often processes refer to a mount by root, working directory or descriptor.
[[nodiscard]] std::size_t uses(const State &state, MountId mount);
/// Ends an unmounted mount that nothing refers to; what it still held comes loose and may end, too.
void releaseUnused(State &state, MountId mount);

} // namespace pivotbench::core::kernel
