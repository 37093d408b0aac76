// SPDX-License-Identifier: Apache-2.0
//
// Why a call fails, cause by cause: every check that the kernel makes for it, held against the actual state, also those
// behind the first one that refuses.
#pragma once

#include "core/kernel/call.h"
#include "core/recording/recording.h"

#include <memory>
#include <vector>

namespace pivotbench::core::kernel {

struct Diagnosis {
    enum class Verdict { Applies, DoesNot, Undecided };
    Cause cause = Cause::Unknown;
    Verdict verdict = Verdict::Undecided; ///< Undecided: behind a check that cannot be looked past, a missing path say
};

/// The causes with the errno of the refusal, in the order in which the kernel checks them; empty where the call is not
/// refused.
[[nodiscard]] std::vector<Diagnosis> diagnose(const State &state, ProcessId process, const Call &call);

/// The same for the step of a frame that failed, on the mount table of the frame before. Empty where the step is not
/// one that a single call decides, or where the model sees no reason to refuse it.
[[nodiscard]] std::vector<Diagnosis> diagnoseFrame(const Recording &recording, std::size_t frame,
                                                   std::shared_ptr<const HostTree> files);

} // namespace pivotbench::core::kernel
