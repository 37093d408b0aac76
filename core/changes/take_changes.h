// SPDX-License-Identifier: Apache-2.0
//
// What can be done with the changes of a sandbox: made into a layer, applied to a folder, discarded. All of it works
// beneath descriptors; the changed root may be hostile and may change meanwhile. Blocking, and long for many bytes; any
// thread. Owners are those that the calling process sees: run it in the sandbox's user namespace.
//
// Every entry of a selection stands for all that lies below it; an empty selection is everything. Mount points that the
// launch itself made are never taken.
#pragma once

#include "core/changes/list_changes.h"

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace pivotbench::core {

using ChangeSelection = std::set<std::string>;
[[nodiscard]] bool isSelected(const ChangeSelection &selection, const std::string &path);

struct TakenChanges {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t leftOut = 0;        ///< devices, FIFOs and sockets that cannot, or must not, be made there
    std::uint64_t attributesLost = 0; ///< entries without their owner, time or an extended attribute
    std::string replaced = {};        ///< in the folder: what was there before lies under this name; empty: nothing was
    bool operator==(const TakenChanges &) const = default;
};

/// Told now and then; false cancels, and what was begun is removed.
using TakeProgress = std::function<bool(std::uint64_t entries, std::uint64_t bytes)>;

/// A new directory `name` in `parent` that does above the same layers what the upper directory does. It appears at once
/// and whole; until then it is ".name.partial", which a later call removes should this one be killed. Codes
/// "layer.exists", "cancelled", or a system call's error.
[[nodiscard]] Result<TakenChanges> copyAsLayer(const ChangedRoot &root, const ChangeSelection &selection, int parent,
                                               const std::string &name, const TakeProgress &progress = {});

/// Does to `folder` what the sandbox did to its root. What is replaced or deleted there is moved to a new directory
/// `keepOld` in it, where it keeps its path: nothing is lost. No link in the folder is followed.
[[nodiscard]] Result<TakenChanges> applyToFolder(const ChangedRoot &root, const ChangeSelection &selection, int folder,
                                                 const std::string &keepOld, const TakeProgress &progress = {});

/// Takes the selected entries out of the upper directory, so that the root is there as it was before. No overlay may be
/// mounted over it. What only an opaque directory deletes is left out: discard that directory.
[[nodiscard]] Result<TakenChanges> discardChanges(const ChangedRoot &root, const ChangeSelection &selection,
                                                  const TakeProgress &progress = {});

} // namespace pivotbench::core
