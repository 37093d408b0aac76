// SPDX-License-Identifier: Apache-2.0
//
// A recording made ready for the stage: what is costly about it is done once, beside the interface thread. Immutable,
// shared by whoever shows it. One that still grows is staged anew with every frame.
#pragma once

#include "core/kernel/diagnose.h"
#include "core/stage/focus.h"
#include "core/stage/moment_machine.h"

#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace pivotbench::app {

struct Staged {
    std::shared_ptr<const core::Recording> recording; ///< never null
    core::stage::Story story;
    /// What the recording is expected to become, while it grows: then more steps come after the last frame, and room is
    /// kept for what they will bring. Null for a recording that is over.
    std::shared_ptr<const Staged> foretold;
    core::stage::Focus focus;   ///< with nothing unfolded
    std::size_t mostMounts = 0; ///< of both worlds together, in the largest moment
    double tallest = 0;         ///< scene, in scene units; of the first and the last one where there are too many
    /// Behind each frame of what was predicted here; none where only the recording tells.
    std::vector<std::shared_ptr<const core::stage::MomentMachine>> machines;
    /// Of the last frame, where it is a refusal that was examined already.
    std::vector<core::kernel::Diagnosis> diagnosis;

    [[nodiscard]] std::size_t size() const { return story.moments().size(); }
    [[nodiscard]] core::stage::Focus focusWith(const std::set<core::stage::MountKey> &unfolded) const;
    /// The steps that are still to come; empty for a recording that is over.
    [[nodiscard]] std::span<const core::Step> toCome() const;
};

/// Any thread. Takes seconds for the largest recordings.
[[nodiscard]] std::shared_ptr<const Staged>
makeStaged(std::shared_ptr<const core::Recording> recording, std::shared_ptr<const Staged> foretold = nullptr,
           std::vector<std::shared_ptr<const core::stage::MomentMachine>> machines = {},
           std::vector<core::kernel::Diagnosis> diagnosis = {});

/// A copy of what was kept for the frame, or what the recording tells; the latter takes long for the largest tables.
[[nodiscard]] core::stage::MomentMachine machineBehind(const Staged &staged, std::size_t frame);

/// The step of a frame; null for the state before the first one, and for a frame that names none of the plan.
[[nodiscard]] const core::Step *stepOf(const core::Recording &recording, std::size_t frame);

/// The mount behind a node of a moment's scene; null where there is none, as for a fold.
[[nodiscard]] const core::stage::StoryMount *mountOf(const core::stage::Moment &moment, core::stage::MountKey key);

} // namespace pivotbench::app
