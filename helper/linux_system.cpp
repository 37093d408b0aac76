// SPDX-License-Identifier: Apache-2.0
#include "helper/linux_system.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

namespace pivotbench::helper::sys {
namespace {

OutcomeFd descriptor(long result)
{
    if (result < 0)
        return std::unexpected(errno);
    return UniqueFd(static_cast<int>(result));
}

Outcome<void> nothing(long result)
{
    if (result < 0)
        return std::unexpected(errno);
    return {};
}

} // namespace

OutcomeFd openAt(int directory, const char *path, int flags, mode_t mode)
{
    return descriptor(::openat(directory, path, flags | O_CLOEXEC, mode));
}

OutcomeFd openAt2(int directory, const char *path, std::uint64_t flags, std::uint64_t resolve, mode_t mode)
{
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = resolve;
    long result = -1;
    for (int attempt = 0; attempt < 64; ++attempt) {
        result = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (result >= 0 || errno != EAGAIN)
            break;
    }
    return descriptor(result);
}

OutcomeFd cloneTree(int place, bool recursive, const char *path)
{
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
    return descriptor(::open_tree(place, path, flags));
}

Outcome<void> attachMount(int mount, int target, const char *name)
{
    const unsigned byDescriptor = *name == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0U;
    return nothing(::move_mount(mount, "", target, name, MOVE_MOUNT_F_EMPTY_PATH | byDescriptor));
}

Outcome<void> setMountAttributes(int mount, std::uint64_t set, std::uint64_t clear, std::uint64_t propagation,
                                 bool recursive)
{
    ::mount_attr attributes{};
    attributes.attr_set = set;
    attributes.attr_clr = clear | ((set & MOUNT_ATTR__ATIME) != 0 ? MOUNT_ATTR__ATIME : 0U);
    attributes.propagation = propagation;
    const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
    return nothing(::mount_setattr(mount, "", flags, &attributes, sizeof attributes));
}

Outcome<void> pivotRoot(const char *newRoot, const char *putOld)
{
    return nothing(::syscall(SYS_pivot_root, newRoot, putOld));
}

Outcome<pid_t> forkWith(std::uint64_t namespaceFlags, int *pidfd)
{
    clone_args arguments{};
    arguments.flags = namespaceFlags | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(pidfd);
    // With CLONE_PARENT it is that of the process in between.
    arguments.exit_signal = (namespaceFlags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0)
        return std::unexpected(errno);
    return static_cast<pid_t>(pid);
}

Outcome<void> signalPidfd(int pidfd, int signal)
{
    return nothing(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

Outcome<FilesystemContext> FilesystemContext::open(const char *type)
{
    OutcomeFd fd = descriptor(::fsopen(type, FSOPEN_CLOEXEC));
    if (!fd)
        return std::unexpected(fd.error());
    return FilesystemContext(std::move(*fd));
}

Outcome<void> FilesystemContext::set(const char *key, const char *value)
{
    return nothing(::fsconfig(m_fd.get(), FSCONFIG_SET_STRING, key, value, 0));
}

Outcome<void> FilesystemContext::setFlag(const char *key)
{
    return nothing(::fsconfig(m_fd.get(), FSCONFIG_SET_FLAG, key, nullptr, 0));
}

Outcome<void> FilesystemContext::create()
{
    return nothing(::fsconfig(m_fd.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
}

OutcomeFd FilesystemContext::mount(std::uint64_t attributes)
{
    return descriptor(::fsmount(m_fd.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
}

std::string_view FilesystemContext::message(char *buffer, std::size_t size)
{
    // fsopen(2): each read returns one message, "e …", "w …" or "i …".
    std::size_t used = 0;
    for (;;) {
        const ssize_t got = ::read(m_fd.get(), buffer + used, size - used);
        if (got <= 2)
            break;
        const std::size_t text = static_cast<std::size_t>(got) - 2;
        for (std::size_t i = 0; i < text; ++i)
            buffer[used + i] = buffer[used + i + 2];
        used += text;
        if (used + 4 >= size)
            break;
        buffer[used++] = ' ';
    }
    while (used > 0 && (buffer[used - 1] == ' ' || buffer[used - 1] == '\n'))
        --used;
    return {buffer, used};
}

} // namespace pivotbench::helper::sys
