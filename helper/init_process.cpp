// SPDX-License-Identifier: Apache-2.0
#include "helper/init_process.h"

#include "core/base/unique_fd.h"
#include "helper/builder_channel.h"
#include "helper/linux_system.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pivotbench::helper {

InitProcess::InitProcess(int channel, pid_t payload, bool ownPids, int hostProc, std::function<void()> givePins)
    : m_channel(channel)
    , m_payload(payload)
    , m_ownPids(ownPids)
    , m_hostProc(hostProc)
    , m_givePins(std::move(givePins))
{
}

void InitProcess::run()
{
    // The streams are the payload's; a pipe must not stay open because of us.
    for (int fd = 0; fd < 3; ++fd)
        ::close(fd);
    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    const core::UniqueFd signals(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    reap();
    for (;;) {
        std::array<pollfd, 2> sources{{{signals.get(), POLLIN, 0}, {m_channel, POLLIN, 0}}};
        if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR)
            end(SIGKILL);
        if (sources[0].revents != 0) {
            signalfd_siginfo info;
            while (::read(signals.get(), &info, sizeof info) > 0) {
            }
            reap();
        }
        if (sources[1].revents != 0)
            listen();
    }
}

void InitProcess::reap()
{
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
        if (pid <= 0)
            return;
        if (pid == m_payload)
            end(status);
    }
}

void InitProcess::listen()
{
    const auto message = receiveMessage(m_channel, false);
    if (!message)
        return; // nothing there yet
    if (!*message)
        abandon();
    const BuilderMessageHeader &header = (*message)->header;
    if (header.kind == BuilderMessageKind::End) {
        end(SIGKILL);
    } else if (header.kind == BuilderMessageKind::GivePins) {
        m_givePins();
    } else if (header.kind == BuilderMessageKind::SendSignal) {
        if (header.flag == 0)
            (void)::kill(m_payload, header.value);
        else if (m_ownPids)
            (void)::kill(-1, header.value);
        else
            forEachChild([&](pid_t child) { (void)::kill(child, header.value); });
    }
}

void InitProcess::abandon()
{
    endDescendants();
    ::_exit(1);
}

void InitProcess::end(int waitStatus)
{
    endDescendants();
    if (WIFEXITED(waitStatus))
        ::_exit(WEXITSTATUS(waitStatus)); // ours is the payload's
    (void)sendMessage(m_channel, {.kind = BuilderMessageKind::Killed, .value = WTERMSIG(waitStatus)});
    ::_exit(0);
}

/// Only where the kernel does not do it when pid 1 ends. A process that forks as fast as it is killed is met again.
void InitProcess::endDescendants() const
{
    if (m_ownPids)
        return;
    for (int round = 0; round < 1000; ++round) {
        bool any = false;
        forEachChild([&](pid_t child) {
            any = true;
            (void)::kill(child, SIGKILL);
            (void)::waitpid(child, nullptr, __WALL);
        });
        if (!any)
            return;
    }
}

/// Children as proc_pid_task_children(5) lists them; a killed one's own children become ours.
template <typename Visitor> void InitProcess::forEachChild(Visitor visit) const
{
    const std::string path = "self/task/" + std::to_string(::getpid()) + "/children";
    const sys::OutcomeFd file = sys::openAt(m_hostProc, path.c_str(), O_RDONLY);
    if (!file)
        return;
    std::array<char, 4096> text{};
    const ssize_t size = ::read(file->get(), text.data(), text.size() - 1);
    const char *at = text.data();
    for (char *next = nullptr; size > 0; at = next) {
        const long pid = std::strtol(at, &next, 10);
        if (next == at || *next != ' ' || pid <= 0) // the end, or a number that was cut
            return;
        visit(static_cast<pid_t>(pid));
    }
}

} // namespace pivotbench::helper
