// SPDX-License-Identifier: Apache-2.0
//
// A scenario on the model, beside the same on the kernel: where they disagree, the first disagreement is told.
#pragma once

#include "real_kernel.h"
#include "scenario.h"

#include <map>
#include <string>
#include <vector>

namespace pivotbench::test {

/// The state in which scenarios begin, and its one process.
struct ModelWorld {
    kernel::State state;
    std::vector<kernel::ProcessId> workers;
};
[[nodiscard]] ModelWorld modelWorld(bool userNamespace);
/// One act; workers of clones are added.
kernel::Checked<void> perform(ModelWorld &world, const Act &act);
/// The model does not know, or the act would touch what belongs to the machine: not to be run on the kernel.
[[nodiscard]] bool isOutOfBounds(const ModelWorld &before, const ModelWorld &after,
                                 const kernel::Checked<void> &outcome);

/// How often each call and each cause was met.
struct Coverage {
    std::map<std::string, std::size_t> done;
    std::map<std::string, std::size_t> refused;
    std::map<kernel::Cause, std::size_t> causes;
    std::size_t acts = 0;
    std::size_t tables = 0;
    std::size_t samples = 0;
    void count(const kernel::Call &call, const kernel::Checked<void> &outcome);
};

struct Disagreement {
    std::size_t act = 0; ///< index; acts.size() where it was before the first
    std::string text;
};

/// Runs it on both. Acts of workers that do not exist are left out; so are those out of bounds.
[[nodiscard]] std::optional<Disagreement> compare(const Scenario &scenario, Coverage &coverage);

/// The shortest scenario, made by leaving acts out, that still disagrees.
[[nodiscard]] Scenario shrink(Scenario scenario);

} // namespace pivotbench::test
