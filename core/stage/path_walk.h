// SPDX-License-Identifier: Apache-2.0
//
// How a path is resolved in one moment of a story: hop by hop across the mounts of the scene, each with a sentence
// (path_resolution(7)). It is the kernel model that walks, on the moment's mount table, with the files that a HostTree
// finds. Pure but for that. Any thread.
#pragma once

#include "core/kernel/walk.h"
#include "core/stage/story.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::stage {

struct PathHop {
    kernel::HopReason reason = kernel::HopReason::Name;
    MountKey mount = 0;   ///< where the walk stands after it; 0 where the story does not know the mount
    std::string path;     ///< the same place as a path from the top of the namespace, printable
    std::string sentence; ///< what happened, printable
};

struct PathWalk {
    std::vector<PathHop> hops;
    bool found = false;
    std::string outcome; ///< where it ended, or why not, in a sentence
};

/// For the process of the moment. `path` may be anything.
[[nodiscard]] PathWalk walkPath(const Recording &recording, const Moment &moment, std::string_view path,
                                std::shared_ptr<const kernel::HostTree> files);

} // namespace pivotbench::core::stage
