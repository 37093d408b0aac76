// SPDX-License-Identifier: Apache-2.0
//
// SandboxSpec → Plan. Pure and deterministic: the same spec and facts give the same plan, and nothing is looked at but
// them. Expects a spec without error findings (validate.h) and with its builtin layers resolved.
#pragma once

#include "core/base/result.h"
#include "core/host/host_facts.h"
#include "core/plan/plan.h"
#include "core/spec/sandbox_spec.h"

namespace pivotbench::core {

[[nodiscard]] Result<Plan> makePlan(const SandboxSpec &spec, const HostFacts &facts);

/// The capabilities that `choice` keeps, by name, in the kernel's order.
[[nodiscard]] std::vector<std::string> keptCapabilities(const CapabilitiesSpec &capabilities);

} // namespace pivotbench::core
