// SPDX-License-Identifier: Apache-2.0
//
// pivotctl run: a spec, a sandbox, a command; its exit status is ours.
#include "app/cli/attend.h"
#include "app/cli/command.h"
#include "app/cli/foreseen.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/terminal_proxy.h"
#include "app/client/launch_request.h"
#include "core/host/host_facts.h"
#include "core/preset/builtins.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

std::vector<Finding> examine(const SandboxSpec &spec, const HostFacts &facts)
{
    return validate(spec, facts,
                    {.mounts = std::max(SpecLimits{}.mounts, spec.mounts.size()),
                     .layers = std::max<std::size_t>(SpecLimits{}.layers, 500)});
}

} // namespace

int runCommand(const std::vector<std::string> &args)
{
    CLI::App app(
        "Builds a sandbox and runs a command in it. The sandbox has its own mounts, processes, host name, network and "
        "(for an ordinary user) its own root; when the command ends, everything but a kept layer is gone.",
        "pivotctl run");
    app.footer("Examples:\n"
               "  pivotctl run busybox                                a shell in the BusyBox playground\n"
               "  pivotctl run this-system -- make test               your own system below, changes discarded\n"
               "  pivotctl run --rootfs ~/alpine --bind ~/src:/src:ro -- /bin/sh -c 'ls /src'\n"
               "  pivotctl run busybox --observe a.pbrec -- true      record every step with the mount table after it");
    SandboxArguments sandbox;
    sandbox.addTo(app);
    bool detached = false;
    bool dryRun = false;
    bool changes = false;
    std::string observe;
    app.add_flag("-d,--detach", detached, "return when it runs; \"pivotctl ps\" lists it");
    app.add_option("--observe", observe, "record every step in this file, for \"pivotctl show\"")
        ->type_name("OUT.pbrec");
    app.add_flag("--changes", changes, "when it has ended, list what it has changed in its root");
    app.add_flag("--dry-run", dryRun, "say what would be refused or is unsafe, and stop");
    const SplitArguments split = splitCommand(app, args, SandboxArguments::rootGiven(args) ? 0 : 1);
    if (const auto status = parseArguments(app, split.own))
        return *status;

    const bool onTerminal = !detached && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    Result<SandboxSpec> spec = sandbox.spec(onTerminal, split.command);
    if (!spec)
        return report(spec.error());
    // The helper validates in any case. What it does not refuse only matters where somebody reads it.
    const bool builtins = std::ranges::any_of(spec->root.layers, [](const Layer &layer) { return layer.path.empty(); });
    if (dryRun || !sandbox.quiet || builtins) {
        const HostFacts facts = probeHostFacts();
        spec = dryRun ? nameBuiltins(std::move(*spec), facts) : resolveBuiltins(std::move(*spec), facts);
        if (!spec)
            return report(spec.error());
        std::vector<Finding> findings = examine(*spec, facts);
        if (!hasErrors(findings) && (dryRun || !sandbox.quiet))
            std::ranges::move(foresee(*spec, facts), std::back_inserter(findings));
        if (dryRun)
            reportFindings(findings, true);
        else if (!sandbox.quiet || hasErrors(findings))
            reportBriefly(findings);
        if (hasErrors(findings))
            return ownFailure;
    }
    if (dryRun)
        return 0;
    if (detached && spec->process.terminal)
        return report(Error{.code = "arguments", .what = "a detached sandbox has no terminal", .hint = "leave -t out"});

    if (detached && changes)
        return report(Error{.code = "arguments",
                            .what = "--changes needs the end of the command",
                            .hint = "\"pivotctl changes SANDBOX\" lists those of one that runs"});

    const bool terminal = spec->process.terminal;
    LaunchRequest request(std::move(*spec), sandbox.name, windowSize());
    request.launch.holdChanges = changes;
    if (detached) {
        if (Status ready = request.detach(); !ready)
            return report(ready.error());
    } else if (!terminal) {
        request.passStreams();
    }
    if (!observe.empty()) {
        UniqueFd file(::open(observe.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file)
            return report(systemError("cannot make the recording", errno, observe).error());
        request.record(std::move(file));
    }
    const std::string socket = helperSocket();
    Result<HelperClient> client = HelperClient::connectOrStart(socket);
    if (!client)
        return report(client.error());
    if (Status sent = request.send(*client, !detached); !sent) {
        // Too long, or not text: a finding says which part, and what to do.
        const std::vector<Finding> findings = examine(request.launch.spec, probeHostFacts());
        if (!hasErrors(findings))
            return report(sent.error());
        reportBriefly(findings);
        return ownFailure;
    }
    if (!detached && !changes)
        return attend(*client, socket, sandbox.quiet);
    if (!detached) {
        std::string launched;
        const int status = attend(*client, socket, sandbox.quiet, &launched);
        if (!launched.empty())
            (void)listChangesOf(launched, false);
        return status;
    }

    Result<ReceivedReply> reply = client->next();
    if (!reply)
        return report(reply.error());
    if (const auto *failure = std::get_if<wire::Failure>(&reply->reply.body))
        return report(*failure);
    if (const auto *started = std::get_if<wire::Started>(&reply->reply.body))
        print(started->sandbox + "\n");
    return 0;
}

} // namespace pivotbench::app::cli
