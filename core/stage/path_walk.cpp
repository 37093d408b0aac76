// SPDX-License-Identifier: Apache-2.0
#include "core/stage/path_walk.h"

#include "core/base/text.h"
#include "core/kernel/from_frame.h"

#include <cstring>
#include <fmt/format.h>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

using kernel::Hop;
using kernel::HopReason;

std::string sentenceOf(const Hop &hop)
{
    const std::string name = printable(hop.name);
    const std::string detail = printable(hop.detail);
    switch (hop.reason) {
    case HopReason::StartAtRoot: return "The path is absolute: it begins at the root of the process.";
    case HopReason::StartAtCwd: return "The path is relative: it begins at the working directory.";
    case HopReason::StartAtDescriptor: return "The path begins at a directory that is open.";
    case HopReason::Name: return fmt::format("\"{}\" is an entry of this directory.", name);
    case HopReason::OverlayLayer:
        return fmt::format("\"{}\" is an entry of this directory; the overlay takes it from {}.", name, detail);
    case HopReason::EnteredMount: return "Something is mounted here: the walk goes on at the root of that mount.";
    case HopReason::Dot: return "\".\" stays.";
    case HopReason::DotDot: return "\"..\" goes to the directory above.";
    case HopReason::DotDotAtRoot: return "\"..\" at the root of the process stays there.";
    case HopReason::DotDotAtMount: return "\"..\" at the root of a mount goes to the directory above its mount point.";
    case HopReason::RelativeLink:
        return fmt::format("\"{}\" is a link to \"{}\", which is looked up from here.", name, detail);
    case HopReason::AbsoluteLink:
        return fmt::format("\"{}\" is a link to \"{}\": it begins anew at the root of the process.", name, detail);
    }
    return {};
}

} // namespace

PathWalk walkPath(const Recording &recording, const Moment &moment, std::string_view path,
                  std::shared_ptr<const kernel::HostTree> files)
{
    std::unordered_map<std::uint64_t, MountKey> keys;
    for (const StoryMount &mount : moment.world(moment.side)->mounts)
        keys.emplace(mount.row->id, mount.key);

    kernel::Machine machine = kernel::machineOfFrame(recording, moment.frame, std::move(files));
    std::vector<Hop> hops;
    const kernel::Checked<kernel::Place> end = kernel::walk(machine.state, machine.reader, path, {.hops = &hops});
    PathWalk result;
    for (const Hop &hop : hops) {
        const auto key = keys.find(machine.state.mounts[hop.place.mount].tableId);
        result.hops.push_back({.reason = hop.reason,
                               .mount = key == keys.end() ? 0 : key->second,
                               .path = printable(kernel::pathFromTop(machine.state, hop.place)),
                               .sentence = sentenceOf(hop)});
    }
    result.found = end.has_value();
    if (end) {
        result.outcome = fmt::format("It leads to {}.", printable(kernel::pathFromTop(machine.state, *end)));
    } else {
        const kernel::CauseText &cause = kernel::textOf(end.error().cause);
        result.outcome = end.error().cause == kernel::Cause::Unknown
                             ? std::string("The model cannot tell how it goes on from here.")
                             : fmt::format("It fails: {} ({}).", cause.when, std::strerror(cause.errnum));
    }
    return result;
}

} // namespace pivotbench::core::stage
