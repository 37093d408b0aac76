// SPDX-License-Identifier: Apache-2.0
//
// Runs something irrevocable (a filter, lost capabilities, other namespaces) in a child of the test, and gives back its
// exit status.
#pragma once

#include "core/base/unique_fd.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
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

/// For such a child: a new user namespace in which it is root, and `namespaces` (CLONE_NEW…) besides. False where the
/// machine allows none.
inline bool becomeRootInside(int namespaces)
{
    const auto put = [](const char *path, const std::string &text) {
        const core::UniqueFd file(open(path, O_WRONLY | O_CLOEXEC));
        return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    };
    const std::string uid = "0 " + std::to_string(geteuid()) + " 1";
    const std::string gid = "0 " + std::to_string(getegid()) + " 1";
    return unshare(CLONE_NEWUSER | namespaces) == 0 && put("/proc/self/setgroups", "deny") &&
           put("/proc/self/uid_map", uid) && put("/proc/self/gid_map", gid);
}

} // namespace pivotbench::test
