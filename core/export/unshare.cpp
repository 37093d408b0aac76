// SPDX-License-Identifier: Apache-2.0
//
// The plan of an ordinary user as one call of unshare(1) and a shell inside. Up to the switch of the root the lines are
// those of the plan's steps (core/explain/shell_text.h). The switch takes the host's tools out of view, so the shell
// first goes to a directory of the host that is not its root: pivot_root(2) moves the root and working directory of
// processes that stand on the old root, and no others. From there ".." is the host's "/", in which the tools still run
// by relative paths (core/explain/host_tools.h), and chroot(8) into it lets umount(8) see a /proc. The last tool goes
// to the command's own directory, and nothing of the host is left.
//
// The root's script (shellScript() in core/explain/explainer.h) has a second process outside for that, which can also
// write into a cgroup and maps no id to 0 that is not there; this one is for reading in one go.
#include "core/base/overloaded.h"
#include "core/base/text.h"
#include "core/explain/host_tools.h"
#include "core/explain/narration.h"
#include "core/explain/shell_text.h"
#include "core/export/losses.h"
#include "core/plan/planner.h"
#include "core/spec/validate.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace pivotbench::core {
namespace {

constexpr std::string_view needs =
    "# It needs Linux 5.11, util-linux 2.38 and coreutils on a dynamically linked host{}. It is a lesson\n"
    "# and no fence: paths are followed as the shell follows them, so use it with layers that you trust.\n";

class UnshareWriter {
public:
    UnshareWriter(const SandboxSpec &spec, const Plan &plan, Losses &losses)
        : m_spec(spec)
        , m_plan(plan)
        , m_losses(losses)
    {
    }

    std::string write()
    {
        for (const Step &step : m_plan.steps)
            writeStep(step);
        std::string inside = "exec 3<&-\n"
                             "fail() {\n"
                             "    echo \"$1\" >&2\n"
                             "    exit 125\n"
                             "}\n" +
                             findToolsFunctions({"setpriv", "env", "prlimit", "setsid", "chroot", "rmdir"}) +
                             "find_tools\n" + m_inside;
        const std::string end = delimiterFor(inside, "INSIDE");
        return fmt::format("#!/bin/sh\n"
                           "# The sandbox \"{}\" by unshare(1), for an ordinary user.\n",
                           printable(m_plan.name)) +
               fmt::format(needs, m_mapped ? ", newuidmap and newgidmap" : "") + lossComments(m_losses.all()) +
               fmt::format("exec unshare{} \\\n    sh -eu /dev/fd/3 3<<'{}'\n", m_options, end) + inside + end + '\n';
    }

private:
    void line(std::string_view text)
    {
        m_inside += text;
        m_inside += '\n';
    }
    void comment(std::string_view text) { line(fmt::format("# {}", text)); }

    void option(Namespace ns)
    {
        if (ns == Namespace::User)
            return; // with the id maps
        m_options += std::string(" ") + namespaceOption(ns);
        if (ns == Namespace::Mount)
            m_options += " --propagation unchanged";
        if (ns == Namespace::Pid)
            m_options += " --fork --kill-child";
        if (ns == Namespace::Time)
            m_options += " --fork";
    }

    void namespaces(const std::vector<Namespace> &all)
    {
        for (const Namespace ns : all)
            option(ns);
    }

    void idMaps(const WriteIdMaps &maps)
    {
        m_options += " --user --map-root-user";
        const auto ownFirst = [](const std::vector<IdRange> &ranges) {
            return !ranges.empty() && ranges.front().containerId == 0 && ranges.front().size == 1;
        };
        if (!maps.byTools) {
            if (!ownFirst(maps.uid) || !ownFirst(maps.gid))
                m_losses.add("process.user", "the command's ids are 0: only one id is mapped, and mount(8) wants that");
            return;
        }
        m_mapped = true;
        if (m_spec.idMaps.mode == IdMapMode::Auto) {
            m_options += " --map-auto";
        } else if (ownFirst(maps.uid) && ownFirst(maps.gid) && maps.uid.size() == 2 && maps.gid.size() == 2) {
            const auto range = [](const IdRange &r) {
                return fmt::format("{},{},{}", r.hostId, r.containerId, r.size);
            };
            m_options += fmt::format(" --map-users={} --map-groups={}", range(maps.uid[1]), range(maps.gid[1]));
        } else {
            m_options += " --map-auto";
            m_losses.add("idMaps", "unshare of util-linux 2.38 maps your own id and one range, so here your id is 0 "
                                   "and your subordinate ids follow");
        }
    }

    void writeStep(const Step &step)
    {
        std::visit(
            Overloaded{
                [&](const CreateProcess &o) { namespaces(o.namespaces); },
                [](const DenySetgroups &) {}, // --map-root-user alone does it
                [&](const WriteIdMaps &o) { idMaps(o); },
                [](const EnterCgroup &) {}, // lost
                [&](const Unshare &o) { namespaces(o.namespaces); },
                [&](const SetPropagation &o) { plain(o); },
                [&](const MountFilesystem &o) { plain(o); },
                [&](const MountOverlay &o) { plain(o); },
                [&](const BindMount &o) { plain(o); },
                [&](const MoveMount &o) { plain(o); },
                [&](const SetMountAttributes &o) { plain(o); },
                [&](const MaskPath &o) { plain(o); },
                [&](const MakeDirectory &o) { plain(o); },
                [&](const MakeMountPoint &o) { plain(o); },
                [&](const MakeDevice &o) { plain(o); },
                [&](const MakeSymlink &o) { plain(o); },
                [&](const WriteFile &o) { plain(o); },
                [&](const SetHostname &o) { plain(o); },
                [&](const SetDomainname &o) { plain(o); },
                [&](const BringUpLoopback &o) { plain(o); },
                [](const ChangeDirectory &o) { (void)o; }, // the command's own comes with it, others with the switch
                [&](const PivotRoot &o) { pivot(o); },
                [&](const ChangeRoot &) { changeRoot(); },
                [&](const Unmount &) {
                    comment("Let go of the old root, which is \"/\" for a tool that is run in it");
                    line(hostToolWords("chroot") + " . umount --no-canonicalize --lazy /");
                },
                [&](const RemoveDirectory &o) {
                    line(hostToolWords("rmdir") + " " + shellWord(o.path) + " || : # a read-only root keeps it");
                },
                [](const OpenTerminal &) {}, // lost
                [&](const SpawnPayload &) {
                    comment("The command, with what it is to have and to be");
                    line("set --");
                    if (m_spec.namespaces.pid == NamespaceChoice::New)
                        m_losses.add("namespaces.pid", "the command itself is process 1: it has to reap orphans, and "
                                                       "signals that it does not handle pass it by");
                },
                [&](const NewSession &o) {
                    if (!o.controllingTerminal)
                        line(m_chain.add("setsid", "--wait"));
                },
                [&](const SetResourceLimit &o) { line(m_chain.add("prlimit", prlimitOption(o))); },
                [&](const LimitCapabilities &o) { line(m_chain.add("setpriv", setprivOptions(o))); },
                [&](const SetIds &o) { line(m_chain.add("setpriv", setprivOptions(o))); },
                [&](const SetCapabilities &o) { line(m_chain.add("setpriv", setprivOptions(o))); },
                [&](const SetNoNewPrivileges &) { line(m_chain.add("setpriv", "--no-new-privs")); },
                [](const InstallSeccomp &) {}, // lost
                [&](const Execute &o) { execute(o); },
            },
            step.operation);
    }

    /// A line of the host's tools, before the switch.
    template <typename Op> void plain(const Op &operation)
    {
        const PathWriter path = [this](const Location &location) { return shellWord(displayPath(m_plan, location)); };
        comment(titleOf(operation, words(Book::Narration, "en")));
        line(shellLine(operation, path));
    }

    void pivot(const PivotRoot &pivot)
    {
        const std::string putOld = pivot.putOld == "." ? m_plan.newRoot : m_plan.newRoot + "/" + pivot.putOld;
        comment("Switch to the new root; who stands in another directory than the root stays in the host's tree");
        line("cd /usr");
        line(fmt::format("pivot_root {} {}", shellWord(m_plan.newRoot), shellWord(putOld)));
        line("cd -P ..");
        m_switched = true;
    }

    /// Only nsenter(1) can have a root and stand outside of it, where the host's tools are. That of util-linux 2.41
    /// wants a namespace to enter, which may be the one it is in, as long as it is one of the same user namespace
    /// (setns(2)).
    void changeRoot()
    {
        if (m_spec.namespaces.uts != NamespaceChoice::New) {
            option(Namespace::Uts);
            m_losses.add("namespaces.uts", "it has a UTS namespace of its own, because nsenter wants one to enter");
        }
        m_start = "nsenter --uts=/proc/self/ns/uts --root=" + shellWord(m_plan.newRoot) + " --wd=/ -- ";
    }

    void execute(const Execute &command)
    {
        if (!m_switched)
            line("cd /");
        const std::string words = environmentWords(command, shellWord(m_spec.process.cwd));
        line(fmt::format("exec {}\"$@\" {}{}", m_start, hostToolWords("env"),
                         std::string_view(words).substr(std::string_view("env").size())));
    }

    const SandboxSpec &m_spec;
    const Plan &m_plan;
    Losses &m_losses;
    std::string m_options; ///< of unshare(1)
    std::string m_inside;  ///< the script that it runs
    std::string m_start;   ///< what starts the command's chain, where the root is not the shell's
    ToolChain m_chain;
    bool m_mapped = false; ///< by newuidmap(1)
    bool m_switched = false;
};

} // namespace

Result<Export> exportUnshare(const SandboxSpec &spec, const HostFacts &facts)
{
    Losses losses;
    SandboxSpec wanted = spec;
    HostFacts user = facts;
    if (facts.privileged || spec.namespaces.user == UserNamespaceChoice::Host) {
        wanted.namespaces.user = UserNamespaceChoice::New;
        user.privileged = false;
        losses.add("namespaces.user", "it has a user namespace of its own, without which an ordinary user can make no "
                                      "mount");
        for (const Finding &finding : validate(wanted, user, {.mounts = 4096, .layers = 500}))
            if (finding.severity == Severity::Error)
                losses.add(finding.field, "an ordinary user cannot have it: " + finding.reason);
    }
    Result<Plan> plan = makePlan(wanted, user);
    if (!plan)
        return std::unexpected(plan.error());
    if (wanted.process.args.front().contains('='))
        return failure("export.command", "env(1) takes a command with an equals sign in its name for a variable");
    loseLock(wanted, losses);
    loseWhatOnlyARuntimeHas(wanted, losses);
    std::string text = UnshareWriter(wanted, *plan, losses).write();
    return Export{std::move(text), losses.take()};
}

} // namespace pivotbench::core
