// SPDX-License-Identifier: Apache-2.0
#include "app/cli/step_view.h"

#include "app/cli/mount_view.h"
#include "core/base/text.h"
#include "core/explain/explainer.h"
#include "core/kernel/diagnose.h"
#include "core/kernel/host_files.h"
#include "core/mount/table_diff.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace pivotbench::app::cli {

using namespace core;

namespace {

std::string paint(std::string_view text, const char *colour, const StepStyle &style)
{
    return style.colours ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

std::string indented(std::string_view text, std::string_view by)
{
    std::string out;
    for (const std::string_view line : split(text, '\n'))
        if (!line.empty())
            out += fmt::format("{}{}\n", by, line);
    return out;
}

std::string diffText(const std::string &diff, const StepStyle &style)
{
    std::string out;
    for (const std::string_view line : split(diff, '\n')) {
        if (line.empty())
            continue;
        const char *colour = line.front() == '+' ? "32" : line.front() == '-' ? "31" : "33";
        out += fmt::format("      {}\n", paint(line, colour, style));
    }
    return out;
}

/// "812 µs", "1.3 ms".
std::string duration(std::uint64_t nanoseconds)
{
    if (nanoseconds < 1'000'000)
        return fmt::format("{} µs", nanoseconds / 1000);
    return fmt::format("{:.1f} ms", static_cast<double>(nanoseconds) / 1e6);
}

/// Whether the only thing that happened to the table is that a new mount namespace got a copy of it: other ids, same
/// mounts.
bool copiedTable(const Frame &before, const Frame &after)
{
    const auto namespaceOf = [](const Frame &frame) {
        const auto found = frame.namespaces.find("mnt");
        return found == frame.namespaces.end() ? 0 : found->second;
    };
    const auto places = [](const MountTable &table) {
        std::multiset<std::string> out;
        for (const MountEntry &entry : table.entries())
            out.insert(fmt::format("{} {} {}:{} {}", entry.mountPoint, entry.root, entry.deviceMajor, entry.deviceMinor,
                                   entry.options));
        return out;
    };
    return namespaceOf(before) != namespaceOf(after) && places(*before.table) == places(*after.table);
}

std::string anchorText(const char *name, const Anchor *before, const Anchor &now)
{
    if (before && *before == now)
        return {};
    const std::string from = before ? fmt::format("{} (mount {}) → ", printable(before->path), before->mountId) : "";
    return fmt::format("      {}: {}{} (mount {})\n", name, from, printable(now.path), now.mountId);
}

} // namespace

std::string stepText(const Plan &plan, std::size_t index, const StepStyle &style)
{
    const Step &step = plan.steps[index];
    const Explanation explanation = explain(plan, step);
    std::string out = fmt::format("{:>3}  {:<13} {}  {}\n", index + 1, phaseWord(step.phase),
                                  paint(printable(explanation.title), "1", style),
                                  paint(fmt::format("[{}]", printable(step.id)), "2", style));
    out += indented(printable(explanation.call, true), "       ");
    return out;
}

std::string stepDetails(const Plan &plan, std::size_t index, const StepStyle &style)
{
    const Step &step = plan.steps[index];
    const Explanation explanation = explain(plan, step);
    std::string out = stepText(plan, index, style);
    out += fmt::format("       shell   {}\n", printable(explanation.shell));
    out += fmt::format("       why     {}\n", printable(explanation.why));
    out += fmt::format("       manual  {}\n", printable(explanation.manual));
    out += fmt::format("       cause   {}\n", printable(step.cause));
    return out;
}

std::string frameText(const Plan &plan, const Frame *before, const Frame &frame, const StepStyle &style)
{
    std::string out;
    if (frame.initial) {
        out = fmt::format("  0  before        {}\n", paint("Where it begins: the host's own mounts", "1", style));
        out += fmt::format("      {} mounts, root {}, cwd {}\n", frame.table->size(), printable(frame.root.path),
                           printable(frame.cwd.path));
        return out;
    }
    out = stepText(plan, frame.step, style);
    if (frame.error) {
        out += fmt::format("      {}\n", paint("failed: " + describe(*frame.error), "31", style));
    } else {
        out += fmt::format("      {}\n", paint(fmt::format("{}, {}", frame.skipped ? "nothing to do" : "done",
                                                           duration(frame.durationNanoseconds)),
                                               frame.skipped ? "2" : "32", style));
    }
    if (before) {
        if (copiedTable(*before, frame))
            out += fmt::format(
                "      {}\n",
                paint(fmt::format("= all {} mounts, as copies of their own in the new namespace", frame.table->size()),
                      "32", style));
        else
            out += diffText(formatDiff(diffTables(*before->table, *frame.table), *before->table, *frame.table), style);
        for (const auto &[name, inode] : frame.namespaces) {
            const auto was = before->namespaces.find(name);
            if (was != before->namespaces.end() && was->second != inode)
                out += fmt::format("      namespace {}: {} → {}\n", printable(name), was->second, inode);
        }
        if (before->uid != frame.uid || before->gid != frame.gid)
            out += fmt::format("      uid {} → {}, gid {} → {}\n", before->uid, frame.uid, before->gid, frame.gid);
    }
    out += anchorText("root", before ? &before->root : nullptr, frame.root);
    out += anchorText("cwd", before ? &before->cwd : nullptr, frame.cwd);
    return out;
}

std::string causesText(const Recording &recording, std::size_t index)
{
    const Plan &plan = recording.header.plan;
    const Frame &frame = recording.frames[index];
    if (!frame.error || frame.step >= plan.steps.size())
        return {};
    std::string out;
    // A launch ends with its first failure: more of them are forged, and each would cost a model.
    std::vector<kernel::Diagnosis> diagnoses;
    if (index + 1 == recording.frames.size())
        diagnoses = kernel::diagnoseFrame(recording, index, std::make_shared<const kernel::AssumedFiles>());
    for (const kernel::Diagnosis &diagnosis : diagnoses) {
        const kernel::CauseText &text = kernel::textOf(diagnosis.cause);
        switch (diagnosis.verdict) {
        case kernel::Diagnosis::Verdict::Applies:
            out += fmt::format("      ✓ {}\n        fix: {}  [{}]\n", text.when, text.fix, text.manual);
            break;
        case kernel::Diagnosis::Verdict::DoesNot: out += fmt::format("      ✗ {}\n", text.when); break;
        case kernel::Diagnosis::Verdict::Undecided: out += fmt::format("      ? {}\n", text.when); break;
        }
    }
    if (diagnoses.empty())
        for (const ErrorCause &cause : causesOf(plan.steps[frame.step], frame.error->errnum))
            out += fmt::format("      possible: {}\n           fix: {}  [{}]\n", cause.when, cause.fix, cause.manual);
    return out;
}

std::string recordingText(const Recording &recording, const StepStyle &style)
{
    const Plan &plan = recording.header.plan;
    const std::vector<Frame> &frames = recording.frames;
    std::string text =
        fmt::format("{}: {} steps on kernel {}, {}\nin {}\n\n", printable(plan.name), plan.steps.size(),
                    printable(recording.header.kernel), recording.header.origin == "kernel" ? "observed" : "predicted",
                    printable(plan.userNamespace));
    for (std::size_t i = 0; i < frames.size(); ++i)
        text += frameText(plan, i > 0 ? &frames[i - 1] : nullptr, frames[i], style) + causesText(recording, i);
    return text + fmt::format("\nThe mounts at the end:\n{}",
                              mountTree(*frames.back().table, {.width = 0, .colours = style.colours}));
}

std::string headerJson(const Recording &recording)
{
    const RecordingHeader &header = recording.header;
    const nlohmann::ordered_json json{
        {"tool", printable(header.tool)},      {"kernel", printable(header.kernel)},
        {"origin", printable(header.origin)},  {"started", printable(header.started)},
        {"name", printable(header.plan.name)}, {"userNamespace", printable(header.plan.userNamespace)},
        {"steps", header.plan.steps.size()},   {"truncated", recording.truncated}};
    return json.dump();
}

std::string frameJson(const Plan &plan, const Frame &frame)
{
    using nlohmann::ordered_json;
    const auto anchor = [](const Anchor &value) {
        return ordered_json{{"path", printable(value.path)}, {"mountId", value.mountId}};
    };
    ordered_json json;
    const bool known = !frame.initial && frame.step < plan.steps.size();
    json["step"] = frame.initial ? ordered_json() : ordered_json(frame.step + 1);
    json["id"] = known ? ordered_json(printable(plan.steps[frame.step].id)) : ordered_json();
    json["phase"] = known ? ordered_json(phaseWord(plan.steps[frame.step].phase)) : ordered_json();
    json["initial"] = frame.initial;
    json["skipped"] = frame.skipped;
    json["error"] = ordered_json();
    if (frame.error)
        json["error"] = {{"code", printable(frame.error->code)},
                         {"what", printable(frame.error->what)},
                         {"errno", frame.error->errnum == 0 ? std::string() : errnoName(frame.error->errnum)},
                         {"path", printable(frame.error->path)},
                         {"hint", printable(frame.error->hint)}};
    json["nanoseconds"] = frame.nanoseconds;
    json["durationNanoseconds"] = frame.durationNanoseconds;
    json["pid"] = frame.pid;
    json["uid"] = frame.uid;
    json["gid"] = frame.gid;
    json["root"] = anchor(frame.root);
    json["cwd"] = anchor(frame.cwd);
    json["namespaces"] = frame.namespaces;
    json["mounts"] = ordered_json::parse(mountJson(*frame.table))["mounts"];
    return json.dump();
}

} // namespace pivotbench::app::cli
