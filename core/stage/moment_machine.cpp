// SPDX-License-Identifier: Apache-2.0
#include "core/stage/moment_machine.h"

#include "core/kernel/from_frame.h"
#include "core/kernel/host_files.h"

#include <algorithm>

namespace pivotbench::core::stage {

namespace {

constexpr std::uint64_t largestNumber = std::uint64_t{1} << 62; // a forged one may leave no number above it

} // namespace

RowNumbers::RowNumbers(const kernel::State &state)
    : m_end(state.mounts.end())
{
    for (std::size_t i = 1; i < m_end; ++i) {
        const std::uint64_t number = state.mounts[kernel::MountId{static_cast<std::uint32_t>(i)}].tableId;
        if (number < largestNumber)
            m_largest = std::max(m_largest, number);
    }
}

std::uint64_t RowNumbers::of(const kernel::State &state, kernel::MountId mount) const
{
    const auto number = static_cast<std::size_t>(mount);
    return number < m_end ? state.mounts[mount].tableId : m_largest + number;
}

MomentMachine machineFromFrame(const Recording &recording, std::size_t frame)
{
    kernel::Machine machine = kernel::machineOfFrame(recording, frame, std::make_shared<const kernel::UnseenFiles>());
    const RowNumbers numbers(machine.state);
    return {std::move(machine), numbers, false};
}

} // namespace pivotbench::core::stage
