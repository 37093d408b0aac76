// SPDX-License-Identifier: Apache-2.0
#include "core/explain/explainer.h"

#include "core/explain/call_text.h"
#include "core/explain/narration.h"
#include "core/explain/shell_text.h"

#include <utility>

namespace pivotbench::core {

Explanation explain(const Plan &plan, const Step &step)
{
    Narration narration = narrate(step.operation);
    return {.title = titleOf(step.operation),
            .call = callText(step.operation),
            .shell = shellLine(step.operation,
                               [&plan](const Location &location) { return shellWord(displayPath(plan, location)); }),
            .why = std::move(narration.why),
            .manual = std::move(narration.manual)};
}

} // namespace pivotbench::core
