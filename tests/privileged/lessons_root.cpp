// SPDX-License-Identifier: Apache-2.0
//
// chroot(2) and "..": what a process's root holds, and what it does not. Worker 0 stays outside, so that every place
// can be named by its true path; worker 1 is the one in the chroot.
#include "golden.h"

#include <cerrno>

namespace pivotbench::test {
namespace {

using namespace kernel;

const CloneCall cloneSame = {};

/// Worker 1 in a chroot on /a, standing at its root.
Lesson inChroot(std::string name)
{
    return Lesson(std::move(name))
        .does(0, cloneSame)
        .does(1, ChrootCall{"/a"})
        .does(1, ChdirCall{"/"})
        .same(1, "/", 0, "/a")
        .same(1, ".", 0, "/a");
}

// Escapes -------------------------------------------------------------------------------------------------------------

/// The text has this lead out. It does not: ".." stays at the root of the process.
Lesson plainDotDot()
{
    return inChroot("10: chdir(\"..\") does not escape")
        .does(1, ChdirCall{".."})
        .same(1, ".", 0, "/a")
        .does(1, ChdirCall{"../../.."})
        .same(1, ".", 0, "/a")
        .same(1, "/..", 0, "/a")
        .same(1, "/x/../..", 0, "/a")
        .nowhere(1, "/b", ENOENT);
}

/// A second chroot moves the root below the working directory: nothing stops ".." any more.
Lesson nestedChroot()
{
    return inChroot("10: a nested chroot with the working directory outside escapes")
        .does(1, ChrootCall{"x"})
        .same(1, "/", 0, "/a/x")
        .same(1, ".", 0, "/a")
        .does(1, ChdirCall{".."})
        .same(1, ".", 0, "/")
        .does(1, ChrootCall{"."})
        .same(1, "/", 0, "/")
        .same(1, "/b", 0, "/b")
        .lies(1, "/b", "world");
}

/// The same where the working directory never came in.
Lesson directoryNeverEntered()
{
    return Lesson("10: a chroot without chdir leaves the working directory outside")
        .does(0, cloneSame)
        .does(1, ChdirCall{"/b/y"})
        .does(1, ChrootCall{"/a"})
        .same(1, "/", 0, "/a")
        .same(1, ".", 0, "/b/y")
        .same(1, "..", 0, "/b")
        .same(1, "../../c", 0, "/c")
        .nowhere(1, "/b", ENOENT);
}

Lesson keptDescriptor()
{
    return Lesson("10: fchdir(2) on a kept descriptor escapes")
        .does(0, cloneSame)
        .does(1, OpenCall{.path = "/", .directory = true, .descriptor = 10})
        .does(1, ChrootCall{"/a"})
        .does(1, ChdirCall{"/"})
        .same(1, "..", 0, "/a")
        .does(1, FchdirCall{10})
        .same(1, ".", 0, "/")
        .same(1, "b", 0, "/b")
        .does(1, ChrootCall{"."})
        .same(1, "/", 0, "/")
        .lies(1, "/", "world");
}

/// Without CAP_SYS_CHROOT there is no second chroot, and so no such escape.
Lesson withoutCapability()
{
    return inChroot("10: without the capability there is no nested chroot")
        .does(1, DropCapabilitiesCall{})
        .fails(1, ChrootCall{"x"}, Cause::ChrootNotPrivileged, EPERM)
        .does(1, ChdirCall{".."})
        .same(1, ".", 0, "/a");
}

Lesson noUserNamespace()
{
    return inChroot("10: in a chroot no user namespace can be made")
        .fails(1, UnshareCall{{.user = true}}, Cause::UserNamespaceInChroot, EPERM)
        .fails(1, CloneCall{{.user = true, .mount = true}}, Cause::UserNamespaceInChroot, EPERM);
}

// Mounts and chroot ---------------------------------------------------------------------------------------------------

/// A chroot has no mount namespace of its own: not even propagation is needed.
Lesson hostMountInside()
{
    return inChroot("11: a host mount appears inside a chroot")
        .rows(1, 0)
        .propagation(0, "/", "private")
        .does(0, tmpfs("/a/x", "late"))
        .mounted(0, "/a/x", "late")
        .mounted(1, "/x", "late")
        .lies(1, "/x", "late")
        .rows(1, 1)
        .does(0, unmount("/a/x"))
        .rows(1, 0);
}

Lesson mountInsideIsOutside()
{
    return inChroot("11: a mount made inside a chroot is on the host")
        .does(1, tmpfs("/x", "inside"))
        .mounted(1, "/x", "inside")
        .mounted(0, "/a/x", "inside");
}

/// It is not in the table of the one inside, but there, and it cannot be unmounted from there either.
Lesson oldRootStays()
{
    return Lesson("12: chroot leaves the old root mounted")
        .does(0, tmpfs("/a", "jail"))
        .does(0, MkdirCall{"/a/in"})
        .does(0, cloneSame)
        .rows(1, 4)
        .does(1, ChrootCall{"/a"})
        .does(1, ChdirCall{"/"})
        .rows(1, 1)
        .mounted(1, "/", "jail")
        .lacks(1, "world")
        .rows(0, 4)
        .holds(0, "world")
        .nowhere(1, "/proc", ENOENT)
        // Still there: the nested chroot finds it again.
        .does(1, ChrootCall{"in"})
        .does(1, ChdirCall{"../.."})
        .does(1, ChrootCall{"."})
        .rows(1, 4)
        .holds(1, "world")
        .same(1, "/", 0, "/");
}

/// The text makes a raw disk node; the null device shows the same without the disk.
Lesson deviceInChroot(bool userNamespace)
{
    const MknodCall node = {.path = "/x/node", .device = true};
    Lesson lesson = inChroot("12: root makes device nodes in a chroot, a user namespace does not");
    if (userNamespace)
        return lesson.fails(1, node, Cause::DeviceNotAllowed, EPERM).nowhere(0, "/a/x/node", ENOENT);
    return lesson.does(1, node)
        .does(1, OpenCall{.path = "/x/node", .descriptor = 10})
        .same(1, "/x/node", 0, "/a/x/node");
}

Lesson pivotTakesItAway()
{
    return Lesson("12: pivot_root and umount -l take the old root away")
        .does(0, tmpfs("/a", "jail"))
        .does(0, MkdirCall{"/a/in"})
        .does(0, MkdirCall{"/a/old"})
        .does(0, PivotRootCall{"/a", "/a/old"})
        .does(0, ChdirCall{"/"})
        .mounted(0, "/", "jail")
        .mounted(0, "/old", "world")
        // Plain umount will not do: what was mounted on the old root still is.
        .fails(0, unmount("/old"), Cause::HasSubmounts, EBUSY)
        .does(0, detach("/old"))
        .lacks(0, "world")
        .rows(0, 1)
        .does(0, RmdirCall{"/old"})
        // The way out of a chroot leads nowhere here.
        .does(0, ChrootCall{"in"})
        .does(0, ChdirCall{"../../.."})
        .does(0, ChrootCall{"."})
        .lacks(0, "world")
        .lies(0, "/", "jail")
        .rows(0, 1);
}

// ".." ----------------------------------------------------------------------------------------------------------------

Lesson dotDotAtPivotedRoot()
{
    return Lesson("17: \"..\" at a pivoted root stays")
        .does(0, tmpfs("/a", "jail"))
        .does(0, MkdirCall{"/a/old"})
        .does(0, ChdirCall{"/a"})
        .does(0, PivotRootCall{".", "old"})
        .same(0, "/..", 0, "/")
        .same(0, "..", 0, "/")
        .same(0, "../../..", 0, "/")
        .lies(0, "/..", "jail")
        // At the old root, which is a mount as any other now, it climbs.
        .same(0, "/old/..", 0, "/")
        .lies(0, "/old", "world");
}

Lesson dotDotAtBindMount()
{
    return Lesson("17: \"..\" at the root of a bind mount climbs to the mount point's parent")
        .does(0, bind("/a/x", "/c/z"))
        .same(0, "/c/z", 0, "/a/x")
        .same(0, "/c/z/y", 0, "/a/x/y")
        .same(0, "/c/z/..", 0, "/c")
        .differ(0, "/c/z/..", 0, "/a")
        .same(0, "/c/z/y/..", 0, "/a/x")
        .does(0, ChdirCall{"/c/z/y"})
        .same(0, "../..", 0, "/c");
}

/// What is mounted on the working directory's parent afterwards is entered by "..", but not by ".".
Lesson dotDotEntersMount()
{
    return Lesson("17: \"..\" enters what is mounted above")
        .does(0, ChdirCall{"/c/z"})
        .does(0, tmpfs("/c", "over"))
        .lies(0, ".", "world")
        .lies(0, "..", "over")
        .nowhere(0, "/c/z", ENOENT);
}

// Links ---------------------------------------------------------------------------------------------------------------

Lesson mountOnLink()
{
    return Lesson("a mount on a link to its own directory lands on the directory")
        .does(0, SymlinkCall{".", "/b/here"})
        .does(0, tmpfs("/b/here", "over"))
        .mounted(0, "/b", "over")
        .bare(0, "/b/here")
        .lies(0, "/b", "over")
        .nowhere(0, "/b/here", ENOENT)
        .does(0, unmount("/b"))
        .same(0, "/b/here", 0, "/b");
}

/// On the root directory this covers the root of everyone, and nobody sees it: a path from "/" begins below it.
Lesson mountOnLinkToRoot()
{
    return Lesson("a mount on /here, a link to \".\", lands on / and is not entered from there")
        .does(0, tmpfs("/here", "over"))
        .mounted(0, "/", "over")
        .mounted(0, "/", "world")
        .lies(0, "/", "world")
        .lies(0, "/here", "world")
        .lies(0, "/b", "world")
        // But umount(2) goes by what is on top.
        .does(0, unmount("/here"))
        .lacks(0, "over");
}

} // namespace

std::vector<Lesson> rootLessons(bool userNamespace)
{
    return {plainDotDot(),           nestedChroot(),
            directoryNeverEntered(), keptDescriptor(),
            withoutCapability(),     noUserNamespace(),
            hostMountInside(),       mountInsideIsOutside(),
            oldRootStays(),          deviceInChroot(userNamespace),
            pivotTakesItAway(),      dotDotAtPivotedRoot(),
            dotDotAtBindMount(),     dotDotEntersMount(),
            mountOnLink(),           mountOnLinkToRoot()};
}

} // namespace pivotbench::test
