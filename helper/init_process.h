// SPDX-License-Identifier: Apache-2.0
//
// pid 1 of a sandbox (pid_namespaces(7)): reaps orphans, forwards signals that the helper asks for, and ends, telling
// how, when the payload ends; the kernel then ends every other process of the PID namespace. Where the sandbox has no
// PID namespace of its own the same is done by hand as a child subreaper (prctl(2)). It also ends when the helper goes
// away.
#pragma once

#include <functional>
#include <sys/types.h>

namespace pivotbench::helper {

class InitProcess {
public:
    /// `givePins` answers the helper's question for the namespaces. All signals are blocked already.
    InitProcess(int channel, pid_t payload, bool ownPids, int hostProc, std::function<void()> givePins);

    [[noreturn]] void run();
    /// Ends the payload and all that came from it, unheard: the helper has gone.
    [[noreturn]] void abandon();

private:
    void reap();
    void listen();
    [[noreturn]] void end(int waitStatus);
    void endDescendants() const;
    template <typename Visitor> void forEachChild(Visitor visit) const;

    int m_channel;
    pid_t m_payload;
    bool m_ownPids;
    int m_hostProc;
    std::function<void()> m_givePins;
};

} // namespace pivotbench::helper
