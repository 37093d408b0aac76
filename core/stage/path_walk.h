// SPDX-License-Identifier: Apache-2.0
//
// How a path is resolved in one moment of a story: hop by hop across the mounts of the scene, each with a sentence
// (path_resolution(7)). It is the kernel model that walks, in the state behind the moment. Pure but for the files that
// the state has looked up. Any thread; a name may have to be looked up on a disk.
#pragma once

#include "core/kernel/walk.h"
#include "core/stage/moment_machine.h"
#include "core/stage/story.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::stage {

struct PathHop {
    kernel::HopReason reason = kernel::HopReason::Name;
    MountKey mount = 0;   ///< where the walk stands after it; 0 where the story does not know the mount
    std::string name;     ///< the part of the path that it is about, printable and not long
    std::string path;     ///< where it stands after it, from the top of the namespace, printable
    std::string sentence; ///< what happened, printable
    std::optional<std::size_t> layer = {}; ///< of an overlay, that it is taken from: 0 is the uppermost
    bool assumed = false;                  ///< nobody has seen what is there: it is taken for a directory
};

inline constexpr std::size_t mostHops = 400; ///< kept; links can make a short path very long

struct PathWalk {
    enum class End {
        Found,
        Refused,
        Unknown, ///< the model cannot tell
    };
    std::vector<PathHop> hops;
    std::size_t further = 0; ///< hops after these that were not kept
    End end = End::Unknown;
    std::string outcome; ///< where it ended, or why not, in a sentence; printable
};

/// For the process of the moment. `path` may be anything.
[[nodiscard]] PathWalk walkPath(MomentMachine behind, const Moment &moment, std::string_view path);

} // namespace pivotbench::core::stage
