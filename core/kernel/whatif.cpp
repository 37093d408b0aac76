// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/whatif.h"

#include "core/kernel/table_of.h"
#include "core/kernel/walk.h"

#include <fmt/format.h>
#include <utility>

namespace pivotbench::core::kernel {
namespace {

/// Where a namespace is seen from: the topmost mount of the stack on its root that is the root of a process. So a
/// chroot(2) hides nothing, what is mounted over "/" hides as little as it does for its processes, and after
/// pivot_root(".", "."), which leaves the old root on top, the new one is taken.
Place topOfNamespace(const State &state, MountNamespaceId space)
{
    Place place = rootOf(state, state.mountNamespaces[space].root);
    std::optional<Place> root;
    for (;;) {
        for (std::uint32_t i = 1; i < state.processes.end(); ++i) {
            const Process &process = state.processes[ProcessId{i}];
            if (process.alive && process.space == space && process.root == place)
                root = place;
        }
        const MountId above = mountedOn(state, place);
        if (above == MountId::None)
            return root.value_or(place);
        place = rootOf(state, above);
    }
}

std::string pathInNamespace(const State &state, MountNamespaceId space, Place place)
{
    const std::optional<std::string> path = pathFrom(state, topOfNamespace(state, space), place);
    return path ? *path : "(unreachable)" + pathFromTop(state, place);
}

std::optional<Standing> standingOf(const State &state, ProcessId id)
{
    if (static_cast<std::size_t>(id) >= state.processes.end() || !state.processes[id].alive)
        return std::nullopt;
    const Process &process = state.processes[id];
    return Standing{pathInNamespace(state, process.space, process.root),
                    pathInNamespace(state, process.space, process.cwd)};
}

/// The name that a place of a later state had in this one.
std::string nameBefore(const State &before, Place place)
{
    if (static_cast<std::size_t>(place.mount) >= before.mounts.end() ||
        static_cast<std::size_t>(place.node) >= before.nodes.end())
        return {};
    const MountNamespaceId space = before.mounts[place.mount].space;
    return space == MountNamespaceId::None ? std::string() : pathInNamespace(before, space, place);
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
    for (const auto &[id, view] : m_views)
        out.push_back(view);
    return out;
}

WhatIf::Views WhatIf::views() const
{
    Views out;
    out[m_state.processes[m_machine].space].machine = true;
    for (std::size_t number = 1; number <= m_members.size(); ++number)
        if (isAlive(number))
            out[m_state.processes[m_members[number - 1].id].space].processes.push_back(number);
    for (auto &[id, view] : out) {
        view.id = static_cast<std::uint32_t>(id);
        view.table = std::make_shared<const MountTable>(tableOf(m_state, id, topOfNamespace(m_state, id)));
    }
    return out;
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
    for (const auto &[id, view] : viewsBefore) {
        const auto now = m_views.find(id);
        add(view, now == m_views.end() ? NamespaceView{view.id, false, {}, noMounts} : now->second);
    }
    for (const auto &[id, view] : m_views)
        if (!viewsBefore.contains(id))
            add({view.id, false, {}, noMounts}, view);
    // Namespaces are numbered as they are made, so the new ones are last already.

    for (std::size_t number = 1; number <= m_members.size(); ++number) {
        const ProcessId id = m_members[number - 1].id;
        ProcessRipple change{number, standingOf(before, id), standingOf(m_state, id)};
        if (!change.before && !change.after)
            continue;
        if (change.after)
            change.formerly = {nameBefore(before, m_state.processes[id].root),
                               nameBefore(before, m_state.processes[id].cwd)};
        // pivot_root(2) changes the root of a process, though it is "/" before and after.
        const bool stays = change.before && change.before == change.after &&
                           (change.formerly.root.empty() || change.formerly.root == change.after->root) &&
                           (change.formerly.cwd.empty() || change.formerly.cwd == change.after->cwd);
        if (!stays)
            ripple.processes.push_back(std::move(change));
    }
    return ripple;
}

} // namespace pivotbench::core::kernel
