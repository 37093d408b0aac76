// SPDX-License-Identifier: Apache-2.0
//
// What one step did, counted from the two moments around it: mounts that came, went, were put elsewhere, the strings of
// the process, its ids and namespaces. Nothing here is known of the step but what the recording shows. Pure; any
// thread.
#pragma once

#include "core/stage/story.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core::stage {

/// A mount that stands on another one now, as pivot_root(2) and move_mount(2) have it. Those on it go along.
struct Moved {
    std::string from; ///< its mount point before
    std::string to;
    bool operator==(const Moved &) const = default;
};

/// A string of the process is tied elsewhere.
struct Retied {
    std::string from; ///< paths, as the observer reads them
    std::string to;
    std::string mount; ///< mount point, before the step, of the mount it is tied to now; empty where it is the same
                       ///< mount as before, or was not there
    bool operator==(const Retied &) const = default;
};

struct Effect {
    std::size_t copied = 0;         ///< mounts of a new mount namespace, all of them copies
    std::vector<std::string> added; ///< mount points
    std::vector<std::string> gone;
    std::vector<Moved> moved;
    std::size_t alongside = 0;    ///< mounts whose mount point is another one, because what they stand on moved
    std::size_t repropagated = 0; ///< mounts whose propagation changed
    std::size_t remounted = 0;    ///< mounts whose options changed
    std::size_t outOfReach = 0;   ///< mounts that stay, where no path of the process leads any more
    std::optional<Retied> root = {};
    std::optional<Retied> cwd = {};
    std::vector<std::string> namespaces = {}; ///< new ones, by their file below /proc/PID/ns: "mnt", "pid"
    bool ids = false;                         ///< uid or gid changed
    bool operator==(const Effect &) const = default;
    /// None of the mounts is other than before.
    [[nodiscard]] bool leavesMounts() const;
};

/// Of a frame against the one before it; nothing for the first.
[[nodiscard]] Effect effectOf(const Recording &recording, const Story &story, std::size_t frame);

/// The mounts of the namespace that the process is in.
struct Reach {
    std::size_t mounts = 0;
    std::size_t reachable = 0; ///< those that a path from the process' root leads to
    bool operator==(const Reach &) const = default;
};
[[nodiscard]] Reach reachOf(const Moment &moment);

} // namespace pivotbench::core::stage
