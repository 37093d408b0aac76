// SPDX-License-Identifier: Apache-2.0
//
// pivotctl export: the same sandbox in the words of other tools.
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "core/export/export.h"
#include "core/preset/builtins.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

int exportCommand(const std::vector<std::string> &args)
{
    CLI::App app("Prints the sandbox that \"pivotctl run\" with the same arguments would build in the words of another "
                 "tool. What that tool cannot do, or does otherwise, is said on standard error, field by field, and "
                 "stands as comments in the text where it has comments. Makes at most a built-in root, in "
                 "your cache.",
                 "pivotctl export");
    app.footer("Forms:\n"
               "  bwrap     a shell script around one command line of bubblewrap, 0.8 or later\n"
               "  unshare   a shell script around one command line of unshare(1), for an ordinary user\n"
               "  oci       config.json of a bundle, for runc and crun (\"plan --format sh\" is a script for root)\n"
               "\n"
               "Exit status: 0 when the text is printed, whatever is lost; 125 when there is none.\n"
               "\n"
               "  pivotctl export bwrap busybox > box.sh && sh box.sh\n"
               "  mkdir bundle && pivotctl export oci busybox -- id > bundle/config.json && runc run -b bundle box");
    std::string word;
    app.add_option("FORM", word, "bwrap, unshare or oci")
        ->required()
        ->check(CLI::IsMember({"bwrap", "unshare", "oci"}));
    SandboxArguments sandbox;
    sandbox.addTo(app);
    const SplitArguments split = splitCommand(app, args, SandboxArguments::rootGiven(args) ? 1 : 2);
    if (const auto status = parseArguments(app, split.own))
        return *status;

    const HostFacts facts = probeHostFacts();
    const bool onTerminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    Result<SandboxSpec> spec = sandbox.spec(onTerminal, split.command);
    if (spec) // made, where it is missing: what is printed is to be run
        spec = resolveBuiltins(std::move(*spec), facts);
    if (!spec)
        return report(spec.error());
    const std::vector<Finding> findings = validate(*spec, facts, {.mounts = 4096, .layers = 500});
    if (hasErrors(findings)) {
        reportFindings(findings, false);
        return ownFailure;
    }
    const std::optional<ExportForm> form = exportForm(word);
    const Result<Export> made = exportAs(form.value_or(ExportForm::Bwrap), *spec, facts);
    if (!made)
        return report(made.error());
    print(made->text);
    if (!sandbox.quiet)
        for (const Loss &loss : made->losses)
            fmt::print(stderr, "pivotctl: not in it: {}\n", lossText(loss));
    return 0;
}

} // namespace pivotbench::app::cli
