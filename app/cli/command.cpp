// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"

#include "core/base/text.h"

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

bool colours(int fd)
{
    const char *refused = std::getenv("NO_COLOR");
    return ::isatty(fd) == 1 && (!refused || *refused == '\0');
}

namespace {

std::string bold(std::string_view text, int fd, std::string_view colour)
{
    return colours(fd) ? fmt::format("\x1b[1;{}m{}\x1b[0m", colour, text) : std::string(text);
}

} // namespace

int report(const Error &error)
{
    fmt::print(stderr, "{} {}\n", bold("pivotctl:", STDERR_FILENO, "31"), describe(error));
    if (error.code == "exec.notFound")
        return notFound;
    return error.code == "exec.notRunnable" ? notRunnable : ownFailure;
}

int report(const wire::Failure &failure)
{
    reportFindings(failure.findings, false);
    Error error = failure.error;
    if (error.what.empty())
        error.what = "the helper refused: " + failure.name;
    return report(error);
}

void reportFindings(const std::vector<Finding> &findings, bool notes)
{
    for (const Finding &finding : findings) {
        if (finding.severity == Severity::Note && !notes)
            continue;
        const char *colour = finding.severity == Severity::Error     ? "31"
                             : finding.severity == Severity::Warning ? "33"
                                                                     : "36";
        const std::string field = finding.field.empty() ? std::string() : printable(finding.field) + ": ";
        fmt::print(stderr, "{} {}{}\n", bold(fmt::format("{}:", severityWord(finding.severity)), STDERR_FILENO, colour),
                   field, printable(finding.reason));
        if (!finding.fix.empty())
            fmt::print(stderr, "  fix: {}\n", printable(finding.fix));
    }
}

void reportBriefly(const std::vector<Finding> &findings)
{
    std::vector<std::string> fields;
    std::vector<Finding> errors;
    for (const Finding &finding : findings) {
        if (finding.severity == Severity::Warning)
            fields.push_back(finding.field);
        if (finding.severity == Severity::Error)
            errors.push_back(finding);
    }
    reportFindings(errors, false);
    if (!fields.empty())
        fmt::print(stderr, "{} {} unsafe or surprising {}: {} (--dry-run explains)\n",
                   bold("warning:", STDERR_FILENO, "33"), fields.size(), fields.size() == 1 ? "choice" : "choices",
                   printable(join(fields, ", ")));
}

void print(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t wrote = ::write(STDOUT_FILENO, text.data(), text.size());
        if (wrote < 0)
            std::exit(ownFailure);
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

} // namespace pivotbench::app::cli
