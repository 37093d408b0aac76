// SPDX-License-Identifier: Apache-2.0
//
// What if: a recording that goes on with operations that never happened, asked of the kernel model one after the other.
// It is a recording like any other, so whatever shows one shows it; its supposed steps are those of Phase::WhatIf.
// Pure but for the names that the state looks up. Any thread.
#pragma once

#include "core/kernel/call.h"
#include "core/kernel/diagnose.h"
#include "core/recording/recording.h"
#include "core/stage/moment_machine.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace pivotbench::core::stage {

struct Supposed {
    std::shared_ptr<const Recording> recording;    ///< its last frame is that of the call
    std::shared_ptr<const MomentMachine> machine;  ///< behind that frame
    std::vector<kernel::Diagnosis> diagnosis = {}; ///< of a call that is refused: every check, ticked or not
};

/// What happened up to `frame`, behind which is `machine`, and then this call. Frames after it are left out, and so is
/// the frame itself where it is a supposed call that was refused: nothing follows from that. A refused call makes a
/// frame with its error, and changes nothing. Fails with "what-if.call" for a call that no plan has.
[[nodiscard]] Result<Supposed> suppose(const Recording &recording, std::size_t frame, const MomentMachine &machine,
                                       const kernel::Call &call);

/// Whether a frame never happened.
[[nodiscard]] bool isSupposed(const Recording &recording, std::size_t frame);

} // namespace pivotbench::core::stage
