// SPDX-License-Identifier: Apache-2.0
#include "helper/payload_process.h"

#include "helper/shared_memory_child.h"

#include <cerrno>
#include <csignal>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::helper {
namespace {

/// In memory that parent and child share even where they share nothing else. Null outside of spawnSharing.
struct Progress {
    pid_t parent;
    bool executing;
};
volatile Progress *g_progress = nullptr;

int enter(void *work)
{
    (*static_cast<const std::function<void()> *>(work))();
    leaveUnexecuted();
}

} // namespace

void dieWithParent()
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have died before. One in another PID namespace, as that of an exec, shows as 0.
    const pid_t parent = ::getppid();
    if (g_progress && parent != 0 && parent != g_progress->parent)
        ::_exit(1);
}

void aboutToExecute(bool about)
{
    if (g_progress)
        g_progress->executing = about;
}

void leaveUnexecuted()
{
    aboutToExecute(false);
    ::_exit(1);
}

core::Result<pid_t> spawnSharing(const std::function<void()> &work)
{
    const Mapping shared(sizeof(Progress), MAP_SHARED);
    const ChildStack stack;
    if (!shared || !stack)
        return core::systemError("cannot get memory for the payload's start", errno);
    g_progress = static_cast<volatile Progress *>(shared.begin());
    g_progress->parent = ::getpid(); // the child's, because it is not in another PID namespace than this process
    g_progress->executing = false;
    const pid_t pid = ::clone(enter, stack.top(), memorySharing | SIGCHLD, const_cast<std::function<void()> *>(&work));
    const int error = errno;
    // CLONE_VFORK: by now the child has executed or ended, by itself or killed.
    const bool executed = g_progress->executing;
    g_progress = nullptr;
    if (pid < 0)
        return core::systemError("cannot start the payload's process", error);
    if (executed)
        return pid;
    (void)::waitpid(pid, nullptr, 0);
    return 0;
}

} // namespace pivotbench::helper
