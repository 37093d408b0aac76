// SPDX-License-Identifier: Apache-2.0
//
// The upper directory of an overlay, read against the layers below it: what was added, changed, deleted. Nothing is
// changed, and nothing but directories is opened, as in layer_files.h; the upper directory may be written to meanwhile.
// Blocking, and long for a big one; any thread.
//
// Source: Documentation/filesystems/overlayfs.rst ("whiteouts and opaque directories", "Non-directories").
#pragma once

#include "core/changes/change.h"
#include "core/layers/merged_tree.h"

#include <functional>
#include <set>
#include <string>

namespace pivotbench::core {

struct ChangedRoot {
    int upper = -1;   ///< descriptor of the upper directory; lent
    MergedTree below; ///< the layers beneath it
    /// Paths that the launch itself makes where they are missing, with their parents: mount points.
    std::set<std::string> ours;
};

/// Told each change, parents first, the names of a directory sorted by their bytes. False ends the reading.
using ChangeSink = std::function<bool(const Change &)>;

/// A directory that exists below is told when its permissions changed or it is opaque; what was not touched is not in
/// the upper directory and costs nothing. Fails when the upper directory cannot be read, or with "cancelled".
[[nodiscard]] Status listChanges(const ChangedRoot &root, const ChangeSink &sink);

} // namespace pivotbench::core
