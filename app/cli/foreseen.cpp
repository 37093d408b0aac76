// SPDX-License-Identifier: Apache-2.0
#include "app/cli/foreseen.h"

#include "core/kernel/predict.h"
#include "core/plan/planner.h"

#include <algorithm>
#include <fmt/format.h>
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
    const kernel::Prediction prediction = kernel::predict(*plan, facts, std::move(*machine), {});
    if (!prediction.refusal || prediction.refusal->cause == kernel::Cause::Unknown)
        return {};
    const Step &step = plan->steps[prediction.recording.frames.back().step];
    const kernel::CauseText &text = kernel::textOf(prediction.refusal->cause);
    std::string reason = fmt::format("step {} would fail with {}: {}", step.id, errnoName(text.errnum), text.when);
    if (!prediction.refusal->path.empty())
        reason += fmt::format(" ({})", prediction.refusal->path);
    return {Finding{.severity = Severity::Warning,
                    .id = std::string("kernel.") + text.word,
                    .field = step.cause,
                    .reason = std::move(reason),
                    .fix = text.fix}};
}

} // namespace pivotbench::app::cli
