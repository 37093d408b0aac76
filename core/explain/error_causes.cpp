// SPDX-License-Identifier: Apache-2.0
//
// Which errno means what, call by call. A step's calls are a list of tables; within it the rows of what fails first or
// most often in that step come first. Rows that cannot happen to our calls (EFAULT, an unknown flag bit) are left out.
#include "core/explain/explainer.h"

#include "core/base/overloaded.h"

#include <algorithm>
#include <cerrno>
#include <span>

namespace pivotbench::core {
namespace {

struct Row {
    int errnum;
    const char *when;
    const char *fix;
    const char *manual;
};
using Table = std::span<const Row>;

constexpr const char *overlayDocument = "Documentation/filesystems/overlayfs.rst";

// Looking up a path --------------------------------------------------------------------------------------------------

constexpr Row openTable[] = {
    {ENOENT, "a component of the path does not exist, or is a symbolic link to something that does not",
     "create the path, or correct it in the spec", "open(2), ERRORS"},
    {ENOTDIR, "a component in the middle of the path is a file", "name a path whose parents are directories",
     "open(2), ERRORS"},
    {EACCES, "a directory on the way may not be searched by this user, or by the id that the user namespace maps it to",
     "give it execute permission for this user (chmod o+x), or choose a place of your own", "open(2), ERRORS"},
    {ELOOP, "the path leads through too many symbolic links", "look for a link that points at itself (namei -l PATH)",
     "open(2), ERRORS"},
    {ENAMETOOLONG, "the path, or one name in it, is too long", "use a shorter path", "open(2), ERRORS"},
    {EMFILE, "this process has as many descriptors open as RLIMIT_NOFILE allows", "raise the limit: ulimit -n",
     "open(2), ERRORS"},
    {ENFILE, "the whole system has as many files open as it allows", "close programs, or raise /proc/sys/fs/file-max",
     "open(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "open(2), ERRORS"},
};

constexpr Row openInsideTable[] = {
    {EXDEV, "the path would leave the new root on the way",
     "look for a link in the layer that leads out, and remove it", "openat2(2), ERRORS"},
    {ELOOP, "a component is a magic link, as in /proc/PID/fd, which RESOLVE_NO_MAGICLINKS refuses",
     "name the place itself and not a link of /proc", "openat2(2), ERRORS"},
    {EAGAIN,
     "something was renamed while \"..\" was looked up, so the kernel could not be sure that the path stays inside",
     "stop whatever is changing the layer, and launch again", "openat2(2), ERRORS"},
    {ENOSYS, "the kernel is older than Linux 5.6 and has no openat2(2)", "use Linux 6.1 or newer",
     "syscalls(2), DESCRIPTION"},
};

// Processes and ids --------------------------------------------------------------------------------------------------

constexpr Row cloneTable[] = {
    {EPERM, "user namespaces are refused to this user, by a sysctl or a security module of the distribution",
     "look at kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or launch as root",
     "clone3(2), ERRORS"},
    {EPERM, "namespaces other than a user namespace are asked for without CAP_SYS_ADMIN",
     "ask for a new user namespace too, or launch as root", "clone3(2), ERRORS"},
    {EPERM, "the caller's own user or group id has no mapping in its user namespace",
     "map the id in the namespace from which you launch", "clone3(2), ERRORS"},
    {EPERM, "the caller is inside a chroot, where no user namespace may be made", "leave the chroot",
     "clone3(2), ERRORS"},
    {ENOSPC, "the limit on user namespaces of this user is reached, or is 0",
     "raise /proc/sys/user/max_user_namespaces, or end sandboxes", "clone3(2), ERRORS"},
    {ENOSPC, "user or PID namespaces are nested 32 deep", "launch from further outside",
     "pid_namespaces(7), DESCRIPTION"},
    {EAGAIN, "the user has as many processes as RLIMIT_NPROC allows, or the cgroup as many as pids.max does",
     "end processes, or raise the limit", "fork(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "clone3(2), ERRORS"},
    {EINVAL, "the kernel was built without one of the namespaces asked for",
     "use a kernel with CONFIG_USER_NS, CONFIG_PID_NS and their kin", "clone3(2), ERRORS"},
    {ENOSYS, "the kernel, or the sandbox around us, has no clone3(2)",
     "launch outside of that sandbox, or allow clone3 in its filter", "syscalls(2), DESCRIPTION"},
};

constexpr Row forkTable[] = {
    {EAGAIN, "the user has as many processes as RLIMIT_NPROC allows, or the cgroup as many as pids.max does",
     "raise the pids limit of the spec, or end processes", "fork(2), ERRORS"},
    {ENOMEM, "process 1 of the PID namespace has ended, so nothing can be born in it any more", "launch again",
     "fork(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "fork(2), ERRORS"},
};

constexpr Row unshareTable[] = {
    {EPERM, "the builder has no CAP_SYS_ADMIN in its user namespace", "ask for a new user namespace, or launch as root",
     "unshare(2), ERRORS"},
    {ENOSPC, "a limit on the number of namespaces of this kind is reached",
     "raise the file of this kind in /proc/sys/user (max_mnt_namespaces and so on), or end sandboxes",
     "unshare(2), ERRORS"},
    {EINVAL, "the kernel was built without one of the namespaces asked for",
     "leave that namespace as the host's in the spec, or use another kernel", "unshare(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "unshare(2), ERRORS"},
};

constexpr Row idMapTable[] = {
    {EPERM, "the map names ids that are not the caller's, and the caller has no CAP_SETUID or CAP_SETGID outside",
     "map your own id alone, or install newuidmap and newgidmap (package uidmap)", "user_namespaces(7), DESCRIPTION"},
    {EPERM, "the group map is written before setgroups was denied, without CAP_SETGID outside",
     "write \"deny\" to /proc/PID/setgroups first", "user_namespaces(7), DESCRIPTION"},
    {EPERM, "an id outside has no mapping in the parent user namespace",
     "use ids that /proc/self/uid_map of the parent covers", "user_namespaces(7), DESCRIPTION"},
    {EPERM, "the map has been written before; it can be written once", "launch again",
     "user_namespaces(7), DESCRIPTION"},
    {EPERM, "id 0 outside is mapped without CAP_SETFCAP there", "launch with that capability, or map another id",
     "user_namespaces(7), DESCRIPTION"},
    {EINVAL, "two ranges overlap, a range is empty, or there are more than 340",
     "write ranges that do not overlap, each of at least one id", "user_namespaces(7), DESCRIPTION"},
};

constexpr Row idMapToolTable[] = {
    {EPERM, "/etc/subuid or /etc/subgid does not grant the user these ids, and newuidmap refuses",
     "add a line such as USER:100000:65536 to both files (usermod --add-subuids)", "newuidmap(1), DESCRIPTION"},
    {EPERM, "newuidmap lost its privilege: it is not set-user-ID root, or its file system is mounted nosuid",
     "reinstall the package uidmap", "newuidmap(1), DESCRIPTION"},
    {ENOENT, "newuidmap or newgidmap is not installed", "install the package uidmap, or map a single id",
     "newuidmap(1), DESCRIPTION"},
};

constexpr Row setgroupsFileTable[] = {
    {EPERM, "the group map has been written already; after that setgroups cannot be denied any more",
     "deny it before the map is written", "user_namespaces(7), DESCRIPTION"},
    {EPERM, "the writer has no CAP_SYS_ADMIN in that user namespace",
     "write it from the process that made the namespace", "user_namespaces(7), DESCRIPTION"},
    {ENOENT, "the kernel is older than Linux 3.19 and has no such file", "use Linux 6.1 or newer",
     "user_namespaces(7), DESCRIPTION"},
};

constexpr Row cgroupTable[] = {
    {EACCES, "the cgroup has not been delegated to this user",
     "ask systemd for a delegated scope: systemd-run --user --scope -p Delegate=yes",
     "cgroups(7), CGROUPS DELEGATION: DELEGATING A HIERARCHY TO A LESS PRIVILEGED USER"},
    {ENOENT, "the limit's file is not there, because its controller is not enabled for the children of this cgroup",
     "write +memory +pids +cpu to cgroup.subtree_control of the parent", "cgroups(7), CGROUPS VERSION 2"},
    {EBUSY, "the cgroup hands controllers to its children, and so may hold no process itself",
     "use a leaf cgroup below it", "cgroups(7), CGROUPS VERSION 2"},
    {EBUSY, "controllers are to be enabled in a cgroup that still holds processes", "move them to a leaf cgroup first",
     "cgroups(7), CGROUPS VERSION 2"},
    {EOPNOTSUPP, "the cgroup is in the state \"domain invalid\" below a threaded one",
     "choose a cgroup outside of that subtree", "cgroups(7), CGROUPS VERSION 2 THREAD MODE"},
    {EAGAIN, "the limit on nested or on existing cgroups is reached",
     "remove empty cgroups, or raise cgroup.max.descendants", "cgroups(7), CGROUPS VERSION 2"},
    {EROFS, "the cgroup file system is mounted read-only here",
     "launch where /sys/fs/cgroup is writable, or drop the limits", "mkdir(2), ERRORS"},
    {EINVAL, "the value is not one that the file takes", "correct the limit in the spec",
     "Documentation/admin-guide/cgroup-v2.rst"},
    {ERANGE, "the value is out of range; cpu.weight goes from 1 to 10000", "correct the limit in the spec",
     "Documentation/admin-guide/cgroup-v2.rst"},
};

// Mounts -------------------------------------------------------------------------------------------------------------

constexpr Row newFilesystemTable[] = {
    {ENODEV, "the kernel has no file system of this type, or its module is not loaded",
     "load the module as root (modprobe TYPE), or remove the mount from the spec", "mount(2), ERRORS"},
    {EPERM, "the builder has no CAP_SYS_ADMIN in the user namespace that owns its mount namespace",
     "make a new mount namespace together with a new user namespace, or launch as root", "mount(2), ERRORS"},
    {EPERM, "file systems of this type may not be mounted from inside a user namespace",
     "bind a tree that the host has mounted, or launch as root", "user_namespaces(7), DESCRIPTION"},
    {EINVAL, "the file system does not know a parameter, or not this value of it",
     "correct the option; the kernel's own message names it", "Documentation/filesystems/mount_api.rst"},
    {EBUSY, "the file system is there already and cannot take these parameters",
     "mount it without parameters, or make the namespace it belongs to new", "Documentation/filesystems/mount_api.rst"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "mount(2), ERRORS"},
    {EMFILE, "the table of anonymous devices is full", "unmount what is not needed", "mount(2), ERRORS"},
    {ENOSYS, "the kernel is older than Linux 5.2 and has no fsopen(2)", "use Linux 6.1 or newer",
     "Documentation/filesystems/mount_api.rst"},
};

constexpr Row procTable[] = {
    {EPERM,
     "in a user namespace a fresh /proc needs a complete one in view, and parts of the host's are covered by other "
     "mounts",
     "launch where nothing is mounted over /proc, or bind the host's /proc", "user_namespaces(7), DESCRIPTION"},
    {EPERM, "the PID namespace belongs to another user namespace", "make a new PID namespace too",
     "user_namespaces(7), DESCRIPTION"},
};

constexpr Row sysfsTable[] = {
    {EPERM, "in a user namespace sysfs may be mounted only together with a network namespace of the same owner",
     "make a new network namespace (\"network\": \"none\"), or bind the host's /sys",
     "user_namespaces(7), DESCRIPTION"},
    {EPERM, "parts of the host's /sys are covered by other mounts, so a fresh one would show too much",
     "launch where nothing is mounted over /sys, or bind the host's /sys", "user_namespaces(7), DESCRIPTION"},
};

constexpr Row mqueueTable[] = {
    {EPERM, "the IPC namespace belongs to another user namespace", "make a new IPC namespace too",
     "user_namespaces(7), DESCRIPTION"},
};

constexpr Row cgroup2Table[] = {
    {EPERM, "the cgroup namespace belongs to another user namespace", "make a new cgroup namespace too",
     "user_namespaces(7), DESCRIPTION"},
};

constexpr Row tmpfsTable[] = {
    {EINVAL, "size=, mode=, uid= or gid= has a value that tmpfs does not take, such as an id that is not mapped here",
     "correct the option", "tmpfs(5), DESCRIPTION"},
};

constexpr Row devptsTable[] = {
    {EINVAL, "gid= or uid= is not mapped in this user namespace", "leave the option out, or map the id",
     "user_namespaces(7), DESCRIPTION"},
};

constexpr Row overlayTable[] = {
    {EINVAL, "the work directory is not on the same file system as the upper directory, or one lies inside the other",
     "make both side by side below one directory", overlayDocument},
    {EINVAL,
     "the upper directory's file system cannot serve as one: it lacks extended attributes or file types in listings, "
     "or is itself an overlay, NFS or FAT",
     "put the upper directory on tmpfs, ext4, xfs or btrfs", overlayDocument},
    {EINVAL, "the work directory was left behind by a \"volatile\" overlay that did not end in order",
     "throw the upper and work directories away, or remove work/incompat/volatile at your own risk", overlayDocument},
    {EINVAL,
     "the kernel does not know an option: \"userxattr\" came with 5.11, \"volatile\" with 5.10, \"lowerdir+\" with 6.8",
     "use a newer kernel, or leave the option out", overlayDocument},
    {EINVAL, "there are more layers than overlayfs stacks (500), or overlays lie on overlays more than two deep",
     "merge layers", overlayDocument},
    {EPERM, "in a user namespace overlayfs works from kernel 5.11 on, and there with \"userxattr\"",
     "use Linux 6.1 or newer, or launch as root", overlayDocument},
    {EBUSY, "the upper or work directory is in use by another overlay",
     "end the other sandbox, or use another kept layer", overlayDocument},
    {ESTALE, "the upper directory was used before over another lower directory, and \"index\" noticed",
     "give the upper directory its old layers, or use a new one", overlayDocument},
    {ENOENT, "a layer, the upper or the work directory does not exist", "create it, or correct the path",
     "mount(2), ERRORS"},
    {ENOTDIR, "a layer is a file", "unpack it into a directory, and name that", "mount(2), ERRORS"},
    {ELOOP, "the upper and a lower directory overlap", "keep the upper directory outside of all layers",
     overlayDocument},
    {EACCES, "the user who mounts, or the id it maps to, may not search a layer",
     "give the layer's parents execute permission for this user", "mount(2), ERRORS"},
    {EROFS, "the upper directory is on a read-only file system", "choose a writable place for it", overlayDocument},
    {EOVERFLOW, "an owner of the upper directory has no mapping in the user namespace",
     "chown the directory to a mapped id", "user_namespaces(7), DESCRIPTION"},
    {ENAMETOOLONG, "the path of a layer is longer than a parameter may be (255 bytes)", "use a shorter path",
     overlayDocument},
};

constexpr Row attachTable[] = {
    {ENOTDIR, "a directory is to be mounted on a file, or a file on a directory",
     "make the target of the same kind as the source", "mount(2), ERRORS"},
    {ENOENT, "the target does not exist", "create it in a layer, or make the root writable so that it can be created",
     "mount(2), ERRORS"},
    {EINVAL, "the target is not in the builder's mount namespace", "name a path of the sandbox", "mount(2), ERRORS"},
    {EINVAL, "the mount is unbindable below, and the target's mount is shared", "make the target private first",
     "mount(2), ERRORS"},
    {ELOOP, "the target lies below the mount that is being moved", "choose a target outside of it", "mount(2), ERRORS"},
    {ENOSPC, "the mount namespace holds as many mounts as it may", "raise /proc/sys/fs/mount-max, or use fewer mounts",
     "proc(5), DESCRIPTION"},
    {EPERM, "the builder has no CAP_SYS_ADMIN in the user namespace that owns its mount namespace",
     "make a new mount namespace together with a new user namespace, or launch as root", "mount(2), ERRORS"},
};

constexpr Row lockedBelowTable[] = {
    {EINVAL,
     "the source has mounts below it that are locked, and a bind that is not recursive would uncover what they hide",
     "bind it recursively: rbind", "mount(2), ERRORS"},
};

constexpr Row cloneTreeTable[] = {
    {EINVAL, "the source is an unbindable mount", "make it private first: mount --make-private SOURCE",
     "mount(2), ERRORS"},
    {EINVAL, "the source lies in another mount namespace: a descriptor of it was opened elsewhere",
     "look the path up inside the builder's own namespace", "mount(2), ERRORS"},
    {ENOENT, "the source does not exist", "create it, or correct the path in the spec", "mount(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "mount(2), ERRORS"},
};

constexpr Row setattrTable[] = {
    {EINVAL, "the path is not a mount point", "bind it onto itself first: mount --bind PATH PATH",
     "mount_setattr(2), ERRORS"},
    {EINVAL, "the mount is outside of the caller's mount namespace", "name a path of the sandbox",
     "mount_setattr(2), ERRORS"},
    {ENOENT, "the path does not exist", "create it, or correct the path", "mount_setattr(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "mount_setattr(2), ERRORS"},
    {ENOSYS, "the kernel is older than Linux 5.12 and has no mount_setattr(2)", "use Linux 6.1 or newer",
     "mount_setattr(2), DESCRIPTION"},
};

constexpr Row attributesTable[] = {
    {EPERM, "a flag is locked: the mount came from a more privileged user namespace and may only be restricted further",
     "leave out the options that would lift ro, nosuid, nodev, noexec or change atime", "mount_setattr(2), ERRORS"},
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
     "make a new mount namespace together with a new user namespace, or launch as root", "mount_setattr(2), ERRORS"},
    {EBUSY, "the mount is to become read-only while a file in it is open for writing",
     "close the file (fuser -m PATH finds the process)", "mount_setattr(2), ERRORS"},
    {EINVAL, "an access-time setting was given without clearing the old one",
     "set one of noatime, relatime, strictatime alone", "mount_setattr(2), ERRORS"},
};

constexpr Row propagationTable[] = {
    {EINVAL, "the path is not a mount point; inside a chroot even \"/\" may be none",
     "bind it onto itself first: mount --bind PATH PATH", "mount_setattr(2), ERRORS"},
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
     "make a new mount namespace first: otherwise this would change the host's", "mount_setattr(2), ERRORS"},
    {ENOSPC, "a new peer group is needed, and the kernel has run out of ids for them", "make fewer mounts shared",
     "mount_setattr(2), ERRORS"},
};

// Files --------------------------------------------------------------------------------------------------------------

constexpr Row creationTable[] = {
    {EROFS, "the file system is read-only, as a root without a writable layer is",
     "make the path in a layer, or choose a writable root (\"writable\": \"discard\")", "mkdir(2), ERRORS"},
    {EACCES, "this user, or the id it is mapped to, may not write the parent directory",
     "choose a directory of your own, or map the id that owns it", "mkdir(2), ERRORS"},
    {ENOTDIR, "a component of the path is a file", "name a path whose parents are directories", "mkdir(2), ERRORS"},
    {ENOENT, "a parent is a symbolic link to something that does not exist", "repair the link in the layer",
     "mkdir(2), ERRORS"},
    {ENOSPC, "the file system has no room left, or no inode", "free space, or raise the size of the scratch layer",
     "mkdir(2), ERRORS"},
    {EDQUOT, "the user's quota on the file system is used up", "free space, or ask for more", "mkdir(2), ERRORS"},
    {EEXIST, "there is something of this name already, perhaps a dangling link", "remove it, or choose another path",
     "mkdir(2), ERRORS"},
    {EPERM, "the file system cannot hold such a thing", "choose another file system", "mkdir(2), ERRORS"},
    {ELOOP, "the path leads through too many symbolic links", "look for a link that points at itself",
     "mkdir(2), ERRORS"},
    {ENAMETOOLONG, "the path, or one name in it, is too long", "use a shorter path", "mkdir(2), ERRORS"},
    {EMLINK, "the parent directory holds as many directories as it can", "choose another parent", "mkdir(2), ERRORS"},
    {EINVAL, "the name holds characters that this file system does not take", "choose another name",
     "mkdir(2), ERRORS"},
    {EOVERFLOW, "the creator's id has no mapping on this file system", "map the id, or create it outside",
     "user_namespaces(7), DESCRIPTION"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "mkdir(2), ERRORS"},
};

constexpr Row mknodTable[] = {
    {EPERM, "device nodes need CAP_MKNOD in the initial user namespace, which a user namespace never gives",
     "bind the host's node instead: that is what \"minimal\" does there", "mknod(2), ERRORS"},
    {EPERM, "the file system does not hold device nodes", "make it on a tmpfs", "mknod(2), ERRORS"},
    {EEXIST, "there is something of this name already", "remove it from the layer", "mknod(2), ERRORS"},
};

constexpr Row symlinkTable[] = {
    {EEXIST, "there is something of this name already", "remove it from the layer", "symlink(2), ERRORS"},
    {EPERM, "the file system knows no symbolic links", "make it on another file system", "symlink(2), ERRORS"},
    {ENOENT, "the target of the link is an empty text", "give the link a target", "symlink(2), ERRORS"},
};

constexpr Row writeTable[] = {
    {EEXIST, "the file is there already, and a new one was asked for", "remove it, or choose another path",
     "open(2), ERRORS"},
    {ELOOP, "the last component is a symbolic link, which is not followed when writing", "remove the link",
     "open(2), ERRORS"},
    {EISDIR, "the path is a directory", "name a file", "open(2), ERRORS"},
    {EFBIG, "the file is larger than it may be", "inject a smaller file, or bind the host's", "write(2), ERRORS"},
    {ENOSPC, "the file system has no room for the text", "free space, or raise the size of the scratch layer",
     "write(2), ERRORS"},
    {EDQUOT, "the user's quota on the file system is used up", "free space, or ask for more", "write(2), ERRORS"},
    {EIO, "the disk failed", "look at the kernel's log (dmesg)", "write(2), ERRORS"},
};

constexpr Row rmdirTable[] = {
    {ENOTEMPTY, "there is something in the directory", "look what it is: the old root may still be mounted there",
     "rmdir(2), ERRORS"},
    {EBUSY, "something is mounted on the directory, or it is a process's root", "unmount it first", "rmdir(2), ERRORS"},
    {EROFS, "the root is read-only", "leave it: the empty directory does no harm", "rmdir(2), ERRORS"},
    {ENOENT, "the directory does not exist", "correct the path", "rmdir(2), ERRORS"},
    {EINVAL, "the last component is \".\"", "name the directory from outside", "rmdir(2), ERRORS"},
    {ENOTDIR, "the path is not a directory", "correct the path", "rmdir(2), ERRORS"},
    {EACCES, "the parent directory may not be written", "choose another directory", "rmdir(2), ERRORS"},
    {EPERM, "the parent directory is sticky and belongs to somebody else", "choose another directory",
     "rmdir(2), ERRORS"},
};

// The switch ---------------------------------------------------------------------------------------------------------

constexpr Row chdirTable[] = {
    {ENOENT, "the directory does not exist in this view", "create it in a layer, or choose another one",
     "chdir(2), ERRORS"},
    {ENOTDIR, "the path is not a directory", "name a directory", "chdir(2), ERRORS"},
    {EACCES, "the directory, or one above it, may not be searched by this id", "give it execute permission (chmod o+x)",
     "chdir(2), ERRORS"},
    {ELOOP, "the path leads through too many symbolic links", "look for a link that points at itself",
     "chdir(2), ERRORS"},
    {ENAMETOOLONG, "the path is too long", "use a shorter path", "chdir(2), ERRORS"},
    {EIO, "the disk failed", "look at the kernel's log (dmesg)", "chdir(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "chdir(2), ERRORS"},
};

constexpr Row pivotRootTable[] = {
    {EINVAL, "new_root is not a mount point", "bind it onto itself first: mount --bind new_root new_root",
     "pivot_root(2), ERRORS"},
    {EINVAL, "new_root's mount, the mount around it, or the one around the present root is shared",
     "make the tree private first: mount --make-rprivate /", "pivot_root(2), ERRORS"},
    {EINVAL, "put_old is not at or below new_root", "make put_old a directory inside of new_root",
     "pivot_root(2), ERRORS"},
    {EINVAL, "put_old is itself a mount point and shared", "make it private: mount --make-private put_old",
     "pivot_root(2), ERRORS"},
    {EINVAL, "the present root is not a mount point, because of an earlier chroot",
     "leave the chroot before the switch", "pivot_root(2), ERRORS"},
    {EINVAL, "the present root is the rootfs of the initial RAM disk", "use switch_root(8) there",
     "pivot_root(2), ERRORS"},
    {EBUSY, "new_root or put_old is on the mount of the present root",
     "mount something at new_root, or bind it onto itself", "pivot_root(2), ERRORS"},
    {ENOENT, "put_old does not exist in the new root", "make the directory first: mkdir new_root/put_old",
     "pivot_root(2), ERRORS"},
    {ENOTDIR, "new_root or put_old is not a directory", "name directories", "pivot_root(2), ERRORS"},
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns its mount namespace",
     "make a new mount namespace first, in a user namespace or as root", "pivot_root(2), ERRORS"},
    {EACCES, "a directory on the way to new_root or put_old may not be searched", "give it execute permission",
     "pivot_root(2), ERRORS"},
};

constexpr Row chrootTable[] = {
    {EPERM, "the caller has no CAP_SYS_CHROOT in its user namespace", "make a new user namespace, or launch as root",
     "chroot(2), ERRORS"},
    {ENOENT, "the directory does not exist", "create it, or correct the path", "chroot(2), ERRORS"},
    {ENOTDIR, "the path is not a directory", "name a directory", "chroot(2), ERRORS"},
    {EACCES, "a directory on the way may not be searched", "give it execute permission", "chroot(2), ERRORS"},
    {ELOOP, "the path leads through too many symbolic links", "look for a link that points at itself",
     "chroot(2), ERRORS"},
    {ENAMETOOLONG, "the path is too long", "use a shorter path", "chroot(2), ERRORS"},
    {EIO, "the disk failed", "look at the kernel's log (dmesg)", "chroot(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "chroot(2), ERRORS"},
};

constexpr Row busyTable[] = {
    {EBUSY, "a process has a file, its root or its working directory in the tree, or something is mounted below it",
     "unmount lazily: umount -l", "umount2(2), ERRORS"},
};

constexpr Row umountTable[] = {
    {EINVAL, "the path is not a mount point", "look at /proc/self/mountinfo: is it a directory of another mount?",
     "umount2(2), ERRORS"},
    {EINVAL, "the mount is locked: it came along with others from a more privileged user namespace",
     "unmount the whole tree that it came with", "umount2(2), ERRORS"},
    {ENOENT, "the path does not exist", "correct the path", "umount2(2), ERRORS"},
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns its mount namespace",
     "unmount before the capabilities are dropped", "umount2(2), ERRORS"},
    {ENAMETOOLONG, "the path is too long", "use a shorter path", "umount2(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "umount2(2), ERRORS"},
};

// Names, network, terminal -------------------------------------------------------------------------------------------

constexpr Row hostnameTable[] = {
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns its UTS namespace",
     "make a new UTS namespace", "sethostname(2), ERRORS"},
    {EINVAL, "the name is longer than 64 bytes", "use a shorter name", "sethostname(2), ERRORS"},
};

constexpr Row domainnameTable[] = {
    {EPERM, "the caller has no CAP_SYS_ADMIN in the user namespace that owns its UTS namespace",
     "make a new UTS namespace", "setdomainname(2), ERRORS"},
    {EINVAL, "the name is longer than 64 bytes", "use a shorter name", "setdomainname(2), ERRORS"},
};

constexpr Row loopbackTable[] = {
    {EPERM, "the caller has no CAP_NET_ADMIN in the user namespace that owns its network namespace",
     "make a new network namespace", "netdevice(7), DESCRIPTION"},
};

constexpr Row terminalTable[] = {
    {ENOENT, "there is no /dev/pts/ptmx: the sandbox has no devpts of its own",
     "choose the minimal /dev, or run without a terminal (-T)", "open(2), ERRORS"},
    {EACCES, "ptmx may not be opened: its mode comes from ptmxmode=, which is 0000 by default",
     "mount devpts with ptmxmode=0666", "Documentation/filesystems/devpts.rst"},
    {ENOSPC, "there are as many terminals as /proc/sys/kernel/pty/max allows", "close terminals, or raise the limit",
     "proc(5), DESCRIPTION"},
    {EIO, "the other end of the terminal cannot be opened", "launch again", "ioctl_tty(2), DESCRIPTION"},
    {EPERM, "the caller may not do this to the terminal", "open a terminal of the sandbox's own devpts",
     "ioctl_tty(2), DESCRIPTION"},
};

constexpr Row sessionTable[] = {
    {EPERM, "the process leads a process group already", "fork first: a child never does", "setsid(2), ERRORS"},
};

constexpr Row controllingTable[] = {
    {EPERM, "the terminal is the controlling one of another session", "open a terminal of the sandbox's own devpts",
     "ioctl_tty(2), DESCRIPTION"},
    {ENOTTY, "standard input is not a terminal", "open a terminal first, or run without one (-T)", "ioctl(2), ERRORS"},
};

// The command --------------------------------------------------------------------------------------------------------

constexpr Row rlimitTable[] = {
    {EPERM, "the hard limit is to be raised without CAP_SYS_RESOURCE in the initial user namespace",
     "ask for no more than the present hard limit: ulimit -H -a", "setrlimit(2), ERRORS"},
    {EPERM, "RLIMIT_NOFILE is to exceed /proc/sys/fs/nr_open", "ask for less, or raise that file",
     "setrlimit(2), ERRORS"},
    {EINVAL, "the soft limit is above the hard one", "swap the two", "setrlimit(2), ERRORS"},
};

constexpr Row boundingTable[] = {
    {EPERM, "the caller has no CAP_SETPCAP", "drop from the bounding set before the other capabilities go",
     "prctl(2), ERRORS"},
    {EINVAL, "the kernel does not know a capability of this number", "leave it out", "prctl(2), ERRORS"},
};

constexpr Row capsetTable[] = {
    {EPERM, "a capability is to be added that is not in the permitted set any more",
     "keep the sets over the change of ids (PR_SET_KEEPCAPS), and take the smaller list", "capset(2), ERRORS"},
    {EPERM, "a capability is to become inheritable that is not in the bounding set",
     "put it into the bounding set's list too", "capset(2), ERRORS"},
    {EPERM, "a capability is to become ambient that is not both permitted and inheritable", "make it both first",
     "prctl(2), ERRORS"},
    {EINVAL, "the kernel does not know one of the capabilities", "leave it out", "capset(2), ERRORS"},
};

constexpr Row idsTable[] = {
    {EINVAL, "the user or group id has no mapping in this user namespace",
     "add it to the id maps, or choose a mapped id", "setresuid(2), ERRORS"},
    {EPERM, "setgroups is denied in this user namespace",
     "leave the supplementary groups out, or map groups with newgidmap", "setgroups(2), ERRORS"},
    {EPERM, "the caller has no CAP_SETUID or CAP_SETGID in its user namespace",
     "change the ids before the capabilities go", "setresuid(2), ERRORS"},
    {EAGAIN, "the kernel could not allocate what it needs for the new user, or the user is over RLIMIT_NPROC",
     "end processes of that user, or raise the limit", "setresuid(2), ERRORS"},
    {EINVAL, "there are more than 65536 supplementary groups", "use fewer", "setgroups(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory", "free memory and try again", "setgroups(2), ERRORS"},
};

constexpr Row noNewPrivilegesTable[] = {
    {EINVAL, "the kernel is older than Linux 3.5 and does not know no_new_privs", "use Linux 6.1 or newer",
     "prctl(2), ERRORS"},
};

constexpr Row seccompTable[] = {
    {EACCES, "the caller has neither CAP_SYS_ADMIN nor no_new_privs",
     "set no_new_privs, or install the filter before the capabilities go", "seccomp(2), ERRORS"},
    {EINVAL, "the filter is empty, longer than 4096 instructions, or not a valid program",
     "name fewer system calls and conditions in the profile", "seccomp(2), ERRORS"},
    {EINVAL, "the kernel was built without CONFIG_SECCOMP_FILTER, or is in strict mode already",
     "use another kernel, or no filter", "seccomp(2), ERRORS"},
    {ENOMEM, "all filters of this process together are longer than 32768 instructions", "use a shorter profile",
     "seccomp(2), ERRORS"},
};

constexpr Row execveTable[] = {
    {ENOENT, "the program does not exist in the sandbox", "name a program of the layers; its path is the sandbox's",
     "execve(2), ERRORS"},
    {ENOENT, "the interpreter of the script, or the dynamic loader of the program, does not exist in the sandbox",
     "put it into a layer, or use a static program (file PROGRAM names the loader)", "execve(2), ERRORS"},
    {EACCES, "the file is not executable for this id, or is not a regular file", "chmod +x it in the layer",
     "execve(2), ERRORS"},
    {EACCES, "the file system is mounted noexec", "mount it without noexec", "execve(2), ERRORS"},
    {EACCES, "a directory on the way may not be searched by this id", "give it execute permission",
     "execve(2), ERRORS"},
    {ENOEXEC, "the file is for another architecture, or is a script without a \"#!\" line",
     "use a program for this machine (file PROGRAM, uname -m), or name the interpreter", "execve(2), ERRORS"},
    {E2BIG, "arguments and environment are too large together", "pass fewer", "execve(2), ERRORS"},
    {ENOTDIR, "a component in the middle of the path is a file", "correct the path", "execve(2), ERRORS"},
    {ELOOP, "too many symbolic links, or interpreters that name each other", "name the program itself",
     "execve(2), ERRORS"},
    {EPERM, "the program's file capabilities are not all in the bounding set",
     "keep them in the list, or use another program", "execve(2), ERRORS"},
    {EPERM, "a set-user-ID program is executed while the process is traced or the file system is nosuid",
     "use a program without that bit", "execve(2), ERRORS"},
    {ETXTBSY, "the file is open for writing", "wait until it is written", "execve(2), ERRORS"},
    {EAGAIN, "the user id has changed, and that user is over RLIMIT_NPROC", "raise the limit, or end processes",
     "execve(2), ERRORS"},
    {EMFILE, "this process has as many descriptors open as RLIMIT_NOFILE allows", "raise the limit of the spec",
     "execve(2), ERRORS"},
    {ENFILE, "the whole system has as many files open as it allows", "close programs", "execve(2), ERRORS"},
    {ENAMETOOLONG, "the path is too long", "use a shorter path", "execve(2), ERRORS"},
    {EISDIR, "the program's loader is a directory", "repair the layer", "execve(2), ERRORS"},
    {ELIBBAD, "the program's loader is not in a format that the kernel knows", "repair the layer", "execve(2), ERRORS"},
    {EINVAL, "the program names more than one loader", "build it anew", "execve(2), ERRORS"},
    {EIO, "the disk failed", "look at the kernel's log (dmesg)", "execve(2), ERRORS"},
    {ENOMEM, "the kernel is out of memory, or the memory limit is too small for the program", "raise the limit",
     "execve(2), ERRORS"},
};

// Steps --------------------------------------------------------------------------------------------------------------

using Tables = std::vector<Table>;

Tables filesystemTables(const MountFilesystem &o)
{
    Tables tables;
    if (o.type == "proc")
        tables.emplace_back(procTable);
    else if (o.type == "sysfs")
        tables.emplace_back(sysfsTable);
    else if (o.type == "mqueue")
        tables.emplace_back(mqueueTable);
    else if (o.type == "cgroup2")
        tables.emplace_back(cgroup2Table);
    else if (o.type == "tmpfs")
        tables.emplace_back(tmpfsTable);
    else if (o.type == "devpts")
        tables.emplace_back(devptsTable);
    tables.insert(tables.end(), {newFilesystemTable, attachTable, openTable, openInsideTable});
    return tables;
}

Tables tablesOf(const Operation &operation)
{
    return std::visit(
        Overloaded{
            [](const CreateProcess &) -> Tables { return {cloneTable}; },
            [](const DenySetgroups &) -> Tables { return {setgroupsFileTable, openTable}; },
            [](const WriteIdMaps &o) -> Tables {
                if (o.byTools)
                    return {idMapToolTable, idMapTable};
                return {idMapTable, openTable};
            },
            [](const EnterCgroup &) -> Tables { return {cgroupTable}; },
            [](const Unshare &) -> Tables { return {unshareTable}; },
            [](const SetPropagation &) -> Tables {
                return {propagationTable, setattrTable, openTable, openInsideTable};
            },
            [](const MountFilesystem &o) { return filesystemTables(o); },
            [](const MountOverlay &) -> Tables { return {overlayTable, newFilesystemTable, attachTable, openTable}; },
            [](const BindMount &o) -> Tables {
                if (o.recursive)
                    return {cloneTreeTable, attachTable, openTable, openInsideTable};
                return {lockedBelowTable, cloneTreeTable, attachTable, openTable, openInsideTable};
            },
            [](const MoveMount &) -> Tables { return {attachTable, openTable, openInsideTable}; },
            [](const SetMountAttributes &) -> Tables {
                return {attributesTable, setattrTable, openTable, openInsideTable};
            },
            [](const MaskPath &) -> Tables { return {attachTable, newFilesystemTable, openTable, openInsideTable}; },
            [](const MakeDirectory &) -> Tables { return {creationTable, openTable, openInsideTable}; },
            [](const MakeMountPoint &) -> Tables { return {creationTable, openTable, openInsideTable}; },
            [](const MakeDevice &) -> Tables { return {mknodTable, creationTable, openTable, openInsideTable}; },
            [](const MakeSymlink &) -> Tables { return {symlinkTable, creationTable, openTable, openInsideTable}; },
            [](const WriteFile &) -> Tables { return {writeTable, creationTable, openTable}; },
            [](const SetHostname &) -> Tables { return {hostnameTable}; },
            [](const SetDomainname &) -> Tables { return {domainnameTable}; },
            [](const BringUpLoopback &) -> Tables { return {loopbackTable}; },
            [](const ChangeDirectory &) -> Tables { return {chdirTable}; },
            [](const PivotRoot &) -> Tables { return {pivotRootTable}; },
            [](const ChangeRoot &) -> Tables { return {chrootTable}; },
            [](const Unmount &o) -> Tables { return o.detach ? Tables{umountTable} : Tables{busyTable, umountTable}; },
            [](const RemoveDirectory &) -> Tables { return {rmdirTable}; },
            [](const OpenTerminal &) -> Tables { return {terminalTable, openTable, openInsideTable}; },
            [](const SpawnPayload &) -> Tables { return {forkTable}; },
            [](const NewSession &o) -> Tables {
                return o.controllingTerminal ? Tables{controllingTable, sessionTable} : Tables{sessionTable};
            },
            [](const SetResourceLimit &) -> Tables { return {rlimitTable}; },
            [](const LimitCapabilities &) -> Tables { return {boundingTable}; },
            [](const SetIds &) -> Tables { return {idsTable}; },
            [](const SetCapabilities &) -> Tables { return {capsetTable}; },
            [](const SetNoNewPrivileges &) -> Tables { return {noNewPrivilegesTable}; },
            [](const InstallSeccomp &) -> Tables { return {seccompTable}; },
            [](const Execute &) -> Tables { return {execveTable}; },
        },
        operation);
}

} // namespace

std::vector<ErrorCause> causesOf(const Step &step, int errnum)
{
    std::vector<ErrorCause> causes;
    for (const Table table : tablesOf(step.operation)) {
        for (const Row &row : table) {
            // Two calls of a step may fail for one reason; it is said once.
            const bool known =
                std::ranges::any_of(causes, [&row](const ErrorCause &cause) { return cause.when == row.when; });
            if (row.errnum == errnum && !known)
                causes.push_back({row.when, row.fix, row.manual});
        }
    }
    return causes;
}

} // namespace pivotbench::core
