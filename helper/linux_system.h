// SPDX-License-Identifier: Apache-2.0
//
// The system calls of this program, thinly: no policy, arguments as the kernel takes them, failures as errno in a
// std::expected. The floor is Linux 6.1, so the mount calls of 5.2 to 5.12 are always there. Sources: open_tree(2),
// move_mount(2), fsopen(2), mount_setattr(2), openat2(2), clone3(2), pivot_root(2).
// Safe in a child that shares its parent's memory (CLONE_VM): nothing here allocates or locks.
#pragma once

#include "core/base/unique_fd.h"

#include <cstdint>
#include <expected>
#include <string_view>
#include <sys/types.h>

namespace pivotbench::helper::sys {

using core::UniqueFd;
template <typename T> using Outcome = std::expected<T, int>; ///< errno
using OutcomeFd = Outcome<UniqueFd>;

/// openat(2), O_CLOEXEC added.
[[nodiscard]] OutcomeFd openAt(int directory, const char *path, int flags, mode_t mode = 0);
/// openat2(2), O_CLOEXEC added; repeated while a racing rename makes it fail with EAGAIN, at most 64 times.
[[nodiscard]] OutcomeFd openAt2(int directory, const char *path, std::uint64_t flags, std::uint64_t resolve,
                                mode_t mode = 0);

/// open_tree(2) with OPEN_TREE_CLONE: a detached copy of the mount at that place, which is an open descriptor or, with
/// a path, found from there.
[[nodiscard]] OutcomeFd cloneTree(int place, bool recursive, const char *path = "");
/// move_mount(2) of a detached mount onto an open descriptor, or onto the entry `name` of that directory; a link is not
/// followed.
[[nodiscard]] Outcome<void> attachMount(int mount, int target, const char *name = "");
/// mount_setattr(2) on an open descriptor. `propagation` is 0 or one of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE.
[[nodiscard]] Outcome<void> setMountAttributes(int mount, std::uint64_t set, std::uint64_t clear,
                                               std::uint64_t propagation, bool recursive);
[[nodiscard]] Outcome<void> pivotRoot(const char *newRoot, const char *putOld);

/// clone3(2) like fork, with these flags besides: returns 0 in the child. `pidfd` receives the child's pidfd in the
/// parent.
[[nodiscard]] Outcome<pid_t> forkWith(std::uint64_t namespaceFlags, int *pidfd);

/// pidfd_send_signal(2).
[[nodiscard]] Outcome<void> signalPidfd(int pidfd, int signal);

/// A file system being configured: fsopen(2), fsconfig(2), fsmount(2).
class FilesystemContext {
public:
    [[nodiscard]] static Outcome<FilesystemContext> open(const char *type);
    [[nodiscard]] Outcome<void> set(const char *key, const char *value);
    [[nodiscard]] Outcome<void> setFlag(const char *key);
    [[nodiscard]] Outcome<void> create();
    [[nodiscard]] OutcomeFd mount(std::uint64_t attributes);
    /// The kernel's own words about the last failure ("overlay: …"), as much as fits; empty when it said nothing.
    [[nodiscard]] std::string_view message(char *buffer, std::size_t size);

private:
    explicit FilesystemContext(UniqueFd fd)
        : m_fd(std::move(fd))
    {
    }
    UniqueFd m_fd;
};

} // namespace pivotbench::helper::sys
