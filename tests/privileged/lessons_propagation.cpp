// SPDX-License-Identifier: Apache-2.0
//
// Who hears of a mount (mount_namespaces(7), "Shared subtrees"). Worker 0 is the host, worker 1 the container, whose
// mount namespace is a copy.
#include "golden.h"

#include <cerrno>
#include <fmt/format.h>

namespace pivotbench::test {
namespace {

using namespace kernel;

const CloneCall cloneSame = {};
const CloneCall cloneMounts = {{.mount = true}};
const UnshareCall unshareMounts = {{.mount = true}};
constexpr std::uint64_t allShared = ms::shared | ms::recursive;
constexpr std::uint64_t allPrivate = ms::isPrivate | ms::recursive;

Lesson flagFlips()
{
    return Lesson("1: / private, then shared")
        .propagation(0, "/", "private")
        .does(0, make("/", ms::shared))
        .propagation(0, "/", "shared")
        .propagation(0, "/proc", "private")
        .does(0, make("/", ms::isPrivate))
        .propagation(0, "/", "private")
        .does(0, make("/", allShared))
        .propagation(0, "/proc", "shared");
}

// The event matrix ----------------------------------------------------------------------------------------------------

/// A mount on /a of the given type, with the empty directory /a/x in it. What is a slave is one of /b.
void makeBase(Lesson &lesson, const std::string &type)
{
    lesson.does(0, tmpfs("/a", "base")).does(0, MkdirCall{"/a/x"}).does(0, MkdirCall{"/a/m"});
    if (type == "shared" || type == "slave")
        lesson.does(0, make("/a", ms::shared));
    if (type == "slave")
        lesson.does(0, bind("/a", "/b")).does(0, make("/a", ms::slave));
    if (type == "unbindable")
        lesson.does(0, make("/a", ms::unbindable));
    lesson.propagation(0, "/a", type);
}

/// The copy of a shared mount is its peer, and that of a slave another slave of the same master. That of an unbindable
/// mount is just private (seen on Linux 6.18; the manual pages do not say): a new namespace gets it all the same.
Lesson eventMatrix(const std::string &type, std::size_t maker, bool unmounts)
{
    const std::size_t other = 1 - maker;
    Lesson lesson(fmt::format("2: {}, {} in the {} namespace", type, unmounts ? "unmounted" : "mounted",
                              maker == 0 ? "first" : "second"));
    makeBase(lesson, type);
    if (unmounts)
        lesson.does(0, tmpfs("/a/x", "event"));
    lesson.does(0, cloneMounts).propagation(1, "/a", type == "unbindable" ? "private" : type);
    const bool passesOn = type == "shared";
    if (unmounts)
        lesson.mounted(1, "/a/x", "event").does(maker, unmount("/a/x")).bare(maker, "/a/x");
    else
        lesson.does(maker, tmpfs("/a/x", "event")).mounted(maker, "/a/x", "event");
    if (unmounts != passesOn)
        lesson.mounted(other, "/a/x", "event");
    else
        lesson.bare(other, "/a/x");
    // Both slaves hear of what the master does, whichever namespace it is done in.
    if (type == "slave")
        lesson.does(maker, tmpfs("/b/m", "from-master"))
            .mounted(0, "/a/m", "from-master")
            .mounted(1, "/a/m", "from-master");
    return lesson;
}

Lesson copyMadeSlave()
{
    Lesson lesson("2: shared, and the second made a slave: one way only");
    makeBase(lesson, "shared");
    return lesson.does(0, cloneMounts)
        .does(1, make("/a", ms::slave))
        .propagation(1, "/a", "slave")
        .does(1, tmpfs("/a/x", "inside"))
        .mounted(1, "/a/x", "inside")
        .bare(0, "/a/x")
        .does(0, tmpfs("/a/m", "outside"))
        .mounted(1, "/a/m", "outside")
        .does(0, unmount("/a/m"))
        .bare(1, "/a/m");
}

Lesson unbindableRefused()
{
    Lesson lesson("2: an unbindable mount cannot be bound");
    makeBase(lesson, "unbindable");
    return lesson.fails(0, bind("/a", "/b"), Cause::SourceUnbindable, EINVAL)
        .fails(0, bind("/a/x", "/b"), Cause::SourceUnbindable, EINVAL)
        .fails(0, bind("/a", "/b", ms::recursive), Cause::SourceUnbindable, EINVAL)
        .bare(0, "/b")
        // A recursive bind from above leaves it out without a word.
        .does(0, bind("/", "/b", ms::recursive))
        .mounted(0, "/b", "world")
        .mounted(0, "/b/proc", "proc")
        .bare(0, "/b/a");
}

// Hosts and containers ------------------------------------------------------------------------------------------------

Lesson ownTable()
{
    return Lesson("3: unmounted and mounted inside, each keeps its own table")
        .does(0, tmpfs("/c", "both"))
        .does(0, cloneMounts)
        .mounted(1, "/c", "both")
        .does(1, unmount("/c"))
        .bare(1, "/c")
        .mounted(0, "/c", "both")
        .does(1, tmpfs("/b", "inside"))
        .mounted(1, "/b", "inside")
        .bare(0, "/b")
        .nowhere(1, "/b/y", ENOENT)
        .lies(0, "/b/y", "world");
}

Lesson hostMountAppears()
{
    return Lesson("4: a host mount appears inside, with propagation unchanged")
        .does(0, make("/", allShared))
        .does(0, cloneMounts)
        .propagation(1, "/", "shared")
        .does(0, tmpfs("/b", "late"))
        .mounted(1, "/b", "late")
        .lies(1, "/b", "late");
}

/// The text has it appear after "unshare -m"; but unshare(1) makes the new tree private first.
Lesson hostMountStaysOut()
{
    return Lesson("4: a host mount does not appear after what unshare -m does")
        .does(0, make("/", allShared))
        .does(0, cloneMounts)
        .does(1, make("/", allPrivate))
        .does(0, tmpfs("/b", "late"))
        .mounted(0, "/b", "late")
        .bare(1, "/b");
}

/// The text has --make-private on / stop everything. It is not recursive.
Lesson privateIsNotRecursive()
{
    return Lesson("5: --make-private / leaves a shared mount below it shared")
        .does(0, make("/", ms::shared))
        .does(0, tmpfs("/c", "data"))
        .does(0, MkdirCall{"/c/in"})
        .does(0, make("/", ms::isPrivate))
        .propagation(0, "/", "private")
        .propagation(0, "/c", "shared")
        .does(0, cloneMounts)
        .does(0, tmpfs("/b", "above"))
        .bare(1, "/b")
        .does(0, tmpfs("/c/in", "below"))
        .mounted(1, "/c/in", "below");
}

Lesson recursivePrivateStops()
{
    return Lesson("5: --make-rprivate / stops it everywhere")
        .does(0, make("/", ms::shared))
        .does(0, tmpfs("/c", "data"))
        .does(0, MkdirCall{"/c/in"})
        .does(0, make("/", allPrivate))
        .propagation(0, "/c", "private")
        .does(0, cloneMounts)
        .does(0, tmpfs("/c/in", "below"))
        .mounted(0, "/c/in", "below")
        .bare(1, "/c/in");
}

Lesson isolatedFilesystem()
{
    return Lesson("6: a tmpfs after --make-rprivate is found inside only")
        .does(0, make("/", allShared))
        .does(0, MkdirCall{"/mnt"})
        .does(0, cloneSame)
        .does(1, unshareMounts)
        .does(1, make("/", allPrivate))
        .does(1, tmpfs("/mnt", "isolated_fs"))
        .mounted(1, "/mnt", "isolated_fs")
        .holds(1, "isolated_fs")
        .lacks(0, "isolated_fs")
        .bare(0, "/mnt");
}

Lesson overlayUnder(bool shared)
{
    const std::string container = "/var/lib/container";
    const std::string merged = container + "/merged";
    Lesson lesson(fmt::format("7: an overlay under a {} parent", shared ? "shared" : "private"));
    lesson.does(0, make("/", allShared))
        .does(0, MkdirCall{"/var"})
        .does(0, MkdirCall{"/var/lib"})
        .does(0, MkdirCall{container})
        .does(0, MkdirCall{merged})
        // Only mounts have a propagation type: the directory has to be made one first.
        .fails(0, make(container, ms::isPrivate), Cause::NotAMountPoint, EINVAL)
        .does(0, bind(container, container));
    if (!shared)
        lesson.does(0, make(container, ms::isPrivate));
    lesson.propagation(0, container, shared ? "shared" : "private")
        .does(0, cloneMounts)
        .does(1, MountCall{.source = "layers",
                           .target = merged,
                           .type = "overlay",
                           .overlay = {.lowers = {"/a"}, .upper = "/u", .work = "/w"}})
        .mounted(1, merged, "layers")
        .lies(1, merged + "/x", "layers");
    if (shared)
        lesson.mounted(0, merged, "layers").lies(0, merged + "/x", "layers");
    else
        lesson.bare(0, merged).nowhere(0, merged + "/x", ENOENT);
    return lesson;
}

Lesson bareUnshare(bool shared)
{
    Lesson lesson(fmt::format("8: the bare unshare(2) in a {} tree", shared ? "shared" : "private"));
    lesson.does(0, make("/", shared ? allShared : allPrivate))
        .does(0, cloneSame)
        .does(1, unshareMounts)
        .propagation(1, "/", shared ? "shared" : "private")
        .does(1, tmpfs("/b", "inside"))
        .mounted(1, "/b", "inside");
    if (shared)
        lesson.mounted(0, "/b", "inside");
    else
        lesson.bare(0, "/b");
    return lesson;
}

Lesson unshareCommand()
{
    return Lesson("8: what unshare(1) does after it in a shared tree")
        .does(0, make("/", allShared))
        .does(0, cloneSame)
        .does(1, unshareMounts)
        .does(1, make("/", allPrivate))
        .propagation(0, "/", "shared")
        .propagation(1, "/", "private")
        .does(1, tmpfs("/b", "inside"))
        .mounted(1, "/b", "inside")
        .bare(0, "/b");
}

Lesson unseenByHost()
{
    return Lesson("9: a container's mounts and unmounts are unseen by the host")
        .does(0, make("/", allShared))
        .does(0, tmpfs("/c", "host"))
        .rows(0, 4)
        .does(0, cloneMounts)
        .does(1, make("/", allPrivate))
        .does(1, tmpfs("/b", "inside"))
        .does(1, unmount("/c"))
        .bare(1, "/c")
        .mounted(0, "/c", "host")
        .bare(0, "/b")
        .rows(0, 4)
        // Its end takes its mounts along and nothing else.
        .does(1, ExitCall{})
        .mounted(0, "/c", "host")
        .rows(0, 4);
}

/// What nsenter(1) does: the table of the container, and its root.
Lesson enteredFromOutside()
{
    return Lesson("36: setns(2) into a container shows its table")
        .does(0, cloneMounts)
        .does(1, make("/", allPrivate))
        .does(1, tmpfs("/b", "inside"))
        .does(0, cloneSame)
        .does(2, ChdirCall{"/a"})
        .lacks(2, "inside")
        .does(2, SetnsCall{.of = ProcessId{2}}) // worker 1: the model counts from 1
        .mounted(2, "/b", "inside")
        .same(2, ".", 2, "/")
        .lacks(0, "inside")
        // What it mounts there, all see who are there.
        .does(2, tmpfs("/c", "entered"))
        .mounted(1, "/c", "entered")
        .lacks(0, "entered");
}

} // namespace

std::vector<Lesson> propagationLessons()
{
    std::vector<Lesson> all = {flagFlips()};
    for (const char *type : {"shared", "private", "slave", "unbindable"})
        for (const bool unmounts : {false, true})
            for (const std::size_t maker : {0u, 1u})
                all.push_back(eventMatrix(type, maker, unmounts));
    for (Lesson &lesson : std::vector{copyMadeSlave(), unbindableRefused(), ownTable(), hostMountAppears(),
                                      hostMountStaysOut(), privateIsNotRecursive(), recursivePrivateStops(),
                                      isolatedFilesystem(), overlayUnder(false), overlayUnder(true), bareUnshare(false),
                                      bareUnshare(true), unshareCommand(), unseenByHost(), enteredFromOutside()})
        all.push_back(std::move(lesson));
    return all;
}

} // namespace pivotbench::test
