// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/whatif.h"

#include "core/kernel/table_of.h"
#include "core/kernel/walk.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pivotbench::core::kernel {
namespace {

/// Where a namespace is seen from: the topmost mount of the stack on its root that is the root of a process. So a
/// chroot(2) hides nothing, what is mounted over "/" hides as little as it does for its processes, and after
/// pivot_root(".", "."), which leaves the old root on top, the new one is taken.
Place topOfNamespace(const State &state, MountNamespaceId space, const std::vector<Place> &roots)
{
    Place place = rootOf(state, state.mountNamespaces[space].root);
    std::optional<Place> root;
    for (;;) {
        if (std::ranges::find(roots, place) != roots.end())
            root = place;
        const MountId above = mountedOn(state, place);
        if (above == MountId::None)
            return root.value_or(place);
        place = rootOf(state, above);
    }
}

std::string nameFrom(const State &state, Place top, Place place)
{
    const std::optional<std::string> path = pathFrom(state, top, place);
    return path ? *path : "(unreachable)" + pathFromTop(state, place);
}

} // namespace

WhatIf::WhatIf(Machine machine)
    : m_state(std::move(machine.state))
    , m_members({{machine.reader, 0}})
{
    Process rest = m_state.processes[machine.reader];
    rest.capabilities = capability::all;
    m_machine = m_state.processes.add(std::move(rest));
    m_views = views();
}

Checked<void> WhatIf::shareAll()
{
    Checked<void> done = perform(m_state, m_machine, MountCall{.target = "/", .flags = ms::shared | ms::recursive});
    m_views = views();
    return done;
}

Checked<void> WhatIf::enterUserNamespace()
{
    const ProcessId first = m_members.front().id;
    Checked<void> done = perform(m_state, first, UnshareCall{{.user = true, .mount = true}});
    if (done)
        done = perform(m_state, first, MountCall{.target = "/", .flags = ms::isPrivate | ms::recursive});
    m_views = views();
    return done;
}

bool WhatIf::isAlive(std::size_t number) const
{
    return number >= 1 && number <= m_members.size() && m_state.processes[m_members[number - 1].id].alive;
}

Result<Effect> WhatIf::run(const WhatIfOperation &operation)
{
    if (const auto *to = std::get_if<SwitchProcess>(&operation.what)) {
        if (!isAlive(to->number))
            return failure("arguments",
                           to->number > m_members.size() ? fmt::format("there is no process {}", to->number)
                                                         : fmt::format("process {} has ended", to->number),
                           {}, "\"clone\" makes one");
        return Effect{.process = std::exchange(m_current, to->number), .refusal = {}, .ripple = {}};
    }
    if (m_current == 0)
        return failure("arguments", "every process has ended", {},
                       "\"exit\" goes back to the parent, and the first process has none");
    const Call &call = std::get<Call>(operation.what);
    const State before = m_state;
    Effect effect{.process = m_current, .refusal = {}, .ripple = {}};
    const Checked<void> done = perform(m_state, m_members[m_current - 1].id, call);
    if (!done) {
        effect.refusal = done.error();
        return effect;
    }
    if (std::holds_alternative<CloneCall>(call)) {
        m_members.push_back({ProcessId{static_cast<std::uint32_t>(m_state.processes.end() - 1)}, m_current});
        m_current = m_members.size();
    }
    // As in a shell: its parent goes on, or who is left of those before.
    while (m_current != 0 && !isAlive(m_current))
        m_current = m_members[m_current - 1].parent;
    const Views viewsBefore = std::move(m_views);
    m_views = views();
    effect.ripple = rippleFrom(before, viewsBefore);
    return effect;
}

std::vector<NamespaceView> WhatIf::namespaces() const
{
    std::vector<NamespaceView> out;
    for (const auto &[id, view] : m_views.namespaces)
        out.push_back(view);
    return out;
}

WhatIf::Views WhatIf::views() const
{
    Views out;
    std::map<MountNamespaceId, std::vector<Place>> roots;
    const Process &machine = m_state.processes[m_machine];
    out.namespaces[machine.space].machine = true;
    roots[machine.space].push_back(machine.root);
    for (std::size_t number = 1; number <= m_members.size(); ++number)
        if (isAlive(number)) {
            const Process &process = m_state.processes[m_members[number - 1].id];
            out.namespaces[process.space].processes.push_back(number);
            if (std::vector<Place> &known = roots[process.space]; std::ranges::find(known, process.root) == known.end())
                known.push_back(process.root);
        }
    for (auto &[id, view] : out.namespaces) {
        const Place top = topOfNamespace(m_state, id, roots[id]);
        out.tops[id] = top;
        view.id = static_cast<std::uint32_t>(id);
        view.table = std::make_shared<const MountTable>(tableOf(m_state, id, top));
        for (const std::size_t number : view.processes) {
            const Process &process = m_state.processes[m_members[number - 1].id];
            out.standings[number] = {nameFrom(m_state, top, process.root), nameFrom(m_state, top, process.cwd)};
        }
    }
    return out;
}

std::string WhatIf::nameBefore(const State &before, const Views &viewsBefore, Place place)
{
    if (static_cast<std::size_t>(place.mount) >= before.mounts.end() ||
        static_cast<std::size_t>(place.node) >= before.nodes.end())
        return {};
    const auto top = viewsBefore.tops.find(before.mounts[place.mount].space);
    return top == viewsBefore.tops.end() ? std::string() : nameFrom(before, top->second, place);
}

Ripple WhatIf::rippleFrom(const State &before, const Views &viewsBefore) const
{
    static const auto noMounts = std::make_shared<const MountTable>();
    Ripple ripple;
    const auto add = [&](const NamespaceView &from, const NamespaceView &to) {
        NamespaceRipple change{from, to, diffTables(*from.table, *to.table)};
        if (!change.diff.empty())
            ripple.namespaces.push_back(std::move(change));
    };
    for (const auto &[id, view] : viewsBefore.namespaces) {
        const auto now = m_views.namespaces.find(id);
        add(view, now == m_views.namespaces.end() ? NamespaceView{view.id, false, {}, noMounts} : now->second);
    }
    // Namespaces are numbered as they are made: the new ones are last.
    for (const auto &[id, view] : m_views.namespaces)
        if (!viewsBefore.namespaces.contains(id))
            add({view.id, false, {}, noMounts}, view);

    for (const auto &[number, standing] : m_views.standings) {
        const Process &process = m_state.processes[m_members[number - 1].id];
        const auto old = viewsBefore.standings.find(number);
        if (old == viewsBefore.standings.end()) {
            ripple.processes.push_back({number, std::nullopt, standing});
            continue;
        }
        const Standing formerly{nameBefore(before, viewsBefore, process.root),
                                nameBefore(before, viewsBefore, process.cwd)};
        // pivot_root(2) changes the root of a process, though it is "/" before and after.
        if (old->second != standing || (!formerly.root.empty() && formerly.root != standing.root) ||
            (!formerly.cwd.empty() && formerly.cwd != standing.cwd))
            ripple.processes.push_back({number, old->second, standing, formerly});
    }
    for (const auto &[number, standing] : viewsBefore.standings)
        if (!m_views.standings.contains(number))
            ripple.processes.push_back({number, standing, std::nullopt});
    return ripple;
}

} // namespace pivotbench::core::kernel
