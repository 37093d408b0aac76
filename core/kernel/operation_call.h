// SPDX-License-Identifier: Apache-2.0
//
// A plan's operations and the model's system calls, one for the other, where a single call decides what an operation
// does. Pure.
#pragma once

#include "core/kernel/call.h"
#include "core/plan/plan.h"

#include <optional>

namespace pivotbench::core::kernel {

/// The one call that decides an operation of this plan; nothing for the others.
[[nodiscard]] std::optional<Call> callOf(const Plan &plan, const Operation &operation);

/// The operation that is this call, with all paths as the process sees them; nothing where a plan has none that says
/// the same.
[[nodiscard]] std::optional<Operation> operationOf(const Call &call);

} // namespace pivotbench::core::kernel
