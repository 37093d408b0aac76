// SPDX-License-Identifier: Apache-2.0
#include "app/document/analysis.h"

#include "core/kernel/predict.h"
#include "core/plan/planner.h"
#include "core/preset/builtins.h"
#include "core/spec/spec_json.h"

#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr std::size_t mostLayers = 500;

/// Caps that the workbench asks its own session helper for.
SpecLimits limitsFor(const SandboxSpec &spec)
{
    return {.mounts = std::max(SpecLimits{}.mounts, spec.mounts.size()), .layers = mostLayers};
}

/// A layer that cannot be had is a finding for its field.
Finding layerFinding(const Error &error)
{
    return {.severity = Severity::Error,
            .id = error.code,
            .field = "root.layers",
            .reason = describe(error),
            .fix = error.hint.empty() ? "choose another layer" : error.hint};
}

void predictInto(Analysis &analysis, const HostFacts &facts)
{
    Result<kernel::Machine> machine = kernel::thisMachine(facts);
    if (!machine)
        return;
    kernel::Prediction prediction = kernel::predict(*analysis.plan, facts, std::move(*machine),
                                                    writeSpecCompact(analysis.resolved), kernel::TablesIn::LastFrame);
    if (std::optional<Finding> finding = kernel::findingOf(*analysis.plan, prediction)) {
        analysis.findings.push_back(std::move(*finding));
        std::ranges::stable_sort(analysis.findings, {}, &Finding::severity);
    }
    analysis.succeeds = !prediction.refusal;
    analysis.certain = !prediction.refusal || prediction.refusal->cause != kernel::Cause::Unknown;
    analysis.sandboxTable = prediction.recording.frames.back().table;
    analysis.prediction = std::make_shared<const Recording>(std::move(prediction.recording));
}

} // namespace

Analysis analyse(const SandboxSpec &spec, const HostFacts &facts, std::uint64_t revision)
{
    Analysis analysis{.revision = revision, .spec = spec, .resolved = spec};
    // Made, where they are not there yet: a few files in the cache, without which there is no tree to look at.
    if (Result<SandboxSpec> made = resolveBuiltins(spec, facts)) {
        analysis.resolved = std::move(*made);
    } else {
        analysis.findings.push_back(layerFinding(made.error()));
        if (Result<SandboxSpec> named = nameBuiltins(spec, facts))
            analysis.resolved = std::move(*named);
    }
    std::ranges::move(validate(analysis.resolved, facts, limitsFor(spec)), std::back_inserter(analysis.findings));
    if (hasErrors(analysis.findings))
        return analysis;
    Result<Plan> plan = makePlan(analysis.resolved, facts);
    if (!plan) {
        analysis.findings.insert(analysis.findings.begin(), Finding{.severity = Severity::Error,
                                                                    .id = plan.error().code,
                                                                    .field = {},
                                                                    .reason = describe(plan.error()),
                                                                    .fix = plan.error().hint});
        return analysis;
    }
    analysis.plan = std::move(*plan);
    predictInto(analysis, facts);
    return analysis;
}

} // namespace pivotbench::app
