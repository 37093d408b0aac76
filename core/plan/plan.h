// SPDX-License-Identifier: Apache-2.0
//
// What will be done: an ordered list of Steps. What a Plan does not list does not happen. Made by planner.h from a
// spec, consumed by the executor (helper), the explainer and the exporters. Plain values.
#pragma once

#include "core/plan/operation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pivotbench::core {

/// The chapters of the story, in order; the Stage's timeline groups by them. WhatIf: of no launch, but asked of the
/// kernel model afterwards.
enum class Phase { Namespaces, Root, Filesystems, Mounts, Configuration, Switch, Hardening, Process, WhatIf };
[[nodiscard]] const char *phaseWord(Phase phase); ///< "namespaces", "root", …

struct Step {
    std::string id; ///< stable and unique in its plan: names the thing, not its place ("bind:/data", "pivot-root")
    Phase phase = Phase::Namespaces;
    std::string cause; ///< spec field that caused it: "mounts[0]", "root.switchRoot"
    Operation operation;
    bool operator==(const Step &) const = default;
};

struct Plan {
    std::string name;          ///< the spec's name
    std::string newRoot;       ///< where the sandbox's root is mounted before the switch; an absolute host path
    std::string userNamespace; ///< a sentence for people: which user namespace was chosen and why
    std::string keepDirectory; ///< kept layer to lock, an absolute host path; empty when there is none
    std::vector<Step> steps;
    bool operator==(const Plan &) const = default;

    /// Index of a step by its id, or by its 1-based number as text; steps.size() when there is none.
    [[nodiscard]] std::size_t find(std::string_view idOrNumber) const;
};

/// The path of a location as a person would write it, before the switch: NewRoot paths are put below `newRoot`.
[[nodiscard]] std::string displayPath(const Plan &plan, const Location &location);

/// Whether it is what the sandbox's root is made of, and not one of its mounts.
[[nodiscard]] bool isRootOverlay(const Plan &plan, const MountOverlay &overlay);

} // namespace pivotbench::core
