// SPDX-License-Identifier: Apache-2.0
//
// Everything that can be said about a spec before it runs: findings, the plan, and what the kernel model predicts. One
// immutable snapshot for all pages. Made by analyse() off the interface thread; it looks at this machine's mount table
// and files, and makes built-in layers in the cache.
#pragma once

#include "core/host/host_facts.h"
#include "core/plan/plan.h"
#include "core/recording/recording.h"
#include "core/spec/sandbox_spec.h"
#include "core/spec/validate.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pivotbench::app {

struct Analysis {
    std::uint64_t revision = 0; ///< of the document it is about
    core::SandboxSpec spec;     ///< as the document has it
    core::SandboxSpec resolved; ///< with the paths of built-in layers, where they are known
    std::vector<core::Finding> findings = {};
    std::optional<core::Plan> plan = {};                       ///< absent while there are errors
    std::shared_ptr<const core::Recording> prediction = {};    ///< null without a plan; only its last frame has a table
    std::shared_ptr<const core::MountTable> sandboxTable = {}; ///< at the end of the prediction; null without one
    bool certain = false;  ///< the model knows how the launch goes: to the end, or not
    bool succeeds = false; ///< it goes through, as far as the model can tell
};

/// Newest facts are the caller's business: they cost a few file reads, and seldom change.
[[nodiscard]] Analysis analyse(const core::SandboxSpec &spec, const core::HostFacts &facts, std::uint64_t revision);

} // namespace pivotbench::app
