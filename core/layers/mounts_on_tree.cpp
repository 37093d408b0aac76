// SPDX-License-Identifier: Apache-2.0
#include "core/layers/mounts_on_tree.h"

#include "core/base/text.h"
#include "core/spec/mount_options.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace pivotbench::core {
namespace {

constexpr int mostLinks = 40; ///< as MAXSYMLINKS of the kernel

bool liesIn(std::string_view path, std::string_view directory)
{
    if (directory == "/")
        return path.size() > 1;
    return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool isAtOrIn(std::string_view path, std::string_view directory)
{
    return path == directory || liesIn(path, directory);
}

std::string below(const std::string &directory, std::string_view name)
{
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

TreeMountKind kindOf(const MountSpec &mount, const std::optional<MountOptions> &options)
{
    if (mount.type == "bind" || (options && options->bind && (mount.type.empty() || mount.type == "none")))
        return TreeMountKind::Bind;
    static const std::map<std::string_view, TreeMountKind> kinds = {
        {"tmpfs", TreeMountKind::Tmpfs},   {"proc", TreeMountKind::Proc},         {"sysfs", TreeMountKind::Sysfs},
        {"devpts", TreeMountKind::Devpts}, {"devtmpfs", TreeMountKind::Devtmpfs}, {"mqueue", TreeMountKind::Mqueue},
        {"cgroup", TreeMountKind::Cgroup}, {"cgroup2", TreeMountKind::Cgroup},    {"overlay", TreeMountKind::Overlay},
    };
    const auto found = kinds.find(mount.type);
    return found == kinds.end() ? TreeMountKind::Other : found->second;
}

/// Finds the place of one mount among those that were made before it.
class Resolver {
public:
    Resolver(const std::vector<PlacedMount> &before, const PlaceQuestion &ask)
        : m_before(before)
        , m_ask(ask)
    {
    }

    void place(PlacedMount &placed)
    {
        push(placed.mount.destination);
        std::string at = "/";
        while (!m_left.empty()) {
            const std::string name = std::move(m_left.back());
            m_left.pop_back();
            if (name == "..") {
                at = at.substr(0, std::max<std::size_t>(at.rfind('/'), 1));
                continue;
            }
            if (!step(at, name, placed))
                return;
        }
        placed.path = at;
    }

private:
    /// The components, to be taken from the back.
    void push(std::string_view path)
    {
        const std::vector<std::string_view> parts = split(path, '/');
        for (auto part = parts.rbegin(); part != parts.rend(); ++part)
            if (!part->empty() && *part != ".")
                m_left.emplace_back(*part);
    }

    bool broken(PlacedMount &placed, const std::string &at, std::string why) const
    {
        placed.place = PlacedMount::Place::Broken;
        placed.trouble = std::move(why);
        placed.path = at;
        return false;
    }

    bool step(std::string &at, const std::string &name, PlacedMount &placed)
    {
        const std::string next = below(at, name);
        if (placed.place != PlacedMount::Place::Exists) { // in a directory that is made, or in the unknown
            at = next;
            return true;
        }
        const PlaceAnswer answer = look(next);
        switch (answer.is) {
        case PlaceAnswer::Is::Absent:
            placed.place = PlacedMount::Place::Created;
            placed.firstCreated = next;
            break;
        case PlaceAnswer::Is::Unknown: placed.place = PlacedMount::Place::Unknown; break;
        case PlaceAnswer::Is::Other:
            if (!m_left.empty())
                return broken(placed, next, fmt::format("{} is not a directory", printable(next)));
            break;
        case PlaceAnswer::Is::Directory: break;
        case PlaceAnswer::Is::Link:
            if (++m_links > mostLinks)
                return broken(placed, next, "too many symbolic links");
            if (answer.target.empty())
                return broken(placed, next, fmt::format("the link {} cannot be read", printable(next)));
            push(answer.target);
            if (answer.target.starts_with('/'))
                at = "/";
            return true;
        }
        at = next;
        return true;
    }

    PlaceAnswer look(const std::string &path) const
    {
        const std::size_t on = mountCovering(m_before, path);
        if (on != PlacedMount::none) {
            const PlacedMount &mount = m_before[on];
            if (path == mount.path) // a mount point is there, and a directory as far as anybody needs to know
                return {PlaceAnswer::Is::Directory, {}};
            if (const std::optional<PlaceAnswer> made = amongMade(path, on))
                return *made;
            return m_ask(&mount.mount, mount.path == "/" ? path : path.substr(mount.path.size()));
        }
        if (const std::optional<PlaceAnswer> made = amongMade(path, on))
            return *made;
        return m_ask(nullptr, path);
    }

    /// A directory that was made for an earlier mount.
    std::optional<PlaceAnswer> amongMade(const std::string &path, std::size_t on) const
    {
        for (const PlacedMount &mount : m_before)
            if (mount.place == PlacedMount::Place::Created && mount.standsOn == on && isAtOrIn(mount.path, path) &&
                isAtOrIn(path, mount.firstCreated))
                return PlaceAnswer{PlaceAnswer::Is::Directory, {}};
        return std::nullopt;
    }

    const std::vector<PlacedMount> &m_before;
    const PlaceQuestion &m_ask;
    std::vector<std::string> m_left;
    int m_links = 0;
};

std::string labelOf(const MountSpec &mount, TreeMountKind kind)
{
    return kind == TreeMountKind::Bind ? fmt::format("bind of {}", mount.source)
                                       : (mount.type.empty() ? std::string("mount") : mount.type);
}

} // namespace

std::string_view treeMountWord(TreeMountKind kind)
{
    switch (kind) {
    case TreeMountKind::Bind: return "bind";
    case TreeMountKind::Tmpfs: return "tmpfs";
    case TreeMountKind::Proc: return "proc";
    case TreeMountKind::Sysfs: return "sysfs";
    case TreeMountKind::Devpts: return "devpts";
    case TreeMountKind::Devtmpfs: return "devtmpfs";
    case TreeMountKind::Mqueue: return "mqueue";
    case TreeMountKind::Cgroup: return "cgroup";
    case TreeMountKind::Overlay: return "overlay";
    case TreeMountKind::Other: return "mount";
    }
    return "mount";
}

std::vector<TreeMount> treeMounts(const std::vector<MountSpec> &mounts)
{
    std::vector<TreeMount> out;
    out.reserve(mounts.size());
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const MountSpec &mount = mounts[i];
        // Words that contradict each other are validation's to report; what is clear is shown.
        const Result<MountOptions> parsed = parseMountOptions(mount.options);
        const std::optional<MountOptions> options = parsed ? std::optional(*parsed) : std::nullopt;
        TreeMount made;
        made.destination = mount.destination;
        made.kind = kindOf(mount, options);
        made.label = labelOf(mount, made.kind);
        made.source = mount.source;
        made.specIndex = i;
        if (options) {
            made.readOnly = ((options->attributes.set | options->recursiveAttributes.set) & mount_attr::readOnly) != 0;
            made.recursive = options->recursiveBind;
            if (options->propagation)
                made.propagation = (options->propagation->recursive ? "r" : "") +
                                   std::string(propagationWord(options->propagation->propagation));
        }
        out.push_back(std::move(made));
    }
    return out;
}

std::vector<PlacedMount> placeMounts(std::vector<TreeMount> mounts, const PlaceQuestion &ask)
{
    std::vector<PlacedMount> placed;
    placed.reserve(mounts.size());
    for (TreeMount &mount : mounts) {
        PlacedMount now;
        now.mount = std::move(mount);
        Resolver(placed, ask).place(now);
        if (now.place != PlacedMount::Place::Broken) {
            now.standsOn = mountCovering(placed, now.path);
            for (PlacedMount &earlier : placed)
                if (earlier.shadowedBy == PlacedMount::none && earlier.place != PlacedMount::Place::Broken &&
                    isAtOrIn(earlier.path, now.path))
                    earlier.shadowedBy = placed.size();
        }
        placed.push_back(std::move(now));
    }
    return placed;
}

std::size_t mountCovering(const std::vector<PlacedMount> &mounts, std::string_view path)
{
    std::size_t best = PlacedMount::none;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const PlacedMount &mount = mounts[i];
        if (mount.shadowedBy == PlacedMount::none && mount.place != PlacedMount::Place::Broken &&
            isAtOrIn(path, mount.path) && (best == PlacedMount::none || mount.path.size() >= mounts[best].path.size()))
            best = i;
    }
    return best;
}

std::vector<MountName> mountNames(const std::vector<PlacedMount> &mounts, std::string_view directory)
{
    std::map<std::string, MountName, std::less<>> names;
    const std::size_t on = mountCovering(mounts, directory);
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const PlacedMount &mount = mounts[i];
        if (!liesIn(mount.path, directory))
            continue;
        const std::string_view rest = std::string_view(mount.path).substr(directory == "/" ? 1 : directory.size() + 1);
        const std::string_view first = rest.substr(0, rest.find('/'));
        const bool exactly = first.size() == rest.size();
        const bool shadowed = mount.shadowedBy != PlacedMount::none;
        // What lies in a hidden directory has no place in the tree that could be shown, but on the mount that hides it.
        if (!exactly && shadowed)
            continue;
        MountName &name = names.try_emplace(std::string(first)).first->second;
        name.name = first;
        const bool broken = mount.place == PlacedMount::Place::Broken;
        if (exactly && (shadowed || broken))
            name.shadowed.push_back(i);
        else if (exactly)
            name.visible = i;
        else if (!broken)
            name.leadsToMount = true;
    }
    std::vector<MountName> out;
    for (auto &[key, name] : names) {
        const std::string here = below(std::string(directory), key);
        name.created = std::ranges::any_of(mounts, [&](const PlacedMount &mount) {
            return mount.place == PlacedMount::Place::Created && mount.standsOn == on && isAtOrIn(mount.path, here) &&
                   isAtOrIn(here, mount.firstCreated);
        });
        out.push_back(std::move(name));
    }
    return out;
}

} // namespace pivotbench::core
