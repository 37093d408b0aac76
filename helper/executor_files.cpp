// SPDX-License-Identifier: Apache-2.0
//
// The executor's steps on files and directories, and the switch of the root.
#include "core/base/file.h"
#include "helper/executor.h"
#include "helper/linux_system.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

/// An injected file is configuration; more than this is a mistake.
constexpr std::size_t largestCopy = 1 << 20;

Result<std::string> readWhole(int fd, const std::string &path)
{
    std::string text;
    char buffer[16384];
    for (;;) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0)
            return systemError("cannot read the file", errno, path);
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > largestCopy)
            return systemError("is too large to be copied in", EFBIG, path);
    }
}

Result<Outcome> outcomeOf(Result<MadeNode> made)
{
    if (!made) {
        if (made.error().errnum == EROFS)
            made.error().hint = "the root is read-only: make the path in a layer, or choose a writable root "
                                "(\"writable\": \"discard\")";
        return std::unexpected(made.error());
    }
    return *made == MadeNode::Made ? Outcome::Done : Outcome::Skipped;
}

} // namespace

Result<Outcome> Executor::run(const MakeDirectory &step)
{
    if (step.target.base == Location::Base::Host) {
        sys::OutcomeFd slash = sys::openAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
        if (!slash)
            return systemError("cannot open the root", slash.error(), "/");
        return outcomeOf(makeInside(slash->get(), step.target.path, NodeKind::Directory, step.mode));
    }
    Result<NewRoot *> root = newRoot();
    if (!root)
        return std::unexpected(root.error());
    return outcomeOf((*root)->make(step.target.path, NodeKind::Directory, step.mode));
}

Result<Outcome> Executor::run(const MakeMountPoint &step)
{
    struct stat status{};
    if (step.like.base == Location::Base::Host) {
        if (::stat(step.like.path.c_str(), &status) < 0)
            return wrap(systemError("cannot open the path", errno, step.like.path).error(),
                        "looking at the source of a bind mount");
    } else {
        Result<UniqueFd> like = open(step.like);
        if (!like)
            return wrap(like.error(), "looking at the source of a bind mount");
        if (::fstat(like->get(), &status) < 0)
            return systemError("cannot look at the source", errno, step.like.path);
    }
    Result<NewRoot *> root = newRoot();
    if (!root)
        return std::unexpected(root.error());
    const NodeKind kind = S_ISDIR(status.st_mode) ? NodeKind::Directory : NodeKind::File;
    return outcomeOf((*root)->make(step.target.path, kind, kind == NodeKind::Directory ? 0755 : 0644));
}

Result<Outcome> Executor::run(const MakeDevice &step)
{
    sys::OutcomeFd like = sys::openAt(AT_FDCWD, step.like.c_str(), O_PATH | O_NOFOLLOW);
    if (!like)
        return systemError("cannot open the device", like.error(), step.like);
    struct stat status{};
    if (::fstat(like->get(), &status) < 0)
        return systemError("cannot look at the device", errno, step.like);
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
        return failure("device", "is not a device", step.like);
    Result<NewRoot *> root = newRoot();
    if (!root)
        return std::unexpected(root.error());
    Result<NewRoot::Place> entry = (*root)->newEntry(step.target.path);
    if (!entry)
        return std::unexpected(entry.error());
    if (::mknodat(entry->directory, entry->name, (status.st_mode & S_IFMT) | step.mode, status.st_rdev) < 0) {
        if (errno == EEXIST)
            return Outcome::Skipped;
        return systemError("cannot make the device node", errno, step.target.path);
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const MakeSymlink &step)
{
    Result<NewRoot *> root = newRoot();
    if (!root)
        return std::unexpected(root.error());
    Result<NewRoot::Place> entry = (*root)->newEntry(step.target.path);
    if (!entry)
        return std::unexpected(entry.error());
    if (::symlinkat(step.pointsTo.c_str(), entry->directory, entry->name) < 0) {
        if (errno == EEXIST)
            return Outcome::Skipped;
        return systemError("cannot make the symbolic link", errno, step.target.path);
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const WriteFile &step)
{
    std::string text = step.text;
    if (!step.copyOf.empty()) {
        sys::OutcomeFd source = sys::openAt(AT_FDCWD, step.copyOf.c_str(), O_RDONLY);
        if (!source)
            return systemError("cannot open the file to copy", source.error(), step.copyOf);
        Result<std::string> copied = readWhole(source->get(), step.copyOf);
        if (!copied)
            return std::unexpected(copied.error());
        text = std::move(*copied);
    }
    // Always in the builder's own scratch tmpfs: a new file of a new file system, so nothing can have been planted.
    sys::OutcomeFd file =
        sys::openAt(AT_FDCWD, step.target.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, step.mode);
    if (!file)
        return systemError("cannot make the file", file.error(), step.target.path);
    if (Status written = writeAll(file->get(), text, step.target.path); !written)
        return std::unexpected(written.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const ChangeDirectory &step)
{
    if (::chdir(step.target.path.c_str()) < 0) {
        auto error = systemError("cannot change to the directory", errno, step.target.path);
        if (errno == ENOENT)
            error.error().hint = "the directory does not exist in the sandbox";
        return error;
    }
    // The kernel puts "(unreachable)" before a directory outside the root: CVE-2024-21626 began with one.
    char buffer[PATH_MAX];
    if (::syscall(SYS_getcwd, buffer, sizeof buffer) < 0 || buffer[0] != '/')
        return failure("cwd.outside", "lies outside of the root", step.target.path,
                       "choose a working directory inside the sandbox");
    return Outcome::Done;
}

Result<Outcome> Executor::run(const PivotRoot &step)
{
    if (auto pivoted = sys::pivotRoot(step.newRoot.c_str(), step.putOld.c_str()); !pivoted)
        return systemError("cannot pivot the root", pivoted.error(), m_order->plan.newRoot);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const ChangeRoot &step)
{
    if (::chroot(step.path.c_str()) < 0)
        return systemError("cannot change the root", errno, m_order->plan.newRoot);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const Unmount &step)
{
    if (::umount2(step.path.c_str(), (step.detach ? MNT_DETACH : 0) | UMOUNT_NOFOLLOW) < 0)
        return systemError("cannot unmount", errno, step.path);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const RemoveDirectory &step)
{
    if (::rmdir(step.path.c_str()) < 0) {
        if (errno == EROFS || errno == ENOTEMPTY || errno == EBUSY)
            return Outcome::Skipped;
        return systemError("cannot remove the directory", errno, step.path);
    }
    return Outcome::Done;
}

} // namespace pivotbench::helper
