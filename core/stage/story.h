// SPDX-License-Identifier: Apache-2.0
//
// A recording as a story that can be drawn: in every frame the mounts of up to two mount namespaces, that of the host
// and that of the sandbox, each mount under a key that it keeps for as long as it lives. What a frame does not tell is
// taken from the one before: the host's table after the builder has left it, and the mounts that chroot(2) puts out of
// the builder's sight (they are mounted still: proc_pid_mountinfo(5) lists only what its reader can reach).
//
// Takes any recording, also one that makes no sense: parents that are missing or form a cycle, ids that are met twice.
// Plain values, any thread; tables and rows are shared with the recording.
#pragma once

#include "core/recording/recording.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core::stage {

/// Of one mount in one story; never reused. 0: none.
using MountKey = std::uint64_t;

enum class Side { Host, Sandbox };

struct StoryMount {
    MountKey key = 0;
    MountKey parent = 0;  ///< 0 for a root; never leads in a circle
    SharedRow row = {};   ///< never null; its mount point is as in the table, also where the process is in a chroot
    bool visible = true;  ///< false where another mount hides it
    bool outside = false; ///< a chroot keeps the process from it
    /// The mount that it was copied from: its twin in the host's namespace, or what a bind mount shows; 0: none.
    MountKey origin = 0;
    std::optional<std::size_t> step = {}; ///< of the plan, that made it; none where the story only met it
    bool operator==(const StoryMount &) const = default;
};

struct World {
    std::uint64_t number = 0;            ///< inode of the mount namespace; 0 where unknown
    std::vector<StoryMount> mounts = {}; ///< parents before children, siblings in the order in which they came
    bool operator==(const World &) const = default;
};

/// One of the process' two strings: to which mount it is tied, and how far from the root of that mount.
struct Knot {
    MountKey mount = 0;    ///< 0 where the mount is not known
    std::string path = {}; ///< as the observer reads it, absolute; "(unreachable)/…" where no path leads
    bool operator==(const Knot &) const = default;
};

struct Moment {
    std::size_t frame = 0;                     ///< index in the recording
    std::shared_ptr<const World> host = {};    ///< never null; may be empty
    std::shared_ptr<const World> sandbox = {}; ///< null until there is one
    Side side = Side::Host;                    ///< where the process is
    Knot root = {};
    Knot cwd = {};

    [[nodiscard]] const World *world(Side which) const { return which == Side::Host ? host.get() : sandbox.get(); }
};

class Story {
public:
    Story() = default;
    explicit Story(const Recording &recording);

    /// One for each frame.
    [[nodiscard]] const std::vector<Moment> &moments() const { return m_moments; }
    /// The next frame of the recording that this story tells; for one that still grows. None left: nothing happens.
    void append(const Recording &recording);

private:
    [[nodiscard]] MountKey newKey() { return ++m_lastKey; }
    void enterNamespace(const Frame &frame, Moment &moment);
    void stayInNamespace(const Recording &recording, const Frame &frame, Moment &moment);
    void tieKnots(const Frame &frame, Moment &moment) const;

    std::vector<Moment> m_moments;
    MountKey m_lastKey = 0;
    std::vector<MountKey> m_rowKeys; ///< of the last frame's table, row for row
    std::string m_jail;              ///< the root of a process in a chroot; empty when it is in none
};

} // namespace pivotbench::core::stage
