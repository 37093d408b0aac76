// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/tree.h"

#include "core/kernel/overlay.h"

#include <algorithm>
#include <ranges>
#include <vector>

namespace pivotbench::core::kernel {
namespace {

std::uint32_t number(auto id) { return static_cast<std::uint32_t>(id); }

/// Where a mount of the host shows this directory.
std::string pathBelow(const State &state, const HostView &view, NodeId directory)
{
    std::vector<const std::string *> names;
    for (NodeId node = directory; node != view.root; node = state.nodes[node].parent)
        names.push_back(&text(state, state.nodes[node].name));
    std::string path = view.path == "/" ? "" : view.path;
    for (const std::string *name : std::views::reverse(names))
        (path += '/') += *name;
    return path.empty() ? "/" : path;
}

/// Asks the host through one mount after the other that shows the directory, until `ask` has an answer.
template <typename Ask> void askHost(const State &state, NodeId directory, const Ask &ask)
{
    const Superblock &superblock = state.superblocks[state.nodes[directory].superblock];
    if (!superblock.views || !state.host)
        return;
    for (const HostView &view : *superblock.views)
        if (isWithin(state, directory, view.root) && ask(pathBelow(state, view, directory), view.tableId))
            return;
}

Checked<NodeId> explore(State &state, NodeId directory, std::string_view name)
{
    HostTree::Seen seen;
    askHost(state, directory, [&](const std::string &path, std::uint64_t mount) {
        seen = state.host->look(path, mount, name);
        return seen.kind != HostTree::Kind::Unknown;
    });
    NodeKind kind = NodeKind::Directory;
    switch (seen.kind) {
    case HostTree::Kind::Unknown: return refuse(Cause::Unknown);
    case HostTree::Kind::Denied: return refuse(Cause::SearchDenied);
    case HostTree::Kind::Absent: return NodeId::None;
    case HostTree::Kind::Directory: break;
    case HostTree::Kind::File: kind = NodeKind::File; break;
    case HostTree::Kind::Link: kind = NodeKind::Link; break;
    case HostTree::Kind::Device: kind = NodeKind::Device; break;
    case HostTree::Kind::Whiteout: kind = NodeKind::Whiteout; break;
    }
    const NodeId found = addEntry(state, directory, name, kind);
    const NameId target = kind == NodeKind::Link ? intern(state, seen.target) : NameId::None;
    Node &node = state.nodes.edit(found);
    node.unexplored = kind == NodeKind::Directory;
    node.executable = node.program = seen.executable;
    node.opaque = seen.opaque;
    node.assumed = seen.assumed;
    node.target = target;
    return found;
}

} // namespace

bool isKernelsOwn(const Superblock &superblock)
{
    static constexpr std::string_view types[] = {"rootfs", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2"};
    return std::ranges::find(types, superblock.type) != std::end(types);
}

NodeId addEntry(State &state, NodeId directory, std::string_view name, NodeKind kind)
{
    return addEntry(state, directory, intern(state, name), kind);
}

NodeId addEntry(State &state, NodeId directory, NameId name, NodeKind kind)
{
    const NodeId next = state.nodes[directory].firstEntry;
    const NodeId id = state.nodes.add({.parent = directory,
                                       .superblock = state.nodes[directory].superblock,
                                       .name = name,
                                       .nextEntry = next,
                                       .kind = kind});
    if (next != NodeId::None)
        state.nodes.edit(next).previousEntry = id;
    state.nodes.edit(directory).firstEntry = id;
    state.entry.insert(number(directory), number(name), number(id));
    return id;
}

SuperblockId addSuperblock(State &state, std::string type, UserNamespaceId owner)
{
    const SuperblockId id =
        state.superblocks.add({.type = std::move(type), .owner = owner, .noDevices = owner != UserNamespaceId{1}});
    const NodeId root = state.nodes.add({.superblock = id});
    state.nodes.edit(root).parent = root;
    state.superblocks.edit(id).root = root;
    return id;
}

Checked<NodeId> findEntry(State &state, NodeId directory, std::string_view name)
{
    if (isUndefined(state, directory))
        return refuse(Cause::Unknown);
    if (const NameId nameId = findName(state, name); nameId != NameId::None)
        if (const NodeId known{state.entry.find(number(directory), number(nameId))}; known != NodeId::None)
            return known;
    const Node &node = state.nodes[directory];
    if (node.removed)
        return NodeId::None;
    if (node.overlay)
        return findInLayers(state, directory, name);
    if (node.unexplored)
        return explore(state, directory, name);
    return NodeId::None;
}

Checked<bool> isEmpty(State &state, NodeId directory)
{
    const Node &node = state.nodes[directory];
    if (node.overlay)
        return isMergedEmpty(state, directory);
    if (node.firstEntry != NodeId::None)
        return false;
    if (!node.unexplored)
        return true;
    std::optional<bool> empty;
    askHost(state, directory, [&](const std::string &path, std::uint64_t mount) {
        empty = state.host->isEmpty(path, mount);
        return empty.has_value();
    });
    return empty ? Checked<bool>(*empty) : refuse(Cause::Unknown);
}

NodeId create(State &state, NodeId directory, std::string_view name, NodeKind kind)
{
    const NodeId made = addEntry(state, directory, name, kind);
    if (state.nodes[directory].overlay)
        createInUpper(state, made);
    else
        noteChange(state, directory, SuperblockId::None);
    return made;
}

void setTarget(State &state, NodeId link, std::string_view target)
{
    const NameId name = intern(state, target);
    state.nodes.edit(link).target = name;
    if (const std::shared_ptr<const OverlayEntry> overlay = state.nodes[link].overlay)
        state.nodes.edit(overlay->layers.front()).target = name;
}

void remove(State &state, NodeId node)
{
    if (state.nodes[node].overlay)
        removeFromUpper(state, node);
    else
        for (const NodeId changed : {state.nodes[node].parent, node})
            noteChange(state, changed, SuperblockId::None);
    unlink(state, node);
}

void unlink(State &state, NodeId node)
{
    const Node entry = state.nodes[node];
    state.entry.erase(number(entry.parent), number(entry.name));
    if (entry.previousEntry != NodeId::None)
        state.nodes.edit(entry.previousEntry).nextEntry = entry.nextEntry;
    else
        state.nodes.edit(entry.parent).firstEntry = entry.nextEntry;
    if (entry.nextEntry != NodeId::None)
        state.nodes.edit(entry.nextEntry).previousEntry = entry.previousEntry;
    Node &gone = state.nodes.edit(node);
    gone.removed = true;
    gone.nextEntry = gone.previousEntry = NodeId::None;
}

bool isWithin(const State &state, NodeId node, NodeId above)
{
    for (;; node = state.nodes[node].parent) {
        if (node == above)
            return true;
        if (state.nodes[node].parent == node)
            return false;
    }
}

std::string pathInSuperblock(const State &state, NodeId node)
{
    std::vector<const std::string *> names;
    for (NodeId at = node; state.nodes[at].parent != at; at = state.nodes[at].parent)
        names.push_back(&text(state, state.nodes[at].name));
    std::string path;
    for (const std::string *name : std::views::reverse(names))
        (path += '/') += *name;
    if (path.empty())
        path = "/";
    if (state.nodes[node].removed)
        path += "//deleted";
    return path;
}

} // namespace pivotbench::core::kernel
