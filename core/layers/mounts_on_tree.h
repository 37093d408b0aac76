// SPDX-License-Identifier: Apache-2.0
//
// The mounts of a spec laid over the merged tree: where each one really lands (a destination may lead through links),
// which of them a later one hides, and which mount points have to be made first. Pure: whatever has to be known of
// files is asked through a function. Plain values; any thread.
//
// Sources: the kernel's fs/namei.c (a walk enters the mount that was put last on a place), symlink(7), and openat2(2)
// RESOLVE_IN_ROOT, which is how the helper looks destinations up.
#pragma once

#include "core/layers/merged_directory.h"
#include "core/spec/sandbox_spec.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// What stands on a mount point.
enum class TreeMountKind : std::uint8_t { Bind, Tmpfs, Proc, Sysfs, Devpts, Devtmpfs, Mqueue, Cgroup, Overlay, Other };

struct TreeMount {
    std::string destination; ///< in the sandbox
    std::string label;       ///< for people: "bind of /home/me/src", "proc"
    TreeMountKind kind = TreeMountKind::Other;
    std::string source; ///< Bind: host path
    bool readOnly = false;
    bool recursive = false;    ///< Bind: with the mounts below the source
    std::string propagation;   ///< "private", "rslave", …; empty: as the parent's
    bool automatic = false;    ///< made by the spec's proc, sys, dev … and not by its list of mounts
    std::size_t specIndex = 0; ///< position in SandboxSpec::mounts; only where not `automatic`
    bool operator==(const TreeMount &) const = default;
};

/// The spec's own list. In a launch the automatic ones come first (planner.h).
[[nodiscard]] std::vector<TreeMount> treeMounts(const std::vector<MountSpec> &mounts);
[[nodiscard]] std::string_view treeMountWord(TreeMountKind kind);

struct PlacedMount {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    /// Created: has to be made first. Unknown: it lies in something whose contents nobody knows before the launch.
    /// Broken: can not be mounted there, see `trouble`.
    enum class Place : std::uint8_t { Exists, Created, Unknown, Broken };

    TreeMount mount;
    std::string path; ///< where it lands: without links
    Place place = Place::Exists;
    std::string firstCreated;      ///< Created: the first directory of `path` that does not exist
    std::string trouble;           ///< Broken: why
    std::size_t standsOn = none;   ///< the earlier mount in which `path` lies; none: the merged tree
    std::size_t shadowedBy = none; ///< the later mount that hides it
    bool operator==(const PlacedMount &) const = default;
};

/// What is asked of files: the name `path` in the merged tree, or, where `mount` is not null, in what it mounts; there
/// `path` is relative to the mount and starts with '/'.
struct PlaceAnswer {
    enum class Is : std::uint8_t { Absent, Directory, Link, Other, Unknown };
    Is is = Is::Unknown;
    std::string target; ///< of a link
};
using PlaceQuestion = std::function<PlaceAnswer(const TreeMount *mount, const std::string &path)>;

/// In the order in which they are mounted.
[[nodiscard]] std::vector<PlacedMount> placeMounts(std::vector<TreeMount> mounts, const PlaceQuestion &ask);

/// A name in `directory` that mounts care about.
struct MountName {
    std::string name;
    std::size_t visible = PlacedMount::none; ///< the mount to be seen on it
    std::vector<std::size_t> shadowed = {};  ///< mounts on it that a later one hides, the first hidden first
    bool leadsToMount = false;               ///< a mount that can be seen lies deeper
    bool created = false;                    ///< will be made because a mount needs it
    bool operator==(const MountName &) const = default;
};
/// Sorted by name.
[[nodiscard]] std::vector<MountName> mountNames(const std::vector<PlacedMount> &mounts, std::string_view directory);

/// The mount in which `path` lies, itself included, as seen once everything is mounted; none: the merged tree.
[[nodiscard]] std::size_t mountCovering(const std::vector<PlacedMount> &mounts, std::string_view path);

} // namespace pivotbench::core
