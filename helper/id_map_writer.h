// SPDX-License-Identifier: Apache-2.0
//
// Writes the id maps that a builder cannot write itself: with newuidmap(1) and newgidmap(1), which grant an ordinary
// user its subordinate ids, or directly where the helper is root. Both tools run at the same time; the event loop goes
// on meanwhile.
#pragma once

#include "core/plan/plan.h"
#include "helper/event_loop.h"

#include <functional>
#include <memory>
#include <sys/types.h>

namespace pivotbench::helper {

class IdMapWriter {
public:
    using Done = std::function<void(core::Status)>;

    /// Calls `done` once, later, with the outcome. Destroying the writer forgets about it.
    [[nodiscard]] static std::unique_ptr<IdMapWriter> start(const core::WriteIdMaps &maps, pid_t builder,
                                                            EventLoop &loop, Done done);
    ~IdMapWriter();
    IdMapWriter(const IdMapWriter &) = delete;
    IdMapWriter &operator=(const IdMapWriter &) = delete;

private:
    struct Tool;
    explicit IdMapWriter(Done done);
    [[nodiscard]] core::Status run(const char *name, pid_t builder, const std::vector<core::IdRange> &map,
                                   EventLoop &loop);
    void finished(Tool &tool);

    Done m_done;
    std::vector<std::unique_ptr<Tool>> m_tools;
    std::size_t m_running = 0;
    core::Status m_status;
    EventLoop::Source m_soon;
};

class BuilderLink;
/// Answers a builder that has asked for its maps, which are in one of its steps. Kills one that has no such step.
[[nodiscard]] std::unique_ptr<IdMapWriter> answerWriteIdMaps(const std::vector<core::Step> &steps, BuilderLink &builder,
                                                             EventLoop &loop);

/// Writes both files at once, as root may.
[[nodiscard]] core::Status writeIdMapsDirectly(const core::WriteIdMaps &maps, pid_t builder);

} // namespace pivotbench::helper
