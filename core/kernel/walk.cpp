// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/walk.h"

#include "core/kernel/tree.h"

#include <algorithm>
#include <ranges>

namespace pivotbench::core::kernel {
namespace {

constexpr int mostLinks = 40;

struct Component {
    std::string name;
    bool slash = false; ///< one follows
};

/// In reverse: the next component is the last.
void pushComponents(std::string_view path, std::vector<Component> &out)
{
    std::vector<Component> components;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t begin = path.find_first_not_of('/', at);
        if (begin == std::string_view::npos)
            break;
        const std::size_t end = std::min(path.find('/', begin), path.size());
        components.push_back({std::string(path.substr(begin, end - begin)), end < path.size()});
        at = end;
    }
    std::ranges::move(components | std::views::reverse, std::back_inserter(out));
}

class Walk {
public:
    Walk(State &state, ProcessId process, const WalkOptions &options)
        : m_state(state)
        , m_process(process)
        , m_root(options.root.value_or(state.processes[process].root))
        , m_options(options)
    {
    }

    Checked<void> start(ProcessId process, std::string_view path)
    {
        if (path.size() > longestPath)
            return refuse(Cause::NameTooLong, std::string(path.substr(0, 60)) + "…");
        if (path.empty() && !m_options.allowEmpty)
            return refuse(Cause::EmptyPath);
        if (path.starts_with('/')) {
            m_at = m_root;
            hop(HopReason::StartAtRoot, "/");
        } else if (m_options.from) {
            m_at = *m_options.from;
            hop(HopReason::StartAtDescriptor, ".");
        } else {
            m_at = m_state.processes[process].cwd;
            hop(HopReason::StartAtCwd, ".");
        }
        m_follow = m_options.followLast;
        m_directory = m_options.directory;
        pushComponents(path, m_todo);
        m_sofar = path.starts_with('/') ? "/" : "";
        return {};
    }

    /// Goes on until `left` components are left, not following links that would be among them.
    Checked<void> go(std::size_t left)
    {
        while (m_todo.size() > left) {
            const Component component = std::move(m_todo.back());
            m_todo.pop_back();
            if (Checked<void> done = step(component); !done)
                return done;
        }
        return {};
    }

    Checked<Place> finish()
    {
        if (m_options.enterLast)
            enterMounts("");
        if (m_directory && kindAt(m_at) != NodeKind::Directory)
            return refuse(Cause::NotADirectory, m_sofar);
        return m_at;
    }

    [[nodiscard]] const std::vector<Component> &todo() const { return m_todo; }
    [[nodiscard]] Place at() const { return m_at; }
    [[nodiscard]] NodeKind kindAt(Place place) const { return m_state.nodes[place.node].kind; }
    [[nodiscard]] const std::string &sofar() const { return m_sofar; }
    [[nodiscard]] bool maySearch() const { return kernel::maySearch(m_state, m_process, m_at.node); }

private:
    void hop(HopReason reason, std::string_view name, std::string detail = {})
    {
        if (m_options.hops)
            m_options.hops->push_back({reason, std::string(name), m_at, std::move(detail)});
    }

    void enterMounts(std::string_view name)
    {
        for (MountId above = mountedOn(m_state, m_at); above != MountId::None; above = mountedOn(m_state, m_at)) {
            m_at = rootOf(m_state, above);
            hop(HopReason::EnteredMount, name);
        }
    }

    Checked<void> step(const Component &component)
    {
        if (kindAt(m_at) != NodeKind::Directory)
            return refuse(Cause::NotADirectory, m_sofar);
        if (!maySearch())
            return refuse(Cause::SearchDenied, m_sofar);
        if (component.name == ".") {
            hop(HopReason::Dot, ".");
            return {};
        }
        if (!m_sofar.empty() && !m_sofar.ends_with('/'))
            m_sofar += '/';
        m_sofar += component.name;
        if (component.name == "..") {
            up();
            enterMounts("..");
            return {};
        }
        if (m_todo.empty() && component.slash)
            m_follow = m_directory = true;
        if (component.name.size() > longestName && !m_state.nodes[m_at.node].removed)
            return refuse(isKernelsOwn(m_state.superblocks[m_state.nodes[m_at.node].superblock]) ? Cause::Unknown
                                                                                                 : Cause::NameTooLong,
                          m_sofar);
        const Checked<NodeId> found = findEntry(m_state, m_at.node, component.name);
        if (!found)
            return refuse(found.error().cause, m_sofar);
        // A whiteout looked at in its own layer is a device; in the overlay it is nothing.
        if (*found == NodeId::None)
            return refuse(Cause::NoSuchEntry, m_sofar);
        const Place before = m_at;
        m_at.node = *found;
        describeName(component.name);
        enterMounts(component.name);
        if (kindAt(m_at) != NodeKind::Link)
            return {};
        if (m_todo.empty() && !m_follow)
            return {};
        return followLink(before, component.name);
    }

    void describeName(const std::string &name)
    {
        if (!m_options.hops)
            return;
        const Node &node = m_state.nodes[m_at.node];
        if (!node.overlay)
            return hop(HopReason::Name, name);
        const NodeId real = node.overlay->layers.front();
        hop(HopReason::OverlayLayer, name,
            (node.overlay->hasUpper ? "upper " : "lower ") + pathInSuperblock(m_state, real));
    }

    void up()
    {
        if (m_at == m_root)
            return hop(HopReason::DotDotAtRoot, "..");
        Place place = m_at;
        bool crossed = false;
        while (place.node == m_state.mounts[place.mount].root) {
            const Mount &mount = m_state.mounts[place.mount];
            if (!isAttached(mount))
                return hop(HopReason::DotDotAtRoot, "..");
            place = {mount.parent, mount.mountPoint};
            crossed = true;
            if (place == m_root)
                return hop(HopReason::DotDotAtRoot, "..");
        }
        m_at = {place.mount, m_state.nodes[place.node].parent};
        hop(crossed ? HopReason::DotDotAtMount : HopReason::DotDot, "..");
    }

    Checked<void> followLink(Place directory, const std::string &name)
    {
        if (++m_links > mostLinks)
            return refuse(Cause::TooManyLinks, m_sofar);
        if (has(m_state.mounts[m_at.mount], flag::noSymFollow))
            return refuse(Cause::LinksForbidden, m_sofar);
        const std::string target = text(m_state, m_state.nodes[m_at.node].target);
        pushComponents(target, m_todo);
        const bool absolute = target.starts_with('/');
        m_at = absolute ? m_root : directory;
        m_sofar =
            absolute ? "/" : m_sofar.substr(0, m_sofar.rfind('/') == std::string::npos ? 0 : m_sofar.rfind('/') + 1);
        hop(absolute ? HopReason::AbsoluteLink : HopReason::RelativeLink, name, target);
        return {};
    }

    State &m_state;
    ProcessId m_process;
    Place m_root;
    const WalkOptions &m_options;
    Place m_at;
    std::vector<Component> m_todo;
    std::string m_sofar;
    bool m_follow = true;
    bool m_directory = false;
    int m_links = 0;
};

} // namespace

Checked<Place> walk(State &state, ProcessId process, std::string_view path, const WalkOptions &options)
{
    Walk walk(state, process, options);
    if (Checked<void> started = walk.start(process, path); !started)
        return std::unexpected(started.error());
    if (Checked<void> done = walk.go(0); !done)
        return std::unexpected(done.error());
    return walk.finish();
}

Checked<LastName> walkToLast(State &state, ProcessId process, std::string_view path)
{
    const WalkOptions options;
    Walk walk(state, process, options);
    if (Checked<void> started = walk.start(process, path); !started)
        return std::unexpected(started.error());
    if (walk.todo().empty())
        return LastName{.directory = walk.at(), .name = "/", .kind = LastName::Kind::Root, .slash = true};
    if (Checked<void> done = walk.go(1); !done)
        return std::unexpected(done.error());
    const Component last = walk.todo().front();
    if (walk.kindAt(walk.at()) != NodeKind::Directory)
        return refuse(Cause::NotADirectory, walk.sofar());
    if (!walk.maySearch())
        return refuse(Cause::SearchDenied, walk.sofar());
    LastName out{.directory = walk.at(), .name = last.name, .slash = last.slash};
    if (last.name == ".")
        out.kind = LastName::Kind::Dot;
    else if (last.name == "..")
        out.kind = LastName::Kind::DotDot;
    return out;
}

namespace {

/// Climbs to `root`, or (without one) to a mount that stands on nothing; false where the climb misses the root.
bool climb(const State &state, const Place *root, Place place, std::string &path)
{
    std::vector<NodeId> nodes;
    while (!root || place != *root) {
        if (place.node == state.mounts[place.mount].root) {
            const Mount &mount = state.mounts[place.mount];
            if (!isAttached(mount)) {
                if (root)
                    return false;
                break;
            }
            place = {mount.parent, mount.mountPoint};
            continue;
        }
        nodes.push_back(place.node);
        place.node = state.nodes[place.node].parent;
    }
    for (const NodeId node : nodes | std::views::reverse)
        (path += '/') += text(state, state.nodes[node].name);
    if (path.empty())
        path = "/";
    return true;
}

} // namespace

bool maySearch(const State &state, ProcessId process, NodeId directory)
{
    return !state.nodes[directory].closed || state.processes[process].capabilities != 0;
}

std::optional<std::string> pathFrom(const State &state, Place root, Place place)
{
    std::string path;
    return climb(state, &root, place, path) ? std::optional(std::move(path)) : std::nullopt;
}

std::string pathFromTop(const State &state, Place place)
{
    std::string path;
    climb(state, nullptr, place, path);
    return state.nodes[place.node].removed ? path + " (deleted)" : path;
}

} // namespace pivotbench::core::kernel
