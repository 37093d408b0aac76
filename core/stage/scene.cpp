// SPDX-License-Identifier: Apache-2.0
#include "core/stage/scene.h"

#include "core/base/text.h"
#include "core/spec/overlay_paths.h"
#include "core/stage/label.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unordered_map>
#include <variant>

namespace pivotbench::core::stage {

namespace {

// Units.
constexpr double margin = 16;
constexpr double betweenPanels = 20;
constexpr double padding = 12;
constexpr double stringGutter = 40; ///< left of the cards, where the strings hang
constexpr double arcGutter = 34;    ///< right of the cards, where peers are joined
constexpr double leastPanel = 360;
constexpr double panelHead = 92; ///< title, subtitle, token
constexpr double cardHeight = 40;
constexpr double plateHeight = 19;
constexpr double chipHeight = 24;
constexpr double chipWidth = 98;
constexpr double gap = 7;
constexpr double stepIn = 22;
constexpr double emptyPanel = 260;   ///< height of what stands below the head, where nobody says how high it shall be
constexpr double shallowPanel = 100; ///< where somebody does: least height of it
constexpr double nameSize = 13;
constexpr double detailSize = 11;
constexpr double tagSize = 10;
constexpr double tagHeight = 15;
constexpr double tagLine = 18; ///< of a card, for a tag that tells a way
constexpr double iconRoom = 34;
constexpr double badgeRoom = 50; ///< lock and propagation, at the right of a card
constexpr double chipBadgeRoom = 18;

constexpr std::size_t mostNodes = 400; ///< of a world; the others are folded
constexpr std::size_t mostPlates = 4;

bool isReadOnly(const MountEntry &row)
{
    const auto has = [](std::string_view options) {
        const std::vector<std::string_view> all = split(options, ',');
        return std::ranges::find(all, "ro") != all.end();
    };
    return has(row.options) || has(row.superOptions);
}

std::string lastName(const std::string &path) { return path.substr(path.rfind('/') + 1); }

/// A mount point as it is called in the outline: without that of its parent, where that is not "/".
std::string nameBelow(const std::string &parent, const std::string &mountPoint)
{
    if (parent.size() > 1 && mountPoint.size() > parent.size() + 1 && mountPoint.starts_with(parent) &&
        mountPoint[parent.size()] == '/')
        return mountPoint.substr(parent.size() + 1);
    return mountPoint;
}

struct Layer {
    std::string path;
    bool writable;
};

/// As the kernel tells them: lowerdir= with all of them, or one lowerdir+= for each (Linux 6.7 and later).
std::vector<Layer> layersIn(const std::string &superOptions)
{
    std::vector<Layer> layers;
    std::vector<Layer> lowers;
    for (const std::string_view option : split(superOptions, ',')) {
        const std::size_t equals = option.find('=');
        if (equals == std::string_view::npos)
            continue;
        const std::string_view key = option.substr(0, equals);
        const std::string value = unescapeOctal(option.substr(equals + 1));
        if (key == "upperdir")
            layers.push_back({value, true});
        else if (key == "lowerdir+" || key == "datadir+")
            lowers.push_back({value, false});
        else if (key == "lowerdir")
            for (const std::string &lower : splitLowerdirs(value))
                if (!lower.empty())
                    lowers.push_back({lower, false});
    }
    layers.insert(layers.end(), lowers.begin(), lowers.end());
    return layers;
}

/// The model's tables do not tell the layers, but the step does that made the overlay.
std::vector<Layer> layersOf(const StoryMount &mount, const Plan &plan)
{
    std::vector<Layer> layers = layersIn(mount.row->superOptions);
    if (!layers.empty() || !mount.step || *mount.step >= plan.steps.size())
        return layers;
    if (const auto *overlay = std::get_if<MountOverlay>(&plan.steps[*mount.step].operation)) {
        if (!overlay->upper.empty())
            layers.push_back({overlay->upper, true});
        for (const std::string &lower : overlay->lowers)
            layers.push_back({lower, false});
    }
    return layers;
}

std::string detailOf(const MountEntry &row, MountKind kind)
{
    if (kind == MountKind::Bind)
        return printable(fmt::format("bind of {} · {}", row.root, row.type));
    const std::string source = printable(row.source);
    const std::string type = printable(row.type);
    return source.empty() || source == type || source == "none" ? type : type + " · " + source;
}

class WorldLayout {
public:
    /// `tagLines`: of each card, where there are any.
    WorldLayout(Side side, const World &world, const World *before, const Focus &focus, const Plan &plan,
                std::unordered_map<MountKey, int> tagLines)
        : m_side(side)
        , m_plan(plan)
        , m_tagLines(std::move(tagLines))
    {
        std::unordered_map<MountKey, SharedRow> rowsBefore;
        std::unordered_map<MountKey, MountKey> parentsBefore;
        if (before != nullptr)
            for (const StoryMount &mount : before->mounts) {
                rowsBefore.emplace(mount.key, mount.row);
                parentsBefore.emplace(mount.key, mount.parent);
            }
        std::unordered_map<MountKey, MountKey> foldOf;
        std::unordered_map<MountKey, std::size_t> folded;
        std::unordered_map<MountKey, std::size_t> foldedOutside;
        std::unordered_map<MountKey, const std::string *> points;
        for (const StoryMount &mount : world.mounts) {
            points.emplace(mount.key, &mount.row->mountPoint);
            const auto parentFold = foldOf.find(mount.parent);
            if (parentFold == foldOf.end() && focus.shown.contains(mount.key) && m_nodes.size() < mostNodes) {
                const auto parent = points.find(mount.parent);
                SceneNode node = nodeOf(mount, parent == points.end() ? std::string() : *parent->second, focus);
                if (before != nullptr && before != &world) {
                    const auto row = rowsBefore.find(mount.key);
                    if (row == rowsBefore.end())
                        node.mark = Mark::Added;
                    else if (parentsBefore.at(mount.key) != mount.parent || changed(*row->second, *mount.row))
                        node.mark = Mark::Changed;
                } else if (before == nullptr && side == Side::Sandbox) {
                    node.mark = Mark::Added;
                }
                m_places.emplace(mount.key, m_nodes.size());
                m_nodes.push_back(std::move(node));
                continue;
            }
            const MountKey owner = parentFold == foldOf.end() ? cardAbove(mount.parent) : parentFold->second;
            foldOf.emplace(mount.key, owner);
            ++folded[owner];
            foldedOutside[owner] += mount.outside ? 1 : 0;
        }
        for (std::size_t i = 0; i < m_nodes.size(); ++i)
            childrenOf(m_nodes[i].parent).push_back(i);
        const std::size_t real = m_nodes.size();
        const auto addFold = [&](MountKey owner) {
            const auto count = folded.find(owner);
            if (count == folded.end())
                return;
            SceneNode fold{.key = foldKey(owner), .parent = owner, .side = side, .form = Form::Fold};
            if (const auto place = m_places.find(owner); place != m_places.end() && m_nodes[place->second].origin != 0)
                fold.origin = foldBit | m_nodes[place->second].origin;
            fold.folded = count->second;
            fold.outside = foldedOutside[owner] == count->second;
            fold.name = fmt::format("+{}", count->second);
            fold.path = fmt::format("{} more mount{}", count->second, count->second == 1 ? "" : "s");
            childrenOf(owner).push_back(m_nodes.size());
            m_nodes.push_back(std::move(fold));
        };
        for (std::size_t i = 0; i < real; ++i)
            addFold(m_nodes[i].key);
        addFold(0);
        for (const auto &[key, owner] : foldOf)
            m_folds.emplace(key, foldKey(owner));
    }

    /// Gives every node its place below `top`; returns where the lowest ends.
    double place(double left, double right, double top)
    {
        int deepest = 0;
        std::vector<std::pair<std::size_t, int>> waiting; // a stack
        const auto push = [&](MountKey parent, int depth) {
            const std::vector<std::size_t> &all = childrenOf(parent);
            for (auto child = all.rbegin(); child != all.rend(); ++child)
                if (m_nodes[*child].form == Form::Card)
                    waiting.emplace_back(*child, depth);
        };
        std::vector<int> depths(m_nodes.size(), 0);
        push(0, 0);
        std::vector<std::size_t> order;
        while (!waiting.empty()) {
            const auto [i, depth] = waiting.back();
            waiting.pop_back();
            depths[i] = depth;
            deepest = std::max(deepest, depth);
            order.push_back(i);
            push(m_nodes[i].key, depth + 1);
        }
        const double inward = deepest == 0 ? stepIn : std::min(stepIn, (right - left) * 0.4 / deepest);

        double y = top;
        for (const std::size_t i : order) {
            SceneNode &node = m_nodes[i];
            const double x = left + inward * depths[i];
            const auto lines = m_tagLines.find(node.key);
            node.face = cardHeight + tagLine * (lines == m_tagLines.end() ? 0 : lines->second);
            node.box = {x, y, right - x, node.face};
            fillCard(node);
            y = node.box.bottom() + gap;
            m_order.push_back(i);
            y = placeChips(node.key, x + inward, right, y);
        }
        y = placeChips(0, left, right, y);
        return y;
    }

    [[nodiscard]] std::vector<SceneNode> take()
    {
        std::vector<SceneNode> nodes;
        for (const std::size_t i : m_order)
            nodes.push_back(std::move(m_nodes[i]));
        return nodes;
    }

    /// The node that stands for a mount: itself, or the fold it is in; 0 where there is none.
    [[nodiscard]] MountKey standsFor(MountKey key) const
    {
        if (m_places.contains(key))
            return key;
        const auto fold = m_folds.find(key);
        return fold == m_folds.end() ? 0 : fold->second;
    }

private:
    [[nodiscard]] MountKey foldKey(MountKey owner) const
    {
        return foldBit | (m_side == Side::Sandbox ? foldBit >> 1U : 0) | owner;
    }

    /// The card itself, or the nearest one that a chip lies in; 0 for none.
    [[nodiscard]] MountKey cardAbove(MountKey key) const
    {
        auto place = m_places.find(key);
        while (place != m_places.end() && m_nodes[place->second].form != Form::Card)
            place = m_places.find(m_nodes[place->second].parent);
        return place == m_places.end() ? 0 : place->first;
    }

    std::vector<std::size_t> &childrenOf(MountKey key) { return m_children[key]; }

    static bool changed(const MountEntry &before, const MountEntry &after)
    {
        return before.options != after.options || before.superOptions != after.superOptions ||
               before.peerGroup != after.peerGroup || before.master != after.master ||
               before.unbindable != after.unbindable || before.root != after.root;
    }

    SceneNode nodeOf(const StoryMount &mount, const std::string &parentPoint, const Focus &focus) const
    {
        const MountEntry &row = *mount.row;
        SceneNode node{.key = mount.key, .parent = mount.parent, .side = m_side};
        node.form = focus.chips.contains(mount.key) ? Form::Chip : Form::Card;
        node.kind = kindOf(row);
        node.path = printable(row.mountPoint);
        node.name = printable(nameBelow(parentPoint, row.mountPoint));
        node.detail = detailOf(row, node.kind);
        node.readOnly = isReadOnly(row);
        node.hidden = !mount.visible;
        node.outside = mount.outside;
        node.propagation = propagationOf(row);
        node.peerGroup = row.peerGroup;
        node.master = row.master;
        node.origin = mount.origin;
        if (node.kind == MountKind::Overlay)
            for (const Layer &layer : layersOf(mount, m_plan)) {
                if (node.plates.size() == mostPlates) {
                    node.plates.back().label = "and more below";
                    break;
                }
                node.plates.push_back({.box = {}, .label = printable(layer.path), .writable = layer.writable});
            }
        return node;
    }

    static void fillCard(SceneNode &node)
    {
        const double room = node.box.width - iconRoom - badgeRoom;
        node.name = cutInMiddle(node.name, room, nameSize, true);
        node.detail = cutAtEnd(node.detail, room, detailSize);
        double y = node.box.bottom();
        for (Plate &plate : node.plates) {
            plate.box = {node.box.x + 10, y, node.box.width - 20, plateHeight};
            plate.label = cutInMiddle(plate.label, plate.box.width - 90, detailSize);
            y += plateHeight;
        }
        node.box.height = y - node.box.y + (node.plates.empty() ? 0 : 4);
    }

    double placeChips(MountKey parent, double left, double right, double y)
    {
        double x = left;
        bool any = false;
        for (const std::size_t i : childrenOf(parent)) {
            SceneNode &node = m_nodes[i];
            if (node.form == Form::Card)
                continue;
            const double width = std::min(
                node.form == Form::Fold ? 30 + labelWidth(node.name, detailSize, true) : chipWidth, right - left);
            if (x > left && x + width > right) {
                x = left;
                y += chipHeight + gap;
            }
            node.box = {x, y, width, chipHeight};
            if (node.form == Form::Chip) {
                const double room = width - 10 - 4 - chipBadgeRoom;
                if (labelWidth(node.name, detailSize) > room)
                    node.name = lastName(node.name);
                node.name = cutAtEnd(node.name, room, detailSize);
                node.detail.clear();
            }
            x += width + gap;
            any = true;
            m_order.push_back(i);
        }
        return any ? y + chipHeight + gap : y;
    }

    Side m_side;
    const Plan &m_plan;
    std::unordered_map<MountKey, int> m_tagLines;
    std::vector<SceneNode> m_nodes;
    std::vector<std::size_t> m_order; ///< of reading
    std::unordered_map<MountKey, std::size_t> m_places;
    std::unordered_map<MountKey, MountKey> m_folds;
    std::unordered_map<MountKey, std::vector<std::size_t>> m_children;
};

std::vector<SceneArc> arcsOf(const std::vector<SceneNode> &nodes)
{
    std::vector<SceneArc> arcs;
    std::map<std::uint64_t, std::vector<const SceneNode *>> groups;
    for (const SceneNode &node : nodes)
        if (node.peerGroup != 0)
            groups[node.peerGroup].push_back(&node);
    for (const auto &[group, members] : groups)
        for (std::size_t i = 1; i < members.size(); ++i)
            arcs.push_back({members[i - 1]->key, members[i]->key, group, false});
    for (const SceneNode &node : nodes) {
        const auto masters = groups.find(node.master);
        if (node.master == 0 || masters == groups.end())
            continue;
        const auto twin =
            std::ranges::find(masters->second, node.origin, [](const SceneNode *member) { return member->key; });
        arcs.push_back(
            {twin != masters->second.end() ? (*twin)->key : masters->second.front()->key, node.key, node.master, true});
    }
    return arcs;
}

std::string commandOf(const Execute &execute)
{
    return execute.args.empty() ? std::string("command") : printable(lastName(execute.args.front()));
}

/// Who the process is by then.
std::string nameOf(const Recording &recording, std::size_t frame)
{
    std::string name = "builder";
    const std::vector<Step> &steps = recording.header.plan.steps;
    for (std::size_t i = 0; i <= frame && i < recording.frames.size(); ++i) {
        const Frame &done = recording.frames[i];
        if (done.initial || done.error || done.step >= steps.size())
            continue;
        if (const auto *execute = std::get_if<Execute>(&steps[done.step].operation))
            name = commandOf(*execute);
        else if (std::holds_alternative<SpawnPayload>(steps[done.step].operation))
            name = "payload";
    }
    return name;
}

/// How far below the root of its mount a string is tied, printable; empty where it is not.
std::string wayOf(const Knot &knot, const World &world)
{
    const auto mount = std::ranges::find(world.mounts, knot.mount, &StoryMount::key);
    std::string below = knot.path;
    if (mount != world.mounts.end() && mount->row->mountPoint == below)
        below.clear();
    else if (mount != world.mounts.end() && below.starts_with(mount->row->mountPoint))
        below.erase(0, mount->row->mountPoint == "/" ? 0 : mount->row->mountPoint.size());
    return below == "/" ? std::string() : printable(below);
}

/// A tag stands in the second line of its card, at the right, and the detail gives way to it. One that tells a way has
/// a line of its own, root's before cwd's.
void placeTag(Scene &scene, ScenePin &pin)
{
    const auto node = std::ranges::find(scene.nodes, pin.node, &SceneNode::key);
    if (node == scene.nodes.end() || node->form != Form::Card)
        return;
    const ScenePin &other = &pin == &scene.token.cwd ? scene.token.root : scene.token.cwd;
    if (!pin.way.empty()) {
        const bool second = &pin == &scene.token.cwd && other.node == pin.node && !other.way.empty();
        const double room = node->box.width - iconRoom - 12;
        pin.label += "  " + cutInMiddle(pin.way, room - 16 - labelWidth(pin.label, tagSize), tagSize);
        pin.box = {node->box.x + iconRoom, node->box.y + cardHeight - 1 + (second ? tagLine : 0),
                   std::min(room, labelWidth(pin.label, tagSize) + 12), tagHeight};
        return;
    }
    double right = node->box.right() - badgeRoom;
    if (other.node == pin.node && other.box.width > 0 && other.way.empty())
        right = other.box.x - 4;
    const double width = labelWidth(pin.label, tagSize) + 12;
    pin.box = {right - width, node->box.y + 21, width, tagHeight};
    node->detail = cutAtEnd(node->detail, pin.box.x - 6 - node->box.x - iconRoom, detailSize);
}

bool makesMountNamespace(const Plan &plan)
{
    return std::ranges::any_of(plan.steps, [](const Step &step) {
        const auto makes = [](const auto &operation) {
            return std::ranges::find(operation.namespaces, Namespace::Mount) != operation.namespaces.end();
        };
        const auto *born = std::get_if<CreateProcess>(&step.operation);
        const auto *left = std::get_if<Unshare>(&step.operation);
        return (born && makes(*born)) || (left && makes(*left));
    });
}

ScenePanel panelOf(Side side, const World *world, const RecordingHeader &header)
{
    ScenePanel panel{
        .box = {}, .title = side == Side::Host ? "Host" : "Sandbox", .subtitle = "", .empty = world == nullptr};
    if (world == nullptr) {
        panel.subtitle = makesMountNamespace(header.plan) ? "no mount namespace of its own yet"
                                                          : "no mount namespace of its own: it stays in the host's";
        return panel;
    }
    const std::size_t count = world->mounts.size();
    const std::string mounts = fmt::format("{} mount{}", count, count == 1 ? "" : "s");
    // The numbers of a prediction are nobody's.
    panel.subtitle = world->number == 0 || header.origin == "model"
                         ? mounts
                         : fmt::format("mount namespace {} · {}", world->number, mounts);
    return panel;
}

} // namespace

MountKind kindOf(const MountEntry &entry)
{
    const std::string &type = entry.type;
    if (type == "overlay")
        return MountKind::Overlay;
    if (type == "proc")
        return MountKind::Proc;
    if (type == "sysfs" || type == "securityfs" || type == "debugfs" || type == "tracefs" || type == "bpf" ||
        type == "pstore" || type == "efivarfs" || type == "configfs" || type == "fusectl")
        return MountKind::Sys;
    if (type == "cgroup" || type == "cgroup2")
        return MountKind::Cgroup;
    if (type == "devtmpfs" || type == "devpts" || type == "mqueue" || type == "hugetlbfs")
        return MountKind::Device;
    if (entry.root != "/")
        return MountKind::Bind;
    if (type == "tmpfs" || type == "ramfs")
        return MountKind::Memory;
    return entry.source.starts_with("/dev/") ? MountKind::Disk : MountKind::Other;
}

const char *kindWord(MountKind kind)
{
    switch (kind) {
    case MountKind::Disk: return "disk";
    case MountKind::Bind: return "bind";
    case MountKind::Overlay: return "overlay";
    case MountKind::Memory: return "memory";
    case MountKind::Proc: return "proc";
    case MountKind::Sys: return "sys";
    case MountKind::Device: return "device";
    case MountKind::Cgroup: return "cgroup";
    case MountKind::Other: return "other";
    }
    return "other";
}

Propagation propagationOf(const MountEntry &entry)
{
    if (entry.unbindable)
        return Propagation::Unbindable;
    if (entry.master != 0)
        return entry.peerGroup != 0 ? Propagation::SlaveShared : Propagation::Slave;
    return entry.peerGroup != 0 ? Propagation::Shared : Propagation::Private;
}

const SceneNode *Scene::find(MountKey key) const
{
    const auto found = std::ranges::find(nodes, key, &SceneNode::key);
    return found == nodes.end() ? nullptr : &*found;
}

Scene makeScene(const Recording &recording, const Moment &moment, const Moment *before, const Focus &focus,
                const SceneOptions &options)
{
    static const World nothing;
    Scene scene;
    const double panelWidth = std::max(leastPanel, (options.width - 2 * margin - betweenPanels) / 2);
    double bottom = std::max(margin + panelHead + (options.height > 0 ? shallowPanel : emptyPanel),
                             options.height - padding - margin);
    std::array<std::optional<WorldLayout>, 2> layouts;
    for (const Side side : {Side::Host, Side::Sandbox}) {
        const auto i = static_cast<std::size_t>(side);
        const World *world = moment.world(side);
        const World *worldBefore = before == nullptr ? nullptr : before->world(side);
        scene.panels[i] = panelOf(side, world, recording.header);
        const double x = margin + static_cast<double>(i) * (panelWidth + betweenPanels);
        scene.panels[i].box = {x, margin, panelWidth, 0};
        // A first frame has nothing that is new; a world that has just come is new as a whole.
        std::unordered_map<MountKey, int> tagLines;
        if (side == moment.side)
            for (const Knot *knot : {&moment.root, &moment.cwd})
                tagLines[knot->mount] += wayOf(*knot, *world).empty() ? 0 : 1;
        layouts[i].emplace(side, world == nullptr ? nothing : *world, before == nullptr ? world : worldBefore, focus,
                           recording.header.plan, std::move(tagLines));
        bottom = std::max(bottom, layouts[i]->place(x + padding + stringGutter, x + panelWidth - padding - arcGutter,
                                                    margin + panelHead));
    }
    for (std::size_t i = 0; i < scene.panels.size(); ++i) {
        scene.panels[i].box.height = bottom + padding - margin;
        std::vector<SceneNode> nodes = layouts[i]->take();
        std::ranges::move(nodes, std::back_inserter(scene.nodes));
    }
    for (SceneNode &node : scene.nodes) {
        if (node.origin == 0)
            continue;
        if (node.form == Form::Fold) { // of the host's world, or none
            if (std::ranges::find(scene.nodes, node.origin, &SceneNode::key) == scene.nodes.end())
                node.origin = 0;
            continue;
        }
        MountKey origin = layouts[0]->standsFor(node.origin);
        if (origin == 0)
            origin = layouts[1]->standsFor(node.origin);
        node.origin = origin;
    }
    scene.arcs = arcsOf(scene.nodes);
    scene.bounds = {0, 0, 2 * margin + 2 * panelWidth + betweenPanels, bottom + padding + margin};

    const auto home = static_cast<std::size_t>(moment.side);
    const World &world = *moment.world(moment.side);
    const Frame &frame = recording.frames[moment.frame];
    scene.token.side = moment.side;
    scene.token.name = nameOf(recording, moment.frame);
    scene.token.detail =
        frame.pid == 0 ? fmt::format("uid {}", frame.uid) : fmt::format("pid {} · uid {}", frame.pid, frame.uid);
    const Rect &panel = scene.panels[home].box;
    scene.token.box = {panel.x + padding, panel.y + 46, std::min(220.0, panel.width - 2 * padding), 34};
    scene.token.root = {
        .node = layouts[home]->standsFor(moment.root.mount), .label = "root", .way = wayOf(moment.root, world)};
    scene.token.cwd = {
        .node = layouts[home]->standsFor(moment.cwd.mount), .label = "cwd", .way = wayOf(moment.cwd, world)};
    placeTag(scene, scene.token.cwd);
    placeTag(scene, scene.token.root);
    return scene;
}

} // namespace pivotbench::core::stage
