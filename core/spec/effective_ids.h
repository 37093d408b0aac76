// SPDX-License-Identifier: Apache-2.0
//
// Which user namespace a spec gets on this machine, and which ids exist in it (user_namespaces(7)). Pure.
#pragma once

#include "core/host/host_facts.h"
#include "core/spec/sandbox_spec.h"

#include <cstdint>
#include <vector>

namespace pivotbench::core {

struct EffectiveIds {
    bool newUserNamespace = false;
    /// Not in the machine's own user namespace, whether that is new or the caller stands in one already: the kernel
    /// grants no device nodes, no trusted.* attributes, and a fresh proc or sysfs only beside namespaces that belong to
    /// it.
    bool inUserNamespace = false;
    bool groupsDenied = false; ///< setgroups(2) is refused
    bool single = false;       ///< the caller's id alone: the kernel wants setgroups(2) denied first
    /// What exists inside; without a new namespace what exists here, mapped to itself. Empty where nothing is known.
    std::vector<IdRange> uid;
    std::vector<IdRange> gid;
};

[[nodiscard]] EffectiveIds effectiveIds(const SandboxSpec &spec, const HostFacts &facts);

/// Whether an id inside is mapped to something outside.
[[nodiscard]] bool mapsInside(const std::vector<IdRange> &map, std::uint32_t id);
/// Whether some id inside stands for this id outside.
[[nodiscard]] bool mapsOutside(const std::vector<IdRange> &map, std::uint32_t id);

} // namespace pivotbench::core
