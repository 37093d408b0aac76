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

/// Options of BusyBox' unshare for the same namespaces; what it cannot do is left out.
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
    return out;
}

std::string optionList(std::uint64_t flags)
{
    static constexpr std::pair<std::uint64_t, const char *> words[] = {
        {ms::readOnly, "ro"},       {ms::noSuid, "nosuid"},           {ms::noDev, "nodev"},
        {ms::noExec, "noexec"},     {ms::noAtime, "noatime"},         {ms::noDirAtime, "nodiratime"},
        {ms::relAtime, "relatime"}, {ms::strictAtime, "strictatime"}, {ms::remount, "remount"}};
    std::string out;
    for (const auto &[bit, word] : words)
        if ((flags & bit) != 0)
            out += (out.empty() ? "" : ",") + std::string(word);
    return out;
}

std::string mountCommand(const MountCall &call)
{
    static constexpr std::pair<std::uint64_t, const char *> propagations[] = {
        {ms::shared, "shared"}, {ms::slave, "slave"}, {ms::isPrivate, "private"}, {ms::unbindable, "unbindable"}};
    const char *recursive = (call.flags & ms::recursive) != 0 ? "r" : "";
    const std::string options = optionList(call.flags);
    if ((call.flags & ms::remount) != 0)
        return fmt::format("mount -i -o {}{} none {}", options, (call.flags & ms::bind) != 0 ? ",bind" : "",
                           call.target);
    if ((call.flags & ms::bind) != 0)
        return fmt::format("mount -i -o {}bind {} {}", recursive, call.source, call.target);
    for (const auto &[bit, word] : propagations)
        if ((call.flags & bit) != 0)
            return fmt::format("mount -i -o {}{} none {}", recursive, word, call.target);
    if ((call.flags & ms::move) != 0)
        return fmt::format("mount -i -o move {} {}", call.source, call.target);
    std::string all = options;
    if (call.type == "overlay")
        all += (all.empty() ? "" : ",") + overlayWords(call.overlay);
    return fmt::format("mount -i -t {} {}{} {}", call.type.empty() ? "''" : call.type,
                       all.empty() ? "" : "-o " + all + " ", call.source.empty() ? "none" : call.source, call.target);
}

/// A command of BusyBox' shell, which knows descriptors of one digit; empty for a call that no command makes.
std::string commandOf(const Call &call)
{
    return std::visit(
        core::Overloaded{
            [](const MountCall &c) { return "$b " + mountCommand(c); },
            [](const UnmountCall &c) {
                return fmt::format("$b umount {}{}", (c.flags & UnmountCall::detach) != 0 ? "-l " : "", c.target);
            },
            [](const PivotRootCall &c) { return fmt::format("$b pivot_root {} {}", c.newRoot, c.putOld); },
            [](const ChrootCall &c) { return fmt::format("exec $b chroot {} /busybox sh", c.path); },
            [](const ChdirCall &c) { return fmt::format("cd -P {}", c.path); },
            [](const OpenCall &c) { return fmt::format("exec {}< {}", c.descriptor - 7, c.path); },
            [](const CloseCall &c) { return fmt::format("exec {}<&-", c.descriptor - 7); },
            [](const MkdirCall &c) { return fmt::format("$b mkdir {}", c.path); },
            [](const RmdirCall &c) { return fmt::format("$b rmdir {}", c.path); },
            [](const SymlinkCall &c) { return fmt::format("$b ln -s {} {}", c.target, c.path); },
            [](const MknodCall &c) {
                return c.device ? fmt::format("$b mknod {} c 1 3", c.path) : fmt::format(": > {}", c.path);
            },
            [](const ExecCall &c) { return fmt::format("({})", c.path); },
            [](const UnshareCall &c) {
                return fmt::format("exec $b unshare{} /busybox sh", unshareOptions(c.namespaces));
            },
            [](const SetnsCall &c) {
                return fmt::format("exec $b nsenter {} -t \"$p{}\" /busybox sh", c.user ? "-U" : "-m",
                                   static_cast<int>(c.of) - 1);
            },
            [](const ExitCall &) { return std::string("exit"); },
            [](const auto &) { return std::string(); },
        },
        call);
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
    std::string out =
        "#!/bin/sh\n"
        "# Needs a static BusyBox. Everything happens in namespaces of its own, in an empty tmpfs as root.\n"
        "# A call that no command makes stands as a comment alone: open_tree, move_mount, fsmount,\n"
        "# mount_setattr, fchdir, capset.\n"
        "set -e\nexport busybox=$(command -v busybox)\n";
    out += fmt::format("exec unshare{} --mount --propagation private /bin/sh <<'WORLD'\n",
                       scenario.userNamespace ? " --user --map-root-user" : "");
    out += "t=$(mktemp -d) && mount -t tmpfs world \"$t\" && cp \"$busybox\" \"$t/busybox\" && cd \"$t\" || exit\n"
           "mkdir proc sys && mount -t proc proc proc && mount -t sysfs sysfs sys\n";
    for (const Call &call : prelude(scenario.userNamespace)) {
        if (const auto *directory = std::get_if<MkdirCall>(&call))
            out += fmt::format("mkdir .{}\n", directory->path);
        else if (const auto *link = std::get_if<SymlinkCall>(&call))
            out += fmt::format("ln -s {} .{}\n", link->target, link->path);
        else if (const auto *node = std::get_if<MknodCall>(&call))
            out += node->device ? fmt::format("mknod .{} c 1 3\n", node->path) : fmt::format(": > .{}\n", node->path);
    }
    out += "pivot_root . . && /busybox umount -l . && cd / && exec /busybox sh -s <<'ACTS'\nb=/busybox\n";
    // Another worker is a shell that reads what it shall do from a pipe, which has no name any more then.
    std::size_t workers = 1;
    for (const Act &act : scenario.acts) {
        out += fmt::format("# worker {}: {}\n", act.worker, describe(act.call));
        const auto tell = [&](const std::string &command) {
            out += act.worker == 0 ? command + "\n"
                                   : fmt::format("echo '{}' >&{}; $b sleep 0.2\n", command, 6 + act.worker);
        };
        if (const auto *clone = std::get_if<CloneCall>(&act.call)) {
            const std::string namespaces =
                clone->namespaces == NamespaceSet{} ? "" : "$b unshare" + unshareOptions(clone->namespaces) + " ";
            tell(fmt::format("$b mkfifo /p; {}/busybox sh < /p & p{}=$!; exec {}<>/p; echo b=/busybox >&{}; $b rm /p",
                             namespaces, workers, 6 + workers, 6 + workers));
            ++workers;
        } else if (const std::string command = commandOf(act.call); !command.empty()) {
            tell(command);
        }
    }
    out += "$b mount -t proc proc /proc; $b cat /proc/self/mountinfo\n";
    for (std::size_t worker = 1; worker < workers; ++worker)
        out +=
            fmt::format("echo 'echo worker {}; $b cat /proc/self/mountinfo' >&{}; $b sleep 0.2\n", worker, 6 + worker);
    return out + "ACTS\nWORLD\n";
}

} // namespace pivotbench::test
