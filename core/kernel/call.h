// SPDX-License-Identifier: Apache-2.0
//
// The system calls that the model knows, as values, and what each does to a State. A call that is refused changes
// nothing (but that places on the host may be known now that were not), and says which check of the kernel refused it.
//
// Numbers of flags are the kernel's; core names them itself so as not to need its headers. Descriptors are numbers that
// the caller chooses, as dup3(2) would.
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pivotbench::core::kernel {

/// Flags of mount(2).
namespace ms {
inline constexpr std::uint64_t readOnly = 1;
inline constexpr std::uint64_t noSuid = 2;
inline constexpr std::uint64_t noDev = 4;
inline constexpr std::uint64_t noExec = 8;
inline constexpr std::uint64_t remount = 32;
inline constexpr std::uint64_t noSymFollow = 256;
inline constexpr std::uint64_t noAtime = 1024;
inline constexpr std::uint64_t noDirAtime = 2048;
inline constexpr std::uint64_t bind = 4096;
inline constexpr std::uint64_t move = 8192;
inline constexpr std::uint64_t recursive = 16384;
inline constexpr std::uint64_t silent = 32768;
inline constexpr std::uint64_t unbindable = 1 << 17;
inline constexpr std::uint64_t isPrivate = 1 << 18;
inline constexpr std::uint64_t slave = 1 << 19;
inline constexpr std::uint64_t shared = 1 << 20;
inline constexpr std::uint64_t relAtime = 1 << 21;
inline constexpr std::uint64_t strictAtime = 1 << 24;
} // namespace ms

/// Where a call begins to look: the working directory, or a descriptor (an *at call). With a descriptor and an empty
/// path the descriptor itself is meant (AT_EMPTY_PATH).
struct At {
    std::string path = {};
    std::optional<int> descriptor = {};
    bool operator==(const At &) const = default;
};

struct OverlayOptions {
    std::vector<std::string> lowers = {}; ///< uppermost first
    std::string upper = {};
    std::string work = {};
    bool operator==(const OverlayOptions &) const = default;
};

/// mount(2), in all its forms: the flags decide.
struct MountCall {
    std::string source = {};
    std::string target = {};
    std::string type = {};
    std::uint64_t flags = 0;
    OverlayOptions overlay = {};
    bool operator==(const MountCall &) const = default;
};

/// umount2(2).
struct UnmountCall {
    static constexpr int detach = 2;
    static constexpr int noFollow = 8;
    std::string target = {};
    int flags = 0;
    bool operator==(const UnmountCall &) const = default;
};

/// open_tree(2).
struct OpenTreeCall {
    At from = {};
    bool clone = false;
    bool recursive = false;
    int descriptor = 0; ///< what it becomes
    bool operator==(const OpenTreeCall &) const = default;
};

/// move_mount(2).
struct MoveMountCall {
    At from = {};
    At to = {};
    bool operator==(const MoveMountCall &) const = default;
};

/// fsopen(2) … fsmount(2): a detached mount of a new filesystem. `attributes` are MOUNT_ATTR_* (core/spec).
struct FsMountCall {
    std::string type = {};
    std::string source = {};
    std::uint64_t attributes = 0;
    bool readOnlySuperblock = false; ///< fsconfig(2) "ro"
    OverlayOptions overlay = {};
    int descriptor = 0;
    bool operator==(const FsMountCall &) const = default;
};

/// mount_setattr(2). set, clear: MOUNT_ATTR_*; propagation: one of ms::shared … or 0.
struct MountSetattrCall {
    At target = {};
    bool recursive = false;
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    std::uint64_t propagation = 0;
    bool operator==(const MountSetattrCall &) const = default;
};

struct PivotRootCall {
    std::string newRoot;
    std::string putOld;
    bool operator==(const PivotRootCall &) const = default;
};
struct ChrootCall {
    std::string path = {};
    bool operator==(const ChrootCall &) const = default;
};
struct ChdirCall {
    std::string path = {};
    bool operator==(const ChdirCall &) const = default;
};
struct FchdirCall {
    int descriptor = 0;
    bool operator==(const FchdirCall &) const = default;
};

/// open(2). `pathOnly` is O_PATH, which asks less.
struct OpenCall {
    std::string path = {};
    bool pathOnly = false;
    bool directory = false;
    bool noFollow = false;
    int descriptor = 0;
    bool operator==(const OpenCall &) const = default;
};
struct CloseCall {
    int descriptor = 0;
    bool operator==(const CloseCall &) const = default;
};

struct MkdirCall {
    std::string path = {};
    bool operator==(const MkdirCall &) const = default;
};
struct RmdirCall {
    std::string path = {};
    bool operator==(const RmdirCall &) const = default;
};
struct SymlinkCall {
    std::string target = {};
    std::string path = {};
    bool operator==(const SymlinkCall &) const = default;
};
/// mknod(2): an empty regular file, or a character device.
struct MknodCall {
    std::string path = {};
    bool device = false;
    bool executable = false;
    bool operator==(const MknodCall &) const = default;
};
/// execve(2), as far as finding and mapping the program goes; the caller goes on as it was.
struct ExecCall {
    std::string path = {};
    bool operator==(const ExecCall &) const = default;
};

/// The namespaces that the model tells apart.
struct NamespaceSet {
    bool user = false;
    bool mount = false;
    bool pid = false;
    bool network = false;
    bool ipc = false;
    bool cgroup = false;
    bool operator==(const NamespaceSet &) const = default;
};
/// unshare(2).
struct UnshareCall {
    NamespaceSet namespaces;
    bool operator==(const UnshareCall &) const = default;
};
/// clone3(2). The child is the next process of the state.
struct CloneCall {
    NamespaceSet namespaces;
    bool operator==(const CloneCall &) const = default;
};
/// setns(2) into the mount or user namespace of another process.
struct SetnsCall {
    ProcessId of = ProcessId::None;
    bool user = false; ///< else mount
    bool operator==(const SetnsCall &) const = default;
};
/// capset(2): all capabilities that the model knows are given up.
struct DropCapabilitiesCall {
    bool operator==(const DropCapabilitiesCall &) const = default;
};
/// The process ends; a namespace without processes goes.
struct ExitCall {
    bool operator==(const ExitCall &) const = default;
};

using Call =
    std::variant<MountCall, UnmountCall, OpenTreeCall, MoveMountCall, FsMountCall, MountSetattrCall, PivotRootCall,
                 ChrootCall, ChdirCall, FchdirCall, OpenCall, CloseCall, MkdirCall, RmdirCall, SymlinkCall, MknodCall,
                 ExecCall, UnshareCall, CloneCall, SetnsCall, DropCapabilitiesCall, ExitCall>;

/// "mount", "umount2", …: the name of the system call.
[[nodiscard]] const char *callName(const Call &call);

[[nodiscard]] Checked<void> perform(State &state, ProcessId process, const Call &call);

} // namespace pivotbench::core::kernel
