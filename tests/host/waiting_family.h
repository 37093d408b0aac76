// SPDX-License-Identifier: Apache-2.0
//
// Processes to look at.
#pragma once

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::test {

/// A child that waits, with a child of its own that waits too; both end with this process.
class WaitingFamily {
public:
    WaitingFamily()
    {
        m_child = ::fork();
        if (m_child != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const pid_t grandchild = ::fork();
        if (grandchild == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::prctl(PR_SET_NAME, "odd) S 1 (x\n");
        }
        for (;;)
            ::pause();
    }
    WaitingFamily(const WaitingFamily &) = delete;
    WaitingFamily &operator=(const WaitingFamily &) = delete;
    ~WaitingFamily() { end(); }
    void end()
    {
        if (m_child <= 0)
            return;
        ::kill(m_child, SIGKILL);
        ::waitpid(m_child, nullptr, 0);
        m_child = -1;
    }
    [[nodiscard]] pid_t child() const { return m_child; }

private:
    pid_t m_child = -1;
};

} // namespace pivotbench::test
