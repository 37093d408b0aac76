// SPDX-License-Identifier: Apache-2.0
//
// pivotctl show: a recording, looked at. Needs no helper and no privilege.
#include "app/cli/command.h"
#include "app/cli/mount_view.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/step_view.h"
#include "core/base/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// Position of the frame of a step; frames.size() when it is not there.
std::size_t frameOf(const Recording &recording, const std::string &step)
{
    if (step == "0")
        return 0;
    const std::size_t wanted = recording.header.plan.find(step);
    for (std::size_t i = 0; i < recording.frames.size(); ++i)
        if (!recording.frames[i].initial && recording.frames[i].step == wanted)
            return i;
    return recording.frames.size();
}

} // namespace

int showCommand(const std::vector<std::string> &args)
{
    CLI::App app(
        "Shows what a recording holds: every step, what it changed in the mount table, and where root and working "
        "directory stood.",
        "pivotctl show");
    app.footer("Formats:\n"
               "  text       all steps with their changes; with --step: one step with its whole mount table as a tree\n"
               "  json       an object a line: {\"tool\", \"kernel\", \"steps\", …}, then the state at the beginning\n"
               "             and after each step (or only that of --step)\n"
               "  mountinfo  the mount table after the step, as the kernel printed it (the last one without --step)");
    std::string file;
    std::string step;
    std::string format = "text";
    app.add_option("FILE", file, "a .pbrec file, written by \"pivotctl run --observe\"")->required();
    app.add_option("--step", step, "number or id of a step; 0 is the state before the first one")->type_name("N");
    app.add_option("--format", format, "text, json or mountinfo")->check(CLI::IsMember({"text", "json", "mountinfo"}));
    if (const auto status = parseArguments(app, args))
        return *status;

    const Result<Recording> recording = loadRecording(file);
    if (!recording)
        return report(recording.error());
    const Plan &plan = recording->header.plan;
    const std::vector<Frame> &frames = recording->frames;
    if (recording->truncated)
        fmt::print(stderr, "pivotctl: the recording was cut off; what is whole is shown\n");
    if (frames.empty())
        return report(Error{.code = "recording", .what = "the recording holds no frame", .path = file});
    std::size_t at = step.empty() ? frames.size() - 1 : frameOf(*recording, step);
    if (at == frames.size())
        return report(
            Error{.code = "recording", .what = fmt::format("the recording holds no step \"{}\"", step), .path = file});

    const StepStyle style{.colours = colours(STDOUT_FILENO)};
    if (format == "mountinfo") {
        print(mountinfoText(*frames[at].table));
    } else if (format == "json") {
        std::string text = step.empty() ? headerJson(*recording) + "\n" : std::string();
        for (std::size_t i = 0; i < frames.size(); ++i)
            if (step.empty() || i == at)
                text += frameJson(plan, frames[i]) + "\n";
        print(text);
    } else if (!step.empty()) {
        std::string text = frames[at].initial ? std::string() : stepDetails(plan, frames[at].step, style);
        text +=
            frameText(plan, at > 0 ? &frames[at - 1] : nullptr, frames[at], style) + causesText(*recording, at) + "\n";
        text += mountTree(*frames[at].table, {.width = 0, .colours = style.colours});
        print(text);
    } else {
        print(recordingText(*recording, style));
    }
    return 0;
}

} // namespace pivotbench::app::cli
