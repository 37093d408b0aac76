// SPDX-License-Identifier: Apache-2.0
#include "core/stage/path_walk.h"

#include "core/base/text.h"
#include "core/kernel/tree.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

using kernel::Hop;
using kernel::HopReason;
using kernel::NodeId;
using kernel::Place;
using kernel::State;

constexpr std::size_t longestShown = 120; ///< bytes of a name in a sentence
constexpr std::size_t longestPlace = 400; ///< of the path of a hop

std::string shortened(std::string_view text, std::size_t most = longestShown)
{
    if (text.size() <= most)
        return printable(text);
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80)
        --most; // within a letter
    return printable(text.substr(0, most)) + "…";
}

/// "the tmpfs /run/lock"
std::string filesystemOf(const State &state, kernel::MountId mount)
{
    const std::string type = shortened(state.superblocks[state.mounts[mount].superblock].type);
    const std::string source = shortened(kernel::text(state, state.mounts[mount].source));
    return source.empty() || source == type || source == "none" ? type : fmt::format("{} ({})", type, source);
}

/// Which layer of its overlay a directory or file is taken from.
std::optional<std::size_t> layerOf(const State &state, NodeId node)
{
    const kernel::Node &shown = state.nodes[node];
    const auto &layers = state.superblocks[shown.superblock].overlay;
    if (!shown.overlay || !layers)
        return std::nullopt;
    const std::size_t uppers = layers->upper == NodeId::None ? 0 : 1;
    if (shown.overlay->hasUpper)
        return 0;
    for (std::size_t i = 0; i < layers->lowers.size(); ++i)
        if (kernel::isWithin(state, shown.overlay->layers.front(), layers->lowers[i]))
            return i + uppers;
    return std::nullopt;
}

std::string overlaySentence(const State &state, const Hop &hop)
{
    const std::string name = shortened(hop.name);
    const kernel::Node &node = state.nodes[hop.place.node];
    const std::optional<std::size_t> layer = layerOf(state, hop.place.node);
    if (!layer)
        return fmt::format("\"{}\" is an entry of this directory of the overlay.", name);
    const bool hasUpper = state.superblocks[node.superblock].overlay->upper != NodeId::None;
    const std::string which = node.overlay->hasUpper ? "its upper layer"
                              : state.superblocks[node.superblock].overlay->lowers.size() == 1
                                  ? "its lower layer"
                                  : fmt::format("its lower layer {}", *layer + (hasUpper ? 0 : 1));
    if (node.overlay->layers.size() > 1)
        return fmt::format("\"{}\" is a directory of the overlay, merged from {} layers; {} is the uppermost of them.",
                           name, node.overlay->layers.size(), which);
    return fmt::format("\"{}\" is an entry of the overlay, which takes it from {}.", name, which);
}

std::string sentenceOf(const State &state, const Hop &hop, const Hop *before)
{
    const std::string name = shortened(hop.name);
    const std::string detail = shortened(hop.detail);
    switch (hop.reason) {
    case HopReason::StartAtRoot: return "The path is absolute: it begins at the root of the process.";
    case HopReason::StartAtCwd: return "The path is relative: it begins at the working directory.";
    case HopReason::StartAtDescriptor: return "The path begins at a directory that is open.";
    case HopReason::Name:
        if (state.nodes[hop.place.node].assumed)
            return fmt::format("\"{}\" is taken for a directory here: nobody has seen what it is.", name);
        return fmt::format("\"{}\" is an entry of this directory.", name);
    case HopReason::OverlayLayer: return overlaySentence(state, hop);
    case HopReason::EnteredMount:
        if (before && before->reason == HopReason::EnteredMount)
            return fmt::format("Another mount stands on top of that one and hides it: the walk goes on at the root of "
                               "the {}.",
                               filesystemOf(state, hop.place.mount));
        return fmt::format("Something is mounted here: the walk goes on at the root of the {}.",
                           filesystemOf(state, hop.place.mount));
    case HopReason::Dot: return "\".\" stays where it is.";
    case HopReason::DotDot: return "\"..\" goes to the directory above.";
    case HopReason::DotDotAtRoot: return "\"..\" at the root of the process stays there: nothing leads above it.";
    case HopReason::DotDotAtMount:
        return "\"..\" at the root of a mount leaves it, to the directory above its mount point.";
    case HopReason::RelativeLink:
        return fmt::format("\"{}\" is a symbolic link to \"{}\", which is looked up from the directory it lies in.",
                           name, detail);
    case HopReason::AbsoluteLink:
        return fmt::format("\"{}\" is a symbolic link to \"{}\": the walk begins anew at the root of the process.",
                           name, detail);
    }
    return {};
}

const char *kindWords(kernel::NodeKind kind)
{
    switch (kind) {
    case kernel::NodeKind::Directory: return "a directory";
    case kernel::NodeKind::File: return "a file";
    case kernel::NodeKind::Link: return "a symbolic link";
    case kernel::NodeKind::Device: return "a device";
    case kernel::NodeKind::Whiteout: return "a whiteout, the device 0:0 by which an overlay hides a name";
    }
    return "something";
}

std::string foundSentence(const State &state, Place end, bool assumed)
{
    const std::string where = fmt::format("Found: {}, {} of the {}.", shortened(kernel::pathFromTop(state, end)),
                                          assumed ? "taken for a directory" : kindWords(state.nodes[end.node].kind),
                                          filesystemOf(state, end.mount));
    return assumed ? where + " A recording tells mounts, not files." : where;
}

std::string refusedSentence(const State &state, const kernel::Refusal &refusal, const std::vector<Hop> &hops)
{
    if (refusal.cause != kernel::Cause::Unknown) {
        const kernel::CauseText &cause = kernel::textOf(refusal.cause);
        const std::string where = refusal.path.empty() ? "" : fmt::format(" ({})", shortened(refusal.path));
        return fmt::format("{}, {}: {}{}.", errnoName(cause.errnum), errnoWords(cause.errnum), cause.when, where);
    }
    if (!hops.empty()) {
        const kernel::Superblock &superblock = state.superblocks[state.mounts[hops.back().place.mount].superblock];
        if (kernel::isKernelsOwn(superblock))
            return fmt::format("The model cannot tell: the kernel makes what is in a {}, and only the kernel knows it.",
                               shortened(superblock.type));
    }
    return "The model cannot tell how it goes on from here: nobody has looked at what is in this directory.";
}

} // namespace

PathWalk walkPath(MomentMachine behind, const Moment &moment, std::string_view path)
{
    std::unordered_map<std::uint64_t, MountKey> keys;
    for (const StoryMount &mount : moment.world(moment.side)->mounts)
        keys.emplace(mount.row->id, mount.key);

    State &state = behind.machine.state;
    std::vector<Hop> hops;
    const kernel::Checked<Place> end = kernel::walk(state, behind.machine.reader, path, {.hops = &hops});
    PathWalk result;
    const std::size_t kept = std::min(hops.size(), mostHops);
    result.further = hops.size() - kept;
    for (std::size_t i = 0; i < kept; ++i) {
        const Hop &hop = hops[i];
        const auto key = keys.find(behind.numbers.of(state, hop.place.mount));
        const bool overlay = hop.reason == HopReason::OverlayLayer;
        result.hops.push_back({.reason = hop.reason,
                               .mount = key == keys.end() ? 0 : key->second,
                               .name = shortened(hop.name),
                               .path = shortened(kernel::pathFromTop(state, hop.place), longestPlace),
                               .sentence = sentenceOf(state, hop, i > 0 ? &hops[i - 1] : nullptr),
                               .layer = overlay ? layerOf(state, hop.place.node) : std::nullopt,
                               .assumed = state.nodes[hop.place.node].assumed});
    }
    if (end) {
        result.end = PathWalk::End::Found;
        result.outcome = foundSentence(state, *end, state.nodes[end->node].assumed);
    } else {
        result.end = end.error().cause == kernel::Cause::Unknown ? PathWalk::End::Unknown : PathWalk::End::Refused;
        result.outcome = refusedSentence(state, end.error(), hops);
    }
    return result;
}

} // namespace pivotbench::core::stage
