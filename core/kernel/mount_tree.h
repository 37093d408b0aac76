// SPDX-License-Identifier: Apache-2.0
//
// Trees of mounts: attaching, detaching, walking and cloning them. What passes on to other mounts is in propagation.h.
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

namespace pivotbench::core::kernel {

/// A mount that stands nowhere yet and belongs to no namespace.
MountId addMount(State &state, SuperblockId superblock, NodeId root, std::uint32_t flags, std::string_view source);

/// Puts a mount, which stands nowhere, on a place; it is the newest child of its parent.
void attach(State &state, MountId mount, Place place);
/// Takes a mount off its parent; it keeps its namespace and what stands on it.
void detach(State &state, MountId mount);
/// From one parent to another place.
void reattach(State &state, MountId mount, Place place);

/// The next mount of the tree below `top`, depth first, older children before younger; None at the end.
[[nodiscard]] MountId nextInTree(const State &state, MountId mount, MountId top);
/// The same, without what lies below `mount`.
[[nodiscard]] MountId nextBeside(const State &state, MountId mount, MountId top);

/// The mount and all below it become members of a namespace, or of none.
void enterNamespace(State &state, MountId top, MountNamespaceId space);

/// What the copy of a mount has to do with the original (the kernel's CL_…).
struct CloneMode {
    bool slave = false;         ///< a slave of the original, where that is shared
    bool makeShared = false;    ///< shared, in a group of its own where it is no peer of the original
    bool isPrivate = false;     ///< neither
    bool unbindableToo = false; ///< unbindable mounts are copied, too: new namespaces
};
[[nodiscard]] MountId cloneMount(State &state, MountId original, NodeId root, CloneMode mode);
/// Copies what is mounted below `root` of the original, too. Fails with SourceUnbindable or LockedUnbindable.
[[nodiscard]] Checked<MountId> cloneTree(State &state, MountId original, NodeId root, CloneMode mode);

/// flag::locked or flag::maybeLocked where such a mount stands on `directory` of a mount or below it: a copy without
/// its submounts would uncover what it hides.
[[nodiscard]] std::uint32_t lockOfChildren(const State &state, MountId mount, NodeId directory);
/// What a tree becomes that enters a namespace owned by another user namespace (mount_namespaces(7), "Restrictions on
/// mount namespaces"): the flags it has are locked, and every mount but the top one cannot be taken off.
void lockTree(State &state, MountId top);

[[nodiscard]] bool containsUnbindable(const State &state, MountId top);
[[nodiscard]] bool isAncestor(const State &state, MountId above, MountId below);
/// Whether a place can be reached from another one, downwards through mounts.
[[nodiscard]] bool isReachable(const State &state, Place place, Place from);

} // namespace pivotbench::core::kernel
