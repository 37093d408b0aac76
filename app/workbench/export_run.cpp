// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/export_run.h"

#include "app/stage/stage_export.h"
#include "app/stage/stage_source.h"
#include "core/base/file.h"
#include "core/host/host_facts.h"
#include "core/preset/presets.h"
#include "core/spec/spec_json.h"
#include "core/words/language.h"

#include <QFile>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app {

using namespace core;

namespace {

volatile std::sig_atomic_t stopped = 0; ///< by a signal: what is half written goes away

Result<SandboxSpec> specOf(const CommandLine &line)
{
    if (!line.preset.isEmpty())
        return findPreset(line.preset.toStdString());
    return loadSpec(QFile::encodeName(line.files.front()).toStdString());
}

/// The recording in the file, or the prediction for the sandbox.
StageSource sourceOf(const CommandLine &line)
{
    if (line.preset.isEmpty() && line.files.front().endsWith(".pbrec"))
        return loadStage(line.files.front());
    StageSource source;
    const Result<SandboxSpec> spec = specOf(line);
    if (!spec) {
        source.error = spec.error();
        return source;
    }
    return foretellSpec(*spec, probeHostFacts());
}

} // namespace

int runExport(const CommandLine &line)
{
    useLanguageOf("en"); // as whatever goes into files
    const StageSource source = sourceOf(line);
    if (source.error)
        fmt::print(stderr, "pivotbench: {}\n", describe(*source.error));
    if (!source.staged)
        return 1;
    const char *form = line.progress ? "{} of {}\n" : ::isatty(STDERR_FILENO) == 1 ? "\r{} of {}" : "";
    for (const int number : {SIGTERM, SIGINT})
        ::signal(number, [](int) { stopped = 1; });
    const Status done = exportStage(*source.staged,
                                    {.format = *stageFormatOf(line.format),
                                     .path = line.exportTo,
                                     .step = line.step,
                                     .size = line.size.value_or(QSize(1280, 720)),
                                     .dark = line.theme == Theme::Dark},
                                    [form](std::size_t frame, std::size_t total) {
                                        fmt::print(stderr, fmt::runtime(form), frame, total);
                                        return stopped == 0;
                                    });
    if (form[0] == '\r')
        fmt::print(stderr, "\n");
    if (!done)
        fmt::print(stderr, "pivotbench: {}\n", describe(done.error()));
    return done ? 0 : 1;
}

} // namespace pivotbench::app
