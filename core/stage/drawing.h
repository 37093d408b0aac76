// SPDX-License-Identifier: Apache-2.0
//
// A scene as groups of shapes, each group under a key that it keeps from frame to frame. Everything that shows a scene
// takes this: the window, pictures, and the player in a web page. Inks say what a colour means; who paints knows which
// it is. Lengths as in scene.h. Plain values, pure functions, any thread.
#pragma once

#include "core/stage/scene.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pivotbench::core::stage {

/// The tones of app/widgets/palette.h that a scene needs, by their names there.
enum class Ink : std::uint8_t {
    Text,
    Muted,
    Accent,
    Error,
    Writable,
    ReadOnly,
    Layer1,
    Layer2,
    Layer3,
    Layer4,
    Layer5,
    Layer6,
    Mount,
    Shared,
    Slave,
    Private,
    Unbindable,
    Process,
    RootString,
    CwdString,
    Added,
    Changed,
    Deleted,
    CardBorder,
    CardBackground,
    HostWorld,
    SandboxWorld,
    Separator,
};
inline constexpr std::size_t inkCount = static_cast<std::size_t>(Ink::Separator) + 1;

/// A rectangle. `tint`: how much of `fill` is laid over a card's ground, 1 for all.
struct BoxShape {
    Rect rect = {};
    double radius = 0;
    std::optional<Ink> fill = {};
    double tint = 1;
    std::optional<Ink> stroke = {};
    double strokeWidth = 1;
    bool dashed = false;
    bool operator==(const BoxShape &) const = default;
};

/// Cubic Bézier pieces: the first point, then three for each piece. Straight where the handles lie on the line.
struct CurveShape {
    std::vector<Point> points = {};
    std::optional<Ink> stroke = {};
    double strokeWidth = 1;
    bool dashed = false;
    std::optional<Ink> fill = {}; ///< closed and filled
    bool operator==(const CurveShape &) const = default;
};

enum class Weight : std::uint8_t { Normal, Bold };
enum class Align : std::uint8_t { Left, Centre, Right };

/// One line of text, printable UTF-8. Who paints may squeeze it to `width`, which it fits by the widths of label.h.
struct TextShape {
    Point at = {}; ///< on the base line, at the left, in the middle or at the right
    std::string text = {};
    double size = 12; ///< of the font: units of an em
    Weight weight = Weight::Normal;
    Ink ink = Ink::Text;
    Align align = Align::Left;
    double width = 0; ///< 0: as it comes
    bool operator==(const TextShape &) const = default;
};

/// A picture of resources/icons by its name without ".svg", in one ink.
struct IconShape {
    Rect rect = {};
    std::string name = {};
    Ink ink = Ink::Text;
    bool operator==(const IconShape &) const = default;
};

using Shape = std::variant<BoxShape, CurveShape, TextShape, IconShape>;

struct Group {
    std::uint64_t key = 0;
    int layer = 0;     ///< lower ones are painted first
    MountKey node = 0; ///< the node of the scene that it is; 0: none
    Point at = {};     ///< where the origin of its shapes lies
    double opacity = 1;
    Point arrival = {};       ///< from where it comes when it is new, against `at`
    bool arrivesSeen = false; ///< it is seen on its way from there
    Point departure = {};     ///< to where it goes when it is no more
    std::vector<Shape> shapes = {};
    bool operator==(const Group &) const = default;
};

struct Drawing {
    Rect view = {};                 ///< what is to be seen of it
    std::vector<Group> groups = {}; ///< in the order of painting; no key twice
    bool operator==(const Drawing &) const = default;
};

[[nodiscard]] Drawing draw(const Scene &scene);

/// The drawing on its way from one frame to the next; `part` from 0 to 1. At 0 it looks like `from`, at 1 like `to`.
/// What both have moves, what leaves goes in the first third, what comes appears in the last half.
[[nodiscard]] Drawing blend(const Drawing &from, const Drawing &to, double part);

} // namespace pivotbench::core::stage
