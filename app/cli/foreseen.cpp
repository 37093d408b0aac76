// SPDX-License-Identifier: Apache-2.0
#include "app/cli/foreseen.h"

#include "core/kernel/predict.h"
#include "core/plan/planner.h"

#include <algorithm>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

std::vector<Finding> foresee(const SandboxSpec &spec, const HostFacts &facts)
{
    const bool made = std::ranges::all_of(spec.root.layers, [](const Layer &layer) {
        return layer.builtin.empty() || ::access(layer.path.c_str(), F_OK) == 0;
    });
    const Result<Plan> plan = makePlan(spec, facts);
    if (!made || !plan)
        return {};
    Result<kernel::Machine> machine = kernel::thisMachine(facts);
    if (!machine)
        return {};
    const kernel::Prediction prediction =
        kernel::predict(*plan, facts, std::move(*machine), {}, kernel::TablesIn::LastFrame);
    const std::optional<Finding> finding = kernel::findingOf(*plan, prediction);
    return finding ? std::vector{*finding} : std::vector<Finding>{};
}

} // namespace pivotbench::app::cli
