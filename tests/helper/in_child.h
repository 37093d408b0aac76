// SPDX-License-Identifier: Apache-2.0
//
// Runs something irrevocable (a filter, lost capabilities) in a child of the test, and gives back its exit status.
#pragma once

#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::test {

/// The status the action returned (0 to 255), or 256 + the signal that killed it. A child that hangs is killed after 20
/// s.
template <typename Action> int inChild(Action action)
{
    const pid_t child = fork();
    if (child < 0)
        std::abort();
    if (child == 0) {
        alarm(20);
        _exit(action());
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

} // namespace pivotbench::test
