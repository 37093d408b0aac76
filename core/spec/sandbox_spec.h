// SPDX-License-Identifier: Apache-2.0
//
// What a person wants: a sandbox, as plain values. The only input of the planner. Names and meanings are those of the
// OCI runtime specification (config.md, config-linux.md, v1.3) wherever it has the concept; a `.pbox` file is its JSON
// form (spec_json.h). Every default here is the safe one; unsafe choices can be written down because they teach, and
// validate.h says what they cost.
//
// Every object has room for what a newer file says of it (unknown_members.h).
//
// Paths that name a place in the sandbox are absolute and resolved inside its root; paths that name a source are the
// host's.
#pragma once

#include "core/spec/unknown_members.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core {

inline constexpr int specVersion = 1;

/// One directory of the root filesystem. Either a host directory, or something Pivotbench makes on this machine
/// (core/preset): "busybox" is a root made from the host's static BusyBox, "system" is the host's own userland.
struct Layer {
    std::string path;    ///< absolute host path; empty while `builtin` is set and not resolved yet
    std::string builtin; ///< "busybox", "system" or empty
    UnknownMembers unknown = {};
    bool operator==(const Layer &) const = default;
};

/// discard: changes go to a layer that vanishes with the sandbox. keep: they go to a named layer that stays.
/// none: the root is read-only, exactly the layers. direct: the single layer itself is the root and is written to.
enum class Writable { Discard, Keep, None, Direct };

/// PivotRoot: pivot_root(new_root, put_old), then put_old is unmounted: the textbook. PivotRootDot: pivot_root(".",
/// "."), which needs no put_old directory (pivot_root(2), NOTES). Chroot: chroot(2) and nothing more; teaches why not.
/// None: the root stays where it is, for experiments with the mount table alone.
enum class SwitchRoot { PivotRoot, PivotRootDot, Chroot, None };

/// What happens to the propagation of the copied tree, recursively, before anything is mounted (mount_namespaces(7)).
/// Unchanged makes no call, like the bare system call unshare(2): mounts can leak both ways.
enum class RootPropagation { Private, Slave, Shared, Unbindable, Unchanged };

struct RootSpec {
    std::vector<Layer> layers; ///< topmost first, as in overlayfs' lowerdir=; one or more
    Writable writable = Writable::Discard;
    std::string keepName; ///< Keep only: name of the kept layer; empty means the sandbox's name
    std::uint64_t scratchBytes =
        0; ///< Discard only: size limit of the tmpfs that holds the changes; 0 is tmpfs' default
    SwitchRoot switchRoot = SwitchRoot::PivotRootDot; ///< the one that works with every root, read-only ones too
    std::string putOld = "/.put_old";                 ///< PivotRoot only: directory inside the new root
    RootPropagation propagation = RootPropagation::Private;
    UnknownMembers unknown = {};
    bool operator==(const RootSpec &) const = default;
};

/// One mount, OCI style. `type` is bind, tmpfs, proc, sysfs, devpts, mqueue, cgroup2 or overlay; "rbind" among the
/// options makes a bind recursive. `options` hold flags (ro, nosuid, nodev, noexec, noatime, …, rro), propagation
/// (private, rprivate, slave, rslave, shared, rshared, unbindable, runbindable) and filesystem parameters (size=…,
/// mode=…); mount_options.h sorts them.
struct MountSpec {
    std::string destination;
    std::string type;
    std::string source; ///< bind: host path; otherwise the name shown in the mount table
    std::vector<std::string> options;
    UnknownMembers unknown = {};
    bool operator==(const MountSpec &) const = default;
};

enum class NamespaceChoice { New, Host };
/// Auto: new for an ordinary user (who has no other way), the present one for root.
enum class UserNamespaceChoice { Auto, New, Host };
/// None: a new network namespace with only loopback.
enum class NetworkChoice { None, Host };

struct NamespacesSpec {
    NamespaceChoice mount = NamespaceChoice::New;
    NamespaceChoice pid = NamespaceChoice::New;
    UserNamespaceChoice user = UserNamespaceChoice::Auto;
    NamespaceChoice uts = NamespaceChoice::New;
    NamespaceChoice ipc = NamespaceChoice::New;
    NetworkChoice network = NetworkChoice::None;
    NamespaceChoice cgroup = NamespaceChoice::New;
    NamespaceChoice time = NamespaceChoice::Host;
    UnknownMembers unknown = {};
    bool operator==(const NamespacesSpec &) const = default;
};

/// One line of /proc/PID/uid_map (user_namespaces(7)).
struct IdRange {
    std::uint32_t containerId = 0;
    std::uint32_t hostId = 0;
    std::uint32_t size = 1;
    UnknownMembers unknown = {};
    bool operator==(const IdRange &) const = default;
};

/// Auto: the caller's id becomes 0, followed by its subordinate ids when newuidmap can grant them, else the caller's
/// alone. Single: the caller's id alone. Explicit: the ranges below.
enum class IdMapMode { Auto, Single, Explicit };

struct IdMapSpec {
    IdMapMode mode = IdMapMode::Auto;
    std::vector<IdRange> uid;
    std::vector<IdRange> gid;
    UnknownMembers unknown = {};
    bool operator==(const IdMapSpec &) const = default;
};

enum class ProcPolicy { Private, Host, None };                  ///< fresh procfs; the host's, bound; nothing
enum class SysPolicy { ReadOnly, Private, Masked, Host, None }; ///< fresh ro; fresh rw; tmpfs over it; bound; nothing
enum class DevPolicy { Minimal, Devtmpfs, Host, None };         ///< tmpfs + few nodes; the one devtmpfs; bound; nothing

struct DevSpec {
    DevPolicy policy = DevPolicy::Minimal;
    std::vector<std::string> devices; ///< extra host device nodes, "/dev/fuse"; Minimal only
    UnknownMembers unknown = {};
    bool operator==(const DevSpec &) const = default;
};

/// None: whatever the layers hold. Copy: the host's file as it is now. Bind: the host's file itself, live, read-only.
/// BindWritable: the same, and the sandbox can write the host's file. Text: the given text.
enum class FileInjection { None, Copy, Bind, BindWritable, Text };

struct InjectedFile {
    FileInjection mode = FileInjection::None;
    std::string text;
    UnknownMembers unknown = {};
    bool operator==(const InjectedFile &) const = default;
};

struct FilesSpec {
    InjectedFile resolvConf;   ///< /etc/resolv.conf
    InjectedFile hosts;        ///< /etc/hosts
    InjectedFile hostnameFile; ///< /etc/hostname; Text with an empty text means the spec's hostname
    UnknownMembers unknown = {};
    bool operator==(const FilesSpec &) const = default;
};

enum class CapabilityChoice { Default, None, All, List };

struct CapabilitiesSpec {
    CapabilityChoice choice = CapabilityChoice::Default; ///< Default: the short list that the big runtimes keep
    std::vector<std::string> names;                      ///< List: "CAP_CHOWN", …
    bool operator==(const CapabilitiesSpec &) const = default;
};

/// Default: refuses what the big runtimes refuse. File: OCI `linux.seccomp` JSON on the host.
enum class SeccompChoice { Default, None, File };

struct SeccompSpec {
    SeccompChoice choice = SeccompChoice::Default;
    std::string path;
    UnknownMembers unknown = {};
    bool operator==(const SeccompSpec &) const = default;
};

struct ResourceLimit {
    std::string type; ///< "RLIMIT_NOFILE", …
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
    UnknownMembers unknown = {};
    bool operator==(const ResourceLimit &) const = default;
};

struct ProcessSpec {
    std::vector<std::string> args; ///< the command; args[0] is searched in PATH of `env` inside the sandbox
    std::vector<std::string> env;  ///< "KEY=VALUE"; nothing else reaches the command
    std::string cwd = "/";
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additionalGids;
    bool terminal = false; ///< a pseudoterminal of the sandbox's own devpts
    CapabilitiesSpec capabilities;
    bool noNewPrivileges = true;
    std::vector<ResourceLimit> rlimits;
    UnknownMembers unknown = {};
    UnknownMembers unknownOfUser = {}; ///< uid, gid and additionalGids are an object of their own in the file
    bool operator==(const ProcessSpec &) const = default;
};

/// Limits of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). Absent means no limit is written.
struct ResourcesSpec {
    std::optional<std::uint64_t> memoryBytes; ///< memory.max
    std::optional<std::uint64_t> pids;        ///< pids.max
    std::optional<std::uint64_t> cpuQuota;    ///< cpu.max, microseconds per period of 100,000
    std::optional<std::uint64_t> cpuWeight;   ///< cpu.weight, 1–10000
    UnknownMembers unknown = {};
    bool operator==(const ResourcesSpec &) const = default;
    [[nodiscard]] bool any() const { return memoryBytes || pids || cpuQuota || cpuWeight; }
};

struct SandboxSpec {
    std::string name; ///< shown to people; printable, up to 64 bytes
    std::string description;
    RootSpec root;
    std::vector<MountSpec> mounts;
    NamespacesSpec namespaces;
    IdMapSpec idMaps;
    ProcPolicy proc = ProcPolicy::Private;
    SysPolicy sys = SysPolicy::ReadOnly;
    DevSpec dev;
    std::string hostname; ///< UTS host name; empty leaves it
    std::string domainname;
    FilesSpec files;
    std::vector<std::string> maskedPaths; ///< hidden by /dev/null or an empty read-only tmpfs; absent paths are skipped
    std::vector<std::string> readonlyPaths; ///< made read-only; absent paths are skipped
    SeccompSpec seccomp;
    ResourcesSpec resources;
    ProcessSpec process;
    UnknownMembers unknown = {};
    int version = specVersion; ///< of the file; a newer one is kept
    bool operator==(const SandboxSpec &) const = default;
};

} // namespace pivotbench::core
