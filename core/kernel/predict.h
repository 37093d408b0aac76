// SPDX-License-Identifier: Apache-2.0
//
// A plan, run on the model: the recording that the kernel would make, without privilege, helper or change. Each step
// becomes the calls that the executor makes (helper/executor*.cpp); a step that the kernel would refuse ends the
// recording, with the check that refuses it.
//
// Pure but for what the HostTree of the machine looks at. Any thread.
#pragma once

#include "core/host/host_facts.h"
#include "core/kernel/cause.h"
#include "core/kernel/from_table.h"
#include "core/plan/plan.h"
#include "core/recording/recording.h"
#include "core/spec/validate.h"

#include <optional>
#include <vector>

namespace pivotbench::core::kernel {

struct Prediction {
    Recording recording;            ///< origin "model"; frames as those of the kernel, times 0
    std::optional<Refusal> refusal; ///< of the last frame's step; Cause::Unknown where the model cannot tell
    std::vector<Machine> machines;  ///< behind each frame, with the builder as reader; only where they were asked for
};

/// Which frames have their mount table; the others have none. A step costs little, a table as much as there are mounts.
enum class TablesIn { EveryFrame, LastFrame };
/// Whether the state behind each frame is kept: for who walks in it, or goes on from it.
enum class Machines { Forgotten, Kept };

/// `machine` is the host before the launch, as the helper sees it; `spec` goes into the header.
[[nodiscard]] Prediction predict(const Plan &plan, const HostFacts &facts, Machine machine, std::string spec,
                                 TablesIn tables = TablesIn::EveryFrame, Machines machines = Machines::Forgotten);

/// The step that would fail, as a finding for the field that causes it: a warning "kernel.CAUSE". Nothing where the
/// launch would go through, or where the model cannot tell.
[[nodiscard]] std::optional<Finding> findingOf(const Plan &plan, const Prediction &prediction);

[[nodiscard]] Reader readerOf(const HostFacts &facts);
/// The machine that this process lives on: its own mount table and files. Fails where /proc cannot be read.
[[nodiscard]] Result<Machine> thisMachine(const HostFacts &facts);

} // namespace pivotbench::core::kernel
