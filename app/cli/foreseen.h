// SPDX-License-Identifier: Apache-2.0
//
// What the kernel model says before a launch: the step at which it would fail, and why.
#pragma once

#include "core/host/host_facts.h"
#include "core/spec/validate.h"

#include <vector>

namespace pivotbench::app::cli {

/// A warning with the id "kernel.CAUSE" for the field that causes the step; nothing where the launch would go through,
/// where the model cannot tell, or where a built-in layer is yet to be made. Reads this machine's mount table.
[[nodiscard]] std::vector<core::Finding> foresee(const core::SandboxSpec &spec, const core::HostFacts &facts);

} // namespace pivotbench::app::cli
