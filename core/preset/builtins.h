// SPDX-License-Identifier: Apache-2.0
//
// From the name of a built-in layer to a directory of this machine. Done by clients before a spec is planned or sent.
// Blocking; any thread.
#pragma once

#include "core/base/result.h"
#include "core/host/host_facts.h"
#include "core/spec/sandbox_spec.h"

namespace pivotbench::core {

/// Gives every built-in layer its path, and makes what is missing below the cache directory. A spec without built-in
/// layers comes back as it was.
[[nodiscard]] Result<SandboxSpec> resolveBuiltins(SandboxSpec spec, const HostFacts &facts);

/// The same paths, but makes nothing: for looking at a plan.
[[nodiscard]] Result<SandboxSpec> nameBuiltins(SandboxSpec spec, const HostFacts &facts);

} // namespace pivotbench::core
