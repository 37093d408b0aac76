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
volatile bool *g_unexecuted = nullptr;

int enter(void *work)
{
    (*static_cast<const std::function<void()> *>(work))();
    leaveUnexecuted();
}

} // namespace

void dieWithParent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

void leaveUnexecuted()
{
    if (g_unexecuted)
        *g_unexecuted = true;
    ::_exit(1);
}

core::Result<pid_t> spawnSharing(const std::function<void()> &work)
{
    const Mapping flag(sizeof(bool), MAP_SHARED);
    const Mapping stack(childStackSize, MAP_PRIVATE);
    if (!flag || !stack)
        return core::systemError("cannot get memory for the payload's start", errno);
    g_unexecuted = static_cast<volatile bool *>(flag.begin());
    *g_unexecuted = false;
    const pid_t pid = ::clone(enter, stack.end(), memorySharing | SIGCHLD, const_cast<std::function<void()> *>(&work));
    const int error = errno;
    // CLONE_VFORK: by now the child has executed or ended.
    const bool unexecuted = *g_unexecuted;
    g_unexecuted = nullptr;
    if (pid < 0)
        return core::systemError("cannot start the payload's process", error);
    if (!unexecuted)
        return pid;
    (void)::waitpid(pid, nullptr, 0);
    return 0;
}

} // namespace pivotbench::helper
