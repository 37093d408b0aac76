// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/overlay.h"

#include "core/kernel/tree.h"

#include <algorithm>

namespace pivotbench::core::kernel {
namespace {

/// Gives a node of an overlay its layers, which know from then on that they are shown.
void show(State &state, NodeId node, OverlayEntry entry)
{
    const SuperblockId overlay = state.nodes[node].superblock;
    for (const NodeId layer : entry.layers) {
        const SuperblockId before = state.nodes[layer].shownIn;
        if (before == overlay)
            continue;
        if (before == SuperblockId::None)
            state.nodes.edit(layer).shownIn = overlay;
        else
            state.nodes.edit(layer).shownInSeveral = true;
    }
    state.nodes.edit(node).overlay = std::make_shared<const OverlayEntry>(std::move(entry));
}

void setLayers(State &state, NodeId node, OverlayEntry entry)
{
    const NodeId first = entry.layers.front();
    const Node &real = state.nodes[first];
    const NodeKind kind = real.kind;
    const NameId target = real.target;
    const bool executable = real.executable;
    const bool program = real.program;
    Node &shown = state.nodes.edit(node);
    shown.kind = kind;
    shown.target = target;
    shown.executable = executable;
    shown.program = program;
    show(state, node, std::move(entry));
}

/// The directory in the upper layer that belongs to a directory of the overlay; made, with its parents, where it is
/// missing ("copied up").
NodeId upperOf(State &state, NodeId directory)
{
    const std::shared_ptr<const OverlayEntry> entry = state.nodes[directory].overlay;
    if (entry->hasUpper)
        return entry->layers.front();
    const Node node = state.nodes[directory];
    const NodeId above = upperOf(state, node.parent);
    const NodeId made = addEntry(state, above, text(state, node.name), NodeKind::Directory);
    noteChange(state, above, node.superblock);
    OverlayEntry now = *entry;
    now.layers.insert(now.layers.begin(), made);
    now.hasUpper = true;
    show(state, directory, std::move(now));
    return made;
}

} // namespace

NodeId makeWorkDirectory(State &state, NodeId directory)
{
    if (const Checked<NodeId> before = findEntry(state, directory, "work"); before && *before != NodeId::None)
        unlink(state, *before);
    const NodeId work = addEntry(state, directory, "work", NodeKind::Directory);
    state.nodes.edit(work).closed = true;
    return work;
}

SuperblockId addOverlay(State &state, OverlayLayers layers, UserNamespaceId owner)
{
    const SuperblockId id = addSuperblock(state, "overlay", owner);
    OverlayEntry root{.layers = layers.lowers, .hasUpper = layers.upper != NodeId::None};
    if (root.hasUpper) {
        root.layers.insert(root.layers.begin(), layers.upper);
        layers.workInside = makeWorkDirectory(state, layers.work);
    }
    setLayers(state, state.superblocks[id].root, std::move(root));
    std::uint32_t depth = 0;
    const auto deepen = [&](NodeId layer) {
        if (layer != NodeId::None)
            depth = std::max(depth, state.superblocks[state.nodes[layer].superblock].stackDepth);
    };
    deepen(layers.upper);
    std::ranges::for_each(layers.lowers, deepen);
    Superblock &made = state.superblocks.edit(id);
    made.stackDepth = depth + 1;
    made.overlay = std::make_shared<const OverlayLayers>(std::move(layers));
    return id;
}

Checked<NodeId> findInLayers(State &state, NodeId directory, std::string_view name)
{
    const std::shared_ptr<const OverlayEntry> above = state.nodes[directory].overlay;
    const std::shared_ptr<const OverlayLayers> all = state.superblocks[state.nodes[directory].superblock].overlay;
    OverlayEntry found;
    for (std::size_t i = 0; i < above->layers.size(); ++i) {
        const Checked<NodeId> entry = findEntry(state, above->layers[i], name);
        if (!entry)
            return entry;
        if (*entry == NodeId::None)
            continue;
        const Node &node = state.nodes[*entry];
        if (node.kind == NodeKind::Whiteout)
            break;
        const bool isDirectory = node.kind == NodeKind::Directory;
        if (*entry == all->upper || *entry == all->work || *entry == all->workInside ||
            std::ranges::find(all->lowers, *entry) != all->lowers.end())
            return refuse(Cause::LayerThroughOverlay);
        if (!found.layers.empty() && !isDirectory)
            break;
        found.layers.push_back(*entry);
        found.hasUpper = found.hasUpper || (i == 0 && above->hasUpper);
        if (!isDirectory || node.opaque)
            break;
    }
    if (found.layers.empty())
        return NodeId::None;
    const NodeId shown = addEntry(state, directory, name, NodeKind::Directory);
    setLayers(state, shown, std::move(found));
    return shown;
}

Checked<bool> isMergedEmpty(State &state, NodeId directory)
{
    const std::shared_ptr<const OverlayEntry> entry = state.nodes[directory].overlay;
    for (const NodeId layer : entry->layers) {
        if (state.nodes[layer].unexplored) {
            // What the host has in it nobody knows one by one; nothing is enough.
            const Checked<bool> empty = isEmpty(state, layer);
            if (!empty)
                return empty;
            if (!*empty && state.nodes[layer].firstEntry == NodeId::None)
                return entry->layers.size() == 1 ? Checked<bool>(false) : refuse(Cause::Unknown);
        }
        for (NodeId at = state.nodes[layer].firstEntry; at != NodeId::None; at = state.nodes[at].nextEntry) {
            const Checked<NodeId> shown = findEntry(state, directory, text(state, state.nodes[at].name));
            if (!shown || *shown != NodeId::None)
                return shown ? Checked<bool>(false) : std::unexpected(shown.error());
        }
    }
    return true;
}

/// A directory made where a whiteout was is opaque; one made where nothing was hides nothing.
void createInUpper(State &state, NodeId made)
{
    const Node node = state.nodes[made];
    const std::string name = text(state, node.name);
    const NodeId upper = upperOf(state, node.parent);
    bool opaque = false;
    if (const Checked<NodeId> whiteout = findEntry(state, upper, name); whiteout && *whiteout != NodeId::None) {
        opaque = true;
        unlink(state, *whiteout);
    }
    const NodeId real = addEntry(state, upper, name, node.kind);
    Node &edited = state.nodes.edit(real);
    edited.opaque = opaque;
    edited.target = node.target;
    show(state, made, {{real}, true});
    noteChange(state, upper, node.superblock);
}

/// What only the upper has is gone; what a lower shows too needs a whiteout.
void removeFromUpper(State &state, NodeId node)
{
    const Node shown = state.nodes[node];
    const std::string name = text(state, shown.name);
    const std::shared_ptr<const OverlayEntry> above = state.nodes[shown.parent].overlay;
    bool below = false;
    for (std::size_t i = above->hasUpper ? 1 : 0; i < above->layers.size() && !below; ++i) {
        const Checked<NodeId> entry = findEntry(state, above->layers[i], name);
        if (entry && *entry != NodeId::None) {
            below = state.nodes[*entry].kind != NodeKind::Whiteout;
            break;
        }
    }
    const NodeId upper = upperOf(state, shown.parent);
    if (shown.overlay->hasUpper) {
        const NodeId real = shown.overlay->layers.front();
        while (state.nodes[real].firstEntry != NodeId::None) // whiteouts, for the directory shows nothing
            unlink(state, state.nodes[real].firstEntry);
        unlink(state, real);
    }
    if (below) {
        addEntry(state, upper, name, NodeKind::Whiteout);
        // The first whiteout is made in the work directory, where it stays to be linked from; its name is a number
        // there.
        const NodeId work = state.superblocks[shown.superblock].overlay->workInside;
        if (const Checked<NodeId> known = findEntry(state, work, "#"); known && *known == NodeId::None)
            addEntry(state, work, "#", NodeKind::Whiteout);
    }
    noteChange(state, upper, shown.superblock);
}

void noteChange(State &state, NodeId directory, SuperblockId by)
{
    const Node &node = state.nodes[directory];
    if (node.shownIn != SuperblockId::None && (node.shownIn != by || node.shownInSeveral))
        state.nodes.edit(directory).changedBeneath = true;
}

bool isUndefined(const State &state, NodeId directory)
{
    const std::shared_ptr<const OverlayEntry> &entry = state.nodes[directory].overlay;
    return entry && std::ranges::any_of(entry->layers, [&](NodeId layer) { return state.nodes[layer].changedBeneath; });
}

} // namespace pivotbench::core::kernel
