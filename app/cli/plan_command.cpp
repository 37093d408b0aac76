// SPDX-License-Identifier: Apache-2.0
//
// pivotctl plan: what run would do, without doing it.
#include "app/cli/command.h"
#include "app/cli/foreseen.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/step_view.h"
#include "core/explain/explainer.h"
#include "core/plan/plan_json.h"
#include "core/plan/planner.h"
#include "core/preset/builtins.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

int planCommand(const std::vector<std::string> &args)
{
    CLI::App app(
        "Prints every kernel operation that \"pivotctl run\" with the same arguments would carry out. Changes nothing.",
        "pivotctl plan");
    app.footer("Formats:\n"
               "  text   number, phase, title and id of each step, with its system calls\n"
               "  json   {\"name\", \"newRoot\", \"userNamespace\", \"keepDirectory\", \"steps\": [{\"id\", \"phase\", "
               "\"cause\", …}]}\n"
               "  sh     a shell script that does the same when root runs it");
    SandboxArguments sandbox;
    sandbox.addTo(app);
    std::string format = "text";
    bool details = false;
    app.add_option("--format", format, "text, json or sh")->check(CLI::IsMember({"text", "json", "sh"}));
    app.add_flag("--why", details, "with the reason, the shell line and the manual page of each step");
    const SplitArguments split = splitCommand(app, args, SandboxArguments::rootGiven(args) ? 0 : 1);
    if (const auto status = parseArguments(app, split.own))
        return *status;

    const HostFacts facts = probeHostFacts();
    const bool onTerminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    Result<SandboxSpec> spec = sandbox.spec(onTerminal, split.command);
    if (spec) // a plan touches nothing: what a launch would make first has a name already
        spec = nameBuiltins(std::move(*spec), facts);
    if (!spec)
        return report(spec.error());
    std::vector<Finding> findings = validate(*spec, facts, {.mounts = 4096, .layers = 500});
    if (!hasErrors(findings))
        std::ranges::move(foresee(*spec, facts), std::back_inserter(findings));
    if (!sandbox.quiet || hasErrors(findings))
        reportFindings(findings, false);
    if (hasErrors(findings))
        return ownFailure;
    const Result<Plan> plan = makePlan(*spec, facts);
    if (!plan)
        return report(plan.error());
    if (format == "json") {
        print(planToJson(*plan).dump(2) + "\n");
    } else if (format == "sh") {
        print(shellScript(*plan));
    } else {
        const StepStyle style{.colours = colours(STDOUT_FILENO)};
        std::string text = fmt::format("{} steps, in {}\n\n", plan->steps.size(), plan->userNamespace);
        for (std::size_t i = 0; i < plan->steps.size(); ++i)
            text += details ? stepDetails(*plan, i, style) : stepText(*plan, i, style);
        print(text);
    }
    return 0;
}

} // namespace pivotbench::app::cli
