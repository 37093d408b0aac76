// SPDX-License-Identifier: Apache-2.0
//
// Sandboxes that differ from a given one in the one thing that is to be learnt: what is compared with it on the Stage.
// Pure; any thread.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <vector>

namespace pivotbench::core {

enum class Variation {
    SharedPropagation,  ///< the copied tree stays in the host's peer groups
    PrivatePropagation, ///< it leaves them
    Chroot,             ///< chroot(2) instead of pivot_root(2)
    PivotRoot,          ///< the other way round
    HostPidNamespace, ///< no PID namespace of its own, and no fork into one; so a procfs of its own becomes the host's
    NewPidNamespace,  ///< one of its own
};

/// Those that make a difference to what is done, in the order in which they are offered.
[[nodiscard]] std::vector<Variation> variationsOf(const SandboxSpec &spec);

[[nodiscard]] SandboxSpec varied(SandboxSpec spec, Variation variation);

} // namespace pivotbench::core
