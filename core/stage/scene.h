// SPDX-License-Identifier: Apache-2.0
//
// What one moment of a story looks like, as things with places: two worlds side by side, each an outline of cards. A
// number and a place for everything, no colour and no font: drawing.h makes shapes of it.
//
// Lengths are in scene units (a pixel at 100 %), x to the right, y down. Labels are cut to the room they have by the
// widths of label.h, so at rest no two overlap. Plain values, pure functions, any thread.
#pragma once

#include "core/stage/focus.h"
#include "core/stage/geometry.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core::stage {

enum class MountKind { Disk, Bind, Overlay, Memory, Proc, Sys, Device, Cgroup, Other };
[[nodiscard]] MountKind kindOf(const MountEntry &entry);
[[nodiscard]] const char *kindWord(MountKind kind); ///< "disk", "bind", "overlay", …

enum class Propagation { Private, Shared, Slave, SlaveShared, Unbindable };
[[nodiscard]] Propagation propagationOf(const MountEntry &entry);

enum class Form { Card, Chip, Fold };
enum class Mark { None, Added, Changed };

/// One layer of an overlay, beneath its card; `label` is cut.
struct Plate {
    Rect box = {};
    std::string label = {};
    bool writable = false;
    bool operator==(const Plate &) const = default;
};

struct SceneNode {
    MountKey key = 0; ///< of a fold: that of the mount whose children it counts, with foldBit
    MountKey parent = 0;
    Side side = Side::Host;
    Form form = Form::Card;
    Rect box = {};   ///< with its plates
    double face = 0; ///< height of the card itself; it has a line more for each string tied below its mount point
    MountKind kind = MountKind::Other;
    std::string name = {};   ///< the mount point, cut to the room it has
    std::string detail = {}; ///< type and source, cut; empty for a chip
    std::string path = {};   ///< the whole mount point, printable
    bool readOnly = false;
    bool hidden = false;  ///< behind another mount
    bool outside = false; ///< a chroot keeps the process from it; of a fold: from all of them
    Propagation propagation = Propagation::Private;
    std::uint64_t peerGroup = 0;
    std::uint64_t master = 0;
    Mark mark = Mark::None;
    std::vector<Plate> plates = {};
    std::size_t folded = 0; ///< of a fold: how many mounts it stands for
    MountKey origin = 0;    ///< the node it comes from when it is new; 0: none that is on the scene
    bool operator==(const SceneNode &) const = default;
};
inline constexpr MountKey foldBit = MountKey{1} << 63;

/// Two mounts of one peer group, or a master and its slave; neighbours in a chain, not each with each.
struct SceneArc {
    MountKey from = 0; ///< of a slave: the master
    MountKey to = 0;
    std::uint64_t group = 0;
    bool slave = false;
    bool operator==(const SceneArc &) const = default;
};

/// A string of the process.
struct ScenePin {
    MountKey node = 0;      ///< the card or fold it is tied to; 0: to none
    std::string label = {}; ///< "root", or "cwd  /home/student": the way below the mount point, cut
    std::string way = {};   ///< below the mount point, whole; empty at its root
    Rect box = {};          ///< of its tag in the card, a line of its own where it has a way; empty on a fold
    bool operator==(const ScenePin &) const = default;
};

struct SceneToken {
    Side side = Side::Host;
    Rect box = {};
    std::string name = {};   ///< "builder", or the command once it runs
    std::string detail = {}; ///< "pid 4711 · uid 0"
    ScenePin root = {};
    ScenePin cwd = {};
    bool operator==(const SceneToken &) const = default;
};

struct ScenePanel {
    Rect box = {};
    std::string title = {};    ///< "Host"
    std::string subtitle = {}; ///< "mount namespace 4026531841 · 21 mounts"
    bool empty = true;         ///< there is no such namespace yet
    bool operator==(const ScenePanel &) const = default;
};

struct Scene {
    Rect bounds = {};                      ///< of everything
    std::array<ScenePanel, 2> panels = {}; ///< by Side
    std::vector<SceneNode> nodes =
        {}; ///< in reading order: the host's world, then the sandbox's, each from top to bottom
    std::vector<SceneArc> arcs = {};
    SceneToken token = {};
    bool operator==(const Scene &) const = default;

    [[nodiscard]] const SceneNode *find(MountKey key) const; ///< null where it is not there
};

struct SceneOptions {
    double width = 1000; ///< to fill; what is less than the least two worlds need is raised to that
    double height = 0;   ///< that the panels reach down to at least; 0: they are as high as looks well
};

/// `before` is the moment before it, for what is marked as new or changed; null for none.
[[nodiscard]] Scene makeScene(const Recording &recording, const Moment &moment, const Moment *before,
                              const Focus &focus, const SceneOptions &options);

/// The scene as lines of text, for tests and for reading.
[[nodiscard]] std::string sceneText(const Scene &scene);

} // namespace pivotbench::core::stage
