// SPDX-License-Identifier: Apache-2.0
//
// Two recordings of one plan, step by step: a prediction beside what the kernel did. Times, process ids, numbers of
// namespaces and all that matchTables() leaves out may differ. Pure.
#pragma once

#include "core/recording/recording.h"

#include <string>
#include <vector>

namespace pivotbench::core {

struct FrameMismatch {
    std::size_t predicted = 0; ///< index of the frame in the first recording; frames.size() where it has none
    std::size_t observed = 0;  ///< in the second
    std::string text;          ///< what differs, lines for people
};
[[nodiscard]] std::vector<FrameMismatch> matchRecordings(const Recording &predicted, const Recording &observed);

} // namespace pivotbench::core
