// SPDX-License-Identifier: Apache-2.0
//
// pivotctl ps, exec, signal, stop, wait, rm: sandboxes that exist already, whoever launched them.
#include "app/cli/attend.h"
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/terminal_proxy.h"
#include "core/base/text.h"
#include "core/host/host_facts.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// One call with one reply. Nobody listening means that there is no sandbox either.
Result<wire::ReplyBody> ask(wire::Method method)
{
    Result<HelperClient> client = HelperClient::connect(helperSocket());
    if (!client) {
        if (client.error().code == "helper.absent")
            return failure("sandbox.unknown", "there is no sandbox: the helper does not run");
        return std::unexpected(client.error());
    }
    if (Status sent = client->call({.method = std::move(method)}); !sent)
        return std::unexpected(sent.error());
    Result<ReceivedReply> reply = client->next();
    if (!reply)
        return std::unexpected(reply.error());
    return std::move(reply->reply.body);
}

/// For calls that only say Done.
int perform(wire::Method method)
{
    const Result<wire::ReplyBody> body = ask(std::move(method));
    if (!body)
        return report(body.error());
    if (const auto *failure = std::get_if<wire::Failure>(&*body))
        return report(*failure);
    return 0;
}

const char *stateWord(wire::SandboxState state)
{
    switch (state) {
    case wire::SandboxState::Building: return "building";
    case wire::SandboxState::Stopped: return "stopped";
    case wire::SandboxState::Running: return "running";
    case wire::SandboxState::Ended: return "ended";
    }
    return "";
}

std::string endText(const wire::SandboxInfo &info)
{
    if (info.signal)
        return fmt::format("signal {}", *info.signal);
    return info.status ? fmt::format("exit {}", *info.status) : std::string();
}

std::string listText(const std::vector<wire::SandboxInfo> &sandboxes)
{
    std::string out =
        fmt::format("{:<28} {:<9} {:>8}  {:<20}  {:<11} {}\n", "SANDBOX", "STATE", "PID", "STARTED", "END", "COMMAND");
    for (const wire::SandboxInfo &info : sandboxes)
        out += fmt::format("{:<28} {:<9} {:>8}  {:<20}  {:<11} {}\n", printable(info.sandbox), stateWord(info.state),
                           info.pid == 0 ? std::string("-") : std::to_string(info.pid), info.started, endText(info),
                           printable(join(info.args, " ")));
    return out;
}

std::string listJson(const std::vector<wire::SandboxInfo> &sandboxes)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const wire::SandboxInfo &info : sandboxes) {
        nlohmann::ordered_json args = nlohmann::ordered_json::array();
        for (const std::string &arg : info.args)
            args.push_back(printable(arg, true));
        list.push_back({{"sandbox", info.sandbox},
                        {"specName", printable(info.specName)},
                        {"state", stateWord(info.state)},
                        {"pid", info.pid},
                        {"started", info.started},
                        {"status", info.status ? nlohmann::ordered_json(*info.status) : nlohmann::ordered_json()},
                        {"signal", info.signal ? nlohmann::ordered_json(*info.signal) : nlohmann::ordered_json()},
                        {"args", std::move(args)}});
    }
    return nlohmann::ordered_json{{"sandboxes", std::move(list)}}.dump(2) + "\n";
}

/// "TERM", "SIGTERM" or "15".
std::optional<int> signalNumber(std::string word)
{
    if (word.starts_with("SIG"))
        word.erase(0, 3);
    for (int signal = 1; signal < NSIG; ++signal) {
        const char *name = ::sigabbrev_np(signal);
        if ((name && word == name) || word == std::to_string(signal))
            return signal;
    }
    return std::nullopt;
}

} // namespace

int psCommand(const std::vector<std::string> &args)
{
    CLI::App app("Lists your sandboxes, those started by the workbench too. One that ended unheard, detached or left "
                 "by its client, "
                 "stays until \"pivotctl rm\", or until the helper has been idle for a while.",
                 "pivotctl ps");
    app.footer("JSON: {\"sandboxes\": [{\"sandbox\", \"specName\", \"state\": "
               "\"building\"|\"stopped\"|\"running\"|\"ended\", \"pid\",\n"
               "       \"started\", \"status\": N|null, \"signal\": N|null, \"args\": []}]}");
    std::string format = "text";
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    Result<wire::ReplyBody> body = ask(wire::List{});
    std::vector<wire::SandboxInfo> sandboxes;
    if (!body && body.error().code != "sandbox.unknown")
        return report(body.error());
    if (body) {
        if (const auto *failure = std::get_if<wire::Failure>(&*body))
            return report(*failure);
        if (auto *list = std::get_if<wire::Sandboxes>(&*body))
            sandboxes = std::move(list->sandboxes);
    }
    print(format == "json" ? listJson(sandboxes) : listText(sandboxes));
    return 0;
}

int execCommand(const std::vector<std::string> &args)
{
    CLI::App app("Runs another command in a running sandbox, with the same ids, capabilities and filters as its own.",
                 "pivotctl exec");
    wire::Exec exec;
    bool terminal = false;
    bool noTerminal = false;
    app.add_option("SANDBOX", exec.sandbox, "name of the sandbox")->required();
    app.add_option("--env", exec.env, "an environment variable, besides the sandbox's own")
        ->type_name("K=V")
        ->expected(1)
        ->take_all();
    app.add_option("--cwd", exec.cwd, "where the command begins")->type_name("DIR");
    app.add_flag("-t,--terminal", terminal, "with a terminal of the sandbox's own; the default on a terminal");
    app.add_flag("-T,--no-terminal", noTerminal, "without one");
    const SplitArguments split = splitCommand(app, args, 1);
    if (const auto status = parseArguments(app, split.own))
        return *status;
    exec.args = split.command.empty() ? std::vector<std::string>{"/bin/sh"} : split.command;
    exec.terminal = terminal || (!noTerminal && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1);
    exec.window = windowSize();
    std::vector<int> descriptors;
    if (!exec.terminal) {
        exec.streams = wire::StandardStreams{0, 1, 2};
        descriptors = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    }
    const std::string socket = helperSocket();
    Result<HelperClient> client = HelperClient::connect(socket);
    if (!client)
        return report(client.error().code == "helper.absent"
                          ? Error{.code = "sandbox.unknown", .what = "there is no sandbox: the helper does not run"}
                          : client.error());
    if (Status sent = client->call({.method = std::move(exec), .more = true}, descriptors); !sent)
        return report(sent.error());
    return attend(*client, socket, true);
}

int signalCommand(const std::vector<std::string> &args)
{
    CLI::App app("Sends a signal to a sandbox's command, or with --all to every process in it.", "pivotctl signal");
    wire::Signal request;
    std::string word;
    app.add_option("SANDBOX", request.sandbox, "name of the sandbox")->required();
    app.add_option("SIGNAL", word, "such as TERM, SIGUSR1 or 15")->required();
    app.add_flag("--all", request.everyProcess, "to every process of the sandbox");
    if (const auto status = parseArguments(app, args))
        return *status;
    const std::optional<int> number = signalNumber(word);
    if (!number)
        return report(Error{.code = "arguments", .what = fmt::format("there is no signal \"{}\"", word)});
    request.signal = *number;
    return perform(std::move(request));
}

int stopCommand(const std::vector<std::string> &args)
{
    CLI::App app("Ends a sandbox: SIGTERM to its command and, if it has not ended in time, SIGKILL to all of it.",
                 "pivotctl stop");
    std::string sandbox;
    int seconds = 10;
    app.add_option("SANDBOX", sandbox, "name of the sandbox")->required();
    app.add_option("--timeout", seconds, "seconds to wait before SIGKILL")->type_name("N")->check(CLI::Range(0, 3600));
    if (const auto status = parseArguments(app, args))
        return *status;
    Result<HelperClient> waiting = HelperClient::connect(helperSocket());
    if (!waiting)
        return report(waiting.error());
    if (int status = perform(wire::Signal{.sandbox = sandbox, .signal = SIGTERM}); status != 0)
        return status;
    if (Status sent = waiting->call({.method = wire::Wait{sandbox}}); !sent)
        return report(sent.error());
    pollfd ready{waiting->fd(), POLLIN, 0};
    if (::poll(&ready, 1, seconds * 1000) == 0)
        if (int status = perform(wire::Signal{.sandbox = sandbox, .signal = SIGKILL, .everyProcess = true});
            status != 0)
            return status;
    const Result<ReceivedReply> reply = waiting->next();
    if (!reply)
        return report(reply.error());
    if (const auto *failure = std::get_if<wire::Failure>(&reply->reply.body))
        return report(*failure);
    return 0;
}

int waitCommand(const std::vector<std::string> &args)
{
    CLI::App app("Waits until a sandbox has ended, and exits as its command did.", "pivotctl wait");
    std::string sandbox;
    app.add_option("SANDBOX", sandbox, "name of the sandbox")->required();
    if (const auto status = parseArguments(app, args))
        return *status;
    const Result<wire::ReplyBody> body = ask(wire::Wait{sandbox});
    if (!body)
        return report(body.error());
    if (const auto *failure = std::get_if<wire::Failure>(&*body))
        return report(*failure);
    if (const auto *end = std::get_if<wire::Exited>(&*body))
        return exitStatus(*end);
    return ownFailure;
}

int rmCommand(const std::vector<std::string> &args)
{
    CLI::App app("Forgets an ended sandbox. A kept layer stays.", "pivotctl rm");
    wire::Remove request;
    app.add_option("SANDBOX", request.sandbox, "name of the sandbox")->required();
    app.add_flag("-f,--force", request.force, "end it first, at once");
    if (const auto status = parseArguments(app, args))
        return *status;
    return perform(std::move(request));
}

} // namespace pivotbench::app::cli
