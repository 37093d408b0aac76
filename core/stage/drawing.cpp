// SPDX-License-Identifier: Apache-2.0
#include "core/stage/drawing.h"

#include "core/stage/label.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

enum Layer { panels, strings, cards, arcs, tokens };

// What a key of a group begins with; the rest is that of the node, or of both ends.
enum class Part : std::uint64_t { Panel = 1, Node, Branch, Arc, String, Token };

std::uint64_t keyOf(Part part, std::uint64_t a, std::uint64_t b = 0)
{
    // A mix of 64 bits (the finalizer of splitmix64): two groups of a scene do not meet in practice, and if they did,
    // draw() keeps one.
    std::uint64_t key = a * 0x9e3779b97f4a7c15ULL + b * 0xc2b2ae3d27d4eb4fULL + static_cast<std::uint64_t>(part);
    key = (key ^ (key >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    key = (key ^ (key >> 27U)) * 0x94d049bb133111ebULL;
    return key ^ (key >> 31U);
}

Ink inkOf(MountKind kind)
{
    switch (kind) {
    case MountKind::Disk: return Ink::Layer1;
    case MountKind::Bind: return Ink::Layer2;
    case MountKind::Overlay: return Ink::Accent;
    case MountKind::Memory: return Ink::Layer3;
    case MountKind::Proc: return Ink::Layer4;
    case MountKind::Sys: return Ink::Layer5;
    case MountKind::Device: return Ink::Layer6;
    case MountKind::Cgroup:
    case MountKind::Other: return Ink::Muted;
    }
    return Ink::Muted;
}

const char *iconOf(MountKind kind)
{
    switch (kind) {
    case MountKind::Disk: return "root_dir";
    case MountKind::Bind: return "mount_bind";
    case MountKind::Overlay: return "mount_overlay";
    case MountKind::Memory: return "mount_tmpfs";
    case MountKind::Proc: return "mount_proc";
    case MountKind::Sys: return "mount_sysfs";
    case MountKind::Device: return "mount_dev";
    case MountKind::Cgroup: return "mount_cgroup";
    case MountKind::Other: return "mount";
    }
    return "mount";
}

CurveShape line(Point from, Point to, Ink ink, double width)
{
    const auto between = [&](double part) {
        return Point{from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
    };
    return {.points = {from, between(1.0 / 3), between(2.0 / 3), to}, .stroke = ink, .strokeWidth = width, .fill = {}};
}

CurveShape curve(Point from, Point one, Point two, Point to, Ink ink, double width)
{
    return {.points = {from, one, two, to}, .stroke = ink, .strokeWidth = width, .fill = {}};
}

void add(std::vector<Shape> &shapes, CurveShape shape) { shapes.emplace_back(std::move(shape)); }

/// Each kind has a letter and a shape of its own: a disc, a triangle, both, a square. Private is nothing.
void addPropagation(std::vector<Shape> &shapes, const SceneNode &node, Point centre, double size)
{
    const auto letter = [&](const char *text, Ink ink) {
        shapes.emplace_back(TextShape{.at = {centre.x, centre.y + size * 0.22},
                                      .text = text,
                                      .size = size * 0.62,
                                      .weight = Weight::Bold,
                                      .ink = ink,
                                      .align = Align::Centre});
    };
    const double r = size / 2;
    const auto triangle = [&](Ink ink) {
        const std::vector<Point> corners{
            {centre.x - r, centre.y - r * 0.8}, {centre.x + r, centre.y - r * 0.8}, {centre.x, centre.y + r}};
        CurveShape shape{.points = {corners[0]}, .stroke = ink, .strokeWidth = 1.4, .fill = {}};
        for (std::size_t i = 0; i < 3; ++i) {
            const Point to = corners[(i + 1) % 3];
            shape.points.insert(shape.points.end(), {corners[i], to, to});
        }
        add(shapes, std::move(shape));
    };
    switch (node.propagation) {
    case Propagation::Private: return;
    case Propagation::Shared:
        shapes.emplace_back(BoxShape{.rect = {centre.x - r, centre.y - r, size, size},
                                     .radius = r,
                                     .fill = Ink::Shared,
                                     .tint = 0.16,
                                     .stroke = Ink::Shared,
                                     .strokeWidth = 1.4});
        return letter("S", Ink::Shared);
    case Propagation::Slave: triangle(Ink::Slave); return letter("s", Ink::Slave);
    case Propagation::SlaveShared:
        shapes.emplace_back(BoxShape{.rect = {centre.x - r, centre.y - r, size, size},
                                     .radius = r,
                                     .fill = {},
                                     .stroke = Ink::Shared,
                                     .strokeWidth = 1.4});
        triangle(Ink::Slave);
        return letter("S", Ink::Shared);
    case Propagation::Unbindable:
        shapes.emplace_back(BoxShape{.rect = {centre.x - r, centre.y - r, size, size},
                                     .radius = 2,
                                     .fill = {},
                                     .stroke = Ink::Unbindable,
                                     .strokeWidth = 1.4});
        return letter("U", Ink::Unbindable);
    }
}

std::optional<Ink> markInk(Mark mark)
{
    switch (mark) {
    case Mark::None: return std::nullopt;
    case Mark::Added: return Ink::Added;
    case Mark::Changed: return Ink::Changed;
    }
    return std::nullopt;
}

std::vector<Shape> cardShapes(const SceneNode &node)
{
    std::vector<Shape> shapes;
    const double width = node.box.width;
    const double height = node.face;
    const Ink kind = inkOf(node.kind);
    const std::optional<Ink> mark = markInk(node.mark);
    for (auto plate = node.plates.rbegin(); plate != node.plates.rend(); ++plate) {
        const Rect box{plate->box.x - node.box.x, plate->box.y - node.box.y - 4, plate->box.width,
                       plate->box.height + 4};
        const Ink ink = plate->writable ? Ink::Writable : Ink::ReadOnly;
        shapes.emplace_back(
            BoxShape{.rect = box, .radius = 4, .fill = ink, .tint = 0.12, .stroke = ink, .strokeWidth = 1});
        const double base = box.bottom() - 6;
        shapes.emplace_back(TextShape{.at = {box.x + 8, base},
                                      .text = plate->writable ? "upper" : "lower",
                                      .size = 10,
                                      .weight = Weight::Bold,
                                      .ink = ink});
        shapes.emplace_back(TextShape{
            .at = {box.x + 48, base}, .text = plate->label, .size = 11, .ink = Ink::Muted, .width = box.width - 56});
    }
    shapes.emplace_back(BoxShape{.rect = {0, 0, width, height},
                                 .radius = 7,
                                 .fill = Ink::CardBackground,
                                 .stroke = mark.value_or(Ink::CardBorder),
                                 .strokeWidth = mark ? 2.0 : 1.0,
                                 .dashed = node.hidden || node.outside});
    shapes.emplace_back(BoxShape{.rect = {0, 8, 3, height - 16}, .radius = 1.5, .fill = kind});
    shapes.emplace_back(IconShape{.rect = {10, 11, 18, 18}, .name = iconOf(node.kind), .ink = kind});
    shapes.emplace_back(TextShape{.at = {34, 17},
                                  .text = node.name,
                                  .size = 13,
                                  .weight = Weight::Bold,
                                  .ink = node.hidden || node.outside ? Ink::Muted : Ink::Text,
                                  .width = width - 34 - 50});
    shapes.emplace_back(
        TextShape{.at = {34, 32}, .text = node.detail, .size = 11, .ink = Ink::Muted, .width = width - 34 - 50});
    if (node.readOnly)
        shapes.emplace_back(IconShape{.rect = {width - 46, 13, 14, 14}, .name = "lock", .ink = Ink::ReadOnly});
    addPropagation(shapes, node, {width - 17, 20}, 18);
    return shapes;
}

std::vector<Shape> chipShapes(const SceneNode &node)
{
    std::vector<Shape> shapes;
    const double width = node.box.width;
    const double height = node.box.height;
    if (node.form == Form::Fold) {
        shapes.emplace_back(BoxShape{.rect = {0, 0, width, height},
                                     .radius = height / 2,
                                     .fill = {},
                                     .stroke = Ink::CardBorder,
                                     .dashed = true});
        shapes.emplace_back(TextShape{.at = {width / 2, 16},
                                      .text = node.name,
                                      .size = 11,
                                      .weight = Weight::Bold,
                                      .ink = Ink::Muted,
                                      .align = Align::Centre,
                                      .width = width - 8});
        return shapes;
    }
    const Ink kind = inkOf(node.kind);
    const std::optional<Ink> mark = markInk(node.mark);
    shapes.emplace_back(BoxShape{.rect = {0, 0, width, height},
                                 .radius = 6,
                                 .fill = Ink::CardBackground,
                                 .stroke = mark.value_or(Ink::CardBorder),
                                 .strokeWidth = mark ? 2.0 : 1.0,
                                 .dashed = node.hidden || node.outside});
    shapes.emplace_back(BoxShape{.rect = {0, 6, 3, height - 12}, .radius = 1.5, .fill = kind});
    shapes.emplace_back(TextShape{.at = {10, 16},
                                  .text = node.name,
                                  .size = 11,
                                  .ink = node.hidden || node.outside ? Ink::Muted : Ink::Text,
                                  .width = width - 22 - 18});
    if (node.propagation != Propagation::Private)
        addPropagation(shapes, node, {width - 12, height / 2}, 13);
    else if (node.readOnly)
        shapes.emplace_back(IconShape{.rect = {width - 18, 6, 12, 12}, .name = "lock", .ink = Ink::ReadOnly});
    return shapes;
}

class Draughtsman {
public:
    explicit Draughtsman(const Scene &scene)
        : m_scene(scene)
    {
        for (const SceneNode &node : scene.nodes)
            m_nodes.emplace(node.key, &node);
    }

    Drawing draw()
    {
        m_drawing.view = m_scene.bounds;
        for (std::size_t i = 0; i < m_scene.panels.size(); ++i)
            drawPanel(i, m_scene.panels[i]);
        for (const SceneNode &node : m_scene.nodes) {
            drawBranch(node);
            drawNode(node);
        }
        for (const SceneArc &arc : m_scene.arcs)
            drawArc(arc);
        drawToken();
        std::unordered_map<std::uint64_t, bool> seen;
        std::erase_if(m_drawing.groups, [&](const Group &group) { return !seen.emplace(group.key, true).second; });
        std::ranges::stable_sort(m_drawing.groups, {}, &Group::layer);
        return std::move(m_drawing);
    }

private:
    const SceneNode *find(MountKey key) const
    {
        const auto found = m_nodes.find(key);
        return found == m_nodes.end() ? nullptr : found->second;
    }

    void drawPanel(std::size_t side, const ScenePanel &panel)
    {
        Group group{.key = keyOf(Part::Panel, side), .layer = panels, .at = {panel.box.x, panel.box.y}};
        const Ink ground = side == 0 ? Ink::HostWorld : Ink::SandboxWorld;
        group.shapes.emplace_back(BoxShape{.rect = {0, 0, panel.box.width, panel.box.height},
                                           .radius = 10,
                                           .fill = ground,
                                           .stroke = Ink::Separator,
                                           .dashed = panel.empty});
        group.shapes.emplace_back(IconShape{.rect = {12, 10, 18, 18},
                                            .name = side == 0 ? "host" : "sandbox",
                                            .ink = panel.empty ? Ink::Muted : Ink::Text});
        group.shapes.emplace_back(TextShape{.at = {38, 24},
                                            .text = panel.title,
                                            .size = 15,
                                            .weight = Weight::Bold,
                                            .ink = panel.empty ? Ink::Muted : Ink::Text});
        const double from = 38 + labelWidth(panel.title, 15, true) + 14;
        group.shapes.emplace_back(TextShape{.at = {from, 24},
                                            .text = panel.subtitle,
                                            .size = 11,
                                            .ink = Ink::Muted,
                                            .width = panel.box.width - from - 12});
        m_drawing.groups.push_back(std::move(group));
    }

    void drawNode(const SceneNode &node)
    {
        Group group{
            .key = keyOf(Part::Node, node.key), .layer = cards, .node = node.key, .at = {node.box.x, node.box.y}};
        group.opacity = node.outside ? 0.45 : node.hidden ? 0.6 : 1;
        group.shapes = node.form == Form::Card ? cardShapes(node) : chipShapes(node);
        for (const ScenePin *pin : {&m_scene.token.root, &m_scene.token.cwd}) {
            if (pin->node != node.key || pin->box.width <= 0)
                continue;
            const Ink ink = pin == &m_scene.token.root ? Ink::RootString : Ink::CwdString;
            const Rect tag{pin->box.x - node.box.x, pin->box.y - node.box.y, pin->box.width, pin->box.height};
            group.shapes.emplace_back(BoxShape{
                .rect = tag, .radius = tag.height / 2, .fill = ink, .tint = 0.18, .stroke = ink, .strokeWidth = 1});
            group.shapes.emplace_back(TextShape{.at = {tag.centre().x, tag.y + 11},
                                                .text = pin->label,
                                                .size = 10,
                                                .ink = ink,
                                                .align = Align::Centre,
                                                .width = tag.width - 8});
        }
        if (const SceneNode *origin = node.origin == 0 ? nullptr : find(node.origin)) {
            group.arrival = {origin->box.x - node.box.x, origin->box.y - node.box.y};
            group.arrivesSeen = true;
        } else {
            group.arrival = {0, -28};
        }
        group.departure = {0, 70};
        m_drawing.groups.push_back(std::move(group));
    }

    /// From the left edge of the parent down to the node.
    void drawBranch(const SceneNode &node)
    {
        const SceneNode *parent = node.parent == 0 ? nullptr : find(node.parent);
        if (parent == nullptr)
            return;
        const double x = std::min(parent->box.x + 11, node.box.x - 2);
        const double y = node.box.y + (node.form == Form::Card ? 20 : node.box.height / 2);
        const double bend = std::min(8.0, node.box.x - x);
        Group group{.key = keyOf(Part::Branch, node.key), .layer = strings};
        const double top = parent->box.y + 38;
        group.shapes.emplace_back(line({x, top}, {x, y - bend}, Ink::CardBorder, 1.2));
        group.shapes.emplace_back(
            curve({x, y - bend}, {x, y - bend / 2}, {x + bend / 2, y}, {x + bend, y}, Ink::CardBorder, 1.2));
        group.shapes.emplace_back(line({x + bend, y}, {node.box.x, y}, Ink::CardBorder, 1.2));
        m_drawing.groups.push_back(std::move(group));
    }

    void drawArc(const SceneArc &arc)
    {
        const SceneNode *from = find(arc.from);
        const SceneNode *to = find(arc.to);
        if (from == nullptr || to == nullptr)
            return;
        const Ink ink = arc.slave ? Ink::Slave : Ink::Shared;
        const auto middle = [](const SceneNode *node) { return node->box.y + std::min(node->box.height, 40.0) / 2; };
        Group group{.key = keyOf(Part::Arc, arc.from, arc.to), .layer = arcs};
        CurveShape shape;
        if (from->side == to->side) {
            const Point a{from->box.right(), middle(from)};
            const Point b{to->box.right(), middle(to)};
            const double out = std::min(26.0, 8 + std::abs(b.y - a.y) * 0.12);
            const double right = std::max(a.x, b.x) + out * 4 / 3;
            shape = curve(a, {right, a.y}, {right, b.y}, b, ink, 1.8);
        } else {
            const SceneNode *left = from->side == Side::Host ? from : to;
            const SceneNode *right = from->side == Side::Host ? to : from;
            const Point a{left->box.right(), middle(left)};
            const Point b{right->box.x, middle(right)};
            const double reach = (b.x - a.x) * 0.5;
            shape = curve(a, {a.x + reach, a.y}, {b.x - reach, b.y}, b, ink, 1.8);
        }
        shape.dashed = arc.slave;
        const Point end = arc.slave ? shape.points.back() : Point{};
        group.shapes.emplace_back(std::move(shape));
        if (arc.slave) { // what happens at the master goes on to the slave, not back
            const double way = from->side == to->side ? -1 : 1;
            group.shapes.emplace_back(CurveShape{.points = {end,
                                                            end,
                                                            {end.x - way * 7, end.y - 4},
                                                            {end.x - way * 7, end.y - 4},
                                                            {end.x - way * 7, end.y - 4},
                                                            {end.x - way * 7, end.y + 4},
                                                            {end.x - way * 7, end.y + 4},
                                                            {end.x - way * 7, end.y + 4},
                                                            end,
                                                            end},
                                                 .stroke = {},
                                                 .fill = ink});
        }
        m_drawing.groups.push_back(std::move(group));
    }

    void drawToken()
    {
        const SceneToken &token = m_scene.token;
        drawString(token.root, Ink::RootString, 0);
        drawString(token.cwd, Ink::CwdString, 1);
        Group group{.key = keyOf(Part::Token, 1), .layer = tokens, .at = {token.box.x, token.box.y}};
        group.shapes.emplace_back(BoxShape{.rect = {0, 0, token.box.width, token.box.height},
                                           .radius = token.box.height / 2,
                                           .fill = Ink::Process,
                                           .tint = 0.16,
                                           .stroke = Ink::Process,
                                           .strokeWidth = 1.6});
        group.shapes.emplace_back(IconShape{.rect = {10, 8, 18, 18}, .name = "process", .ink = Ink::Process});
        const double room = token.box.width - 46;
        const std::string name = cutAtEnd(token.name, room, 12, true);
        group.shapes.emplace_back(TextShape{
            .at = {34, 15}, .text = name, .size = 12, .weight = Weight::Bold, .ink = Ink::Text, .width = room});
        group.shapes.emplace_back(
            TextShape{.at = {34, 27}, .text = token.detail, .size = 10, .ink = Ink::Muted, .width = room});
        m_drawing.groups.push_back(std::move(group));
    }

    /// From the token down the gutter at the left to the card.
    void drawString(const ScenePin &pin, Ink ink, int lane)
    {
        const SceneNode *node = pin.node == 0 ? nullptr : find(pin.node);
        if (node == nullptr)
            return;
        const Rect &token = m_scene.token.box;
        const double x = token.x + 12 + 12 * lane;
        const Point top{x, token.bottom()};
        const Point end{node->box.x,
                        node->box.y + (node->form == Form::Card ? 14.0 + 12 * lane : node->box.height / 2)};
        const double bend = std::min(14.0, std::max(0.0, end.y - top.y) / 2);
        Group group{.key = keyOf(Part::String, static_cast<std::uint64_t>(lane) + 1), .layer = strings};
        group.shapes.emplace_back(line(top, {x, end.y - bend}, ink, 2));
        group.shapes.emplace_back(
            curve({x, end.y - bend}, {x, end.y - bend / 3}, {x + bend / 3, end.y}, {x + bend, end.y}, ink, 2));
        group.shapes.emplace_back(line({x + bend, end.y}, end, ink, 2));
        group.shapes.emplace_back(BoxShape{.rect = {end.x - 3.5, end.y - 3.5, 7, 7}, .radius = 3.5, .fill = ink});
        m_drawing.groups.push_back(std::move(group));
    }

    const Scene &m_scene;
    std::unordered_map<MountKey, const SceneNode *> m_nodes;
    Drawing m_drawing;
};

} // namespace

Drawing draw(const Scene &scene) { return Draughtsman(scene).draw(); }

} // namespace pivotbench::core::stage
