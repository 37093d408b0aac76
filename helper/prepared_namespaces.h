// SPDX-License-Identifier: Apache-2.0
//
// A set of fresh, empty namespaces kept ready for the next launch: user (with its id maps), UTS, IPC and network.
// Making them is half of a launch's time, and more where newuidmap(1) has to write the maps; a person who starts one
// sandbox after another waits for none of it. Every sandbox still gets namespaces that nobody has used: a set is taken
// once. The mount namespace is never made ahead, because it is a copy of the mounts that are there at that moment; nor
// is the PID namespace, whose first process is the builder.
//
// The set is made by a builder of its own, by the same Steps as in a launch, and held by descriptors only: no process
// waits. Threads: that of the event loop. Sources: namespaces(7), setns(2).
#pragma once

#include "core/plan/plan.h"
#include "helper/builder_link.h"
#include "helper/id_map_writer.h"

#include <memory>
#include <optional>
#include <vector>

namespace pivotbench::helper {

class PreparedNamespaces {
public:
    explicit PreparedNamespaces(EventLoop &loop)
        : m_loop(loop)
    {
    }

    /// Begins to make a set for launches with such a plan, unless there is one or the plan makes no user namespace. A
    /// failure only means that the next launch makes its own.
    void prepareFor(const core::Plan &plan, bool helperWritesMaps);
    /// The set for such a plan, if one is ready.
    [[nodiscard]] std::optional<NamespaceSet> takeFor(const core::Plan &plan);

private:
    /// The steps that make the set: those of the plan, without what is never made ahead. Empty where nothing can be.
    [[nodiscard]] static std::vector<core::Step> stepsOf(const core::Plan &plan);
    void heard(BuilderMessage &message);

    EventLoop &m_loop;
    std::vector<core::Step> m_steps; ///< what the set is, or is going to be, made by
    NamespaceSet m_ready;
    std::unique_ptr<BuilderLink> m_builder; ///< while it is being made
    std::unique_ptr<IdMapWriter> m_idMaps;
    bool m_failed = false; ///< with m_steps: not tried again
};

} // namespace pivotbench::helper
