// SPDX-License-Identifier: Apache-2.0
//
// How a path is resolved (path_resolution(7), and the kernel's fs/namei.c where it says more): name by name, across
// mounts, through links, up through "..", never above the root of the process. The hops can be kept, each with its
// reason, for the path walker.
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::kernel {

inline constexpr std::size_t longestPath = 4095;
inline constexpr std::size_t longestName = 255;

enum class HopReason {
    StartAtRoot, ///< an absolute path begins at the root of the process
    StartAtCwd,  ///< a relative one at its working directory
    StartAtDescriptor,
    Name,         ///< an entry of the directory
    OverlayLayer, ///< an entry of an overlay's directory; `detail` names the layer that has it
    EnteredMount, ///< something is mounted there
    Dot,
    DotDot,
    DotDotAtRoot,  ///< ".." at the root of the process stays
    DotDotAtMount, ///< ".." at the root of a mount goes to the directory above its mount point
    RelativeLink,  ///< a link is replaced by what it says
    AbsoluteLink,  ///< an absolute link begins again at the root of the process
};

struct Hop {
    HopReason reason = HopReason::Name;
    std::string name;   ///< the component of the path
    Place place;        ///< where the walk stands after it
    std::string detail; ///< what a link says; the host path of an overlay's layer
};

struct WalkOptions {
    bool followLast = true;         ///< LOOKUP_FOLLOW: a link at the end is followed
    bool directory = false;         ///< LOOKUP_DIRECTORY: the end has to be a directory
    bool enterLast = false;         ///< LOOKUP_MOUNTPOINT: what is mounted on the end is entered even after "." and "/"
    bool allowEmpty = false;        ///< AT_EMPTY_PATH
    std::optional<Place> root = {}; ///< RESOLVE_IN_ROOT of openat2(2): instead of the root of the process
    std::optional<Place> from = {}; ///< a descriptor's place instead of the working directory
    std::vector<Hop> *hops = nullptr;
};
[[nodiscard]] Checked<Place> walk(State &state, ProcessId process, std::string_view path, const WalkOptions &options);

/// The directory in which a call makes or removes the last name of a path; nothing is followed or entered at the end.
struct LastName {
    enum class Kind { Name, Dot, DotDot, Root };
    Place directory;
    std::string name;
    Kind kind = Kind::Name;
    bool slash = false; ///< the path ends in one
};
[[nodiscard]] Checked<LastName> walkToLast(State &state, ProcessId process, std::string_view path);

/// Whether the process may look up names in a directory, and stand in it. What the permission bits of files say
/// beyond that is not modelled: only a directory that an overlay closes for itself refuses.
[[nodiscard]] bool maySearch(const State &state, ProcessId process, NodeId directory);

/// The path by which a process would name a place, as getcwd(2) tells it: nullopt where it lies outside its root.
[[nodiscard]] std::optional<std::string> pathFrom(const State &state, Place root, Place place);

/// The path as somebody outside of the process reads it: from the mount that stands on nothing.
[[nodiscard]] std::string pathFromTop(const State &state, Place place);

} // namespace pivotbench::core::kernel
