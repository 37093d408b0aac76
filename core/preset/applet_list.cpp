// SPDX-License-Identifier: Apache-2.0
#include "core/preset/applet_list.h"

#include "core/base/unique_fd.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

namespace pivotbench::core {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t maxBytes = std::size_t{64} * 1024;
constexpr auto patience = std::chrono::seconds(5);

/// The child, ended and reaped at the latest with this object.
class Child {
public:
    explicit Child(pid_t pid)
        : m_pid(pid)
    {
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    ~Child()
    {
        if (m_pid < 0)
            return;
        ::kill(m_pid, SIGKILL);
        reap();
    }
    int wait() { return reap(); }

private:
    int reap()
    {
        int status = 0;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
        m_pid = -1;
        return status;
    }

    pid_t m_pid;
};

Result<pid_t> spawn(const std::string &program, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    char name[] = "busybox";
    char list[] = "--list";
    char *args[] = {name, list, nullptr};
    char *environment[] = {nullptr};
    pid_t pid = -1;
    const int errnum = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, args, environment);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (errnum != 0)
        return systemError("cannot run BusyBox", errnum, program);
    return pid;
}

/// Everything up to the end of the pipe.
Result<std::string> drain(int fd, const std::string &program)
{
    const auto deadline = Clock::now() + patience;
    std::string text;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
        const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return failure("busybox.list", "BusyBox did not list its applets in time", program);
        char buffer[4096];
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError("cannot read the list of BusyBox's applets", errno, program);
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > maxBytes)
            return failure("busybox.list", fmt::format("the list of applets is longer than {} bytes", maxBytes),
                           program);
    }
}

} // namespace

Result<std::string> readAppletList(const std::string &program)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return systemError("cannot make a pipe", errno);
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const auto pid = spawn(program, writing.get());
    if (!pid)
        return std::unexpected(pid.error());
    Child child(*pid);
    writing.reset();
    auto text = drain(reading.get(), program);
    if (!text)
        return text;
    if (const int status = child.wait(); status != 0)
        return failure("busybox.list", "BusyBox failed to list its applets", program);
    return text;
}

} // namespace pivotbench::core
