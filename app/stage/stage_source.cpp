// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_source.h"

#include "core/base/file.h"
#include "core/kernel/host_files.h"
#include "core/kernel/predict.h"
#include "core/spec/spec_json.h"

#include <QFile>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

namespace {

/// A plan from outside may be of any length; beyond this it is none that anybody has launched.
constexpr std::size_t mostComparedSteps = 2000;
constexpr std::size_t mostComparedRows = 20'000; ///< of the table that it begins with

/// What is there before the first thing that is wrong, and what is wrong.
std::optional<Error> read(const QString &path, Recording &recording, const std::stop_token &stop)
{
    const std::string name = QFile::encodeName(path).toStdString();
    const Result<std::string> text = readFile(name, RecordingLimits{}.fileBytes);
    if (!text)
        return text.error();
    RecordingReader reader;
    Status status;
    constexpr std::size_t piece = 1 << 20;
    for (std::size_t at = 0; status && at < text->size() && !stop.stop_requested(); at += piece)
        status = reader.append(std::string_view(*text).substr(at, piece));
    if (stop.stop_requested())
        return Error{.code = "cancelled", .what = "it was stopped"};
    if (status && !reader.hasHeader())
        status = failure("recording.format", text->empty() ? "the file is empty" : "is cut off within its first line");
    if (reader.hasHeader())
        recording = reader.take();
    if (status && recording.frames.empty())
        status = failure("recording.empty", "holds no step", {},
                         "record a launch: pivotctl run SANDBOX --observe FILE.pbrec -- COMMAND");
    if (status)
        return std::nullopt;
    status.error().path = name;
    return wrap(std::move(status.error()), "opening the recording").error();
}

} // namespace

StageSource loadStage(const QString &path, const std::stop_token &stop)
{
    StageSource source{.kind = StageSource::Kind::Recording, .path = path};
    Recording recording;
    source.error = read(path, recording, stop);
    if (!recording.frames.empty())
        source.staged = makeStaged(std::make_shared<const Recording>(std::move(recording)));
    if (stop.stop_requested()) {
        source.staged = nullptr;
        source.error = Error{.code = "cancelled", .what = "it was stopped"};
    }
    return source;
}

/// As far as the recording tells its machine; with the privileges of this one's user.
std::optional<Recording> foretellAgain(const Recording &recording)
{
    if (recording.header.origin != "kernel" || recording.frames.empty() || !recording.frames.front().initial ||
        recording.header.plan.steps.size() > mostComparedSteps ||
        recording.frames.front().table->size() > mostComparedRows)
        return std::nullopt;
    const HostFacts facts = probeHostFacts();
    return kernel::predict(recording.header.plan, facts,
                           kernel::machineOf(*recording.frames.front().table, kernel::readerOf(facts),
                                             std::make_shared<const kernel::AssumedFiles>()),
                           recording.header.spec)
        .recording;
}

std::vector<FrameMismatch> compareStage(const Recording &recording, const Recording &predicted, bool grows)
{
    std::vector<FrameMismatch> mismatches = matchRecordings(predicted, recording);
    std::erase_if(mismatches, [&](const FrameMismatch &mismatch) {
        if (mismatch.observed >= recording.frames.size())
            return grows;
        // A directory that is there now may not have been there then, which the recording does not tell.
        return mismatch.predicted < predicted.frames.size() &&
               predicted.frames[mismatch.predicted].skipped != recording.frames[mismatch.observed].skipped &&
               std::ranges::count(mismatch.text, '\n') <= 1;
    });
    return mismatches;
}

StageSource foretellStage(const Analysis &analysis, const HostFacts &facts)
{
    StageSource source;
    if (!analysis.plan)
        return source;
    Result<kernel::Machine> machine = kernel::thisMachine(facts);
    if (!machine) {
        source.error = std::move(machine.error());
        return source;
    }
    kernel::Prediction prediction =
        kernel::predict(*analysis.plan, facts, std::move(*machine), writeSpecCompact(analysis.resolved),
                        kernel::TablesIn::EveryFrame, kernel::Machines::Kept);
    source.uncertain = prediction.refusal && prediction.refusal->cause == kernel::Cause::Unknown;
    std::vector<std::shared_ptr<const stage::MomentMachine>> machines;
    for (kernel::Machine &behind : prediction.machines)
        machines.push_back(std::make_shared<const stage::MomentMachine>(
            stage::MomentMachine{std::move(behind), stage::RowNumbers(), true}));
    source.staged =
        makeStaged(std::make_shared<const Recording>(std::move(prediction.recording)), nullptr, std::move(machines));
    return source;
}

StageSource foretellSpec(const SandboxSpec &spec, const HostFacts &facts)
{
    const Analysis analysis = analyse(spec, facts, 0);
    StageSource source = foretellStage(analysis, facts);
    if (source.staged || source.error)
        return source;
    const auto wrong = std::ranges::find(analysis.findings, Severity::Error, &Finding::severity);
    if (wrong != analysis.findings.end())
        source.error = Error{.code = wrong->id, .what = wrong->field + ": " + wrong->reason, .hint = wrong->fix};
    return source;
}

} // namespace pivotbench::app
