// SPDX-License-Identifier: Apache-2.0
#include "helper/fork_inside.h"

#include "helper/shared_memory_child.h"

#include <cerrno>
#include <csignal>
#include <new>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

/// Lies in memory that both sides share in any case.
struct Shared {
    int userNamespace;
    std::uint64_t flags;
    const std::function<void()> *run;
    int pidfd;
    pid_t pid;
    int error;
};

/// In the child in between. The descriptor table is shared with the caller, so that the pidfd appears there.
int forkFromInside(void *data)
{
    auto *shared = static_cast<Shared *>(data);
    if (::setns(shared->userNamespace, CLONE_NEWUSER) < 0) {
        shared->error = errno;
        ::_exit(1);
    }
    const std::function<void()> &run = *shared->run;
    const sys::Outcome<pid_t> pid = sys::forkWith(shared->flags | CLONE_PARENT, &shared->pidfd);
    if (pid && *pid == 0) {
        run();
        ::_exit(1);
    }
    if (pid)
        shared->pid = *pid;
    else
        shared->error = pid.error();
    ::_exit(0);
}

} // namespace

sys::Outcome<pid_t> forkInside(int userNamespace, std::uint64_t namespaceFlags, int *pidfd,
                               const std::function<void()> &run)
{
    const Mapping page(sizeof(Shared), MAP_SHARED);
    const ChildStack stack;
    if (!page || !stack)
        return std::unexpected(errno);
    auto *shared = new (page.begin()) Shared{userNamespace, namespaceFlags, &run, -1, -1, 0};
    const pid_t between = ::clone(forkFromInside, stack.top(), memorySharing | CLONE_FILES | SIGCHLD, shared);
    const int error = between < 0 ? errno : shared->error;
    if (between > 0)
        (void)::waitpid(between, nullptr, 0);
    const pid_t pid = shared->pid;
    *pidfd = shared->pidfd;
    if (pid > 0)
        return pid;
    return std::unexpected(error != 0 ? error : ECHILD);
}

} // namespace pivotbench::helper
