// SPDX-License-Identifier: Apache-2.0
#include "core/stage/walk_drawing.h"

#include "core/stage/label.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

enum Layer { trails, rings, stops, tags };
enum Key : std::uint64_t { ring = 1, layerRing, tag, firstTrail = 1000, firstStop = 100000 };

constexpr double stopRadius = 8;
constexpr double stopGap = 4;
constexpr double cardMiddle = 20;
constexpr std::size_t mostBeside = 2; ///< more would leave the panel
constexpr double tagSize = 11;
constexpr double tagHeight = 17;
constexpr double tagRoom = 260;
constexpr std::size_t mostStops = 60; ///< more cannot be told apart

/// Where the walk stood, one after the other; hops within a mount are one.
std::vector<const SceneNode *> stopsOf(const Scene &scene, const Moment &moment, const PathWalk &walk, std::size_t hop)
{
    std::vector<const SceneNode *> stops;
    for (std::size_t i = 0; i <= hop && stops.size() < mostStops; ++i)
        if (const SceneNode *node = nodeOf(scene, moment, walk.hops[i].mount);
            node && (stops.empty() || stops.back() != node))
            stops.push_back(node);
    return stops;
}

/// At the right edge of a card, where nothing is written, those of later visits farther out; at the corner of what is
/// small.
Point placeOf(const SceneNode &node, std::size_t visit)
{
    if (node.form != Form::Card)
        return {node.box.right() - 2, node.box.y + 2};
    const auto out = static_cast<double>(std::min(visit, mostBeside));
    return {node.box.right() + 4 + out * (2 * stopRadius + stopGap), node.box.y + cardMiddle};
}

Group stopGroup(Point at, std::size_t number, bool current)
{
    Group group{.key = firstStop + number, .layer = stops, .at = at};
    group.shapes.emplace_back(BoxShape{.rect = {-stopRadius, -stopRadius, 2 * stopRadius, 2 * stopRadius},
                                       .radius = stopRadius,
                                       .fill = current ? Ink::Process : Ink::CardBackground,
                                       .stroke = Ink::Process,
                                       .strokeWidth = 1.6});
    group.shapes.emplace_back(TextShape{.at = {0, 3.6},
                                        .text = std::to_string(number),
                                        .size = 10,
                                        .weight = Weight::Bold,
                                        .ink = current ? Ink::CardBackground : Ink::Process,
                                        .align = Align::Centre,
                                        .width = 2 * stopRadius - 3});
    return group;
}

/// Bows out to the right, into the margin of the panel.
Group trailGroup(Point from, Point to, std::size_t number)
{
    Group group{.key = firstTrail + number, .layer = trails};
    const double bow = 18 + std::min(22.0, std::abs(to.y - from.y) * 0.1);
    group.shapes.emplace_back(CurveShape{.points = {from, {from.x + bow, from.y}, {to.x + bow, to.y}, to},
                                         .stroke = Ink::Process,
                                         .strokeWidth = 2,
                                         .fill = {}});
    return group;
}

Group ringGroup(Key key, const Rect &box, double out, Ink ink)
{
    Group group{.key = key, .layer = rings, .at = {box.x, box.y}};
    group.shapes.emplace_back(BoxShape{.rect = {-out, -out, box.width + 2 * out, box.height + 2 * out},
                                       .radius = 8,
                                       .fill = {},
                                       .stroke = ink,
                                       .strokeWidth = 2.4});
    return group;
}

/// Above the upper edge, at the right, so that it hides no name.
Group tagGroup(const SceneNode &node, const PathHop &hop, bool failed)
{
    const std::string text = cutInMiddle(hop.path, tagRoom, tagSize, true);
    const double width = labelWidth(text, tagSize, true) + 16;
    const Ink ink = failed ? Ink::Error : Ink::Process;
    const double left = std::max(node.box.x + 24, node.box.right() - width - 4);
    Group group{.key = tag, .layer = tags, .at = {left, node.box.y - tagHeight + 6}};
    group.shapes.emplace_back(BoxShape{.rect = {0, 0, width, tagHeight},
                                       .radius = tagHeight / 2,
                                       .fill = Ink::CardBackground,
                                       .stroke = ink,
                                       .strokeWidth = 1.4});
    group.shapes.emplace_back(TextShape{.at = {width / 2, 12.4},
                                        .text = text,
                                        .size = tagSize,
                                        .weight = Weight::Bold,
                                        .ink = ink,
                                        .align = Align::Centre,
                                        .width = width - 10});
    return group;
}

} // namespace

const SceneNode *nodeOf(const Scene &scene, const Moment &moment, MountKey mount)
{
    std::unordered_map<MountKey, MountKey> parents;
    if (const World *world = moment.world(moment.side))
        for (const StoryMount &one : world->mounts)
            parents.emplace(one.key, one.parent);
    for (MountKey key = mount; key != 0;) {
        if (const SceneNode *node = scene.find(key)) {
            const SceneNode *fold = key == mount ? nullptr : scene.find(key | foldBit);
            return fold ? fold : node;
        }
        const auto parent = parents.find(key);
        key = parent == parents.end() ? 0 : parent->second;
    }
    return nullptr;
}

Drawing drawWalk(const Scene &scene, const Moment &moment, const PathWalk &walk, std::size_t hop)
{
    Drawing drawing{.view = scene.bounds};
    if (hop >= walk.hops.size())
        return drawing;
    const std::vector<const SceneNode *> nodes = stopsOf(scene, moment, walk, hop);
    if (nodes.empty())
        return drawing;
    std::unordered_map<const SceneNode *, std::size_t> visits;
    std::vector<Point> places;
    for (const SceneNode *node : nodes)
        places.push_back(placeOf(*node, visits[node]++));
    for (std::size_t i = 0; i + 1 < places.size(); ++i)
        drawing.groups.push_back(trailGroup(places[i], places[i + 1], i));
    const PathHop &now = walk.hops[hop];
    const SceneNode &here = *nodes.back();
    const bool failed = hop + 1 == walk.hops.size() && walk.end != PathWalk::End::Found;
    Rect card = here.box;
    if (!here.plates.empty())
        card.height = here.plates.front().box.y - here.box.y;
    drawing.groups.push_back(ringGroup(ring, card, 3, failed ? Ink::Error : Ink::Process));
    if (now.layer && !here.plates.empty())
        drawing.groups.push_back(
            ringGroup(layerRing, here.plates[std::min(*now.layer, here.plates.size() - 1)].box, 1, Ink::Process));
    for (std::size_t i = 0; i < places.size(); ++i)
        drawing.groups.push_back(stopGroup(places[i], i + 1, i + 1 == places.size()));
    drawing.groups.push_back(tagGroup(here, now, failed));
    return drawing;
}

} // namespace pivotbench::core::stage
