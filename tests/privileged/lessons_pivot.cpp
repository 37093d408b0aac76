// SPDX-License-Identifier: Apache-2.0
//
// The prerequisites of pivot_root(2), broken one at a time: eight of its checks end in EINVAL, and the model tells
// which. PivotRootNotAttached and PivotNewRootNotAttached need a process on the machine's own root; they are in
// tst_model_alone.
#include "golden.h"

#include <cerrno>

namespace pivotbench::test {
namespace {

using namespace kernel;

const PivotRootCall pivotToA = {"/a", "/a/old"};

/// All that pivotToA needs: / is private, and /a a mount with the directory "old".
Lesson ready(std::string name)
{
    return Lesson(std::move(name)).does(0, tmpfs("/a", "new")).does(0, MkdirCall{"/a/old"});
}

Lesson allMet()
{
    return ready("13: all prerequisites met")
        .does(0, CloneCall{})
        .does(0, pivotToA)
        .lies(0, "/", "new")
        .lies(0, ".", "new")
        .mounted(0, "/old", "world")
        .mounted(0, "/old/proc", "proc")
        // Whoever stood on the old root stands on the new one.
        .lies(1, "/", "new")
        .lies(1, ".", "new")
        .does(1, detach("/old"))
        .lacks(0, "world")
        .rows(0, 1);
}

Lesson dotAndDot()
{
    return ready("13: all met, with \".\" for both")
        .does(0, ChdirCall{"/a"})
        .does(0, PivotRootCall{".", "."})
        .lies(0, "/", "new")
        .lies(0, ".", "new")
        .mounted(0, "/", "world")
        .does(0, detach("."))
        .lacks(0, "world")
        .rows(0, 1);
}

// What is wrong with the paths ----------------------------------------------------------------------------------------

Lesson putOldMissing()
{
    return Lesson("13: put_old is missing")
        .does(0, tmpfs("/a", "new"))
        .fails(0, pivotToA, Cause::NoSuchEntry, ENOENT)
        .lies(0, "/", "world");
}

Lesson newRootMissing()
{
    return Lesson("13: new_root is missing").fails(0, PivotRootCall{"/none", "/old"}, Cause::NoSuchEntry, ENOENT);
}

Lesson putOldFile()
{
    return Lesson("13: put_old is a file")
        .does(0, tmpfs("/a", "new"))
        .does(0, MknodCall{.path = "/a/file"})
        .fails(0, PivotRootCall{"/a", "/a/file"}, Cause::NotADirectory, ENOTDIR);
}

Lesson newRootFile()
{
    return Lesson("13: new_root is a file").fails(0, PivotRootCall{"/f", "/old"}, Cause::NotADirectory, ENOTDIR);
}

Lesson putOldRemoved()
{
    return ready("13: put_old is removed")
        .does(0, ChdirCall{"/a/old"})
        .does(0, RmdirCall{"/a/old"})
        .fails(0, PivotRootCall{"/a", "."}, Cause::TargetGone, ENOENT);
}

Lesson noCapability()
{
    return ready("13: no CAP_SYS_ADMIN")
        .does(0, DropCapabilitiesCall{})
        .fails(0, pivotToA, Cause::NotPrivileged, EPERM)
        // That is asked before the paths are looked at.
        .fails(0, PivotRootCall{"/none", "/none"}, Cause::NotPrivileged, EPERM)
        .lies(0, "/", "world");
}

// Shared mounts -------------------------------------------------------------------------------------------------------

Lesson putOldShared()
{
    return ready("13: put_old lies on a shared mount")
        .does(0, make("/a", ms::shared))
        .fails(0, pivotToA, Cause::PivotPutOldShared, EINVAL)
        .does(0, make("/a", ms::isPrivate))
        .does(0, pivotToA);
}

Lesson newRootParentShared()
{
    return ready("13: the parent of new_root is shared")
        .does(0, make("/", ms::shared))
        .propagation(0, "/a", "private")
        .fails(0, pivotToA, Cause::PivotNewRootParentShared, EINVAL)
        .does(0, make("/", ms::isPrivate))
        .does(0, pivotToA);
}

/// The parent of the present root is seen by others only: the root is the mount of a chroot.
Lesson rootParentShared()
{
    return Lesson("13: the parent of the current root is shared")
        .does(0, tmpfs("/a", "jail"))
        .does(0, MkdirCall{"/a/n"})
        .does(0, tmpfs("/a/n", "new"))
        .does(0, MkdirCall{"/a/n/old"})
        .does(0, make("/", ms::shared))
        .does(0, CloneCall{})
        .does(0, ChrootCall{"/a"})
        .fails(0, PivotRootCall{"/n", "/n/old"}, Cause::PivotRootParentShared, EINVAL)
        .does(1, make("/", ms::isPrivate))
        // A chroot on a mount may pivot, then: its own root goes to put_old.
        .does(0, PivotRootCall{"/n", "/n/old"})
        .lies(0, "/", "new")
        .mounted(0, "/old", "jail");
}

// Whose mounts --------------------------------------------------------------------------------------------------------

/// A descriptor keeps its mount of the first namespace.
Lesson notOurs()
{
    return ready("13: new_root is in another mount namespace")
        .does(0, OpenCall{.path = "/a", .directory = true, .descriptor = 10})
        .does(0, CloneCall{{.mount = true}})
        .does(1, FchdirCall{10})
        .fails(1, PivotRootCall{".", "/b/y"}, Cause::PivotNotOurs, EINVAL)
        .does(1, ChdirCall{"/a"})
        .does(1, PivotRootCall{".", "old"})
        .lies(1, "/", "new")
        .lies(0, "/", "world");
}

Lesson newRootLocked()
{
    return ready("13: new_root is a locked mount")
        .does(0, CloneCall{{.user = true, .mount = true}})
        .fails(1, pivotToA, Cause::PivotNewRootLocked, EINVAL)
        // A bind mount of it is not.
        .does(1, bind("/a", "/b"))
        .does(1, PivotRootCall{"/b", "/b/old"})
        .lies(1, "/", "new");
}

// Where they stand ----------------------------------------------------------------------------------------------------

Lesson newRootRemoved()
{
    return ready("13: new_root is removed")
        .does(0, MkdirCall{"/a/n"})
        .does(0, ChdirCall{"/a/n"})
        .does(0, RmdirCall{"/a/n"})
        .fails(0, PivotRootCall{".", "/old"}, Cause::PivotNewRootRemoved, ENOENT);
}

Lesson newRootIsRoot(bool userNamespace)
{
    // The root of a less privileged namespace is locked, and that is asked first.
    const Cause cause = userNamespace ? Cause::PivotNewRootLocked : Cause::PivotNewRootIsRoot;
    return ready("13: new_root is the current root")
        .fails(0, PivotRootCall{"/", "/old"}, cause, userNamespace ? EINVAL : EBUSY)
        // That of a chroot on a mount is not.
        .does(0, ChrootCall{"/a"})
        .fails(0, PivotRootCall{"/", "/old"}, Cause::PivotNewRootIsRoot, EBUSY);
}

/// A directory that is not a mount point lies on the current root: the kernel says so, and never comes to the check
/// that the manual has for it.
Lesson newRootIsDirectory(bool userNamespace)
{
    const Cause cause = userNamespace ? Cause::PivotNewRootLocked : Cause::PivotNewRootIsRoot;
    return Lesson("13: new_root is a plain directory")
        .fails(0, PivotRootCall{"/b", "/b/y"}, cause, userNamespace ? EINVAL : EBUSY)
        .does(0, bind("/b", "/b"))
        .does(0, PivotRootCall{"/b", "/b/y"})
        .mounted(0, "/y", "world");
}

Lesson newRootNotAMount()
{
    return ready("13: new_root is a directory on another mount")
        .does(0, MkdirCall{"/a/n"})
        .does(0, MkdirCall{"/a/n/old"})
        .fails(0, PivotRootCall{"/a/n", "/a/n/old"}, Cause::PivotNewRootNotAMount, EINVAL);
}

Lesson putOldOnRoot()
{
    return ready("13: put_old is on the current root")
        .fails(0, PivotRootCall{"/a", "/old"}, Cause::PivotPutOldOnRoot, EBUSY);
}

Lesson putOldOutside()
{
    return ready("13: put_old is outside new_root")
        .does(0, tmpfs("/b", "other"))
        .does(0, MkdirCall{"/b/old"})
        .fails(0, PivotRootCall{"/a", "/b/old"}, Cause::PivotPutOldOutside, EINVAL);
}

Lesson rootNotAMount()
{
    return Lesson("13: the current root is no mount point")
        .does(0, tmpfs("/a/x", "new"))
        .does(0, MkdirCall{"/a/x/old"})
        .does(0, ChrootCall{"/a"})
        .fails(0, PivotRootCall{"/x", "/x/old"}, Cause::PivotRootNotAMount, EINVAL);
}

Lesson newRootOutside()
{
    return Lesson("13: new_root is outside the current root")
        .does(0, tmpfs("/a", "jail"))
        .does(0, tmpfs("/b", "new"))
        .does(0, MkdirCall{"/b/old"})
        .does(0, ChdirCall{"/b"})
        .does(0, ChrootCall{"/a"})
        .fails(0, PivotRootCall{".", "old"}, Cause::PivotNewRootOutside, EINVAL);
}

} // namespace

std::vector<Lesson> pivotLessons(bool userNamespace)
{
    return {allMet(),
            dotAndDot(),
            putOldMissing(),
            newRootMissing(),
            putOldFile(),
            newRootFile(),
            putOldRemoved(),
            noCapability(),
            putOldShared(),
            newRootParentShared(),
            rootParentShared(),
            notOurs(),
            newRootLocked(),
            newRootRemoved(),
            newRootIsRoot(userNamespace),
            newRootIsDirectory(userNamespace),
            newRootNotAMount(),
            putOldOnRoot(),
            putOldOutside(),
            rootNotAMount(),
            newRootOutside()};
}

} // namespace pivotbench::test
