// SPDX-License-Identifier: Apache-2.0
#include "core/plan/plan.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pivotbench::core {

const char *phaseWord(Phase phase)
{
    switch (phase) {
    case Phase::Namespaces: return "namespaces";
    case Phase::Root: return "root";
    case Phase::Filesystems: return "filesystems";
    case Phase::Mounts: return "mounts";
    case Phase::Configuration: return "configuration";
    case Phase::Switch: return "switch";
    case Phase::Hardening: return "hardening";
    case Phase::Process: return "process";
    case Phase::WhatIf: return "what-if";
    }
    std::unreachable();
}

std::size_t Plan::find(std::string_view idOrNumber) const
{
    if (const auto byId = std::ranges::find(steps, idOrNumber, &Step::id); byId != steps.end())
        return static_cast<std::size_t>(byId - steps.begin());
    std::size_t number = 0;
    const char *end = idOrNumber.data() + idOrNumber.size();
    const auto [rest, status] = std::from_chars(idOrNumber.data(), end, number);
    if (status != std::errc{} || rest != end || number == 0 || number > steps.size())
        return steps.size();
    return number - 1;
}

bool isRootOverlay(const Plan &plan, const MountOverlay &overlay)
{
    return overlay.target == Location{Location::Base::Host, plan.newRoot};
}

std::string displayPath(const Plan &plan, const Location &location)
{
    if (location.base != Location::Base::NewRoot)
        return location.path;
    if (location.path.empty() || location.path == "/")
        return plan.newRoot;
    // A new root of "/" (no namespace of its own) must not make "//path".
    const std::string_view root =
        plan.newRoot.ends_with('/') ? std::string_view(plan.newRoot).substr(0, plan.newRoot.size() - 1) : plan.newRoot;
    return std::string(root) + location.path;
}

} // namespace pivotbench::core
