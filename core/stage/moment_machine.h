// SPDX-License-Identifier: Apache-2.0
//
// The state of the kernel model behind a moment of a story, for who walks a path in it or tries what would happen next:
// kept from a prediction, or made anew from what a recording tells of the frame. Plain values; a copy for each thread.
#pragma once

#include "core/kernel/from_table.h"
#include "core/recording/recording.h"

#include <cstddef>
#include <cstdint>

namespace pivotbench::core::stage {

/// What the mounts of a state are called in the tables of its recording.
class RowNumbers {
public:
    /// Of a prediction: as the state numbers them.
    RowNumbers() = default;
    /// Of a state that was made from a table, as it is now. What it mounts from now on gets numbers that no row has.
    explicit RowNumbers(const kernel::State &state);

    /// 0 where no row has ever been about it.
    [[nodiscard]] std::uint64_t of(const kernel::State &state, kernel::MountId mount) const;

private:
    std::size_t m_end = 0; ///< of the mounts that the table told
    std::uint64_t m_largest = 0;
};

struct MomentMachine {
    kernel::Machine machine; ///< its reader is the process of the story
    RowNumbers numbers;
    bool knowsFiles = false; ///< names that it does not know are looked up where they lie; else nobody has seen them
};

/// From what a recording tells: its mounts. `frame` is an index of recording.frames.
[[nodiscard]] MomentMachine machineFromFrame(const Recording &recording, std::size_t frame);

} // namespace pivotbench::core::stage
