// SPDX-License-Identifier: Apache-2.0
//
// The helper's end of one builder: its channel and its life, on the event loop. Destroying it kills what it started.
#pragma once

#include "helper/builder.h"
#include "helper/builder_channel.h"
#include "helper/event_loop.h"

#include <csignal>
#include <functional>
#include <memory>

namespace pivotbench::helper {

class BuilderLink {
public:
    struct Handlers {
        std::function<void(BuilderMessage &)> message;
        /// Last call: the process has ended, been reaped, and everything it said has been handed over.
        std::function<void(const siginfo_t &end)> gone;
    };

    /// Forks the builder. The order is copied by the fork; descriptors in it may be closed afterwards.
    [[nodiscard]] static core::Result<std::unique_ptr<BuilderLink>> start(BuildOrder &order, EventLoop &loop,
                                                                          Handlers handlers);
    /// The same for a process that was forked already and speaks as a builder does.
    [[nodiscard]] static core::Result<std::unique_ptr<BuilderLink>> adopt(BuilderProcess process, EventLoop &loop,
                                                                          Handlers handlers);
    /// Kills; the process is reaped later, by the loop.
    ~BuilderLink();
    BuilderLink(const BuilderLink &) = delete;
    BuilderLink &operator=(const BuilderLink &) = delete;

    [[nodiscard]] pid_t pid() const { return m_process.pid; }
    /// Failures mean that the builder has gone; `gone` tells.
    void send(const BuilderMessageHeader &header, std::initializer_list<std::string_view> strings = {});
    /// At once, or as endsItsDescendants() says.
    void kill();
    /// From now on kill() asks the builder, because nothing else would end its descendants. It has two seconds then.
    void endsItsDescendants() { m_asksToEnd = true; }

private:
    BuilderLink(EventLoop &loop, BuilderProcess process, Handlers handlers);
    void drain();
    void ended();

    EventLoop &m_loop;
    BuilderProcess m_process;
    Handlers m_handlers;
    EventLoop::Source m_channelSource;
    EventLoop::Source m_exitSource;
    EventLoop::Source m_endTimer;
    bool m_reaped = false;
    bool m_asksToEnd = false;
};

} // namespace pivotbench::helper
