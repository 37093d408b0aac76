// SPDX-License-Identifier: Apache-2.0
#include "helper/mount_probe.h"

#include <cerrno>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

/// Private first: the copy is a slave of the host's mounts, and nothing may go the other way either. No id has to be
/// mapped for a mount.
bool mountInNewNamespaces()
{
    return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, nullptr) == 0;
}

} // namespace

std::optional<bool> tryMountInside()
{
    const pid_t child = ::fork();
    if (child < 0)
        return std::nullopt;
    if (child == 0)
        ::_exit(mountInNewNamespaces() ? 0 : 1);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return std::nullopt;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace pivotbench::helper
