// SPDX-License-Identifier: Apache-2.0
//
// The operations a plan is made of. Each is one kernel operation, or one inseparable write. To add one: a struct here,
// and the compiler names every consumer that has to learn it (executor, explainer, kernel model, exporters, codec).
// Plain values; sources are named at each struct.
#pragma once

#include "core/spec/mount_options.h"
#include "core/spec/sandbox_spec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pivotbench::core {

/// A place in the tree, and how it is looked up. Host: the builder's view before the switch. NewRoot: inside the
/// sandbox's root before the switch, resolved by openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), so no link leads
/// out. Root: the builder's view after the switch, where the sandbox's root is "/".
struct Location {
    enum class Base { Host, NewRoot, Root };
    Base base = Base::Host;
    std::string path; ///< absolute
    bool operator==(const Location &) const = default;
};

enum class Namespace { User, Mount, Pid, Uts, Ipc, Network, Cgroup, Time };
[[nodiscard]] const char *namespaceWord(Namespace ns);     ///< "user", "mount", …: for people and for JSON
[[nodiscard]] const char *namespaceConstant(Namespace ns); ///< "CLONE_NEWUSER", …
[[nodiscard]] const char *namespaceFile(Namespace ns);     ///< "user", "mnt", "net", …: under /proc/PID/ns

/// clone3(2): the builder is born. User and PID namespaces have to be made at this moment.
struct CreateProcess {
    std::vector<Namespace> namespaces;
    bool operator==(const CreateProcess &) const = default;
};

/// write(2) "deny" to /proc/self/setgroups (user_namespaces(7)).
struct DenySetgroups {
    bool operator==(const DenySetgroups &) const = default;
};

/// Writes /proc/PID/uid_map and gid_map. byTools: newuidmap(1) and newgidmap(1) write them, which only they may for
/// subordinate ids; otherwise the builder itself (its own id alone), or root's helper.
struct WriteIdMaps {
    std::vector<IdRange> uid;
    std::vector<IdRange> gid;
    bool byTools = false;
    bool operator==(const WriteIdMaps &) const = default;
};

/// Moves the builder into its own cgroup with these limits (cgroup v2). Written by the helper, from outside.
struct EnterCgroup {
    ResourcesSpec limits;
    bool operator==(const EnterCgroup &) const = default;
};

/// unshare(2).
struct Unshare {
    std::vector<Namespace> namespaces;
    bool operator==(const Unshare &) const = default;
};

/// mount_setattr(2) with .propagation, or mount(2) MS_SHARED …
struct SetPropagation {
    Location target;
    PropagationChange change;
    bool operator==(const SetPropagation &) const = default;
};

/// A filesystem that needs no source: tmpfs, proc, sysfs, devpts, mqueue, cgroup2, devtmpfs. fsopen(2) … move_mount(2).
struct MountFilesystem {
    std::string type;
    std::string source;
    Location target;
    MountAttributes attributes;
    std::vector<FilesystemParameter> parameters;
    bool operator==(const MountFilesystem &) const = default;
};

/// overlayfs; lowers topmost first, host paths. Without `upper` it is read-only by nature.
struct MountOverlay {
    std::vector<std::string> lowers;
    std::string upper;
    std::string work;
    Location target;
    MountAttributes attributes;
    std::vector<FilesystemParameter> parameters; ///< "userxattr", "volatile", "index"
    bool operator==(const MountOverlay &) const = default;
};

/// open_tree(2) OPEN_TREE_CLONE and move_mount(2); the same as mount(2) MS_BIND [| MS_REC].
/// With `skipIfMissing` an absent target is no failure: the step does nothing and says so.
struct BindMount {
    Location source;
    Location target;
    bool recursive = false;
    bool skipIfMissing = false;
    bool operator==(const BindMount &) const = default;
};

/// open_tree(2) and move_mount(2); the same as mount(2) MS_MOVE. No launch needs it: for what-ifs.
struct MoveMount {
    Location source;
    Location target;
    bool operator==(const MoveMount &) const = default;
};

/// mount_setattr(2): what "mount -o remount,bind,ro" does.
struct SetMountAttributes {
    Location target;
    MountAttributes attributes;
    bool recursive = false;
    bool skipIfMissing = false;
    bool operator==(const SetMountAttributes &) const = default;
};

/// Hides a path: a file behind a bind of the null device, a directory behind an empty read-only tmpfs. Absent paths are
/// skipped.
struct MaskPath {
    Location target;
    bool operator==(const MaskPath &) const = default;
};

/// mkdir(2), with missing parents.
struct MakeDirectory {
    Location target;
    std::uint32_t mode = 0755;
    bool operator==(const MakeDirectory &) const = default;
};

/// An empty file, or a directory, to mount on: what `like` (a bind source) is. Nothing happens when it exists.
struct MakeMountPoint {
    Location target;
    Location like;
    bool operator==(const MakeMountPoint &) const = default;
};

/// mknod(2) of a character or block device with the numbers of `like`, a device of the host.
struct MakeDevice {
    Location target;
    std::string like; ///< "/dev/null"
    std::uint32_t mode = 0666;
    bool operator==(const MakeDevice &) const = default;
};

/// symlink(2).
struct MakeSymlink {
    Location target;
    std::string pointsTo;
    bool operator==(const MakeSymlink &) const = default;
};

/// open(2) with O_CREAT and write(2). `copyOf` (a host file) is read at launch when it is set.
struct WriteFile {
    Location target;
    std::string text;
    std::string copyOf;
    std::uint32_t mode = 0644;
    bool operator==(const WriteFile &) const = default;
};

/// sethostname(2), setdomainname(2).
struct SetHostname {
    std::string name;
    bool operator==(const SetHostname &) const = default;
};
struct SetDomainname {
    std::string name;
    bool operator==(const SetDomainname &) const = default;
};

/// ioctl(2) SIOCSIFFLAGS: lo up in a new network namespace.
struct BringUpLoopback {
    bool operator==(const BringUpLoopback &) const = default;
};

/// chdir(2).
struct ChangeDirectory {
    Location target;
    bool operator==(const ChangeDirectory &) const = default;
};

/// pivot_root(2). Both paths are relative to the working directory, which is the new root.
struct PivotRoot {
    std::string newRoot; ///< "."
    std::string putOld;  ///< ".put_old" or "."
    bool operator==(const PivotRoot &) const = default;
};

/// chroot(2) to the working directory.
struct ChangeRoot {
    std::string path; ///< "."
    bool operator==(const ChangeRoot &) const = default;
};

/// umount2(2). `path` as the builder sees it at that moment ("/.put_old", or "." after pivot_root(".", ".")).
struct Unmount {
    std::string path;
    bool detach = true; ///< MNT_DETACH, umount -l
    bool operator==(const Unmount &) const = default;
};

/// rmdir(2); a read-only or shared directory that cannot be removed is no failure.
struct RemoveDirectory {
    std::string path;
    bool operator==(const RemoveDirectory &) const = default;
};

/// Opens a pseudoterminal of the sandbox's own devpts; its other end goes to the client (pts(4), TIOCGPTPEER).
struct OpenTerminal {
    bool operator==(const OpenTerminal &) const = default;
};

/// fork: pid 1 stays to reap and to forward signals, the new process goes on with the remaining steps.
struct SpawnPayload {
    bool operator==(const SpawnPayload &) const = default;
};

/// setsid(2), and the terminal becomes the controlling one (TIOCSCTTY).
struct NewSession {
    bool controllingTerminal = false;
    bool operator==(const NewSession &) const = default;
};

/// setrlimit(2).
struct SetResourceLimit {
    ResourceLimit limit;
    bool operator==(const SetResourceLimit &) const = default;
};

/// Drops from the bounding set everything but these (capabilities(7)); done before the ids change.
struct LimitCapabilities {
    std::vector<std::string> keep;
    bool operator==(const LimitCapabilities &) const = default;
};

/// setgroups(2), setresgid(2), setresuid(2).
struct SetIds {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additionalGids;
    bool setGroups = true; ///< false where setgroups is denied
    bool operator==(const SetIds &) const = default;
};

/// capset(2): permitted and effective sets; `ambient` keeps them across the execve of an ordinary uid.
struct SetCapabilities {
    std::vector<std::string> keep;
    bool ambient = false;
    bool operator==(const SetCapabilities &) const = default;
};

/// prctl(2) PR_SET_NO_NEW_PRIVS.
struct SetNoNewPrivileges {
    bool operator==(const SetNoNewPrivileges &) const = default;
};

/// seccomp(2) SECCOMP_SET_MODE_FILTER.
struct InstallSeccomp {
    SeccompSpec profile;
    std::vector<std::string> capabilities; ///< the default profile allows more calls to a process that keeps more
    bool operator==(const InstallSeccomp &) const = default;
};

/// execve(2). args[0] is searched along PATH of `env` when it has no slash.
struct Execute {
    std::vector<std::string> args;
    std::vector<std::string> env;
    bool operator==(const Execute &) const = default;
};

using Operation = std::variant<CreateProcess, DenySetgroups, WriteIdMaps, EnterCgroup, Unshare, SetPropagation,
                               MountFilesystem, MountOverlay, BindMount, MoveMount, SetMountAttributes, MaskPath,
                               MakeDirectory, MakeMountPoint, MakeDevice, MakeSymlink, WriteFile, SetHostname,
                               SetDomainname, BringUpLoopback, ChangeDirectory, PivotRoot, ChangeRoot, Unmount,
                               RemoveDirectory, OpenTerminal, SpawnPayload, NewSession, SetResourceLimit,
                               LimitCapabilities, SetIds, SetCapabilities, SetNoNewPrivileges, InstallSeccomp, Execute>;

/// "MountOverlay" → "mount-overlay": the stable word of an operation's kind, for JSON and ids.
[[nodiscard]] const char *operationWord(const Operation &operation);

} // namespace pivotbench::core
