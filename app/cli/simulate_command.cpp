// SPDX-License-Identifier: Apache-2.0
//
// pivotctl simulate: what run would do, predicted by the kernel model. Needs no helper and no privilege.
#include "app/cli/command.h"
#include "app/cli/model_machine.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/step_view.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/kernel/predict.h"
#include "core/plan/planner.h"
#include "core/preset/builtins.h"
#include "core/recording/recording_match.h"
#include "core/spec/spec_json.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// Prints where the two differ; 0 when nowhere.
int compare(const Recording &predicted, const Recording &observed)
{
    const std::vector<FrameMismatch> mismatches = matchRecordings(predicted, observed);
    if (mismatches.empty()) {
        print(fmt::format("The kernel did what the model says, in all {} frames.\n", predicted.frames.size()));
        return 0;
    }
    std::string text;
    for (const FrameMismatch &mismatch : mismatches) {
        const Recording &one = mismatch.predicted < predicted.frames.size() ? predicted : observed;
        const Frame &frame = one.frames[&one == &predicted ? mismatch.predicted : mismatch.observed];
        text += frame.initial
                    ? "before the first step:\n"
                    : fmt::format("step {} ({}):\n", frame.step + 1, printable(one.header.plan.steps[frame.step].id));
        for (const std::string_view line : split(mismatch.text, '\n'))
            if (!line.empty())
                text += fmt::format("  {}\n", line);
    }
    print(text);
    return 1;
}

} // namespace

int simulateCommand(const std::vector<std::string> &args)
{
    CLI::App app("Predicts every step of \"pivotctl run\" with the same arguments, with the mount table after it, by a "
                 "model of the kernel. Touches nothing; needs neither privilege nor a helper.",
                 "pivotctl simulate");
    app.footer(
        "Examples:\n"
        "  pivotctl simulate busybox                          each step and what it would change\n"
        "  pivotctl simulate busybox -o a.pbrec               for \"pivotctl show\"\n"
        "  pivotctl simulate busybox --against real.pbrec     where prediction and kernel differ: exit status 1\n"
        "  pivotctl simulate busybox --table mountinfo.txt    on another machine's mounts\n");
    SandboxArguments sandbox;
    sandbox.addTo(app);
    std::string against;
    std::string output;
    std::string tableFile;
    std::string format = "text";
    app.add_option("--against", against, "compare with what the kernel did")->type_name("FILE.pbrec");
    app.add_option("-o,--output", output, "write the predicted recording here")->type_name("OUT.pbrec");
    app.add_option("--table", tableFile, "a saved /proc/PID/mountinfo instead of this machine's")->type_name("FILE");
    app.add_option("--format", format, "text or json, as in \"pivotctl show\"")->check(CLI::IsMember({"text", "json"}));
    const SplitArguments split = splitCommand(app, args, SandboxArguments::rootGiven(args) ? 0 : 1);
    if (const auto status = parseArguments(app, split.own))
        return *status;

    const HostFacts facts = probeHostFacts();
    Result<SandboxSpec> spec = sandbox.spec(false, split.command);
    if (spec)
        spec = nameBuiltins(std::move(*spec), facts);
    if (!spec)
        return report(spec.error());
    Result<Plan> plan = makePlan(*spec, facts);
    if (!plan)
        return report(plan.error());
    std::optional<Recording> observed;
    if (!against.empty()) {
        Result<Recording> loaded = loadRecording(against);
        if (!loaded)
            return report(loaded.error());
        // What was launched is what is predicted, whatever the arguments have become since.
        plan = loaded->header.plan;
        observed = std::move(*loaded);
    }
    Result<kernel::Machine> machine = modelMachine(tableFile, facts);
    if (!machine)
        return report(machine.error());
    const kernel::Prediction prediction = kernel::predict(*plan, facts, std::move(*machine), writeSpecCompact(*spec));
    const Recording &recording = prediction.recording;
    if (!output.empty()) {
        RecordingWriter writer;
        std::string text = writer.header(recording.header);
        for (const Frame &frame : recording.frames)
            text += writer.frame(frame);
        if (Status written = replaceFile(output, text); !written)
            return report(written.error());
    }
    if (observed)
        return compare(recording, *observed);
    if (!output.empty())
        return 0;
    if (format == "json") {
        std::string text = headerJson(recording) + "\n";
        for (const Frame &frame : recording.frames)
            text += frameJson(*plan, frame) + "\n";
        print(text);
    } else {
        print(recordingText(recording, {.colours = colours(STDOUT_FILENO)}));
    }
    return prediction.refusal ? 1 : 0;
}

} // namespace pivotbench::app::cli
