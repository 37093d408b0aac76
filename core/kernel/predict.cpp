// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/predict.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/kernel/call.h"
#include "core/kernel/host_files.h"
#include "core/kernel/mount_tree.h"
#include "core/kernel/table_of.h"
#include "core/kernel/tree.h"
#include "core/kernel/walk.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace pivotbench::core::kernel {
namespace {

constexpr std::uint32_t overflowId = 65534;

// Descriptors of the model's builder.
constexpr int treeDescriptor = 1;   ///< a detached mount, until it is attached; then that mount
constexpr int targetDescriptor = 2; ///< where it goes
constexpr int emptyDescriptor = 3;  ///< the tmpfs that masks directories
constexpr int nullDescriptor = 4;   ///< the device that masks files

enum class Done { Yes, Skipped };
using Stepped = Checked<Done>;

std::uint64_t propagationFlag(Propagation propagation)
{
    switch (propagation) {
    case Propagation::Shared: return ms::shared;
    case Propagation::Slave: return ms::slave;
    case Propagation::Private: return ms::isPrivate;
    case Propagation::Unbindable: return ms::unbindable;
    }
    return 0;
}

bool isMissing(Cause cause) { return cause == Cause::NoSuchEntry || cause == Cause::NotADirectory; }

class Predictor {
public:
    Predictor(const Plan &plan, const HostFacts &facts, Machine machine, TablesIn tables, Machines machines)
        : m_plan(plan)
        , m_facts(facts)
        , m_tables(tables)
        , m_machines(machines)
        , m_state(std::move(machine.state))
        , m_process(machine.reader)
        , m_host(m_state)
        , m_reader(machine.reader)
    {
        for (const Step &step : plan.steps) {
            const bool layers = step.cause == "root.layers";
            if (const auto *bind = std::get_if<BindMount>(&step.operation);
                bind && (layers || step.cause.starts_with("mounts[")))
                m_opened.insert(bind->source.path);
            else if (const auto *overlay = std::get_if<MountOverlay>(&step.operation); overlay && layers)
                m_opened.insert(overlay->lowers.begin(), overlay->lowers.end());
        }
        m_frame.uid = facts.uid;
        m_frame.gid = facts.gid;
        for (const char *name : {"user", "mnt", "pid", "uts", "ipc", "net", "cgroup", "time"})
            m_frame.namespaces[name] = 1;
    }

    Prediction run(std::string spec)
    {
        Prediction out;
        out.recording.header = {.tool = "pivotbench",
                                .kernel = m_facts.kernelRelease,
                                .origin = "model",
                                .started = {},
                                .plan = m_plan,
                                .spec = std::move(spec)};
        m_frame.initial = true;
        addFrame(out, true);
        m_frame.initial = false;
        for (std::size_t i = 0; i < m_plan.steps.size(); ++i) {
            const Step &step = m_plan.steps[i];
            const Stepped done = std::visit([this](const auto &operation) { return run(operation); }, step.operation);
            m_frame.step = i;
            m_frame.skipped = done && *done == Done::Skipped;
            if (!done) {
                out.refusal = done.error();
                m_frame.error = m_helperError ? std::exchange(m_helperError, std::nullopt) : errorOf(done.error());
                m_frame.error->step = step.id;
            }
            addFrame(out, done && *done == Done::Yes && changesTable(step.operation));
            if (!done)
                break;
        }
        if (m_tables == TablesIn::LastFrame)
            out.recording.frames.back().table = nextTable();
        return out;
    }

private:
    static bool changesTable(const Operation &operation)
    {
        return std::holds_alternative<Unshare>(operation) || std::holds_alternative<SetPropagation>(operation) ||
               std::holds_alternative<MountFilesystem>(operation) || std::holds_alternative<MountOverlay>(operation) ||
               std::holds_alternative<BindMount>(operation) || std::holds_alternative<MoveMount>(operation) ||
               std::holds_alternative<SetMountAttributes>(operation) || std::holds_alternative<MaskPath>(operation) ||
               std::holds_alternative<PivotRoot>(operation) || std::holds_alternative<ChangeRoot>(operation) ||
               std::holds_alternative<Unmount>(operation);
    }

    void addFrame(Prediction &out, bool tableChanged)
    {
        const Process &process = m_state.processes[m_process];
        if (tableChanged && m_tables == TablesIn::EveryFrame)
            m_frame.table = nextTable();
        m_frame.root = anchor(process.root);
        m_frame.cwd = anchor(process.cwd);
        out.recording.frames.push_back(m_frame);
        if (m_machines == Machines::Kept)
            out.machines.push_back({m_state, m_process});
        m_frame.error.reset();
    }

    /// Rows that are as they were are the same objects.
    std::shared_ptr<const MountTable> nextTable() const
    {
        std::vector<MountEntry> rows = tableOf(m_state, m_process);
        std::vector<SharedRow> shared;
        shared.reserve(rows.size());
        const MountRows none;
        const MountRows &last = m_frame.table ? m_frame.table->entries() : none;
        std::size_t old = 0;
        for (MountEntry &row : rows) {
            while (old < last.size() && last[old].id < row.id)
                ++old;
            if (old < last.size() && last[old] == row)
                shared.push_back(last.share(old));
            else
                shared.push_back(std::make_shared<const MountEntry>(std::move(row)));
        }
        return std::make_shared<const MountTable>(MountRows(std::move(shared)));
    }

    Anchor anchor(Place place) const { return {pathFromTop(m_state, place), static_cast<std::uint64_t>(place.mount)}; }

    /// The helper goes on only with what the client opened, and that saw the host before the first step.
    Checked<void> compareWithClient(const std::string &path, Place found)
    {
        if (!m_opened.contains(path))
            return {};
        const Checked<Place> client = walk(m_host, m_reader, path, {});
        // Nodes that only one of the two states has looked at have no common number, but the same way to them.
        const auto way = [](const State &state, Place place) {
            const Superblock &superblock = state.superblocks[state.nodes[place.node].superblock];
            return std::tuple(superblock.deviceMajor, superblock.deviceMinor, pathInSuperblock(state, place.node));
        };
        if (!client || m_host.nodes[client->node].kind != NodeKind::Directory ||
            way(m_host, *client) == way(m_state, found))
            return {};
        m_helperError = Error{.code = "source.changed",
                              .what = "is not what the client opened under this name",
                              .path = path,
                              .hint = "another mount of the plan covers it"};
        return refuse(Cause::Unknown, path);
    }

    // Calls of the builder
    // ---------------------------------------------------------------------------------------------

    Checked<void> call(const Call &call) { return perform(m_state, m_process, call); }
    static Stepped stepped(const Checked<void> &done)
    {
        return done ? Stepped(Done::Yes) : Stepped(std::unexpected(done.error()));
    }

    void hold(int number, Place place) { m_state.processes.edit(m_process).descriptors[number] = {place, false}; }

    Checked<Place> newRoot() { return walk(m_state, m_process, m_plan.newRoot, {.directory = true}); }

    Checked<Place> find(const Location &location)
    {
        WalkOptions options;
        if (location.base == Location::Base::NewRoot) {
            const Checked<Place> root = newRoot();
            if (!root)
                return root;
            options.root = *root;
        }
        return walk(m_state, m_process, location.path, options);
    }

    /// The detached tree in treeDescriptor goes to the target.
    Stepped attachTree(const Location &target)
    {
        const Checked<Place> place = find(target);
        if (!place)
            return std::unexpected(place.error());
        hold(targetDescriptor, *place);
        const Checked<void> moved = call(MoveMountCall{{"", treeDescriptor}, {"", targetDescriptor}});
        if (!moved)
            return refuse(moved.error().cause, target.path);
        m_lastTarget = target;
        return Done::Yes;
    }

    /// The names of a path, "." left out and ".." taken back; a link on the way is put in their place by make().
    static std::vector<std::string> namesOf(const std::vector<std::string> &before, std::string_view path)
    {
        std::vector<std::string> names = path.starts_with('/') ? std::vector<std::string>() : before;
        for (const std::string_view name : split(path, '/')) {
            if (name == "..") {
                if (!names.empty())
                    names.pop_back();
            } else if (!name.empty() && name != ".") {
                names.emplace_back(name);
            }
        }
        return names;
    }

    /// mkdir -p, or an empty file: the entry is made where it is missing, with its parents. A link is replaced by what
    /// it says, inside `root`, also one that leads to nothing yet (helper/sandbox_path.cpp).
    Stepped make(std::optional<Place> root, const std::string &path, NodeKind kind)
    {
        if (walk(m_state, m_process, path, {.root = root}))
            return Done::Skipped;
        std::vector<std::string> names = namesOf({}, path);
        int links = 0;
        std::string sofar;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string above = sofar.empty() ? "/" : sofar;
            (sofar += '/') += names[i];
            const bool last = i + 1 == names.size();
            const Checked<Place> known = walk(m_state, m_process, sofar, {.followLast = false, .root = root});
            if (known && m_state.nodes[known->node].kind == NodeKind::Link) {
                if (++links > 40)
                    return refuse(Cause::TooManyLinks, sofar);
                const std::vector<std::string> rest(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end());
                names.resize(i);
                names = namesOf(names, text(m_state, m_state.nodes[known->node].target));
                names.insert(names.end(), rest.begin(), rest.end());
                sofar.clear();
                i = static_cast<std::size_t>(-1);
                continue;
            }
            if (known)
                continue;
            if (!isMissing(known.error().cause))
                return std::unexpected(known.error());
            const Checked<Place> directory = walk(m_state, m_process, above, {.directory = true, .root = root});
            if (!directory)
                return std::unexpected(directory.error());
            const Superblock &superblock = m_state.superblocks[m_state.mounts[directory->mount].superblock];
            if (isKernelsOwn(superblock))
                return refuse(Cause::Unknown, sofar);
            if (has(m_state.mounts[directory->mount], flag::readOnly) || superblock.readOnly)
                return refuse(Cause::ReadOnly, sofar);
            create(m_state, directory->node, names[i], last ? kind : NodeKind::Directory);
        }
        return Done::Yes;
    }

    Stepped makeInNewRoot(const std::string &path, NodeKind kind)
    {
        const Checked<Place> root = newRoot();
        return root ? make(*root, path, kind) : Stepped(std::unexpected(root.error()));
    }

    // Steps
    // ------------------------------------------------------------------------------------------------------------

    void number(Namespace space) { m_frame.namespaces[namespaceFile(space)] = ++m_namespaces; }

    Stepped run(const CreateProcess &step)
    {
        NamespaceSet set;
        for (const Namespace space : step.namespaces) {
            set.user = set.user || space == Namespace::User;
            set.pid = set.pid || space == Namespace::Pid;
            number(space);
        }
        if (const Checked<void> made = call(CloneCall{set}); !made)
            return std::unexpected(made.error());
        m_process = ProcessId{static_cast<std::uint32_t>(m_state.processes.end() - 1)};
        if (set.user)
            m_frame.uid = m_frame.gid = overflowId;
        return Done::Yes;
    }

    Stepped run(const DenySetgroups &) { return Done::Yes; }

    Stepped run(const WriteIdMaps &step)
    {
        const auto inside = [](const std::vector<IdRange> &ranges, std::uint32_t id) {
            for (const IdRange &range : ranges)
                if (id >= range.hostId && id - range.hostId < range.size)
                    return range.containerId + (id - range.hostId);
            return overflowId;
        };
        m_frame.uid = inside(step.uid, m_facts.uid);
        m_frame.gid = inside(step.gid, m_facts.gid);
        return Done::Yes;
    }

    Stepped run(const EnterCgroup &) { return Done::Yes; }

    Stepped run(const Unshare &step)
    {
        NamespaceSet set;
        for (const Namespace space : step.namespaces) {
            set.mount = set.mount || space == Namespace::Mount;
            set.network = set.network || space == Namespace::Network;
            set.ipc = set.ipc || space == Namespace::Ipc;
            set.cgroup = set.cgroup || space == Namespace::Cgroup;
            number(space);
        }
        return stepped(call(UnshareCall{set}));
    }

    Stepped run(const SetPropagation &step)
    {
        const Checked<Place> place = find(step.target);
        if (!place)
            return std::unexpected(place.error());
        hold(targetDescriptor, *place);
        const Checked<void> set = call(MountSetattrCall{.target = {"", targetDescriptor},
                                                        .recursive = step.change.recursive,
                                                        .propagation = propagationFlag(step.change.propagation)});
        return set ? Stepped(Done::Yes) : Stepped(refuse(set.error().cause, step.target.path));
    }

    Stepped run(const MountFilesystem &step)
    {
        const Checked<void> made = call(FsMountCall{
            .type = step.type, .source = step.source, .attributes = step.attributes.set, .descriptor = treeDescriptor});
        if (!made)
            return refuse(made.error().cause, step.target.path);
        return attachTree(step.target);
    }

    Stepped run(const MountOverlay &step)
    {
        for (const std::string &lower : step.lowers) {
            const Checked<Place> layer = walk(m_state, m_process, lower, {.directory = true});
            if (!layer)
                return refuse(layer.error().cause, lower);
            if (const Checked<void> same = compareWithClient(lower, *layer); !same)
                return std::unexpected(same.error());
        }
        const Checked<void> made = call(FsMountCall{.type = "overlay",
                                                    .source = "overlay",
                                                    .attributes = step.attributes.set,
                                                    .overlay = {step.lowers, step.upper, step.work},
                                                    .descriptor = treeDescriptor});
        if (!made)
            return refuse(made.error().cause, made.error().path.empty() ? step.target.path : made.error().path);
        return attachTree(step.target);
    }

    Stepped run(const BindMount &step)
    {
        const Checked<Place> source = find(step.source);
        if (!source) {
            if (step.skipIfMissing && isMissing(source.error().cause))
                return Done::Skipped;
            return refuse(source.error().cause, step.source.path);
        }
        if (step.source.base == Location::Base::Host)
            if (const Checked<void> same = compareWithClient(step.source.path, *source); !same)
                return std::unexpected(same.error());
        hold(targetDescriptor, *source);
        const Checked<void> copied = call(OpenTreeCall{{"", targetDescriptor}, true, step.recursive, treeDescriptor});
        if (!copied)
            return refuse(copied.error().cause, step.source.path);
        return attachTree(step.target);
    }

    Stepped run(const MoveMount &step)
    {
        const Checked<Place> source = find(step.source);
        if (!source)
            return std::unexpected(source.error());
        hold(treeDescriptor, *source);
        return attachTree(step.target);
    }

    Stepped run(const SetMountAttributes &step)
    {
        int descriptor = treeDescriptor;
        if (!m_lastTarget || *m_lastTarget != step.target) {
            const Checked<Place> place = find(step.target);
            if (!place) {
                if (step.skipIfMissing && isMissing(place.error().cause))
                    return Done::Skipped;
                return std::unexpected(place.error());
            }
            descriptor = targetDescriptor;
            hold(descriptor, *place);
        }
        const Checked<void> set =
            call(MountSetattrCall{{"", descriptor}, step.recursive, step.attributes.set, step.attributes.clear, 0});
        return set ? Stepped(Done::Yes) : Stepped(refuse(set.error().cause, step.target.path));
    }

    Stepped run(const MaskPath &step)
    {
        const Checked<Place> place = find(step.target);
        if (!place)
            return isMissing(place.error().cause) ? Stepped(Done::Skipped) : Stepped(std::unexpected(place.error()));
        const bool directory = m_state.nodes[place->node].kind == NodeKind::Directory;
        const int shown = directory ? emptyDescriptor : nullDescriptor;
        Checked<void> made;
        if (m_state.processes[m_process].descriptors.contains(shown)) {
            made = call(OpenTreeCall{{"", shown}, true, false, treeDescriptor});
        } else if (directory) {
            using namespace mount_attr;
            made = call(FsMountCall{.type = "tmpfs",
                                    .source = "masked",
                                    .attributes = core::mount_attr::readOnly | noSuid | noDev | noExec,
                                    .descriptor = treeDescriptor});
        } else {
            made = call(OpenTreeCall{{"/dev/null"}, true, false, treeDescriptor});
        }
        if (!made)
            return refuse(made.error().cause, step.target.path);
        hold(targetDescriptor, *place);
        if (made = call(MoveMountCall{{"", treeDescriptor}, {"", targetDescriptor}}); !made)
            return refuse(made.error().cause, step.target.path);
        const Process &process = m_state.processes[m_process];
        if (!process.descriptors.contains(shown))
            hold(shown, process.descriptors.at(treeDescriptor).place);
        m_lastTarget.reset();
        return Done::Yes;
    }

    Stepped run(const MakeDirectory &step)
    {
        return step.target.base == Location::Base::Host ? make(std::nullopt, step.target.path, NodeKind::Directory)
                                                        : makeInNewRoot(step.target.path, NodeKind::Directory);
    }

    Stepped run(const MakeMountPoint &step)
    {
        const Checked<Place> like = find(step.like);
        if (!like)
            return refuse(like.error().cause, step.like.path);
        const bool directory = m_state.nodes[like->node].kind == NodeKind::Directory;
        return makeInNewRoot(step.target.path, directory ? NodeKind::Directory : NodeKind::File);
    }

    Stepped run(const MakeDevice &step)
    {
        const Process &process = m_state.processes[m_process];
        if (!isCapable(m_state, process, UserNamespaceId{1}, capability::mknod))
            return refuse(Cause::DeviceNotAllowed, step.target.path);
        return makeInNewRoot(step.target.path, NodeKind::Device);
    }

    Stepped run(const MakeSymlink &step)
    {
        const Checked<Place> root = newRoot();
        if (!root)
            return std::unexpected(root.error());
        // A link is never followed where it is made, not even a dangling one.
        if (walk(m_state, m_process, step.target.path, {.followLast = false, .root = *root}))
            return Done::Skipped;
        const Stepped made = make(*root, step.target.path, NodeKind::Link);
        if (!made)
            return made;
        const Checked<Place> link = walk(m_state, m_process, step.target.path, {.followLast = false, .root = *root});
        if (!link)
            return std::unexpected(link.error());
        setTarget(m_state, link->node, step.pointsTo);
        return made;
    }

    Stepped run(const WriteFile &step)
    {
        if (!step.copyOf.empty())
            if (const Checked<Place> source = walk(m_state, m_process, step.copyOf, {}); !source)
                return refuse(source.error().cause, step.copyOf);
        return make(std::nullopt, step.target.path, NodeKind::File);
    }

    Stepped run(const SetHostname &) { return Done::Yes; }
    Stepped run(const SetDomainname &) { return Done::Yes; }
    Stepped run(const BringUpLoopback &) { return Done::Yes; }
    Stepped run(const ChangeDirectory &step) { return stepped(call(ChdirCall{step.target.path})); }
    Stepped run(const PivotRoot &step) { return stepped(call(PivotRootCall{step.newRoot, step.putOld})); }
    Stepped run(const ChangeRoot &step) { return stepped(call(ChrootCall{step.path})); }

    Stepped run(const Unmount &step)
    {
        return stepped(call(UnmountCall{step.path, (step.detach ? UnmountCall::detach : 0) | UnmountCall::noFollow}));
    }

    Stepped run(const RemoveDirectory &step)
    {
        const Checked<void> removed = call(RmdirCall{step.path});
        if (removed)
            return Done::Yes;
        const Cause cause = removed.error().cause;
        const bool stays = cause == Cause::ReadOnly || cause == Cause::NotEmpty || cause == Cause::IsMountPoint;
        return stays ? Stepped(Done::Skipped) : Stepped(std::unexpected(removed.error()));
    }

    Stepped run(const OpenTerminal &) { return Done::Yes; }
    Stepped run(const SpawnPayload &) { return Done::Yes; }
    Stepped run(const NewSession &) { return Done::Yes; }
    Stepped run(const SetResourceLimit &) { return Done::Yes; }
    Stepped run(const LimitCapabilities &) { return Done::Yes; }

    Stepped run(const SetIds &step)
    {
        m_frame.uid = step.uid;
        m_frame.gid = step.gid;
        return Done::Yes;
    }

    Stepped run(const SetCapabilities &) { return Done::Yes; }
    Stepped run(const SetNoNewPrivileges &) { return Done::Yes; }
    Stepped run(const InstallSeccomp &) { return Done::Yes; }

    /// The program is searched as execvp(3) does. What a file holds the model does not know, nor what its loader needs.
    Stepped run(const Execute &step)
    {
        if (step.args.empty()) // only in a forged recording
            return refuse(Cause::Unknown);
        const std::string &name = step.args.front();
        std::vector<std::string> candidates = {name};
        if (name.find('/') == std::string::npos) {
            candidates.clear();
            std::string_view path = "/usr/local/bin:/bin:/usr/bin";
            for (const std::string &variable : step.env)
                if (variable.starts_with("PATH="))
                    path = std::string_view(variable).substr(5);
            for (const std::string_view directory : split(path, ':'))
                candidates.push_back((directory.empty() ? "." : std::string(directory)) + "/" + name);
        }
        Checked<void> last = refuse(Cause::NoSuchEntry, name);
        for (const std::string &candidate : candidates) {
            last = call(ExecCall{candidate});
            if (last || !isMissing(last.error().cause))
                break;
        }
        if (last || last.error().cause == Cause::Unknown)
            return Done::Yes;
        return refuse(last.error().cause, name);
    }

    const Plan &m_plan;
    const HostFacts &m_facts;
    TablesIn m_tables;
    Machines m_machines;
    State m_state;
    ProcessId m_process;
    State m_host; ///< before the first step
    ProcessId m_reader;
    std::unordered_set<std::string>
        m_opened;                       ///< by the client, where it is a directory: layers, sources of bind mounts
    std::optional<Error> m_helperError; ///< a refusal of the helper's own
    Frame m_frame;
    std::uint64_t m_namespaces = 1;
    std::optional<Location> m_lastTarget; ///< of the tree in treeDescriptor, once it is attached
};

} // namespace

Prediction predict(const Plan &plan, const HostFacts &facts, Machine machine, std::string spec, TablesIn tables,
                   Machines machines)
{
    return Predictor(plan, facts, std::move(machine), tables, machines).run(std::move(spec));
}

std::optional<Finding> findingOf(const Plan &plan, const Prediction &prediction)
{
    if (!prediction.refusal || prediction.refusal->cause == Cause::Unknown)
        return std::nullopt;
    const Step &step = plan.steps[prediction.recording.frames.back().step];
    const CauseText &text = textOf(prediction.refusal->cause);
    std::string reason = fmt::format("step {} would fail with {}: {}", step.id, errnoName(text.errnum), text.when);
    if (!prediction.refusal->path.empty())
        reason += fmt::format(" ({})", prediction.refusal->path);
    return Finding{.severity = Severity::Warning,
                   .id = std::string("kernel.") + text.word,
                   .field = step.cause,
                   .reason = std::move(reason),
                   .fix = text.fix};
}

Reader readerOf(const HostFacts &facts)
{
    return {.uid = facts.uid, .privileged = facts.privileged, .initialUserNamespace = facts.initialUserNamespace};
}

Result<Machine> thisMachine(const HostFacts &facts)
{
    const Result<std::string> text = readFile("/proc/self/mountinfo", std::size_t{256} << 20);
    if (!text)
        return std::unexpected(text.error());
    Result<std::vector<MountEntry>> rows = parseMountinfo(*text);
    if (!rows)
        return std::unexpected(rows.error());
    const auto table = std::make_shared<const MountTable>(std::move(*rows));
    return machineOf(*table, readerOf(facts), std::make_shared<const HostFiles>(table));
}

} // namespace pivotbench::core::kernel
