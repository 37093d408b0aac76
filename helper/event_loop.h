// SPDX-License-Identifier: Apache-2.0
//
// The helper's one event loop: sd_event(3) with owners instead of reference counts. A Source watches as long as it
// lives; destroying it, even from inside its own handler, ends the watch at once. Handlers run one at a time, inside
// run().
//
// Threads: one loop, one thread; sources belong to the thread of their loop and must not outlive it.
// Signals taken by onSignal() are blocked in the process: a child unblocks them before it executes anything.
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

struct sd_event;
struct sd_event_source;

namespace pivotbench::helper {

class EventLoop {
public:
    using Handler = std::function<void()>;
    using IoHandler = std::function<void(std::uint32_t events)>; ///< EPOLLIN, EPOLLOUT, EPOLLHUP, … (epoll_ctl(2))

    class Source {
    public:
        Source() = default;
        Source(Source &&) noexcept = default;
        Source &operator=(Source &&other) noexcept;
        explicit operator bool() const { return m_source != nullptr; }

        /// Io sources: what to watch for from now on.
        void setEvents(std::uint32_t events);
        /// Timers: run out once, this long from now, whether or not they have before.
        void restart(std::chrono::milliseconds delay);
        /// Any source: stops until setEvents() or restart().
        void pause();

    private:
        friend class EventLoop;
        struct State;
        struct Unref {
            void operator()(sd_event_source *source) const;
        };
        std::shared_ptr<State> m_state;
        std::unique_ptr<sd_event_source, Unref> m_source;
    };

    [[nodiscard]] static core::Result<EventLoop> create();

    /// Level-triggered. The descriptor stays the caller's and has to outlive the source.
    [[nodiscard]] core::Result<Source> onReady(int fd, std::uint32_t events, IoHandler handler);
    /// Once, as soon as what runs now has returned.
    [[nodiscard]] core::Result<Source> soon(Handler handler);
    /// Once, after `delay`.
    [[nodiscard]] core::Result<Source> after(std::chrono::milliseconds delay, Handler handler);
    /// Once, when the process of a pidfd_open(2) has ended. It is not reaped: the handler does that with
    /// waitid(P_PIDFD).
    [[nodiscard]] core::Result<Source> onExit(int pidfd, Handler handler);
    [[nodiscard]] core::Result<Source> onSignal(int signal, Handler handler);

    /// Until exit(); returns its code.
    [[nodiscard]] core::Result<int> run();
    /// Handles what is ready, waiting for at most `timeout`. Whether there was something.
    [[nodiscard]] core::Result<bool> runOnce(std::chrono::milliseconds timeout);
    void exit(int code);

private:
    struct Unref {
        void operator()(sd_event *event) const;
    };
    explicit EventLoop(sd_event *event);

    std::unique_ptr<sd_event, Unref> m_event;
};

} // namespace pivotbench::helper
