// SPDX-License-Identifier: Apache-2.0
//
// The directory tree of an overlay, made of those of its layers as they are looked at
// (Documentation/filesystems/overlayfs.rst): merged directories, whiteouts, opaque directories, copy-up.
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

namespace pivotbench::core::kernel {

/// A superblock that shows the layers; `layers.lowers` has one at least. The upper's "work" directory is made.
SuperblockId addOverlay(State &state, OverlayLayers layers, UserNamespaceId owner);

/// "work" in an overlay's work directory, made anew.
NodeId makeWorkDirectory(State &state, NodeId directory);

/// An entry was made or removed in a real directory, by an overlay's superblock or (None) directly. Other overlays that
/// show the directory may have an old view of it: "the behavior is undefined" (overlayfs.rst), so the model cannot
/// tell.
void noteChange(State &state, NodeId directory, SuperblockId by);
[[nodiscard]] bool isUndefined(const State &state, NodeId directory);

// For tree.cpp: the same functions for a node of an overlay.
[[nodiscard]] Checked<NodeId> findInLayers(State &state, NodeId directory, std::string_view name);
[[nodiscard]] Checked<bool> isMergedEmpty(State &state, NodeId directory);
void createInUpper(State &state, NodeId made);
void removeFromUpper(State &state, NodeId node);

} // namespace pivotbench::core::kernel
