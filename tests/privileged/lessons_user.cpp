// SPDX-License-Identifier: Apache-2.0
//
// Less privileged namespaces (mount_namespaces(7), "Restrictions on mount namespaces"): worker 1 has a user namespace
// of its own and a copy of the mounts of worker 0, which it may use but not take apart.
#include "golden.h"

#include "core/spec/mount_options.h"

#include <cerrno>

namespace pivotbench::test {
namespace {

using namespace kernel;

const CloneCall cloneUser = {{.user = true, .mount = true}};
const CloneCall cloneUserAndPid = {{.user = true, .mount = true, .pid = true}};
const CloneCall cloneUserAndNetwork = {{.user = true, .mount = true, .network = true}};
const MountCall newProc = {.source = "p", .target = "/b", .type = "proc"};
const MountCall newSys = {.source = "s", .target = "/b", .type = "sysfs"};

Lesson copiesAreLocked()
{
    return Lesson("user namespace: copies cannot be taken off one by one")
        .does(0, tmpfs("/a", "host"))
        .does(0, cloneUser)
        .mounted(1, "/a", "host")
        .fails(1, unmount("/a"), Cause::MountLocked, EINVAL)
        .fails(1, detach("/a"), Cause::MountLocked, EINVAL)
        .fails(1, MountCall{.source = "/a", .target = "/c", .flags = ms::move}, Cause::MoveLocked, EINVAL)
        .mounted(1, "/a", "host")
        // Its own mounts may come and go, on top as well.
        .does(1, tmpfs("/a", "own"))
        .lies(1, "/a", "own")
        .does(1, unmount("/a"))
        .lies(1, "/a", "host")
        .bare(0, "/c");
}

/// A copy of one mount without those on it would show what they hide; the whole tree may be copied and dropped.
Lesson treeStaysWhole()
{
    return Lesson("user namespace: what locked mounts hide stays hidden")
        .does(0, tmpfs("/a", "host"))
        .does(0, cloneUser)
        .fails(1, bind("/", "/c"), Cause::LockedChildren, EINVAL)
        .does(1, bind("/", "/c", ms::recursive))
        .mounted(1, "/c/a", "host")
        .fails(1, detach("/c/a"), Cause::MountLocked, EINVAL)
        .does(1, detach("/c"))
        .bare(1, "/c")
        .mounted(1, "/a", "host");
}

Lesson flagsAreLocked()
{
    return Lesson("user namespace: flags of copies can only be made stricter")
        .does(0, tmpfs("/a", "host", ms::readOnly | ms::noSuid))
        .does(0, cloneUser)
        .flags(1, "/a", "ro,nosuid,relatime")
        .fails(1, MountCall{.target = "/a", .flags = ms::remount | ms::bind}, Cause::FlagLocked, EPERM)
        .fails(1, MountCall{.target = "/a", .flags = ms::remount | ms::bind | ms::readOnly}, Cause::FlagLocked, EPERM)
        .fails(1, MountSetattrCall{.target = {"/a"}, .clear = core::mount_attr::readOnly}, Cause::FlagLocked, EPERM)
        .flags(1, "/a", "ro,nosuid,relatime")
        .does(1, MountCall{.target = "/a", .flags = ms::remount | ms::bind | ms::readOnly | ms::noSuid | ms::noExec})
        .flags(1, "/a", "ro,nosuid,noexec,relatime")
        // What it added itself it may take away, too.
        .does(1, MountCall{.target = "/a", .flags = ms::remount | ms::bind | ms::readOnly | ms::noSuid})
        .flags(1, "/a", "ro,nosuid,relatime")
        .flags(0, "/a", "ro,nosuid,relatime");
}

Lesson filesystemNotOurs()
{
    return Lesson("user namespace: the filesystem of a copy belongs to its maker")
        .does(0, tmpfs("/a", "host"))
        .does(0, cloneUser)
        .fails(1, MountCall{.target = "/a", .flags = ms::remount | ms::readOnly}, Cause::SuperblockNotOurs, EPERM)
        .does(1, tmpfs("/b", "own"))
        .does(1, MountCall{.target = "/b", .flags = ms::remount | ms::readOnly});
}

/// A copy for another owner is a slave: events come in, none go out. What comes in may be taken off as it came, but its
/// flags are locked, and what lies deeper in it.
Lesson slaveOfHost()
{
    return Lesson("user namespace: the copy of a shared mount is its slave")
        .does(0, make("/", ms::shared))
        .does(0, cloneUser)
        .propagation(1, "/", "slave")
        .does(1, tmpfs("/c", "inside"))
        .bare(0, "/c")
        .does(0, tmpfs("/a", "late", ms::readOnly))
        .mounted(1, "/a", "late")
        .fails(1, MountCall{.target = "/a", .flags = ms::remount | ms::bind}, Cause::FlagLocked, EPERM)
        .does(1, unmount("/a"))
        .bare(1, "/a")
        .mounted(0, "/a", "late")
        .does(0, bind("/", "/b", ms::recursive))
        .mounted(1, "/b/a", "late")
        .fails(1, unmount("/b/a"), Cause::MountLocked, EINVAL)
        .does(1, detach("/b"))
        .bare(1, "/b");
}

Lesson procNeedsPidNamespace()
{
    return Lesson("user namespace: proc needs a PID namespace of one's own")
        .does(0, cloneUser)
        .fails(1, newProc, Cause::NamespaceNotOwned, EPERM)
        .does(0, cloneUserAndPid)
        .does(2, newProc)
        .mounted(2, "/b", "p");
}

Lesson procTooRevealing()
{
    return Lesson("user namespace: a new proc needs one that is visible whole")
        .does(0, tmpfs("/proc/sys", "cover"))
        .does(0, cloneUserAndPid)
        .fails(1, newProc, Cause::TooRevealing, EPERM)
        .fails(1, FsMountCall{.type = "proc", .source = "p", .descriptor = 10}, Cause::TooRevealing, EPERM)
        .bare(1, "/b")
        // Where nothing covers it, it can be had again.
        .does(0, unmount("/proc/sys"))
        .does(0, cloneUserAndPid)
        .does(2, newProc)
        .mounted(2, "/b", "p");
}

Lesson procGone()
{
    return Lesson("user namespace: without a /proc there is no new proc")
        .does(0, detach("/proc"))
        .does(0, cloneUserAndPid)
        .fails(1, newProc, Cause::TooRevealing, EPERM);
}

Lesson sysNeedsNetworkNamespace()
{
    return Lesson("user namespace: sysfs needs a network namespace of one's own")
        .does(0, cloneUser)
        .fails(1, newSys, Cause::NamespaceNotOwned, EPERM)
        .does(0, cloneUserAndNetwork)
        .does(2, newSys)
        .mounted(2, "/b", "s");
}

Lesson someFilesystems()
{
    return Lesson("user namespace: tmpfs may be mounted, devtmpfs and ext4 not")
        .does(0, cloneUser)
        .does(1, tmpfs("/a", "own"))
        .fails(1, MountCall{.source = "d", .target = "/b", .type = "devtmpfs"}, Cause::FilesystemNeedsRoot, EPERM)
        .fails(1, MountCall{.source = "/f", .target = "/b", .type = "ext4"}, Cause::FilesystemNeedsRoot, EPERM)
        .fails(1, MknodCall{.path = "/a/null", .device = true}, Cause::DeviceNotAllowed, EPERM);
}

/// 32 levels below the initial one, and one more for the namespace that is the 33rd.
Lesson tooDeep(bool userNamespace)
{
    Lesson lesson("user namespace: at most 33 below one another");
    lesson.inInitialNamespace();
    for (int level = userNamespace ? 1 : 0; level < 33; ++level)
        lesson.does(0, UnshareCall{{.user = true}});
    return lesson.fails(0, UnshareCall{{.user = true}}, Cause::UserNamespaceTooDeep, ENOSPC)
        .fails(0, CloneCall{{.user = true, .mount = true}}, Cause::UserNamespaceTooDeep, ENOSPC)
        .lies(0, "/", "world");
}

} // namespace

std::vector<Lesson> userNamespaceLessons(bool userNamespace)
{
    return {
        copiesAreLocked(),       treeStaysWhole(),   flagsAreLocked(), filesystemNotOurs(),        slaveOfHost(),
        procNeedsPidNamespace(), procTooRevealing(), procGone(),       sysNeedsNetworkNamespace(), someFilesystems(),
        tooDeep(userNamespace)};
}

} // namespace pivotbench::test
