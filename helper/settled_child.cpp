// SPDX-License-Identifier: Apache-2.0
#include "helper/settled_child.h"

#include "helper/command_line.h"
#include "helper/exec_program.h"
#include "helper/linux_system.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

void closeRange(unsigned first, unsigned last)
{
    if (first <= last)
        (void)::syscall(SYS_close_range, first, last, 0);
}

} // namespace

void closeAllBut(std::vector<int> kept)
{
    std::ranges::sort(kept);
    unsigned next = 3;
    for (const int fd : kept) {
        if (fd < 3)
            continue;
        closeRange(next, static_cast<unsigned>(fd) - 1);
        next = static_cast<unsigned>(fd) + 1;
    }
    closeRange(next, ~0U);
}

Status settleChild(const char *name, std::vector<int> kept, const ChildStreams &streams)
{
    ::prctl(PR_SET_DUMPABLE, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, name);
    concealCommandLine(name);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    (void)::umask(0);
    Status placed;
    if (streams.input >= 0) {
        placed = placeStreams(streams.input, streams.output, streams.error);
    } else {
        sys::OutcomeFd null = sys::openAt(AT_FDCWD, "/dev/null", O_RDWR);
        placed = null ? placeStreams(null->get(), null->get(), null->get())
                      : Status(systemError("cannot open the null device", null.error(), "/dev/null"));
    }
    closeAllBut(std::move(kept));
    return placed;
}

} // namespace pivotbench::helper
