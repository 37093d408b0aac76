// SPDX-License-Identifier: Apache-2.0
#include "helper/builder_link.h"

#include "helper/linux_system.h"

#include <cerrno>
#include <chrono>
#include <memory>
#include <sys/epoll.h>
#include <sys/wait.h>

namespace pivotbench::helper {

using namespace core;

namespace {

constexpr std::chrono::seconds endTimeout{2};

/// A process whose link has gone: reaped by the loop when it ends, which a file system that hangs can put off for long.
struct Departing {
    BuilderProcess process;
    EventLoop::Source exit;
    EventLoop::Source timer;
};

void endByForce(int pidfd) { (void)sys::signalPidfd(pidfd, SIGKILL); }

void reap(int pidfd)
{
    siginfo_t info{};
    (void)::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
}

/// The last to hold it are its own callbacks.
void letGo(BuilderProcess process, EventLoop &loop)
{
    auto departing = std::make_shared<Departing>();
    departing->process = std::move(process);
    const int pidfd = departing->process.pidfd.get();
    auto exit = loop.onExit(pidfd, [departing] {
        reap(departing->process.pidfd.get());
        departing->timer = {};
        departing->exit = {};
    });
    auto timer = loop.after(endTimeout, [pidfd] { endByForce(pidfd); });
    if (exit)
        departing->exit = std::move(*exit);
    // There is none when the loop has ended, and with it the helper: the builder hears that, and needs its time.
    if (timer)
        departing->timer = std::move(*timer);
}

} // namespace

Result<std::unique_ptr<BuilderLink>> BuilderLink::start(BuildOrder &order, EventLoop &loop, Handlers handlers)
{
    Result<BuilderProcess> process = startBuilder(order);
    if (!process)
        return std::unexpected(process.error());
    return adopt(std::move(*process), loop, std::move(handlers));
}

Result<std::unique_ptr<BuilderLink>> BuilderLink::adopt(BuilderProcess process, EventLoop &loop, Handlers handlers)
{
    std::unique_ptr<BuilderLink> link(new BuilderLink(loop, std::move(process), std::move(handlers)));
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

BuilderLink::BuilderLink(EventLoop &loop, BuilderProcess process, Handlers handlers)
    : m_loop(loop)
    , m_process(std::move(process))
    , m_handlers(std::move(handlers))
{
}

BuilderLink::~BuilderLink()
{
    if (m_reaped)
        return;
    kill();
    m_channelSource = {};
    m_exitSource = {};
    letGo(std::move(m_process), m_loop);
}

void BuilderLink::send(const BuilderMessageHeader &header, std::initializer_list<std::string_view> strings)
{
    (void)sendMessage(m_process.channel.get(), header, strings, {}, false);
}

void BuilderLink::kill()
{
    const int pidfd = m_process.pidfd.get();
    if (!m_asksToEnd)
        return endByForce(pidfd);
    (void)sys::signalPidfd(pidfd, SIGCONT); // its payload may have stopped it
    send({.kind = BuilderMessageKind::End});
    if (auto timer = m_loop.after(endTimeout, [pidfd] { endByForce(pidfd); }))
        m_endTimer = std::move(*timer);
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
    m_endTimer = {};
    const auto gone = std::move(m_handlers.gone); // may destroy this object
    gone(info);
}

} // namespace pivotbench::helper
