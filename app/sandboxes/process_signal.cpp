// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/process_signal.h"

#include "core/base/unique_fd.h"

#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::app {

using namespace core;

Status signalProcess(const ProcessInfo &process, int number)
{
    const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    if (!handle)
        return systemError("cannot reach the process", errno);
    // The handle is of whoever has the pid now; if that began at the same time, it is the same.
    const std::vector<ProcessInfo> now = readProcessTree(process.pid, {}, {.processes = 1});
    if (now.empty() || now.front().startTicks != process.startTicks)
        return systemError("cannot reach the process", ESRCH);
    if (::syscall(SYS_pidfd_send_signal, handle.get(), number, nullptr, 0) != 0)
        return systemError("cannot signal the process", errno);
    return {};
}

} // namespace pivotbench::app
