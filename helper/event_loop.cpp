// SPDX-License-Identifier: Apache-2.0
#include "helper/event_loop.h"

#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <utility>

namespace pivotbench::helper {

using core::Result;
using core::systemError;

/// What a callback needs. It holds itself while it runs, so that a handler can destroy the Source it belongs to.
struct EventLoop::Source::State : std::enable_shared_from_this<State> {
    IoHandler handler;
    bool once = false; ///< an io source that is really an event

    static int onIo(sd_event_source *source, int, std::uint32_t events, void *data)
    {
        const std::shared_ptr<State> self = static_cast<State *>(data)->shared_from_this();
        if (self->once)
            sd_event_source_set_enabled(source, SD_EVENT_OFF);
        self->handler(events);
        return 0;
    }
    static int onDefer(sd_event_source *, void *data)
    {
        const std::shared_ptr<State> self = static_cast<State *>(data)->shared_from_this();
        self->handler(0);
        return 0;
    }
    static int onTime(sd_event_source *, std::uint64_t, void *data)
    {
        const std::shared_ptr<State> self = static_cast<State *>(data)->shared_from_this();
        self->handler(0);
        return 0;
    }
    static int onSignal(sd_event_source *, const signalfd_siginfo *, void *data)
    {
        const std::shared_ptr<State> self = static_cast<State *>(data)->shared_from_this();
        self->handler(0);
        return 0;
    }
};

void EventLoop::Source::Unref::operator()(sd_event_source *source) const { sd_event_source_disable_unref(source); }

// The source goes before the state that its callback points to.
EventLoop::Source &EventLoop::Source::operator=(Source &&other) noexcept
{
    m_source = std::move(other.m_source);
    m_state = std::move(other.m_state);
    return *this;
}

void EventLoop::Source::setEvents(std::uint32_t events)
{
    sd_event_source_set_io_events(m_source.get(), events);
    sd_event_source_set_enabled(m_source.get(), SD_EVENT_ON);
}

void EventLoop::Source::restart(std::chrono::milliseconds delay)
{
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
    sd_event_source_set_time_relative(m_source.get(), static_cast<std::uint64_t>(microseconds));
    sd_event_source_set_enabled(m_source.get(), SD_EVENT_ONESHOT);
}

void EventLoop::Source::pause() { sd_event_source_set_enabled(m_source.get(), SD_EVENT_OFF); }

void EventLoop::Unref::operator()(sd_event *event) const { sd_event_unref(event); }

EventLoop::EventLoop(sd_event *event)
    : m_event(event)
{
}

Result<EventLoop> EventLoop::create()
{
    sd_event *event = nullptr;
    if (const int error = sd_event_new(&event); error < 0)
        return systemError("cannot make an event loop", -error);
    return EventLoop(event);
}

Result<EventLoop::Source> EventLoop::onReady(int fd, std::uint32_t events, IoHandler handler)
{
    Source source;
    source.m_state = std::make_shared<Source::State>();
    source.m_state->handler = std::move(handler);
    sd_event_source *raw = nullptr;
    if (const int error = sd_event_add_io(m_event.get(), &raw, fd, events, Source::State::onIo, source.m_state.get());
        error < 0)
        return systemError("cannot watch a descriptor", -error);
    source.m_source.reset(raw);
    return source;
}

Result<EventLoop::Source> EventLoop::soon(Handler handler)
{
    Source source;
    source.m_state = std::make_shared<Source::State>();
    source.m_state->handler = [handler = std::move(handler)](std::uint32_t) { handler(); };
    sd_event_source *raw = nullptr;
    if (const int error = sd_event_add_defer(m_event.get(), &raw, Source::State::onDefer, source.m_state.get());
        error < 0)
        return systemError("cannot put work off", -error);
    source.m_source.reset(raw);
    return source;
}

Result<EventLoop::Source> EventLoop::after(std::chrono::milliseconds delay, Handler handler)
{
    Source source;
    source.m_state = std::make_shared<Source::State>();
    source.m_state->handler = [handler = std::move(handler)](std::uint32_t) { handler(); };
    sd_event_source *raw = nullptr;
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
    // Exact to the microsecond: sd-event may otherwise wait longer to wake up less often, by default 250 ms.
    if (const int error =
            sd_event_add_time_relative(m_event.get(), &raw, CLOCK_MONOTONIC, static_cast<std::uint64_t>(microseconds),
                                       1, Source::State::onTime, source.m_state.get());
        error < 0)
        return systemError("cannot set a timer", -error);
    source.m_source.reset(raw);
    return source;
}

Result<EventLoop::Source> EventLoop::onExit(int pidfd, Handler handler)
{
    auto source = onReady(pidfd, EPOLLIN, [handler = std::move(handler)](std::uint32_t) { handler(); });
    if (source)
        source->m_state->once = true;
    return source;
}

Result<EventLoop::Source> EventLoop::onSignal(int signal, Handler handler)
{
    Source source;
    source.m_state = std::make_shared<Source::State>();
    source.m_state->handler = [handler = std::move(handler)](std::uint32_t) { handler(); };
    sd_event_source *raw = nullptr;
    if (const int error = sd_event_add_signal(m_event.get(), &raw, signal | SD_EVENT_SIGNAL_PROCMASK,
                                              Source::State::onSignal, source.m_state.get());
        error < 0)
        return systemError("cannot take a signal", -error);
    source.m_source.reset(raw);
    return source;
}

Result<int> EventLoop::run()
{
    const int code = sd_event_loop(m_event.get());
    if (code < 0)
        return systemError("the event loop failed", -code);
    return code;
}

Result<bool> EventLoop::runOnce(std::chrono::milliseconds timeout)
{
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
    const int handled = sd_event_run(m_event.get(), static_cast<std::uint64_t>(microseconds));
    if (handled < 0)
        return systemError("the event loop failed", -handled);
    return handled > 0;
}

void EventLoop::exit(int code) { sd_event_exit(m_event.get(), code); }

} // namespace pivotbench::helper
