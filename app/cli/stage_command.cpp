// SPDX-License-Identifier: Apache-2.0
//
// pivotctl stage: the Stage's pictures, films and page, without a display. The workbench paints them, because it has
// the fonts and icons; this command starts it and says what it is given. Needs no helper and no privilege.
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "core/base/text.h"
#include "core/preset/presets.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// Beside this program, else along PATH.
std::string workbenchProgram()
{
    std::array<char, 4096> buffer{};
    const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
    if (length > 0) {
        const std::string self(buffer.data(), static_cast<std::size_t>(length));
        std::string beside = self.substr(0, self.rfind('/')) + "/pivotbench";
        if (::access(beside.c_str(), X_OK) == 0)
            return beside;
    }
    return "pivotbench";
}

} // namespace

int stageCommand(const std::vector<std::string> &args)
{
    CLI::App app(
        "Writes what the Stage shows of a recording, or of the prediction for a sandbox: pictures of its steps,\n"
        "a film, or a page that plays it in any browser.",
        "pivotctl stage");
    app.footer(
        "Formats:\n"
        "  svg, png         a picture of each step, \"OUT-07.svg\"; with --step: of one\n"
        "  html             one file that plays in any browser, offline\n"
        "  apng, gif, webm  a film; webm needs ffmpeg\n\n"
        "Examples:\n"
        "  pivotctl stage bare-pivot --format html -o pivot.html\n"
        "  pivotctl run busybox --observe a.pbrec -- /bin/true && pivotctl stage a.pbrec --format apng -o a.png\n"
        "  pivotctl stage bare-pivot --format svg --step pivot-root -o pivot.svg");
    std::string source;
    std::string format;
    std::string out;
    std::string step;
    std::string theme;
    std::string size;
    app.add_option("FILE|PRESET", source, "a recording (.pbrec), a sandbox (.pbox), or a preset")->required();
    app.add_option("--format", format, "svg, png, html, apng, gif or webm")
        ->check(CLI::IsMember({"svg", "png", "html", "apng", "gif", "webm"}))
        ->required();
    app.add_option("-o,--output", out, "the file to write")->type_name("OUT")->required();
    app.add_option("--step", step, "of svg and png: only this step, by its number or id")->type_name("STEP");
    app.add_option("--theme", theme, "light (default) or dark; html has both")->check(CLI::IsMember({"light", "dark"}));
    app.add_option("--size", size, "pixels, 1280x720 by default; svg and html have none")->type_name("WxH");
    if (const auto status = parseArguments(app, args))
        return *status;

    const bool isFile = source.contains('/') || source.ends_with(".pbrec") || source.ends_with(".pbox");
    if (!isFile)
        if (const Result<SandboxSpec> preset = findPreset(source); !preset)
            return report(preset.error());
    std::vector<std::string> words{
        workbenchProgram(), "--export", out, "--format", format, "--theme", theme.empty() ? "light" : theme};
    if (!step.empty())
        words.insert(words.end(), {"--step", step});
    if (!size.empty())
        words.insert(words.end(), {"--size", size});
    if (isFile)
        words.insert(words.end(), {"--", source});
    else
        words.insert(words.end(), {"--preset", source});
    std::vector<char *> argv;
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    return report(Error{.code = "stage.workbench",
                        .what = "cannot start the workbench, which paints the pictures",
                        .errnum = errno,
                        .path = words[0],
                        .hint = "install the package pivotbench"});
}

} // namespace pivotbench::app::cli
