// SPDX-License-Identifier: Apache-2.0
#include "model_run.h"

#include "core/kernel/mount_tree.h"
#include "core/kernel/table_of.h"
#include "core/kernel/tree.h"
#include "core/kernel/walk.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <sys/sysmacros.h>
#include <tuple>

namespace pivotbench::test {

using namespace kernel;

ModelWorld modelWorld(bool userNamespace)
{
    ModelWorld world;
    State &state = world.state;
    UserNamespaceId user = state.userNamespaces.add({});
    if (userNamespace)
        user = state.userNamespaces.add({.parent = user, .level = 1, .owner = 1000});
    const auto other = [&] { return state.otherNamespaces.add({.owner = user}); };
    // Below everything lies the root that the machine began with, which nobody sees.
    const SuperblockId rootfs = addSuperblock(state, "rootfs", UserNamespaceId{1});
    const MountId bottom = addMount(state, rootfs, state.superblocks[rootfs].root, 0, "rootfs");
    const MountNamespaceId space = state.mountNamespaces.add({.owner = user, .root = bottom});
    const SuperblockId tmpfs = addSuperblock(state, "tmpfs", user);
    const MountId root = addMount(state, tmpfs, state.superblocks[tmpfs].root,
                                  flag::relAtime | (userNamespace ? flag::locked : 0), "world");
    attach(state, root, rootOf(state, bottom));
    // In a user namespace the flags of proc and sysfs come from those that made the new ones possible.
    const std::uint32_t flags = flag::relAtime | (userNamespace ? flag::lockAtime : 0);
    OtherNamespaceId spaces[2];
    std::size_t i = 0;
    for (const auto &[name, type] : {std::pair("proc", "proc"), std::pair("sys", "sysfs")}) {
        const NodeId directory = addEntry(state, state.superblocks[tmpfs].root, name, NodeKind::Directory);
        const bool isProc = type == std::string_view("proc");
        const SuperblockId superblock = addSuperblock(state, type, isProc ? user : UserNamespaceId{1});
        state.nodes.edit(state.superblocks[superblock].root).unexplored = true;
        if (isProc)
            state.superblocks.edit(superblock).stackDepth = 2;
        const std::string_view known[2] = {isProc ? "sys" : "fs", isProc ? "irq" : "kernel"};
        for (const std::string_view entry : known)
            state.nodes.edit(addEntry(state, state.superblocks[superblock].root, entry, NodeKind::Directory))
                .unexplored = true;
        attach(state, addMount(state, superblock, state.superblocks[superblock].root, flags, type), {root, directory});
        // The arena has a mount of it, too.
        const MountId elsewhere = addMount(state, superblock, state.superblocks[superblock].root, flags, type);
        enterNamespace(state, elsewhere, state.mountNamespaces.add({.owner = user, .root = elsewhere}));
        spaces[i] = other();
        state.otherNamespaces.edit(spaces[i++]).filesystem = superblock;
    }
    enterNamespace(state, bottom, space);
    world.workers.push_back(state.processes.add({.user = user,
                                                 .capabilities = capability::all,
                                                 .uid = userNamespace ? 1000u : 0u,
                                                 .space = space,
                                                 .pid = spaces[0],
                                                 .pidForChildren = spaces[0],
                                                 .network = spaces[1],
                                                 .ipc = other(),
                                                 .cgroup = other(),
                                                 .root = rootOf(state, root),
                                                 .cwd = rootOf(state, root)}));
    for (const Call &call : prelude(userNamespace))
        (void)kernel::perform(state, world.workers.front(), call);
    const Checked<NodeId> program = findEntry(state, state.superblocks[tmpfs].root, programPath + 1);
    state.nodes.edit(*program).program = true;
    return world;
}

Checked<void> perform(ModelWorld &world, const Act &act)
{
    Checked<void> done = kernel::perform(world.state, world.workers[act.worker], act.call);
    if (done && std::holds_alternative<CloneCall>(act.call))
        world.workers.push_back(ProcessId{static_cast<std::uint32_t>(world.state.processes.end() - 1)});
    return done;
}

bool isOutOfBounds(const ModelWorld &before, const ModelWorld &after, const Checked<void> &outcome)
{
    if (!outcome)
        return outcome.error().cause == Cause::Unknown;
    // Superblocks that outlive the scenario keep their flags, and nobody stands on the machine's own root.
    for (std::uint32_t i = 1; i < before.state.superblocks.end(); ++i) {
        const Superblock &superblock = after.state.superblocks[SuperblockId{i}];
        if (superblock.readOnly != before.state.superblocks[SuperblockId{i}].readOnly && superblock.type != "tmpfs" &&
            superblock.type != "overlay")
            return true;
    }
    for (const ProcessId worker : after.workers)
        for (const Place place : {after.state.processes[worker].root, after.state.processes[worker].cwd})
            if (after.state.superblocks[after.state.mounts[place.mount].superblock].type == "rootfs")
                return true;
    return false;
}

void Coverage::count(const Call &call, const Checked<void> &outcome)
{
    ++acts;
    ++(outcome ? done : refused)[callName(call)];
    if (!outcome)
        ++causes[outcome.error().cause];
}

namespace {

/// Which of the kernel's numbers stands for which of the model's, both ways.
template <typename A, typename B> class Renaming {
public:
    bool same(A a, B b)
    {
        const auto forward = m_forward.try_emplace(a, b).first;
        const auto backward = m_backward.try_emplace(b, a).first;
        return forward->second == b && backward->second == a;
    }
    std::optional<B> of(A a) const
    {
        const auto found = m_forward.find(a);
        return found == m_forward.end() ? std::nullopt : std::optional(found->second);
    }

    template <typename Predicate> void forgetUnless(const Predicate &kept)
    {
        std::erase_if(m_forward, [&](const auto &pair) { return !kept(pair.second); });
        std::erase_if(m_backward, [&](const auto &pair) { return !kept(pair.first); });
    }

private:
    std::map<A, B> m_forward;
    std::map<B, A> m_backward;
};

class Comparison {
public:
    /// Nodes keep their names for the whole scenario, mounts and groups for one look.
    std::optional<std::string> look(ModelWorld &world, const std::vector<SeenWorker> &seen,
                                    const std::vector<std::string> &samples, Coverage &coverage)
    {
        m_mounts = {};
        m_groups = {};
        m_devices.clear();
        std::set<std::size_t> alive;
        for (const SeenWorker &worker : seen)
            alive.insert(worker.worker);
        for (std::size_t worker = 0; worker < world.workers.size(); ++worker)
            if (alive.contains(worker) != world.state.processes[world.workers[worker]].alive)
                return fmt::format("worker {} has {}ended", worker, alive.contains(worker) ? "not " : "");
        for (const SeenWorker &worker : seen) {
            ++coverage.tables;
            if (auto text = table(world.state, world.workers[worker.worker], worker.mountinfo))
                return fmt::format("worker {}: {}", worker.worker, *text);
        }
        for (const SeenWorker &worker : seen) {
            const Process process = world.state.processes[world.workers[worker.worker]];
            const auto at = [&](const char *what, const SeenPlace &place, const Checked<Place> &model) {
                auto text = samePlace(world.state, place, model);
                return text ? std::optional(fmt::format("worker {}: {}: {}", worker.worker, what, *text))
                            : std::nullopt;
            };
            if (auto text = at("root", worker.root, process.root))
                return text;
            if (auto text = at("cwd", worker.cwd, process.cwd))
                return text;
            for (std::size_t i = 0; i < samples.size(); ++i) {
                const Checked<Place> model = walk(world.state, world.workers[worker.worker], samples[i], {});
                if (!model && model.error().cause == Cause::Unknown)
                    continue;
                ++coverage.samples;
                if (auto text = at(samples[i].c_str(), worker.samples[i], model))
                    return text;
            }
        }
        // The number of a device that nothing shows any more may be given to another one.
        m_nodes.forgetUnless([this](const auto &seenNode) { return m_devices.contains(seenNode.first); });
        return std::nullopt;
    }

private:
    static std::string rowText(const core::MountEntry &row) { return core::formatMountinfoLine(row); }

    std::optional<std::string> table(const State &state, ProcessId process, const std::string &mountinfo)
    {
        const core::Result<std::vector<core::MountEntry>> parsed = core::parseMountinfo(mountinfo);
        if (!parsed)
            return "unreadable mountinfo";
        std::vector<core::MountEntry> model = tableOf(state, process);
        const auto both = [&](const std::string &why) {
            std::string text = why + "\n  model:\n";
            for (const core::MountEntry &row : model)
                text += "    " + rowText(row) + "\n";
            return text + "  kernel:\n" + mountinfo;
        };
        // Top down: a row is known by its parent and its mount point.
        std::map<std::pair<std::uint64_t, std::string>, const core::MountEntry *> expected;
        std::set<std::uint64_t> modelIds;
        for (const core::MountEntry &row : model)
            modelIds.insert(row.id);
        for (const core::MountEntry &row : model)
            if (!expected
                     .emplace(std::pair(modelIds.contains(row.parentId) && row.parentId != row.id ? row.parentId : 0,
                                        row.mountPoint),
                              &row)
                     .second)
                return both("two rows of the model on one place");
        if (parsed->size() != model.size())
            return both("another number of mounts");
        std::map<std::uint64_t, const core::MountEntry *> kernelRows;
        for (const core::MountEntry &row : *parsed)
            kernelRows.emplace(row.id, &row);
        for (const core::MountEntry &row : *parsed)
            m_devices.insert(makedev(row.deviceMajor, row.deviceMinor));
        std::map<std::uint64_t, std::uint64_t> known; // kernel id to model id
        std::size_t before = 0;
        do {
            before = known.size();
            for (const core::MountEntry &row : *parsed) {
                if (known.contains(row.id))
                    continue;
                std::uint64_t parent = 0;
                if (kernelRows.contains(row.parentId) && row.parentId != row.id) {
                    if (!known.contains(row.parentId))
                        continue;
                    parent = known[row.parentId];
                }
                const auto found = expected.find({parent, row.mountPoint});
                if (found == expected.end())
                    return both("the model does not have: " + rowText(row));
                if (auto why = sameRow(*found->second, row))
                    return both(*why + ": " + rowText(row));
                known[row.id] = found->second->id;
            }
        } while (known.size() != before);
        return known.size() == model.size() ? std::nullopt : std::optional(both("rows without place"));
    }

    std::optional<std::string> sameRow(const core::MountEntry &model, const core::MountEntry &kernel)
    {
        const auto sameGroup = [&](std::uint64_t a, std::uint64_t b) {
            return a == 0 || b == 0 ? a == b : m_groups.same(a, b);
        };
        if (!m_mounts.same(model.id, kernel.id))
            return "another mount than in another namespace";
        if (model.root != kernel.root)
            return "another root, " + model.root;
        if (model.options != kernel.options)
            return "other options, " + model.options;
        if (model.type != kernel.type || model.source != kernel.source)
            return "another filesystem";
        if (model.superOptions.substr(0, 2) != kernel.superOptions.substr(0, 2))
            return "another superblock, " + model.superOptions;
        if (!sameGroup(model.peerGroup, kernel.peerGroup) || !sameGroup(model.master, kernel.master) ||
            !sameGroup(model.propagateFrom, kernel.propagateFrom) || model.unbindable != kernel.unbindable)
            return "another propagation";
        return std::nullopt;
    }

    /// Below its root, proc gives an entry a new number whenever it has forgotten the old one; so does an overlay whose
    /// layers lie on several filesystems (Documentation/filesystems/overlayfs.rst, "Inode properties").
    static bool renumbers(const State &state, const Superblock &superblock)
    {
        if (!superblock.overlay)
            return superblock.type == "proc";
        const auto elsewhere = [&](NodeId layer) {
            return state.nodes[layer].superblock != state.nodes[superblock.overlay->lowers.front()].superblock;
        };
        return std::ranges::any_of(superblock.overlay->lowers, elsewhere) ||
               (superblock.overlay->upper != NodeId::None && elsewhere(superblock.overlay->upper));
    }

    std::optional<std::string> samePlace(const State &state, const SeenPlace &kernel, const Checked<Place> &model)
    {
        const int expected = model ? 0 : model.error().errnum();
        if (kernel.errnum != expected)
            return fmt::format("the kernel says \"{}\", the model \"{}\"", std::strerror(kernel.errnum),
                               std::strerror(expected));
        if (!model)
            return std::nullopt;
        m_devices.insert(kernel.device);
        const std::string where = fmt::format("mount {} {} node {}", static_cast<int>(model->mount),
                                              state.superblocks[state.nodes[model->node].superblock].type,
                                              pathInSuperblock(state, model->node));
        if (const std::optional<std::uint64_t> id = m_mounts.of(static_cast<std::uint64_t>(model->mount));
            id && *id != kernel.mountId)
            return fmt::format("on another mount; the model: {}, the kernel: mount {} inode {}", where, kernel.mountId,
                               kernel.inode);
        const Superblock &superblock = state.superblocks[state.nodes[model->node].superblock];
        if (model->node != superblock.root && renumbers(state, superblock))
            return std::nullopt;
        if (!m_nodes.same(model->node, {kernel.device, kernel.inode}))
            return fmt::format("another directory; the model: {}, the kernel: mount {} inode {}", where, kernel.mountId,
                               kernel.inode);
        return std::nullopt;
    }

    Renaming<std::uint64_t, std::uint64_t> m_mounts;
    Renaming<std::uint64_t, std::uint64_t> m_groups;
    Renaming<NodeId, std::pair<std::uint64_t, std::uint64_t>> m_nodes;
    std::set<std::uint64_t> m_devices;
};

} // namespace

std::optional<Disagreement> compare(const Scenario &scenario, Coverage &coverage)
{
    ModelWorld world = modelWorld(scenario.userNamespace);
    RealKernel kernel(scenario);
    Comparison comparison;
    if (auto text = comparison.look(world, kernel.look().workers, scenario.samples, coverage))
        return Disagreement{scenario.acts.size(), "before the first act: " + *text};
    for (std::size_t i = 0; i < scenario.acts.size(); ++i) {
        const Act &act = scenario.acts[i];
        if (act.worker >= world.workers.size() || !world.state.processes[world.workers[act.worker]].alive)
            continue;
        if (const auto *setns = std::get_if<SetnsCall>(&act.call);
            setns &&
            (static_cast<std::size_t>(setns->of) > world.workers.size() || !world.state.processes[setns->of].alive))
            continue;
        if (std::holds_alternative<CloneCall>(act.call) && world.workers.size() == mostWorkers)
            continue;
        ModelWorld next = world;
        const Checked<void> outcome = perform(next, act);
        if (isOutOfBounds(world, next, outcome))
            continue;
        world = std::move(next);
        coverage.count(act.call, outcome);
        const SeenAct seen = kernel.act(i);
        const int expected = outcome ? 0 : outcome.error().errnum();
        if (seen.errnum != expected)
            return Disagreement{i,
                                fmt::format("worker {}: {}: the kernel says \"{}\", the model \"{}\"{}", act.worker,
                                            describe(act.call), std::strerror(seen.errnum), std::strerror(expected),
                                            outcome ? "" : fmt::format(" ({})", textOf(outcome.error().cause).when))};
        if (auto text = comparison.look(world, seen.workers, scenario.samples, coverage))
            return Disagreement{i, fmt::format("after worker {}: {}: {}", act.worker, describe(act.call), *text)};
    }
    return std::nullopt;
}

Scenario shrink(Scenario scenario)
{
    Coverage ignored;
    const std::optional<Disagreement> first = compare(scenario, ignored);
    if (!first)
        return scenario;
    if (first->act < scenario.acts.size())
        scenario.acts.resize(first->act + 1);
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (std::size_t i = scenario.acts.size(); i-- > 0;) {
            Scenario without = scenario;
            without.acts.erase(without.acts.begin() + static_cast<std::ptrdiff_t>(i));
            if (const auto found = compare(without, ignored)) {
                if (found->act < without.acts.size())
                    without.acts.resize(found->act + 1);
                scenario = std::move(without);
                shorter = true;
                break;
            }
        }
    }
    return scenario;
}

} // namespace pivotbench::test
