// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validate.h"

#include "core/spec/validation.h"

#include <algorithm>

namespace pivotbench::core {

std::vector<Finding> validate(const SandboxSpec &spec, const HostFacts &facts, const SpecLimits &limits)
{
    const Examined examined{.spec = spec, .facts = facts, .limits = limits, .ids = effectiveIds(spec, facts)};
    Findings findings;
    for (const auto check : {checkText, checkRoot, checkMounts, checkNamespaces, checkIdMaps, checkKernelTrees,
                             checkFiles, checkHardening, checkProcess})
        check(examined, findings);
    return findings.takeGravestFirst();
}

bool hasErrors(const std::vector<Finding> &findings)
{
    return std::ranges::any_of(findings, [](const Finding &finding) { return finding.severity == Severity::Error; });
}

const char *severityWord(Severity severity)
{
    switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
    }
    return "";
}

} // namespace pivotbench::core
