// SPDX-License-Identifier: Apache-2.0
//
// The whole plan as one POSIX shell script.
//
// The difficulty is what comes after the switch: the shell goes on, but the host's tools are out of its view, and the
// new root may hold a single static program. So two processes share the script. The *builder* is born with the first
// step and does the steps up to the switch with the host's tools. The *conductor* stays outside. It does what only it
// can do before (id maps, cgroup) and all that comes after the switch, through nsenter(1), which opens a root and a
// working directory *before* it joins namespaces: a tool of the host keeps the host's root while it works in the
// sandbox's mount namespace, and the command's own start has the sandbox's root, with the host's "/" as the working
// directory from which the host's dynamic loader, setpriv(1) and env(1) are run by relative paths. No tool is looked
// for in the new root, and no /proc is needed in it.
//
// umount(8) and mount(8) have --namespace for this, but read mountinfo in that namespace, which a root without /proc
// lacks.
#include "core/explain/explainer.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/explain/host_tools.h"
#include "core/explain/narration.h"
#include "core/explain/shell_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <utility>

namespace pivotbench::core {
namespace {

enum class Side { Builder, Conductor };

template <typename Wanted> const Wanted *firstOf(const Plan &plan)
{
    for (const Step &step : plan.steps)
        if (const auto *found = std::get_if<Wanted>(&step.operation))
            return found;
    return nullptr;
}

bool mapsRoot(const std::vector<IdRange> &ranges)
{
    return std::ranges::any_of(ranges, [](const IdRange &range) { return range.containerId == 0 && range.size > 0; });
}

constexpr std::string_view preamble = R"sh(#
# Run it as root, from a file. It needs Linux 6.1, util-linux 2.38 and coreutils on a dynamically linked host. It is a
# lesson and no fence: paths are followed as the shell follows them, so run it on layers that you trust.
#
# Two processes share the work. The builder is born with the first step and does what has to be done from inside, with the
# host's tools, until the switch of the root takes them out of its view. The conductor stays outside: it writes what only
# the outside may write, and after the switch it runs the host's tools in the builder's namespaces with nsenter(1), which
# can give them another root and working directory than the sandbox's.
#
# The mode of "mkdir -m" is meant for the last directory, and a name in single quotes as it stands:
# shellcheck disable=SC1003,SC2016,SC2174
set -eu
umask 022

# Each side says a word and waits for the other's. An end of file means that the other one has gone.
hand_over() {
    echo ready >&4
    read -r _ <&3 || exit 0
}
await_builder() {
    echo go >&3
    read -r _ <&4 || fail "the builder has stopped"
}
fail() {
    echo "$0: $1" >&2
    exit 125
}
)sh";

/// Writes the script. Steps become numbered blocks in functions, in the order of the plan; a new function begins where
/// the side changes, and where the builder has to become another process image.
class ScriptWriter {
public:
    explicit ScriptWriter(const Plan &plan)
        : m_plan(plan)
    {
        for (const Step &step : plan.steps) {
            if (const auto *created = std::get_if<CreateProcess>(&step.operation))
                join(created->namespaces);
            else if (const auto *unshared = std::get_if<Unshare>(&step.operation))
                join(unshared->namespaces);
        }
    }

    std::string write()
    {
        line("#!/bin/sh");
        line("# The sandbox \"{}\", built by hand.", printable(m_plan.name));
        if (!m_plan.userNamespace.empty())
            line("# It uses {}.", printable(m_plan.userNamespace));
        if (const char *reason = obstacle()) {
            line("#\n# No script does this: {}.\necho \"$0: {}\" >&2\nexit 125", reason, reason);
            return std::move(m_out);
        }
        m_out += preamble;
        if (firstOf<Execute>(m_plan))
            m_out += findToolsFunctions({"setpriv", "env", "prlimit", "setsid"});
        for (std::size_t i = 0; i < m_plan.steps.size(); ++i)
            writeStep(i);
        closeFunction();
        writeDispatch();
        return std::move(m_out);
    }

private:
    template <typename... Args> void line(fmt::format_string<Args...> format, Args &&...args)
    {
        fmt::format_to(std::back_inserter(m_out), format, std::forward<Args>(args)...);
        m_out += '\n';
    }
    /// Lines inside the present function.
    void body(std::string_view text)
    {
        for (const std::string_view one : split(text, '\n'))
            line("    {}", one);
    }

    /// Why the tools of util-linux cannot do it; null when they can.
    const char *obstacle() const
    {
        const auto *maps = firstOf<WriteIdMaps>(m_plan);
        if (maps && !(mapsRoot(maps->uid) && mapsRoot(maps->gid)))
            return "it maps no id to 0, and mount(8) works for uid 0 alone";
        bool switched = false;
        for (const Step &step : m_plan.steps) {
            switched = switched || std::holds_alternative<PivotRoot>(step.operation) ||
                       std::holds_alternative<ChangeRoot>(step.operation);
            if (switched && std::holds_alternative<Unshare>(step.operation))
                return "it makes namespaces after the switch of the root, where unshare(1) is out of reach";
        }
        const auto *command = firstOf<Execute>(m_plan);
        if (command && !command->args.empty() && command->args.front().contains('='))
            return "env(1) takes a command with an equals sign in its name for a variable";
        return nullptr;
    }

    void join(const std::vector<Namespace> &namespaces)
    {
        for (const Namespace ns : namespaces) {
            if (std::ranges::find(m_joined, ns) != m_joined.end())
                continue;
            m_joined.push_back(ns);
            // A process enters a time namespace only with its next child (time_namespaces(7)).
            m_join += ns == Namespace::Time ? " --time=\"/proc/$builder/ns/time_for_children\""
                                            : std::string(" ") + namespaceOption(ns);
        }
    }

    /// nsenter(1) of util-linux 2.41 wants a namespace, so where there is no new one, it enters the one it is in.
    std::string joinOptions() const { return m_join.empty() ? " --net" : m_join; }

    bool isNew(Namespace ns) const { return std::ranges::find(m_joined, ns) != m_joined.end(); }

    // Functions -------------------------------------------------------------------------------------------------------

    void openFunction(Side side)
    {
        if (m_side == side)
            return;
        closeFunction();
        // Nothing follows inside: the new process image still has to say that it is there.
        if (side == Side::Conductor && m_reexecuted) {
            openFunction(Side::Builder);
            body(":");
            closeFunction();
        }
        m_side = side;
        m_reexecuted = false;
        std::size_t &count = side == Side::Builder ? m_builderParts : m_conductorParts;
        m_parts.push_back({side, fmt::format("{}_{}", side == Side::Builder ? "builder" : "conductor", ++count)});
        line("\n{}() {{", m_parts.back().name);
    }

    void closeFunction()
    {
        if (!m_side)
            return;
        line("}}");
        m_side.reset();
    }

    /// What runs which part.
    void writeDispatch()
    {
        line("\ncase ${{1-}} in");
        line("builder)");
        body("# The first number is the process id in the host's /proc, which is still in view.\n"
             "read -r self _ </proc/self/stat\n"
             "echo \"$self\" >&4\n"
             "read -r _ <&3 || exit 0");
        if (isNew(Namespace::User)) {
            const char *groups = firstOf<DenySetgroups>(m_plan) ? "--keep-groups" : "--clear-groups";
            body(fmt::format(
                "# The ids are mapped now: become their root.\n"
                "exec setpriv --reuid=0 --regid=0 {} --inh-caps=-all --ambient-caps=-all sh \"$0\" builder_1",
                groups));
        } else {
            body("exec sh \"$0\" builder_1");
        }
        line("    ;;");
        bool opened = false;
        for (std::size_t i = 0; i < m_parts.size(); ++i) {
            if (m_parts[i].side != Side::Builder)
                continue;
            if (!opened)
                line("{})", m_parts[i].name);
            body(m_parts[i].name);
            // A part that is followed by one of its own side has become that one by exec.
            opened = i + 1 == m_parts.size() || m_parts[i + 1].side == Side::Conductor;
            if (opened)
                body("hand_over");
            else
                line("    ;;");
        }
        if (opened)
            line("    ;;");
        line("'')");
        body("[ -r \"$0\" ] || fail \"save this script to a file and run that\"");
        for (std::size_t i = 0; i < m_parts.size(); ++i) {
            if (m_parts[i].side == Side::Conductor)
                body(m_parts[i].name);
            else if (i == 0 || m_parts[i - 1].side == Side::Conductor)
                body("await_builder");
        }
        line("    ;;");
        line("*) fail \"unknown part: $1\" ;;");
        line("esac");
    }

    // Steps -----------------------------------------------------------------------------------------------------------

    void writeStep(std::size_t index)
    {
        const Step &step = m_plan.steps[index];
        const Side side = sideOf(step.operation);
        openFunction(side);
        if (std::holds_alternative<PivotRoot>(step.operation) || std::holds_alternative<ChangeRoot>(step.operation))
            m_switched = true;
        line("    # {}. {}", index + 1, titleOf(step.operation, words(Book::Narration, "en")));
        if (side == Side::Builder)
            writeInside(step.operation);
        else
            writeOutside(step.operation);
    }

    Side sideOf(const Operation &operation) const
    {
        const auto beforeSwitch = [&] { return m_switched ? Side::Conductor : Side::Builder; };
        return std::visit(Overloaded{
                              [](const CreateProcess &) { return Side::Conductor; },
                              [](const DenySetgroups &) { return Side::Conductor; },
                              [](const WriteIdMaps &) { return Side::Conductor; },
                              [](const EnterCgroup &) { return Side::Conductor; },
                              [](const Unshare &) { return Side::Builder; },
                              [&](const SetPropagation &) { return beforeSwitch(); },
                              [&](const MountFilesystem &) { return beforeSwitch(); },
                              [&](const MountOverlay &) { return beforeSwitch(); },
                              [&](const BindMount &) { return beforeSwitch(); },
                              [&](const MoveMount &) { return beforeSwitch(); },
                              [&](const SetMountAttributes &) { return beforeSwitch(); },
                              [&](const MaskPath &) { return beforeSwitch(); },
                              [&](const MakeDirectory &) { return beforeSwitch(); },
                              [&](const MakeMountPoint &) { return beforeSwitch(); },
                              [&](const MakeDevice &) { return beforeSwitch(); },
                              [&](const MakeSymlink &) { return beforeSwitch(); },
                              [&](const WriteFile &) { return beforeSwitch(); },
                              [&](const SetHostname &) { return beforeSwitch(); },
                              [&](const SetDomainname &) { return beforeSwitch(); },
                              [&](const BringUpLoopback &) { return beforeSwitch(); },
                              // "cd" is built into the shell: right after the switch the builder can still do it.
                              [&](const ChangeDirectory &) {
                                  return m_spawned || (m_switched && m_side == Side::Conductor) ? Side::Conductor
                                                                                                : Side::Builder;
                              },
                              [](const PivotRoot &) { return Side::Builder; },
                              [](const ChangeRoot &) { return Side::Conductor; },
                              [&](const Unmount &) { return beforeSwitch(); },
                              [&](const RemoveDirectory &) { return beforeSwitch(); },
                              [](const OpenTerminal &) { return Side::Conductor; },
                              [](const SpawnPayload &) { return Side::Conductor; },
                              [](const NewSession &) { return Side::Conductor; },
                              [](const SetResourceLimit &) { return Side::Conductor; },
                              [](const LimitCapabilities &) { return Side::Conductor; },
                              [](const SetIds &) { return Side::Conductor; },
                              [](const SetCapabilities &) { return Side::Conductor; },
                              [](const SetNoNewPrivileges &) { return Side::Conductor; },
                              [](const InstallSeccomp &) { return Side::Conductor; },
                              [](const Execute &) { return Side::Conductor; },
                          },
                          operation);
    }

    void writeInside(const Operation &operation)
    {
        const PathWriter path = [this](const Location &location) { return shellWord(displayPath(m_plan, location)); };
        if (const auto *unshare = std::get_if<Unshare>(&operation)) {
            // A shell cannot leave a namespace by itself: it runs this script again, from the next part on.
            const std::string command = shellLine(*unshare, path);
            body(fmt::format("exec {} \"$0\" builder_{}", command, m_builderParts + 1));
            closeFunction();
            m_reexecuted = true;
            return;
        }
        body(shellLine(operation, path));
    }

    // The conductor's side --------------------------------------------------------------------------------------------

    void writeOutside(const Operation &operation)
    {
        std::visit(
            Overloaded{
                [&](const CreateProcess &o) { createBuilder(o); },
                [&](const DenySetgroups &o) { body(shellLine(o, outsidePath())); },
                [&](const WriteIdMaps &o) {
                    // newuidmap(1) grants root no more than /etc/subuid does, and root does not need it.
                    body(writeIdMapLines(o));
                },
                [&](const EnterCgroup &o) { enterCgroup(o); },
                [](const Unshare &) {}, // always the builder's
                [&](const SetPropagation &o) { onBuilder(o); },
                [&](const MountFilesystem &o) { onBuilder(o); },
                [&](const MountOverlay &o) { onBuilder(o); },
                [&](const BindMount &o) { onBuilder(o); },
                [&](const MoveMount &o) { onBuilder(o); },
                [&](const SetMountAttributes &o) { onBuilder(o); },
                [&](const MaskPath &o) { onBuilder(o); },
                [&](const MakeDirectory &o) { onBuilder(o); },
                [&](const MakeMountPoint &o) { onBuilder(o); },
                [&](const MakeDevice &o) { onBuilder(o); },
                [&](const MakeSymlink &o) { onBuilder(o); },
                [&](const WriteFile &o) { onBuilder(o); },
                [&](const SetHostname &o) { onBuilder(o); },
                [&](const SetDomainname &o) { onBuilder(o); },
                [&](const BringUpLoopback &o) { onBuilder(o); },
                [&](const ChangeDirectory &o) { body("directory=" + shellWord(o.target.path)); },
                [](const PivotRoot &) {}, // always the builder's
                [&](const ChangeRoot &o) {
                    body("# The builder cannot: it would lose its tools. The command begins in this root instead.");
                    body("root=" + seenBy(o.path));
                },
                [&](const Unmount &o) {
                    // A tool with the host's root, in the sandbox's mount namespace.
                    body(fmt::format(
                        "nsenter --target \"$builder\" --mount --root=/ --wd=/ -- umount --no-canonicalize {}{}",
                        o.detach ? "--lazy " : "", seenBy(o.path)));
                },
                [&](const RemoveDirectory &o) {
                    body(fmt::format("rmdir {} || : # a read-only root keeps it", seenBy(o.path)));
                },
                [&](const OpenTerminal &o) {
                    body(shellLine(o, outsidePath()));
                    body("# The command has the terminal on which this script runs.");
                },
                [&](const SpawnPayload &) {
                    m_spawned = true;
                    body("# Here nsenter(1) does it, with the command: see below. The builder stays, as process 1.");
                },
                [&](const NewSession &o) {
                    if (o.controllingTerminal)
                        body("# Not done here: the terminal of this script stays the controlling one.");
                    else
                        wrap("setsid", "--wait");
                },
                [&](const SetResourceLimit &o) { wrap("prlimit", prlimitOption(o)); },
                [&](const LimitCapabilities &o) { wrap("setpriv", setprivOptions(o)); },
                [&](const SetIds &o) { wrap("setpriv", setprivOptions(o)); },
                [&](const SetCapabilities &o) { wrap("setpriv", setprivOptions(o)); },
                [&](const SetNoNewPrivileges &) { wrap("setpriv", "--no-new-privs"); },
                [&](const InstallSeccomp &o) { body(shellLine(o, outsidePath())); },
                [&](const Execute &o) { execute(o); },
            },
            operation);
    }

    void createBuilder(const CreateProcess &create)
    {
        std::string command = "unshare";
        for (const Namespace ns : create.namespaces)
            command += std::string(" ") + namespaceOption(ns);
        // Before its ids are mapped the builder is nobody: only ambient capabilities outlive the start of its shell.
        if (isNew(Namespace::User))
            command += " --keep-caps";
        body("pipes=$(mktemp -d)\n"
             "mkfifo \"$pipes/go\" \"$pipes/done\"\n"
             "# Opened both ways first, so that opening one way does not wait. 3 and 4 are ours, 7 and 8 the "
             "builder's.\n"
             "exec 5<>\"$pipes/go\"\n"
             "exec 6<>\"$pipes/done\"\n"
             "exec 3>\"$pipes/go\"\n"
             "exec 4<\"$pipes/done\"\n"
             "exec 7<\"$pipes/go\"\n"
             "exec 8>\"$pipes/done\"\n"
             "exec 5<&- 6<&-\n"
             "rm -r \"$pipes\"");
        body(fmt::format("{} --fork --kill-child sh \"$0\" builder 3<&7 4>&8 7<&- 8>&- &", command));
        body("exec 7<&- 8>&-\n"
             "read -r builder <&4 || fail \"the builder did not start\"");
        if (firstOf<Execute>(m_plan))
            body("root=/proc/$builder/root\n"
                 "directory=/");
    }

    void enterCgroup(const EnterCgroup &enter)
    {
        body("parent=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)\n"
             "[ -n \"$parent\" ] || fail \"there is no cgroup v2 here\"\n"
             "cgroup=$parent/pivotbench-$$");
        const auto enable = [&](bool wanted, const char *controller) {
            if (wanted)
                body(fmt::format(
                    "echo +{0} >\"$parent/cgroup.subtree_control\" || fail \"no {0} controller for children\"",
                    controller));
        };
        enable(enter.limits.memoryBytes.has_value(), "memory");
        enable(enter.limits.pids.has_value(), "pids");
        enable(enter.limits.cpuQuota || enter.limits.cpuWeight, "cpu");
        body(shellLine(enter, outsidePath()));
    }

    /// "/proc/$builder/root"/path: a path of the builder, as the outside reaches it.
    static std::string seenBy(std::string_view path)
    {
        if (path.starts_with('/'))
            return "\"/proc/$builder/root\"" + shellWord(path);
        return "\"/proc/$builder/cwd\"/" + shellWord(path);
    }

    static PathWriter outsidePath()
    {
        return [](const Location &location) { return seenBy(location.path); };
    }

    /// A step that plans put before the switch, after it: the host's tools on the sandbox's paths, in its namespaces.
    void onBuilder(const Operation &operation)
    {
        body(fmt::format("nsenter --target \"$builder\"{} --root=/ --wd=/ -- env builder=\"$builder\" sh -euc {}",
                         joinOptions(), shellQuote(shellLine(operation, outsidePath()))));
    }

    // The command ----------------------------------------------------------------------------------------------------

    void startChain()
    {
        if (m_chained)
            return;
        m_chained = true;
        body("find_tools\n"
             "set --");
    }

    /// One more program between nsenter and the command; each does its part and executes the next.
    void wrap(std::string_view tool, std::string_view options)
    {
        startChain();
        body(m_chain.add(tool, options));
    }

    void execute(const Execute &command)
    {
        startChain();
        // "env" out of the host's tools takes the place of the word itself.
        const std::string words = environmentWords(command, "\"$directory\"").substr(std::string_view("env").size());
        const bool counted = firstOf<EnterCgroup>(m_plan) != nullptr;
        body("status=0\n(");
        if (counted)
            body("    echo 0 >\"$cgroup/cgroup.procs\"");
        body(fmt::format("    exec nsenter --target \"$builder\"{} --root=\"$root\" --wd=/ -- \"$@\" \\\n"
                         "        {}{} 3>&- 4<&-\n"
                         ") || status=$?\n"
                         "exec 3>&- 4<&-\n"
                         "wait || :",
                         joinOptions(), hostToolWords("env"), words));
        if (counted)
            body("rmdir \"$cgroup\"");
        body("exit \"$status\"");
    }

    struct Part {
        Side side;
        std::string name;
    };

    const Plan &m_plan;
    std::string m_out;
    std::vector<Namespace> m_joined;
    std::string m_join; ///< options of nsenter(1) for the builder's namespaces
    ToolChain m_chain;
    std::optional<Side> m_side;
    std::vector<Part> m_parts; ///< in the order of the plan
    std::size_t m_builderParts = 0;
    std::size_t m_conductorParts = 0;
    bool m_reexecuted = false; ///< the builder's last part ended in exec
    bool m_switched = false;
    bool m_spawned = false;
    bool m_chained = false;
};

} // namespace

std::string shellScript(const Plan &plan) { return ScriptWriter(plan).write(); }

} // namespace pivotbench::core
