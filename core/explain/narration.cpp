// SPDX-License-Identifier: Apache-2.0
#include "core/explain/narration.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace pivotbench::core {
namespace {

constexpr const char *mountApi = "mount(2), DESCRIPTION; Documentation/filesystems/mount_api.rst";

std::string place(const Location &location)
{
    const std::string path = printable(location.path);
    return location.base == Location::Base::NewRoot && location.path == "/" ? "the new root" : path;
}

/// "a new user namespace", "new mount, UTS and network namespaces".
std::string namespaceList(const std::vector<Namespace> &namespaces)
{
    const auto spelled = [](Namespace ns) -> std::string {
        switch (ns) {
        case Namespace::Pid: return "PID";
        case Namespace::Uts: return "UTS";
        case Namespace::Ipc: return "IPC";
        case Namespace::User:
        case Namespace::Mount:
        case Namespace::Network:
        case Namespace::Cgroup:
        case Namespace::Time: return namespaceWord(ns);
        }
        std::unreachable();
    };
    std::string out;
    for (std::size_t i = 0; i < namespaces.size(); ++i)
        out += (i == 0 ? "" : i + 1 == namespaces.size() ? " and " : ", ") + spelled(namespaces[i]);
    return (namespaces.size() == 1 ? "a new " : "new ") + out + (namespaces.size() == 1 ? " namespace" : " namespaces");
}

bool contains(const std::vector<Namespace> &namespaces, Namespace wanted)
{
    return std::ranges::find(namespaces, wanted) != namespaces.end();
}

bool hasFlag(const std::vector<FilesystemParameter> &parameters, std::string_view key)
{
    return std::ranges::any_of(parameters,
                               [key](const FilesystemParameter &parameter) { return parameter.first == key; });
}

Narration createProcess(const CreateProcess &o)
{
    const bool user = contains(o.namespaces, Namespace::User);
    const bool pid = contains(o.namespaces, Namespace::Pid);
    if (user && pid)
        return {"The builder is born into a user namespace, in which it holds every capability, and into a PID "
                "namespace, in which it is process 1. Both belong to this moment: a process never changes its own PID "
                "namespace, and the new user namespace has to own the namespaces that follow.",
                "clone3(2), DESCRIPTION; user_namespaces(7), DESCRIPTION; pid_namespaces(7), DESCRIPTION"};
    if (user)
        return {"The builder is born into a user namespace, in which it holds every capability and outside of which it "
                "holds none. All namespaces that it makes from now on belong to this one, which is why an ordinary "
                "user may make them.",
                "clone3(2), DESCRIPTION; user_namespaces(7), DESCRIPTION"};
    if (pid)
        return {"The builder is born as process 1 of a new PID namespace and does not see the host's processes by "
                "number. When process 1 ends, the kernel kills everything else in its namespace, so no process "
                "outlives the sandbox.",
                "clone3(2), DESCRIPTION; pid_namespaces(7), DESCRIPTION"};
    return {"A child process builds the sandbox, so that namespaces, root and ids of the process that started it stay "
            "as they are. It shares the host's process numbers, because the spec asks for no PID namespace.",
            "clone3(2), DESCRIPTION"};
}

Narration unshare(const Unshare &o)
{
    if (contains(o.namespaces, Namespace::Mount))
        return {"The builder leaves the host's namespaces of these kinds and gets new ones; the new mount namespace "
                "begins as a copy of the host's mount table. A copy is not yet private: mounts that were shared stay "
                "in their peer groups, or become slaves of them where the user namespace is new too, so events still "
                "arrive until the propagation changes.",
                "unshare(2), DESCRIPTION; mount_namespaces(7), DESCRIPTION"};
    return {"The builder leaves the host's namespaces of these kinds and gets new ones that belong to its user "
            "namespace. The mount table is not among them, so every mount it makes would be the host's.",
            "unshare(2), DESCRIPTION; namespaces(7), DESCRIPTION"};
}

Narration propagation(const SetPropagation &o)
{
    const std::string reach = o.change.recursive
                                  ? "The change is recursive, because every mount has a propagation type of its own."
                                  : "It changes this one mount only: mounts below it keep their own types.";
    std::string first;
    switch (o.change.propagation) {
    case Propagation::Private:
        first = "A private mount neither sends nor receives mount and unmount events, so nothing leaks between sandbox "
                "and host.";
        break;
    case Propagation::Slave:
        first = "A slave receives the mount and unmount events of its master, and sends none back.";
        break;
    case Propagation::Shared:
        first = "A shared mount sends its events to all members of its peer group and receives theirs, in every "
                "namespace that holds one.";
        break;
    case Propagation::Unbindable:
        first = "An unbindable mount is private, and cannot be the source of a bind mount either.";
        break;
    }
    return {first + " " + reach, "mount_namespaces(7), SHARED SUBTREES; mount_setattr(2), DESCRIPTION"};
}

Narration filesystem(const MountFilesystem &o)
{
    if (o.type == "proc")
        return {"A proc file system shows the processes of the PID namespace in which it was mounted, so a fresh one "
                "shows the sandbox's own. It is mounted while the host's /proc is still in view, because in a user "
                "namespace the kernel gives a new one only to those who could see a complete one already.",
                "pid_namespaces(7), DESCRIPTION; proc(5), DESCRIPTION"};
    if (o.type == "sysfs")
        return {
            "A sysfs shows the kernel's devices and settings, and of network devices those of the network namespace in "
            "which it was mounted. Writing there would reach the host's hardware, hence read-only is the usual choice.",
            "sysfs(5), DESCRIPTION; network_namespaces(7), DESCRIPTION"};
    if (o.type == "tmpfs")
        return {"A tmpfs is an empty file system in memory that no other mount shows. What is written to it is gone "
                "when its last mount goes, which happens by itself when the sandbox ends.",
                "tmpfs(5), DESCRIPTION"};
    if (o.type == "devpts")
        return {
            "Every mount of devpts is an instance of its own, so the sandbox's terminals are not the host's and cannot "
            "be reached from there by number. Opening its ptmx makes a terminal that lives in this instance.",
            "pts(4), NOTES; Documentation/filesystems/devpts.rst"};
    if (o.type == "mqueue")
        return {"The file system shows the POSIX message queues of the IPC namespace in which it was mounted. In a new "
                "IPC namespace it begins empty.",
                "mq_overview(7), DESCRIPTION; ipc_namespaces(7), DESCRIPTION"};
    if (o.type == "cgroup2")
        return {"The unified hierarchy of control groups appears, and in a new cgroup namespace its root is the "
                "sandbox's own group. What the sandbox may write there is what has been delegated to it.",
                "cgroups(7), CGROUPS VERSION 2; cgroup_namespaces(7), DESCRIPTION"};
    if (o.type == "devtmpfs")
        return {"There is one devtmpfs in the system, and every mount of it shows the same device nodes: the host's. "
                "That is the opposite of a minimal /dev, and only what the sandbox may not do stands between it and "
                "the host's disks.",
                mountApi};
    return {"A file system of this type is made, configured parameter by parameter, and only then put in its place. "
            "Until it is attached nobody can see it, so there is no moment at which it is there half configured.",
            mountApi};
}

Narration overlay(const MountOverlay &o)
{
    constexpr const char *manual =
        "Documentation/filesystems/overlayfs.rst; mount(8), FILESYSTEM-SPECIFIC MOUNT OPTIONS";
    if (o.upper.empty())
        return {"The layers are stacked into one tree in which the first named wins, and without an upper directory "
                "the kernel refuses every write to it. The directories below stay as they are and can carry other "
                "sandboxes at the same time.",
                manual};
    if (hasFlag(o.parameters, "volatile"))
        return {"The layers below are only read: the first change to a file copies it to the upper directory, and a "
                "deletion leaves a whiteout there. As the upper directory is thrown away with the sandbox, "
                "\"volatile\" spares all waiting for the disk.",
                manual};
    return {"The layers below are only read: the first change to a file copies it to the upper directory, and a "
            "deletion leaves a whiteout there. The work directory is the kernel's own scratch space beside it, so that "
            "a copied file appears all at once.",
            manual};
}

Narration bind(const BindMount &o)
{
    if (o.source == o.target)
        return {"Bound onto itself, the path becomes a mount of its own, with flags of its own. The next step can "
                "restrict it without touching the mount it was part of.",
                "mount(2), DESCRIPTION; mount_setattr(2), DESCRIPTION"};
    if (o.recursive)
        return {"The same files appear at a second place: nothing is copied, and a change on one side is one on the "
                "other. It takes along the mounts below the source, so nothing that they hide comes to light.",
                "mount(2), DESCRIPTION; mount_namespaces(7), SHARED SUBTREES"};
    return {
        "The same file or directory appears at a second place: nothing is copied, and a change on one side is one on "
        "the other. Mounts below the source stay behind, so the target shows the source's own file system alone.",
        "mount(2), DESCRIPTION; mount_namespaces(7), SHARED SUBTREES"};
}

Narration attributes(const SetMountAttributes &o)
{
    const std::string reach =
        o.recursive ? "The change reaches every mount below in one call, all or none." : "Mounts below it keep theirs.";
    return {"These flags belong to this mount and not to the file system, so the same files can be writable at one "
            "place and read-only at another. " +
                reach,
            "mount_setattr(2), DESCRIPTION; mount(2), DESCRIPTION"};
}

Narration pivotRoot(const PivotRoot &o)
{
    if (o.newRoot == o.putOld)
        return {"The new root becomes \"/\" of the mount namespace, and the old one is stacked on the same place, on "
                "top of it. That needs no directory for the old root, so it works on a read-only root too.",
                "pivot_root(2), NOTES"};
    return {"The new root becomes \"/\" of the mount namespace, and the old one moves to a directory below it. Unlike "
            "chroot(2), which only changes where one process begins its lookups, this changes the mount tree itself, "
            "so the old root can be taken away.",
            "pivot_root(2), DESCRIPTION"};
}

Narration changeDirectory(const ChangeDirectory &o)
{
    if (o.target.base == Location::Base::Root)
        return {"The working directory is the second string that ties a process to a tree, beside its root. One that "
                "was left outside of the new root would be a way back: relative paths begin there.",
                "chdir(2), DESCRIPTION; pivot_root(2), DESCRIPTION"};
    return {"The switch that follows names the new root as \".\", so the builder has to stand in it. A relative name "
            "is looked up from this very directory and cannot be swapped for another one on the way.",
            "chdir(2), DESCRIPTION; pivot_root(2), NOTES"};
}

Narration unmount(const Unmount &o)
{
    const char *first = "Without the old root no path leads to the host's files any more, whoever walks it and with "
                        "whatever privilege. ";
    if (o.detach)
        return {std::string(first) + "It is detached lazily: out of sight at once, cleaned up when its last user has "
                                     "gone, since a plain unmount would be refused while anything below it is in use.",
                "umount2(2), DESCRIPTION; pivot_root(2), NOTES"};
    return {std::string(first) + "A plain unmount is refused while anything uses the tree or is mounted below it.",
            "umount2(2), DESCRIPTION"};
}

std::string capabilityCount(const std::vector<std::string> &keep)
{
    if (keep.empty())
        return "no capability";
    return keep.size() == 1 ? std::string("1 capability") : fmt::format("{} capabilities", keep.size());
}

} // namespace

std::string titleOf(const Operation &operation)
{
    return std::visit(
        Overloaded{
            [](const CreateProcess &o) {
                return o.namespaces.empty() ? std::string("Start the builder")
                                            : fmt::format("Start the builder in {}", namespaceList(o.namespaces));
            },
            [](const DenySetgroups &) { return std::string("Give up setgroups(2) for this namespace"); },
            [](const WriteIdMaps &) { return std::string("Map user and group ids"); },
            [](const EnterCgroup &) { return std::string("Move the builder into its own cgroup"); },
            [](const Unshare &o) { return fmt::format("Make {}", namespaceList(o.namespaces)); },
            [](const SetPropagation &o) {
                return fmt::format("Make {}{} {}", place(o.target), o.change.recursive ? " and all below it" : "",
                                   propagationWord(o.change.propagation));
            },
            [](const MountFilesystem &o) {
                return fmt::format("Mount a new {} on {}", printable(o.type), place(o.target));
            },
            [](const MountOverlay &o) {
                return fmt::format("Stack {} layer{} into {}", o.lowers.size() + (o.upper.empty() ? 0 : 1),
                                   o.lowers.size() + (o.upper.empty() ? 0 : 1) == 1 ? "" : "s", place(o.target));
            },
            [](const BindMount &o) {
                if (o.source == o.target)
                    return fmt::format("Make {} a mount of its own", place(o.target));
                return fmt::format("Bind {} to {}", place(o.source), place(o.target));
            },
            [](const MoveMount &o) { return fmt::format("Move {} to {}", place(o.source), place(o.target)); },
            [](const SetMountAttributes &o) {
                std::vector<std::string> words = attributeWords(o.attributes);
                std::ranges::replace(words, std::string("ro"), std::string("read-only"));
                std::ranges::replace(words, std::string("rw"), std::string("writable"));
                return fmt::format("Make {}{} {}", place(o.target), o.recursive ? " and all below it" : "",
                                   join(words, ", "));
            },
            [](const MaskPath &o) { return fmt::format("Hide {}", place(o.target)); },
            [](const MakeDirectory &o) { return fmt::format("Make the directory {}", place(o.target)); },
            [](const MakeMountPoint &o) { return fmt::format("Make {} to mount on", place(o.target)); },
            [](const MakeDevice &o) { return fmt::format("Make the device node {}", place(o.target)); },
            [](const MakeSymlink &o) { return fmt::format("Link {} to {}", place(o.target), printable(o.pointsTo)); },
            [](const WriteFile &o) {
                return o.copyOf.empty() ? fmt::format("Write {}", place(o.target))
                                        : fmt::format("Copy {} to {}", printable(o.copyOf), place(o.target));
            },
            [](const SetHostname &o) { return fmt::format("Set the host name to {}", printable(o.name)); },
            [](const SetDomainname &o) { return fmt::format("Set the domain name to {}", printable(o.name)); },
            [](const BringUpLoopback &) { return std::string("Bring up the loopback interface"); },
            [](const ChangeDirectory &o) { return fmt::format("Go to {}", place(o.target)); },
            [](const PivotRoot &) { return std::string("Switch to the new root"); },
            [](const ChangeRoot &) { return std::string("Change the root of this process alone"); },
            [](const Unmount &o) {
                return o.path == "." ? std::string("Detach the old root")
                                     : fmt::format("{} {}", o.detach ? "Detach" : "Unmount", printable(o.path));
            },
            [](const RemoveDirectory &o) { return fmt::format("Remove {}", printable(o.path)); },
            [](const OpenTerminal &) { return std::string("Open a terminal of the sandbox"); },
            [](const SpawnPayload &) { return std::string("Start the process that becomes the command"); },
            [](const NewSession &o) {
                return std::string(o.controllingTerminal ? "Begin a session on the terminal"
                                                         : "Begin a session without a terminal");
            },
            [](const SetResourceLimit &o) { return fmt::format("Limit {}", printable(o.limit.type)); },
            [](const LimitCapabilities &o) {
                return fmt::format("Shrink the bounding set to {}", capabilityCount(o.keep));
            },
            [](const SetIds &o) { return fmt::format("Become user {} and group {}", o.uid, o.gid); },
            [](const SetCapabilities &o) { return fmt::format("Keep {}", capabilityCount(o.keep)); },
            [](const SetNoNewPrivileges &) { return std::string("Give up gaining privileges"); },
            [](const InstallSeccomp &) { return std::string("Install the system call filter"); },
            [](const Execute &o) {
                return fmt::format("Run {}", o.args.empty() ? std::string("nothing") : printable(o.args.front()));
            },
        },
        operation);
}

Narration narrate(const Operation &operation)
{
    return std::visit(
        Overloaded{
            [](const CreateProcess &o) { return createProcess(o); },
            [](const DenySetgroups &) -> Narration {
                return {"A group can be used to deny access, as in a file with mode 0705, and whoever could drop that "
                        "group would gain the access. So without privilege outside a group map may be written only "
                        "after setgroups(2) has been denied for the namespace, for good.",
                        "user_namespaces(7), DESCRIPTION"};
            },
            [](const WriteIdMaps &o) -> Narration {
                const std::string first =
                    "Until its ids are mapped, the builder is the overflow user 65534 and cannot become anybody. ";
                if (o.byTools)
                    return {first + "newuidmap(1) and newgidmap(1) write the maps, because only they may grant the "
                                    "subordinate ids that /etc/subuid and /etc/subgid assign to the user.",
                            "user_namespaces(7), DESCRIPTION; newuidmap(1), DESCRIPTION; subuid(5), DESCRIPTION"};
                return {first + "A map can be written once, and says for each range which id outside stands behind an "
                                "id inside.",
                        "user_namespaces(7), DESCRIPTION"};
            },
            [](const EnterCgroup &) -> Narration {
                return {
                    "A control group counts and limits what its processes use together, whatever they fork. The "
                    "builder enters before it does anything, so that all its work and every later process is counted.",
                    "cgroups(7), CGROUPS VERSION 2; Documentation/admin-guide/cgroup-v2.rst"};
            },
            [](const Unshare &o) { return unshare(o); },
            [](const SetPropagation &o) { return propagation(o); },
            [](const MountFilesystem &o) { return filesystem(o); },
            [](const MountOverlay &o) { return overlay(o); },
            [](const BindMount &o) { return bind(o); },
            [](const MoveMount &) -> Narration {
                return {"The mount and all that is mounted below it go to another place at once; who has a file of it "
                        "open notices nothing. A mount whose parent is shared cannot be moved, because the copies of "
                        "its parent would have to lose it, too.",
                        "mount(2), DESCRIPTION"};
            },
            [](const SetMountAttributes &o) { return attributes(o); },
            [](const MaskPath &) -> Narration {
                return {
                    "A mount covers what was there: a file disappears behind the null device, a directory behind an "
                    "empty read-only tmpfs. What is covered cannot be uncovered without the capability to unmount.",
                    "mount(2), DESCRIPTION; null(4), DESCRIPTION"};
            },
            [](const MakeDirectory &) -> Narration {
                return {"A directory has to be there before something can be mounted on it or kept in it. Missing "
                        "parents are made too, each looked up without leaving the root it belongs to.",
                        "mkdir(2), DESCRIPTION; openat2(2), DESCRIPTION"};
            },
            [](const MakeMountPoint &) -> Narration {
                return {"A file can be mounted only on a file, and a directory only on a directory, so an empty one of "
                        "the source's kind is made. If the path is there already, nothing happens.",
                        "mount(2), ERRORS; mkdir(2), DESCRIPTION; open(2), DESCRIPTION"};
            },
            [](const MakeDevice &) -> Narration {
                return {"A device node is a pair of numbers with a name: through it a program reaches the same driver "
                        "as through the host's node. Making one needs CAP_MKNOD in the initial user namespace, which "
                        "is why sandboxes of ordinary users bind the host's node instead.",
                        "mknod(2), DESCRIPTION; user_namespaces(7), DESCRIPTION"};
            },
            [](const MakeSymlink &) -> Narration {
                return {"Programs expect this name, and a symbolic link gives it to them. The link is text: it is "
                        "followed anew at each use, in the root of whoever follows it.",
                        "symlink(2), DESCRIPTION; path_resolution(7), DESCRIPTION"};
            },
            [](const WriteFile &o) -> Narration {
                if (!o.copyOf.empty())
                    return {"The sandbox gets the host's file as it is now, in a file of its own. Later changes on "
                            "either side stay on that side, unlike with a bind mount.",
                            "open(2), DESCRIPTION; write(2), DESCRIPTION"};
                return {"The text goes to a new file that belongs to the sandbox alone. Bound over the path where "
                        "programs look for it, it leaves the layers and the host's file untouched.",
                        "open(2), DESCRIPTION; write(2), DESCRIPTION"};
            },
            [](const SetHostname &) -> Narration {
                return {"The host name belongs to the UTS namespace, so the sandbox can have another one than the "
                        "host. It is what uname(2) and gethostname(2) say; the file /etc/hostname is another thing, "
                        "read when a system boots.",
                        "sethostname(2), DESCRIPTION; uts_namespaces(7), DESCRIPTION"};
            },
            [](const SetDomainname &) -> Narration {
                return {"The NIS domain name belongs to the UTS namespace like the host name. It is not the domain of "
                        "the Internet's names, which comes from /etc/resolv.conf and /etc/hosts.",
                        "setdomainname(2), DESCRIPTION; uts_namespaces(7), DESCRIPTION"};
            },
            [](const BringUpLoopback &) -> Narration {
                return {"A new network namespace has one interface, the loopback, and it is down. Programs that talk "
                        "to themselves over 127.0.0.1 need it, and it leads nowhere else.",
                        "network_namespaces(7), DESCRIPTION; netdevice(7), DESCRIPTION"};
            },
            [](const ChangeDirectory &o) { return changeDirectory(o); },
            [](const PivotRoot &o) { return pivotRoot(o); },
            [](const ChangeRoot &) -> Narration {
                return {"From here on the process begins its absolute paths in another directory, and nothing else has "
                        "changed: the old root is still mounted around it. A process with CAP_SYS_CHROOT, or with a "
                        "directory open outside, walks out again, so this is no fence.",
                        "chroot(2), DESCRIPTION"};
            },
            [](const Unmount &o) { return unmount(o); },
            [](const RemoveDirectory &) -> Narration {
                return {"The directory that held the old root is empty now and has no further use. Where it cannot be "
                        "removed, it stays, and does no harm.",
                        "rmdir(2), DESCRIPTION"};
            },
            [](const OpenTerminal &) -> Narration {
                return {"The sandbox's terminal comes from its own devpts, so no descriptor of the user's terminal "
                        "goes inside, through which a program could type into it. The other end of the pair stays with "
                        "the client.",
                        "pts(4), DESCRIPTION; ioctl_tty(2), DESCRIPTION"};
            },
            [](const SpawnPayload &) -> Narration {
                return {"The builder stays behind as process 1, which receives orphans, collects the dead and passes "
                        "signals on. The new process goes on with the remaining steps and becomes the command.",
                        "clone(2), DESCRIPTION; pid_namespaces(7), DESCRIPTION"};
            },
            [](const NewSession &o) -> Narration {
                if (o.controllingTerminal)
                    return {
                        "The command leads a new session and has the sandbox's terminal as its controlling one, so job "
                        "control and Ctrl-C work inside. It has no tie to the session from which it was started.",
                        "setsid(2), DESCRIPTION; ioctl_tty(2), DESCRIPTION"};
                return {"A process in a new session has no controlling terminal. Without one, or CAP_SYS_ADMIN "
                        "outside, it cannot push characters into the terminal from which it was started.",
                        "setsid(2), DESCRIPTION; ioctl_tty(2), DESCRIPTION"};
            },
            [](const SetResourceLimit &) -> Narration {
                return {"The limit holds for this process and is inherited by all that it starts; the soft value acts, "
                        "the hard one is the ceiling to which the soft one can be raised. It is set before the "
                        "capabilities go, because raising a hard limit needs CAP_SYS_RESOURCE.",
                        "setrlimit(2), DESCRIPTION"};
            },
            [](const LimitCapabilities &) -> Narration {
                return {"What is not in the bounding set can no longer be gained by executing a file, not even one "
                        "that is set-user-ID root. It comes before the ids change, because dropping needs CAP_SETPCAP.",
                        "capabilities(7), DESCRIPTION; prctl(2), DESCRIPTION"};
            },
            [](const SetIds &) -> Narration {
                return {"Groups first, then the group id, then the user id: after the user id has changed, the right "
                        "to change the others is gone. All three of real, effective and saved id are set, so that none "
                        "is left to go back to.",
                        "setresuid(2), DESCRIPTION; setgroups(2), DESCRIPTION; credentials(7), DESCRIPTION"};
            },
            [](const SetCapabilities &o) -> Narration {
                if (o.ambient)
                    return {"The permitted and effective sets shrink to what the spec keeps. As the command runs under "
                            "an ordinary user id, the same capabilities become ambient, or else they would be lost "
                            "when it is executed.",
                            "capabilities(7), DESCRIPTION; capset(2), DESCRIPTION"};
                return {"The permitted and effective sets shrink to what the spec keeps, and the inheritable and "
                        "ambient sets are emptied. A capability that has left the permitted set cannot come back.",
                        "capabilities(7), DESCRIPTION; capset(2), DESCRIPTION"};
            },
            [](const SetNoNewPrivileges &) -> Narration {
                return {"From now on executing a file can add no privilege: set-user-ID bits and file capabilities are "
                        "ignored, for this process and all its descendants. It cannot be undone, and it allows a "
                        "filter to be installed without CAP_SYS_ADMIN.",
                        "prctl(2), DESCRIPTION; execve(2), DESCRIPTION"};
            },
            [](const InstallSeccomp &) -> Narration {
                return {"From now on the kernel runs a small program before every system call, which lets it pass or "
                        "refuses it. It comes last because it would refuse the calls of the steps before it, such as "
                        "those that mount.",
                        "seccomp(2), DESCRIPTION"};
            },
            [](const Execute &) -> Narration {
                return {"The program replaces the builder's code in this process, and keeps its namespaces, root, ids "
                        "and limits. It gets the given environment and no more, and every other descriptor is closed "
                        "at this moment.",
                        "execve(2), DESCRIPTION"};
            },
        },
        operation);
}

} // namespace pivotbench::core
