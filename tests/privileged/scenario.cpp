// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

#include "core/base/overloaded.h"
#include "core/spec/mount_options.h"

#include <fmt/format.h>

namespace pivotbench::test {
namespace {

using namespace kernel;

std::string mountFlagWords(std::uint64_t flags)
{
    static constexpr std::pair<std::uint64_t, const char *> words[] = {{ms::readOnly, "MS_RDONLY"},
                                                                       {ms::noSuid, "MS_NOSUID"},
                                                                       {ms::noDev, "MS_NODEV"},
                                                                       {ms::noExec, "MS_NOEXEC"},
                                                                       {ms::remount, "MS_REMOUNT"},
                                                                       {ms::noSymFollow, "MS_NOSYMFOLLOW"},
                                                                       {ms::noAtime, "MS_NOATIME"},
                                                                       {ms::noDirAtime, "MS_NODIRATIME"},
                                                                       {ms::bind, "MS_BIND"},
                                                                       {ms::move, "MS_MOVE"},
                                                                       {ms::recursive, "MS_REC"},
                                                                       {ms::silent, "MS_SILENT"},
                                                                       {ms::unbindable, "MS_UNBINDABLE"},
                                                                       {ms::isPrivate, "MS_PRIVATE"},
                                                                       {ms::slave, "MS_SLAVE"},
                                                                       {ms::shared, "MS_SHARED"},
                                                                       {ms::relAtime, "MS_RELATIME"},
                                                                       {ms::strictAtime, "MS_STRICTATIME"}};
    std::string out;
    for (const auto &[bit, word] : words)
        if ((flags & bit) != 0)
            out += (out.empty() ? "" : "|") + std::string(word);
    return out.empty() ? "0" : out;
}

std::string overlayWords(const OverlayOptions &options)
{
    std::string out = "lowerdir=";
    for (std::size_t i = 0; i < options.lowers.size(); ++i)
        out += (i == 0 ? "" : ":") + options.lowers[i];
    if (!options.upper.empty())
        out += ",upperdir=" + options.upper;
    if (!options.work.empty())
        out += ",workdir=" + options.work;
    return out;
}

std::string atWords(const At &at)
{
    return at.descriptor ? fmt::format("{}, \"{}\"", *at.descriptor, at.path)
                         : fmt::format("AT_FDCWD, \"{}\"", at.path);
}

std::string namespaceWords(const NamespaceSet &set)
{
    std::string out;
    const auto add = [&](bool is, const char *word) { out += is ? (out.empty() ? "" : "|") + std::string(word) : ""; };
    add(set.user, "CLONE_NEWUSER");
    add(set.mount, "CLONE_NEWNS");
    add(set.pid, "CLONE_NEWPID");
    add(set.network, "CLONE_NEWNET");
    add(set.ipc, "CLONE_NEWIPC");
    add(set.cgroup, "CLONE_NEWCGROUP");
    return out.empty() ? "0" : out;
}

/// Options of unshare(1) for the same namespaces.
std::string unshareOptions(const NamespaceSet &set)
{
    std::string out;
    if (set.user)
        out += " --user --map-root-user";
    if (set.mount)
        out += " --mount --propagation unchanged";
    if (set.pid)
        out += " --pid --fork";
    if (set.network)
        out += " --net";
    if (set.ipc)
        out += " --ipc";
    if (set.cgroup)
        out += " --cgroup";
    return out;
}

std::string optionList(std::uint64_t flags)
{
    static constexpr std::pair<std::uint64_t, const char *> words[] = {
        {ms::readOnly, "ro"},       {ms::noSuid, "nosuid"},           {ms::noDev, "nodev"},
        {ms::noExec, "noexec"},     {ms::noAtime, "noatime"},         {ms::noDirAtime, "nodiratime"},
        {ms::relAtime, "relatime"}, {ms::strictAtime, "strictatime"}, {ms::noSymFollow, "nosymfollow"},
        {ms::remount, "remount"}};
    std::string out;
    for (const auto &[bit, word] : words)
        if ((flags & bit) != 0)
            out += (out.empty() ? "" : ",") + std::string(word);
    return out;
}

std::string mountCommand(const MountCall &call)
{
    constexpr std::uint64_t propagations = ms::shared | ms::slave | ms::isPrivate | ms::unbindable;
    const bool recursive = (call.flags & ms::recursive) != 0;
    const std::string options = optionList(call.flags & ~ms::bind);
    if ((call.flags & ms::remount) != 0)
        return fmt::format("mount -n -o {}{} {}", options, (call.flags & ms::bind) != 0 ? ",bind" : "", call.target);
    if ((call.flags & ms::bind) != 0)
        return fmt::format("mount -n --{}bind {} {}", recursive ? "r" : "", call.source, call.target);
    if ((call.flags & propagations) != 0) {
        const char *word = (call.flags & ms::shared) != 0      ? "shared"
                           : (call.flags & ms::slave) != 0     ? "slave"
                           : (call.flags & ms::isPrivate) != 0 ? "private"
                                                               : "unbindable";
        return fmt::format("mount -n --make-{}{} {}", recursive ? "r" : "", word, call.target);
    }
    if ((call.flags & ms::move) != 0)
        return fmt::format("mount -n --move {} {}", call.source, call.target);
    std::string all = options;
    if (call.type == "overlay")
        all += (all.empty() ? "" : ",") + overlayWords(call.overlay);
    return fmt::format("mount -n -t {} {}{}{} {}", call.type.empty() ? "''" : call.type,
                       all.empty() ? "" : "-o " + all + " ", "", call.source.empty() ? "none" : call.source,
                       call.target);
}

} // namespace

std::vector<Call> prelude(bool userNamespace)
{
    std::vector<Call> calls;
    for (const char *path : {"/a", "/a/x", "/a/x/y", "/b", "/b/y", "/c", "/c/z", "/old", "/u", "/w"})
        calls.push_back(MkdirCall{path});
    calls.push_back(MknodCall{.path = "/f"});
    calls.push_back(MknodCall{.path = "/a/f"});
    calls.push_back(MknodCall{.path = programPath, .executable = true});
    calls.push_back(MknodCall{.path = "/empty", .executable = true});
    if (!userNamespace)
        calls.push_back(MknodCall{.path = "/dev0", .device = true});
    static constexpr std::pair<const char *, const char *> links[] = {
        {"a", "/l"}, {"/b/y", "/abs"}, {"..", "/a/up"}, {".", "/here"}, {"loop", "/loop"}, {"f", "/lf"}};
    for (const auto &[target, path] : links)
        calls.push_back(SymlinkCall{target, path});
    return calls;
}

std::string describe(const Call &call)
{
    return std::visit(
        core::Overloaded{
            [](const MountCall &c) {
                return fmt::format("mount(\"{}\", \"{}\", \"{}\", {}{})", c.source, c.target, c.type,
                                   mountFlagWords(c.flags), c.type == "overlay" ? ", " + overlayWords(c.overlay) : "");
            },
            [](const UnmountCall &c) { return fmt::format("umount2(\"{}\", {})", c.target, c.flags); },
            [](const OpenTreeCall &c) {
                return fmt::format("{} = open_tree({}, {}{})", c.descriptor, atWords(c.from), c.clone ? "CLONE" : "0",
                                   c.recursive ? "|AT_RECURSIVE" : "");
            },
            [](const MoveMountCall &c) { return fmt::format("move_mount({}, {})", atWords(c.from), atWords(c.to)); },
            [](const FsMountCall &c) {
                return fmt::format("{} = fsmount({}, {:#x}{}{})", c.descriptor, c.type, c.attributes,
                                   c.readOnlySuperblock ? ", ro" : "",
                                   c.type == "overlay" ? ", " + overlayWords(c.overlay) : "");
            },
            [](const MountSetattrCall &c) {
                return fmt::format("mount_setattr({}, {}, set {:#x}, clear {:#x}, {})", atWords(c.target),
                                   c.recursive ? "AT_RECURSIVE" : "0", c.set, c.clear, mountFlagWords(c.propagation));
            },
            [](const PivotRootCall &c) { return fmt::format("pivot_root(\"{}\", \"{}\")", c.newRoot, c.putOld); },
            [](const ChrootCall &c) { return fmt::format("chroot(\"{}\")", c.path); },
            [](const ChdirCall &c) { return fmt::format("chdir(\"{}\")", c.path); },
            [](const FchdirCall &c) { return fmt::format("fchdir({})", c.descriptor); },
            [](const OpenCall &c) {
                return fmt::format("{} = open(\"{}\", {}{}{})", c.descriptor, c.path,
                                   c.pathOnly ? "O_PATH" : "O_RDONLY", c.directory ? "|O_DIRECTORY" : "",
                                   c.noFollow ? "|O_NOFOLLOW" : "");
            },
            [](const CloseCall &c) { return fmt::format("close({})", c.descriptor); },
            [](const MkdirCall &c) { return fmt::format("mkdir(\"{}\")", c.path); },
            [](const RmdirCall &c) { return fmt::format("rmdir(\"{}\")", c.path); },
            [](const SymlinkCall &c) { return fmt::format("symlink(\"{}\", \"{}\")", c.target, c.path); },
            [](const MknodCall &c) {
                return fmt::format("mknod(\"{}\", {})", c.path, c.device ? "S_IFCHR" : "S_IFREG");
            },
            [](const ExecCall &c) { return fmt::format("execve(\"{}\")", c.path); },
            [](const UnshareCall &c) { return fmt::format("unshare({})", namespaceWords(c.namespaces)); },
            [](const CloneCall &c) { return fmt::format("clone({})", namespaceWords(c.namespaces)); },
            [](const SetnsCall &c) {
                return fmt::format("setns({} of worker {})", c.user ? "user" : "mnt", static_cast<int>(c.of) - 1);
            },
            [](const DropCapabilitiesCall &) { return std::string("capset(none)"); },
            [](const ExitCall &) { return std::string("exit()"); },
        },
        call);
}

std::string shellScript(const Scenario &scenario)
{
    std::string out = "#!/bin/bash\n# Run as root; everything happens in namespaces of its own. What no command of a "
                      "shell does stands as a comment.\n";
    out += fmt::format("exec unshare{} --mount --propagation private bash -s <<'WORLD'\n",
                       scenario.userNamespace ? " --user --map-root-user" : "");
    out += "set -u; t=$(mktemp -d); mount -t tmpfs world \"$t\"; cd \"$t\"; mkdir proc sys\n";
    std::string made;
    for (const Call &call : prelude(scenario.userNamespace)) {
        if (const auto *c = std::get_if<MkdirCall>(&call))
            out += fmt::format("mkdir .{}\n", c->path);
        else if (const auto *link = std::get_if<SymlinkCall>(&call))
            out += fmt::format("ln -s {} .{}\n", link->target, link->path);
        else if (const auto *node = std::get_if<MknodCall>(&call))
            out += node->device ? fmt::format("mknod .{} c 1 3\n", node->path) : fmt::format(": > .{}\n", node->path);
    }
    out += "# (the tools come along, for the old root would be gone)\n"
           "for d in bin lib lib64 usr; do mkdir -p \".t/$d\"; mount --rbind \"/$d\" \".t/$d\"; done\n"
           "w() { # each worker is a shell that reads from a pipe\n  mkfifo \"/tmp/w$1.$$\" 2>/dev/null; }\n";
    std::size_t workers = 1;
    const auto line = [](const std::string &command) { return command + "\n"; };
    for (const Act &act : scenario.acts) {
        out += fmt::format("# worker {}: {}\n", act.worker, describe(act.call));
        std::string command = std::visit(
            core::Overloaded{
                [](const MountCall &c) { return mountCommand(c); },
                [](const UnmountCall &c) {
                    return fmt::format("umount -n {}{}", (c.flags & UnmountCall::detach) != 0 ? "-l " : "", c.target);
                },
                [](const PivotRootCall &c) { return fmt::format("pivot_root {} {}", c.newRoot, c.putOld); },
                [](const ChrootCall &c) { return fmt::format("exec chroot {} /bin/bash", c.path); },
                [](const ChdirCall &c) { return fmt::format("cd -P {}", c.path); },
                [](const FchdirCall &c) { return fmt::format("cd -P /proc/self/fd/{}", c.descriptor); },
                [](const OpenCall &c) { return fmt::format("exec {}< {}", c.descriptor, c.path); },
                [](const CloseCall &c) { return fmt::format("exec {}<&-", c.descriptor); },
                [](const MkdirCall &c) { return fmt::format("mkdir {}", c.path); },
                [](const RmdirCall &c) { return fmt::format("rmdir {}", c.path); },
                [](const SymlinkCall &c) { return fmt::format("ln -s {} {}", c.target, c.path); },
                [](const MknodCall &c) {
                    return c.device ? fmt::format("mknod {} c 1 3", c.path) : fmt::format(": > {}", c.path);
                },
                [](const ExecCall &c) { return fmt::format("({})", c.path); },
                [](const UnshareCall &c) { return fmt::format("exec unshare{} bash", unshareOptions(c.namespaces)); },
                [&](const CloneCall &c) {
                    return fmt::format("coproc W{} {{ exec {}bash; }}", workers++,
                                       c.namespaces == NamespaceSet{} ? ""
                                                                      : "unshare" + unshareOptions(c.namespaces) + " ");
                },
                [](const SetnsCall &c) {
                    return fmt::format("exec nsenter {} -t $W{}_PID bash", c.user ? "--user" : "--mount",
                                       static_cast<int>(c.of) - 1);
                },
                [](const DropCapabilitiesCall &) {
                    return std::string("exec setpriv --inh-caps=-all --bounding-set=-all bash");
                },
                [](const ExitCall &) { return std::string("exit"); },
                [](const auto &) { return std::string(); }, // open_tree, move_mount, fsmount, mount_setattr
            },
            act.call);
        if (command.empty())
            continue;
        out += line(act.worker == 0 ? command : fmt::format("echo '{}' >&\"${{W{}[1]}}\"", command, act.worker));
    }
    out += "cat /proc/self/mountinfo\nWORLD\n";
    return out;
}

} // namespace pivotbench::test
