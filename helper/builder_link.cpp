// SPDX-License-Identifier: Apache-2.0
#include "helper/builder_link.h"

#include "helper/linux_system.h"

#include <cerrno>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

namespace pivotbench::helper {

using namespace core;

namespace {

constexpr int endTimeoutMs = 2000;

} // namespace

Result<std::unique_ptr<BuilderLink>> BuilderLink::start(BuildOrder &order, EventLoop &loop, Handlers handlers)
{
    Result<BuilderProcess> process = startBuilder(order);
    if (!process)
        return std::unexpected(process.error());
    std::unique_ptr<BuilderLink> link(new BuilderLink(std::move(*process), std::move(handlers)));
    BuilderLink *raw = link.get();
    auto channel = loop.onReady(raw->m_process.channel.get(), EPOLLIN, [raw](std::uint32_t) { raw->drain(); });
    if (!channel)
        return std::unexpected(channel.error());
    auto exit = loop.onExit(raw->m_process.pidfd.get(), [raw] { raw->ended(); });
    if (!exit)
        return std::unexpected(exit.error());
    raw->m_channelSource = std::move(*channel);
    raw->m_exitSource = std::move(*exit);
    return link;
}

BuilderLink::BuilderLink(BuilderProcess process, Handlers handlers)
    : m_process(std::move(process))
    , m_handlers(std::move(handlers))
{
}

BuilderLink::~BuilderLink()
{
    if (m_reaped)
        return;
    kill();
    pollfd end{m_process.pidfd.get(), POLLIN, 0};
    if (m_asksToEnd && ::poll(&end, 1, endTimeoutMs) == 0)
        (void)sys::signalPidfd(m_process.pidfd.get(), SIGKILL);
    siginfo_t info{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(m_process.pidfd.get()), &info, WEXITED);
}

void BuilderLink::send(const BuilderMessageHeader &header, std::initializer_list<std::string_view> strings)
{
    (void)sendMessage(m_process.channel.get(), header, strings);
}

void BuilderLink::kill()
{
    if (m_asksToEnd)
        send({.kind = BuilderMessageKind::End});
    else
        (void)sys::signalPidfd(m_process.pidfd.get(), SIGKILL);
}

void BuilderLink::drain()
{
    for (;;) {
        Result<std::optional<BuilderMessage>> message = receiveMessage(m_process.channel.get(), false);
        if (!message && message.error().errnum == EAGAIN)
            return;
        if (!message || !*message) { // nothing more will come; the end itself is told by the pidfd
            m_channelSource.pause();
            return;
        }
        m_handlers.message(**message);
    }
}

void BuilderLink::ended()
{
    drain();
    siginfo_t info{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(m_process.pidfd.get()), &info, WEXITED);
    m_reaped = true;
    const auto gone = std::move(m_handlers.gone); // may destroy this object
    gone(info);
}

} // namespace pivotbench::helper
