// SPDX-License-Identifier: Apache-2.0
//
// The executor's mount steps: everything that changes the mount table but overlays (executor_overlay.cpp) and the
// switch of the root.
#include "helper/executor.h"
#include "helper/linux_system.h"
#include "helper/sandbox_path.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace pivotbench::helper {

using namespace core;

namespace {

/// A device node of the host that is what its name says: CVE-2025-31133 began with a /dev/null that was something else.
Result<UniqueFd> openNullDevice()
{
    sys::OutcomeFd fd = sys::openAt(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW);
    if (!fd)
        return systemError("cannot open the null device", fd.error(), "/dev/null");
    struct stat status{};
    if (::fstat(fd->get(), &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        return failure("builder.null", "is not the null device (character device 1:3)", "/dev/null",
                       "repair this machine's /dev");
    return std::move(*fd);
}

bool isDirectory(int fd)
{
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

bool isDirectory(const NewRoot::Place &place)
{
    struct stat status{};
    return ::fstatat(place.directory, place.name, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

} // namespace

std::unexpected<Error> Executor::contextError(sys::FilesystemContext &context, std::string what, int errnum,
                                              std::string path)
{
    char buffer[512];
    const std::string_view words = context.message(buffer, sizeof buffer);
    if (!words.empty())
        what += fmt::format(" (the kernel says \"{}\")", words);
    return systemError(std::move(what), errnum, std::move(path));
}

/// Puts a detached mount in its place and remembers it: an attribute step often follows.
Result<Outcome> Executor::attach(int mount, const Location &target)
{
    UniqueFd tree(mount);
    UniqueFd opened;
    NewRoot::Place place;
    const bool inNewRoot = target.base == Location::Base::NewRoot;
    if (inNewRoot) {
        Result<NewRoot *> root = newRoot();
        if (!root)
            return std::unexpected(root.error());
        Result<NewRoot::Place> found = (*root)->mountPoint(target.path);
        if (!found)
            return std::unexpected(found.error());
        place = *found;
    } else {
        Result<UniqueFd> found = open(target);
        if (!found)
            return std::unexpected(found.error());
        opened = std::move(*found);
        place.directory = opened.get();
    }
    if (sys::Outcome<void> attached = sys::attachMount(tree.get(), place.directory, place.name); !attached) {
        auto error = systemError("cannot mount on the path", attached.error(), target.path);
        // mount(2) says ENOTDIR here, move_mount(2) EINVAL, as it does for much else.
        if (isDirectory(tree.get()) != isDirectory(place))
            error.error().hint = "a file can only be mounted on a file, a directory only on a directory";
        return error;
    }
    attached(std::move(tree), target);
    return Outcome::Done;
}

void Executor::attached(UniqueFd tree, const Location &target)
{
    const bool inNewRoot = target.base == Location::Base::NewRoot;
    m_lastTree = std::move(tree);
    m_lastTarget = target;
    if (inNewRoot && target.path == "/")
        m_newRoot.reset();
    else if (m_newRoot)
        m_newRoot->mountedOn(inNewRoot ? std::string_view(target.path) : std::string_view());
}

Result<Outcome> Executor::run(const SetPropagation &step)
{
    std::uint64_t propagation = 0;
    switch (step.change.propagation) {
    case Propagation::Shared: propagation = MS_SHARED; break;
    case Propagation::Slave: propagation = MS_SLAVE; break;
    case Propagation::Private: propagation = MS_PRIVATE; break;
    case Propagation::Unbindable: propagation = MS_UNBINDABLE; break;
    }
    Result<UniqueFd> target = open(step.target);
    if (!target)
        return std::unexpected(target.error());
    if (auto set = sys::setMountAttributes(target->get(), 0, 0, propagation, step.change.recursive); !set) {
        auto error = systemError("cannot change the propagation", set.error(), step.target.path);
        if (set.error() == EINVAL)
            error.error().hint = "the path has to be a mount point, or the root of this namespace has to be one";
        return error;
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const MountFilesystem &step)
{
    sys::Outcome<sys::FilesystemContext> context = sys::FilesystemContext::open(step.type.c_str());
    if (!context)
        return systemError(fmt::format("cannot begin to mount a \"{}\" file system", step.type), context.error(),
                           step.target.path);
    // A file system without a source shows "none"; the name given is for people who read the table.
    if (auto set = context->set("source", step.source.c_str()); !set)
        return contextError(*context, "cannot name the source", set.error(), step.target.path);
    for (const auto &[key, value] : step.parameters) {
        const sys::Outcome<void> set =
            value.empty() ? context->setFlag(key.c_str()) : context->set(key.c_str(), value.c_str());
        if (!set)
            return contextError(*context, fmt::format("cannot set the option \"{}\" of {}", key, step.type),
                                set.error(), step.target.path);
    }
    if (auto created = context->create(); !created)
        return contextError(*context, fmt::format("cannot create the {} file system", step.type), created.error(),
                            step.target.path);
    sys::OutcomeFd mount = context->mount(step.attributes.set);
    if (!mount) {
        auto error = contextError(*context, fmt::format("cannot mount {}", step.type), mount.error(), step.target.path);
        if (mount.error() == EPERM && (step.type == "proc" || step.type == "sysfs"))
            error.error().hint =
                fmt::format("in a user namespace the kernel mounts a fresh {} only while a full one is "
                            "visible: something is mounted over parts of this machine's own",
                            step.type);
        return error;
    }
    return attach(mount->release(), step.target);
}

/// What was found under a host path has to be what the client opened under it, where it did.
Status Executor::compareWithClient(int found, const std::string &path) const
{
    const auto client = m_order->sources.find(path);
    if (client == m_order->sources.end())
        return {};
    struct stat mine{};
    struct stat theirs{};
    if (::fstat(found, &mine) < 0 || ::fstat(client->second.get(), &theirs) < 0)
        return systemError("cannot look at the source", errno, path);
    if (mine.st_dev != theirs.st_dev || mine.st_ino != theirs.st_ino)
        return failure("source.changed", "is not what the client opened under this name", path,
                       "it changed in between, or the client lives in another mount namespace than the helper");
    return {};
}

/// A detached copy of the mount at the source. What is looked at afterwards is the copy itself, so that no other source
/// can come in between.
Result<UniqueFd> Executor::copyMount(const BindMount &step)
{
    const bool onHost = step.source.base == Location::Base::Host;
    UniqueFd opened;
    if (!onHost) {
        Result<UniqueFd> source = open(step.source);
        if (!source)
            return wrap(source.error(), "opening the source of a bind mount");
        opened = std::move(*source);
    }
    sys::OutcomeFd tree = onHost ? sys::cloneTree(AT_FDCWD, step.recursive, step.source.path.c_str())
                                 : sys::cloneTree(opened.get(), step.recursive);
    if (!tree) {
        switch (tree.error()) {
        case ENOENT:
        case ENOTDIR:
        case EACCES:
        case ELOOP:
        case ENAMETOOLONG:
            return wrap(systemError("cannot open the path", tree.error(), step.source.path).error(),
                        "opening the source of a bind mount");
        default: break;
        }
        auto error = systemError("cannot copy the mount of the source", tree.error(), step.source.path);
        if (tree.error() == EINVAL)
            error.error().hint = step.recursive ? "an unbindable mount cannot be bound"
                                                : "it is unbindable, or has locked mounts below it that only a "
                                                  "recursive bind (rbind) may take along";
        return error;
    }
    if (onHost)
        if (Status same = compareWithClient(tree->get(), step.source.path); !same)
            return wrap(same.error(), "opening the source of a bind mount");
    return std::move(*tree);
}

Result<Outcome> Executor::run(const BindMount &step)
{
    Result<UniqueFd> tree = copyMount(step);
    if (!tree) {
        if (step.skipIfMissing && (tree.error().errnum == ENOENT || tree.error().errnum == ENOTDIR))
            return Outcome::Skipped;
        return std::unexpected(tree.error());
    }
    return attach(tree->release(), step.target);
}

/// No planner makes one, and what nobody needs is not done with privileges.
Result<Outcome> Executor::run(const MoveMount &)
{
    return failure("step.supposed", "a move of a mount is only ever supposed, and no step of a launch");
}

Result<Outcome> Executor::run(const SetMountAttributes &step)
{
    UniqueFd opened;
    int target = m_lastTree.get();
    if (!m_lastTree || !(m_lastTarget == step.target)) {
        Result<UniqueFd> fd = open(step.target);
        if (!fd) {
            if (step.skipIfMissing && (fd.error().errnum == ENOENT || fd.error().errnum == ENOTDIR))
                return Outcome::Skipped;
            return std::unexpected(fd.error());
        }
        opened = std::move(*fd);
        target = opened.get();
    }
    if (auto set = sys::setMountAttributes(target, step.attributes.set, step.attributes.clear, 0, step.recursive);
        !set) {
        auto error = systemError("cannot change the mount's flags", set.error(), step.target.path);
        if (set.error() == EPERM)
            error.error().hint =
                "the flag is locked: the mount came from a more privileged user namespace, and may only "
                "be restricted further";
        return error;
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const MaskPath &step)
{
    Result<UniqueFd> target = open(step.target);
    if (!target) {
        if (target.error().errnum == ENOENT || target.error().errnum == ENOTDIR)
            return Outcome::Skipped;
        return std::unexpected(target.error());
    }
    struct stat status{};
    if (::fstat(target->get(), &status) < 0)
        return systemError("cannot look at the path", errno, step.target.path);
    sys::OutcomeFd tree = std::unexpected(0);
    if (UniqueFd &shown = S_ISDIR(status.st_mode) ? m_emptyTree : m_nullTree) {
        tree = sys::cloneTree(shown.get(), false);
    } else if (!S_ISDIR(status.st_mode)) {
        // Opened in this mount namespace: a descriptor from before the unshare cannot be cloned (EINVAL).
        Result<UniqueFd> null = openNullDevice();
        if (!null)
            return std::unexpected(null.error());
        tree = sys::cloneTree(null->get(), false);
    } else {
        sys::Outcome<sys::FilesystemContext> context = sys::FilesystemContext::open("tmpfs");
        if (!context)
            return systemError("cannot begin to mount a tmpfs", context.error(), step.target.path);
        (void)context->set("source", "masked");
        (void)context->set("mode", "0555");
        if (auto created = context->create(); !created)
            return contextError(*context, "cannot create an empty tmpfs", created.error(), step.target.path);
        tree = context->mount(mount_attr::readOnly | mount_attr::noSuid | mount_attr::noDev | mount_attr::noExec);
    }
    if (!tree)
        return systemError("cannot make the mount that hides the path", tree.error(), step.target.path);
    if (auto attached = sys::attachMount(tree->get(), target->get()); !attached)
        return systemError("cannot hide the path", attached.error(), step.target.path);
    if (UniqueFd &shown = S_ISDIR(status.st_mode) ? m_emptyTree : m_nullTree; !shown)
        shown = std::move(*tree);
    if (m_newRoot)
        m_newRoot->mountedOn({});
    return Outcome::Done;
}

} // namespace pivotbench::helper
