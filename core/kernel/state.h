// SPDX-License-Identifier: Apache-2.0
//
// What the kernel knows about mounts, as plain values: superblocks and their directory trees, mounts, peer groups,
// mount namespaces and the user namespaces that own them, processes. A State is cheap to copy (table.h), so a step
// keeps the one before it. The words are the kernel's: mount_namespaces(7),
// Documentation/filesystems/sharedsubtree.rst, path_resolution(7), user_namespaces(7).
//
// The room core/kernel is the kernel model: predict.h runs a plan on it, call.h single system calls. It holds what was
// seen on Linux 6.18; where that differs from the manual pages, the function that does it says so.
//
// Pure values; one State belongs to one thread at a time.
#pragma once

#include "core/kernel/pair_index.h"
#include "core/kernel/table.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::kernel {

enum class NameId : std::uint32_t { None };
enum class NodeId : std::uint32_t { None };
enum class SuperblockId : std::uint32_t { None };
enum class MountId : std::uint32_t { None };
enum class PeerGroupId : std::uint32_t { None };
enum class MountNamespaceId : std::uint32_t { None };
enum class UserNamespaceId : std::uint32_t { None };
enum class OtherNamespaceId : std::uint32_t { None };
enum class ProcessId : std::uint32_t { None };

// Directory trees -----------------------------------------------------------------------------------------------------

/// A whiteout is the device 0:0 by which an overlay's upper hides an entry of the layers below.
enum class NodeKind : std::uint8_t { Directory, File, Link, Device, Whiteout };

/// An overlay directory shows several others; what the layers are is in its superblock.
struct OverlayEntry {
    std::vector<NodeId> layers; ///< real directories or one file, uppermost first
    bool hasUpper = false;      ///< the first of them lies in the upper directory
};

/// One entry of a directory tree (the kernel's dentry and inode in one: there are no hard links here).
struct Node {
    NodeId parent = NodeId::None; ///< itself for the root of a superblock
    SuperblockId superblock = SuperblockId::None;
    SuperblockId shownIn = SuperblockId::None; ///< the overlay of which this directory is a layer
    NameId name = NameId::None;
    NameId target = NameId::None;                                                             ///< what a link points to
    NodeId firstEntry = NodeId::None, nextEntry = NodeId::None, previousEntry = NodeId::None; ///< known entries
    MountId mountedHere = MountId::None; ///< first of all mounts, in any namespace, whose mount point this is
    NodeKind kind = NodeKind::Directory;
    bool removed = false;
    bool closed = false;           ///< a directory without permissions, which only a privileged process may search
    bool executable = false;       ///< a file with an x bit
    bool program = false;          ///< a file that execve(2) can start
    bool unexplored = false;       ///< entries that are not known may exist: ask the HostTree
    bool opaque = false;           ///< a directory in an overlay's upper that hides those of the same name below
    bool shownInSeveral = false;   ///< overlays
    bool changedBeneath = false;   ///< by others than the overlay that shows it: what that shows now is undefined
    bool assumed = false;          ///< nobody has seen it: an AssumedFiles says so
    bool permanentlyEmpty = false; ///< a directory made by the kernel to be mounted on (sysfs_create_mount_point)
    std::shared_ptr<const OverlayEntry> overlay = {}; ///< null but in an overlay
};

struct Name {
    std::string text;
    NameId sameHash = NameId::None; ///< the next with this hash
};

/// A place where a superblock of the host was seen when the state was built, for looking up what is not known yet.
struct HostView {
    NodeId root = NodeId::None;
    std::string path;          ///< of the mount, as the host's table names it
    std::uint64_t tableId = 0; ///< of the mount
};

struct OverlayLayers {
    std::vector<NodeId> lowers;
    NodeId upper = NodeId::None;
    NodeId work = NodeId::None;
    NodeId workInside = NodeId::None; ///< "work", which the overlay makes in it
};

struct Superblock {
    std::string type;
    std::string options = {}; ///< as in mountinfo, without "rw" or "ro"
    std::uint32_t deviceMajor = 0;
    std::uint32_t deviceMinor = 0;
    NodeId root = NodeId::None;
    UserNamespaceId owner = UserNamespaceId::None;
    bool readOnly = false;
    bool noDevices = false;       ///< made in a user namespace: device nodes do not open, as with nodev
    std::uint32_t stackDepth = 0; ///< of overlays on overlays
    bool perhapsDeeper = false;   ///< a mount table does not tell
    std::shared_ptr<const OverlayLayers> overlay = {};
    std::shared_ptr<const std::vector<HostView>> views = {}; ///< null where nothing can be looked up on the host
};

// Mounts --------------------------------------------------------------------------------------------------------------

/// Bits of Mount::flags.
namespace flag {
inline constexpr std::uint32_t readOnly = 1 << 0;
inline constexpr std::uint32_t noSuid = 1 << 1;
inline constexpr std::uint32_t noDev = 1 << 2;
inline constexpr std::uint32_t noExec = 1 << 3;
inline constexpr std::uint32_t noAtime = 1 << 4;
inline constexpr std::uint32_t noDirAtime = 1 << 5;
inline constexpr std::uint32_t relAtime = 1 << 6;
inline constexpr std::uint32_t noSymFollow = 1 << 7;
inline constexpr std::uint32_t settable = 0xff; ///< what remount and mount_setattr(2) change
inline constexpr std::uint32_t atime = noAtime | noDirAtime | relAtime;
inline constexpr std::uint32_t idMapped = 1 << 8;
inline constexpr std::uint32_t unbindable = 1 << 9;
inline constexpr std::uint32_t locked = 1 << 10; ///< cannot be unmounted or moved by itself (mount_namespaces(7))
inline constexpr std::uint32_t lockReadOnly = 1 << 11;
inline constexpr std::uint32_t lockNoDev = 1 << 12;
inline constexpr std::uint32_t lockNoSuid = 1 << 13;
inline constexpr std::uint32_t lockNoExec = 1 << 14;
inline constexpr std::uint32_t lockAtime = 1 << 15;
/// A mount table does not tell whether a mount is locked: in a user namespace, one read from there may be.
inline constexpr std::uint32_t maybeLocked = 1 << 16;
} // namespace flag

struct Mount {
    SuperblockId superblock = SuperblockId::None;
    NodeId root = NodeId::None;
    MountId parent = MountId::None;                  ///< None: attached to nothing
    NodeId mountPoint = NodeId::None;                ///< in the tree of the parent's superblock
    MountNamespaceId space = MountNamespaceId::None; ///< None: unmounted, and alive only while something refers to it
    std::uint32_t flags = 0;
    NameId source = NameId::None; ///< mountinfo's field 10
    PeerGroupId group = PeerGroupId::None;
    PeerGroupId master = PeerGroupId::None;
    std::uint64_t tableId = 0; ///< its id in the table that the state was built from
    // Links of lists; order is that of the kernel's: oldest child first.
    MountId firstChild = MountId::None, lastChild = MountId::None;
    MountId nextSibling = MountId::None, previousSibling = MountId::None;
    MountId nextPeer = MountId::None, previousPeer = MountId::None;   ///< members of a peer group
    MountId nextSlave = MountId::None, previousSlave = MountId::None; ///< of one master group
    MountId nextHere = MountId::None, previousHere = MountId::None;   ///< on one mount point
};

/// Mounts that pass events on to each other. All have the same master.
struct PeerGroup {
    MountId firstMember = MountId::None;
    MountId firstSlave = MountId::None;
    PeerGroupId master = PeerGroupId::None;
    std::uint64_t shownId = 0; ///< mountinfo's number
};

// Namespaces and processes --------------------------------------------------------------------------------------------

struct UserNamespace {
    UserNamespaceId parent = UserNamespaceId::None; ///< None for the initial one
    std::uint32_t level = 0;
    std::uint32_t owner = 0; ///< uid of its maker, as the initial namespace sees it
};

struct MountNamespace {
    UserNamespaceId owner = UserNamespaceId::None;
    MountId root = MountId::None;
    std::size_t mounts = 0;
    bool anonymous = false;                           ///< of a detached tree: open_tree(2), fsmount(2)
    MountNamespaceId origin = MountNamespaceId::None; ///< where a detached tree was copied from
};

/// A PID, network, IPC or cgroup namespace, as far as mounting its filesystem goes.
struct OtherNamespace {
    UserNamespaceId owner = UserNamespaceId::None;
    SuperblockId filesystem = SuperblockId::None;    ///< its proc, sysfs or mqueue, once there is one
    OtherNamespaceId above = OtherNamespaceId::None; ///< a PID namespace's parent
    ProcessId init = ProcessId::None; ///< a PID namespace's first process: when it ends, all others are killed
};

/// What a descriptor, a root or a working directory names: a directory or file, seen through a mount.
struct Place {
    MountId mount = MountId::None;
    NodeId node = NodeId::None;
    bool operator==(const Place &) const = default;
};

struct Descriptor {
    Place place;
    bool detachedTree = false; ///< closing it dissolves the tree, unless that was attached
};

/// Bits of Process::capabilities: only those that mounts ask for.
namespace capability {
inline constexpr std::uint32_t sysAdmin = 1 << 0;
inline constexpr std::uint32_t sysChroot = 1 << 1;
inline constexpr std::uint32_t mknod = 1 << 2;
inline constexpr std::uint32_t all = sysAdmin | sysChroot | mknod;
} // namespace capability

struct Process {
    bool alive = true;
    UserNamespaceId user = UserNamespaceId::None;
    std::uint32_t capabilities = 0; ///< in `user`
    std::uint32_t uid = 0;          ///< as the initial namespace sees it
    MountNamespaceId space = MountNamespaceId::None;
    OtherNamespaceId pid = OtherNamespaceId::None, pidForChildren = OtherNamespaceId::None;
    OtherNamespaceId network = OtherNamespaceId::None;
    OtherNamespaceId ipc = OtherNamespaceId::None;
    OtherNamespaceId cgroup = OtherNamespaceId::None;
    Place root;
    Place cwd;
    std::map<int, Descriptor> descriptors = {};
};

class HostTree;

struct State {
    Table<NameId, Name> names;
    Table<NodeId, Node> nodes;
    Table<SuperblockId, Superblock, 8> superblocks;
    Table<MountId, Mount> mounts;
    Table<PeerGroupId, PeerGroup> groups;
    Table<UserNamespaceId, UserNamespace, 8> userNamespaces;
    Table<MountNamespaceId, MountNamespace, 8> mountNamespaces;
    Table<OtherNamespaceId, OtherNamespace, 8> otherNamespaces;
    Table<ProcessId, Process, 4> processes;

    PairIndex childMount; ///< (mount, directory in it) → the mount that stands there
    PairIndex entry;      ///< (directory, name) → what is there
    PairIndex nameByHash; ///< (hash) → first name with it

    std::size_t mountLimit = 100000; ///< /proc/sys/fs/mount-max
    std::uint64_t nextGroupId = 1;
    std::shared_ptr<const HostTree> host; ///< null: only what is known exists

    /// Bytes that it holds, shared or not.
    [[nodiscard]] std::size_t bytes() const;
};

// Small readers, used everywhere --------------------------------------------------------------------------------------

[[nodiscard]] inline bool isAttached(const Mount &mount) { return mount.parent != MountId::None; }
[[nodiscard]] inline bool isShared(const Mount &mount) { return mount.group != PeerGroupId::None; }
[[nodiscard]] inline bool isSlave(const Mount &mount) { return mount.master != PeerGroupId::None; }
[[nodiscard]] inline bool has(const Mount &mount, std::uint32_t flags) { return (mount.flags & flags) != 0; }
/// What stands on this place of this mount.
[[nodiscard]] MountId mountedOn(const State &state, Place place);
/// The place after every mount that stands on it was entered.
[[nodiscard]] Place topOf(const State &state, Place place);
[[nodiscard]] Place rootOf(const State &state, MountId mount);

/// The same text has the same id.
[[nodiscard]] NameId intern(State &state, std::string_view text);
[[nodiscard]] NameId findName(const State &state, std::string_view text);
[[nodiscard]] const std::string &text(const State &state, NameId name);

/// Whether a process has a capability over a user namespace (user_namespaces(7), "The rules for determining whether or
/// not a process has a capability").
[[nodiscard]] bool isCapable(const State &state, const Process &process, UserNamespaceId over, std::uint32_t bits);

} // namespace pivotbench::core::kernel
