// SPDX-License-Identifier: Apache-2.0
//
// Which mounts of a story are shown each by itself, and which are counted in a fold ("+23"): shown are the roots, what
// a step of the plan names, what the process stands on, what comes or changes by itself, and all parents of these. The
// choice is made for the whole story, so that nothing jumps between frames. Pure.
#pragma once

#include "core/stage/story.h"

#include <set>
#include <unordered_set>

namespace pivotbench::core::stage {

struct Focus {
    std::unordered_set<MountKey> shown;
    /// Small ones: several leaves of one parent, drawn side by side.
    std::unordered_set<MountKey> chips;
};

/// `unfolded`: mounts whose folded children are to be shown, too.
[[nodiscard]] Focus focusOf(const Story &story, const Plan &plan, const std::set<MountKey> &unfolded = {});

} // namespace pivotbench::core::stage
