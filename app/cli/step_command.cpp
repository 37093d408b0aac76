// SPDX-License-Identifier: Apache-2.0
//
// pivotctl step: a debugger for the making of a sandbox. The kernel waits after every step; frames come through the
// recording that the helper appends to, and are read from there.
#include "app/cli/attend.h"
#include "app/cli/command.h"
#include "app/cli/mount_view.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/step_view.h"
#include "app/cli/terminal_proxy.h"
#include "app/client/launch_request.h"
#include "core/base/text.h"
#include "core/host/host_facts.h"
#include "core/mount/table_diff.h"
#include "core/preset/builtins.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

constexpr const char *stepperHelp =
    "  next [n]        do the next step                    table [t]     the mount table here, as a tree\n"
    "  continue [c]    go on to the next breakpoint        diff [d]      what the last step changed\n"
    "  until N [u]     go on to step N (number or id)      explain [e]   call, shell line, reason, manual\n"
    "  break N [b]     stop after step N; again: not       peek [p] CMD  run a command where the builder stands\n"
    "  list [l]        all steps                           back          look at an earlier frame (forward returns)\n"
    "  abort [q]       give up; nothing stays behind       help [h]      this\n";

class Stepper {
public:
    Stepper(HelperClient &client, std::string socket, UniqueFd recording)
        : m_client(client)
        , m_socket(std::move(socket))
        , m_recording(std::move(recording))
        , m_style{.colours = colours(STDOUT_FILENO)}
    {
    }

    int run()
    {
        for (;;) {
            Result<ReceivedReply> received = m_client.next();
            if (!received)
                return report(received.error());
            if (Status read = readFrames(); !read)
                return report(read.error());
            if (const auto *failure = std::get_if<wire::Failure>(&received->reply.body)) {
                showNewFrames();
                if (m_aborted) {
                    print("aborted; nothing stays behind\n");
                    return 0;
                }
                return report(*failure);
            }
            if (const auto *stopped = std::get_if<wire::Stopped>(&received->reply.body)) {
                m_sandbox = stopped->sandbox;
                showNewFrames();
                if (std::optional<int> status = prompt())
                    return *status;
            } else if (auto *started = std::get_if<wire::Started>(&received->reply.body)) {
                showNewFrames();
                print("the command runs\n");
                return attendStarted(std::move(*received), *started);
            } else {
                return ownFailure;
            }
        }
    }

private:
    const Recording &recording() const { return m_reader.recording(); }
    const Plan &plan() const { return recording().header.plan; }
    const std::vector<Frame> &frames() const { return recording().frames; }

    Status readFrames()
    {
        char buffer[65536];
        for (;;) {
            const ssize_t got = ::pread(m_recording.get(), buffer, sizeof buffer, m_read);
            if (got < 0)
                return systemError("cannot read the recording", errno);
            if (got == 0)
                return {};
            m_read += got;
            if (Status taken = m_reader.append({buffer, static_cast<std::size_t>(got)}); !taken)
                return taken;
        }
    }

    void showFrame(std::size_t index)
    {
        print(frameText(plan(), index > 0 ? &frames()[index - 1] : nullptr, frames()[index], m_style) +
              causesText(m_reader.recording(), index));
    }

    void showNewFrames()
    {
        for (; m_shown < frames().size(); ++m_shown)
            showFrame(m_shown);
        m_at = frames().empty() ? 0 : frames().size() - 1;
    }

    int attendStarted(ReceivedReply received, const wire::Started &started)
    {
        CommandLoop loop(m_client,
                         [this](int signal) { (void)tell(wire::Signal{.sandbox = m_sandbox, .signal = signal}); });
        if (started.terminal)
            loop.attach(std::move(received.descriptors[*started.terminal]));
        Result<ReceivedReply> last = loop.next();
        loop.finish();
        if (!last)
            return report(last.error());
        if (const auto *end = std::get_if<wire::Exited>(&last->reply.body))
            return exitStatus(*end);
        return ownFailure;
    }

    /// A request beside the launch's own connection, which waits. Says what went wrong itself.
    bool tell(wire::Method method)
    {
        Result<HelperClient> other = HelperClient::connect(m_socket);
        Status sent = other ? other->call({.method = std::move(method)}) : Status(std::unexpected(other.error()));
        if (!sent) {
            report(sent.error());
            return false;
        }
        const Result<ReceivedReply> reply = other->next();
        if (!reply)
            report(reply.error());
        else if (const auto *failure = std::get_if<wire::Failure>(&reply->reply.body))
            report(*failure);
        else
            return true;
        return false;
    }

    bool goOn(bool single, std::string to)
    {
        std::vector<std::string> breakpoints;
        for (const std::size_t step : m_breakpoints)
            breakpoints.push_back(plan().steps[step].id);
        return tell(
            wire::Continue{.sandbox = m_sandbox, .single = single, .to = std::move(to), .breakpoints = breakpoints});
    }

    void peek(const std::vector<std::string> &words)
    {
        Result<HelperClient> other = HelperClient::connect(m_socket);
        if (!other) {
            report(other.error());
            return;
        }
        wire::Peek request{.sandbox = m_sandbox, .args = words, .streams = {0, 1, 2}};
        if (request.args.empty())
            request.args = {"/bin/sh", "-i"};
        const std::array<int, 3> streams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
        if (Status sent = other->call({.method = std::move(request), .more = true}, streams); !sent) {
            report(sent.error());
            return;
        }
        for (;;) {
            const Result<ReceivedReply> reply = other->next();
            if (!reply) {
                report(reply.error());
                return;
            }
            if (const auto *failure = std::get_if<wire::Failure>(&reply->reply.body))
                report(*failure);
            if (!reply->reply.continues)
                return;
        }
    }

    /// The next command; "abort" at the end of the input. Nothing when the helper had something to say first: then what
    /// waited at the kernel waits no more.
    std::optional<std::string> readLine()
    {
        for (;;) {
            if (const std::size_t end = m_typed.find('\n'); end != std::string::npos) {
                std::string line = m_typed.substr(0, end);
                m_typed.erase(0, end + 1);
                return line;
            }
            std::array<pollfd, 2> sources{{{STDIN_FILENO, POLLIN, 0}, {m_client.fd(), POLLIN, 0}}};
            if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR)
                return "abort";
            if (sources[1].revents != 0) {
                print("\n");
                return std::nullopt;
            }
            char buffer[4096];
            const ssize_t got = sources[0].revents != 0 ? ::read(STDIN_FILENO, buffer, sizeof buffer) : 0;
            if (got > 0) {
                m_typed.append(buffer, static_cast<std::size_t>(got));
            } else if (sources[0].revents != 0) {
                print("\n");
                return "abort";
            }
        }
    }

    /// Commands until one lets the kernel go on; a status when the stepper itself shall end.
    std::optional<int> prompt()
    {
        for (;;) {
            const bool earlier = m_at + 1 < frames().size();
            const std::size_t done = frames()[m_at].initial ? 0 : frames()[m_at].step + 1;
            print(fmt::format("({}/{}{}) ", done, plan().steps.size(), earlier ? ", looking back" : ""));
            const std::optional<std::string> typed = readLine();
            if (!typed)
                return std::nullopt;
            const std::string &line = *typed;
            std::vector<std::string> words;
            for (const std::string_view word : split(line, ' '))
                if (!word.empty())
                    words.emplace_back(word);
            const std::string command = words.empty() ? "next" : words.front();
            const std::string argument = words.size() > 1 ? words[1] : std::string();
            if (command == "next" || command == "n") {
                if (goOn(true, {}))
                    return std::nullopt;
            } else if (command == "continue" || command == "c") {
                if (goOn(false, {}))
                    return std::nullopt;
            } else if (command == "until" || command == "u") {
                if (goOn(false, argument))
                    return std::nullopt;
            } else if (command == "abort" || command == "quit" || command == "q") {
                m_aborted = true;
                if (!tell(wire::Abort{m_sandbox}))
                    return ownFailure;
                return std::nullopt;
            } else {
                look(command, argument, words);
            }
        }
    }

    /// Commands that change nothing.
    void look(const std::string &command, const std::string &argument, const std::vector<std::string> &words)
    {
        const Frame &frame = frames()[m_at];
        if (command == "table" || command == "t") {
            print(mountTree(*frame.table, {.width = 0, .colours = m_style.colours}));
        } else if (command == "diff" || command == "d") {
            const MountTable &before = *frames()[m_at > 0 ? m_at - 1 : 0].table;
            const TableDiff changes = diffTables(before, *frame.table);
            print(changes.empty() ? "the mount table did not change\n" : formatDiff(changes, before, *frame.table));
        } else if (command == "explain" || command == "e") {
            const std::size_t step = argument.empty() ? (frame.initial ? 0 : frame.step) : plan().find(argument);
            print(step < plan().steps.size() ? stepDetails(plan(), step, m_style) : "there is no such step\n");
        } else if (command == "list" || command == "l") {
            std::string text;
            for (std::size_t i = 0; i < plan().steps.size(); ++i)
                text += fmt::format("{}{}{:>3}  {:<13} {}\n", !frame.initial && frame.step == i ? ">" : " ",
                                    m_breakpoints.contains(i) ? "*" : " ", i + 1, phaseWord(plan().steps[i].phase),
                                    printable(plan().steps[i].id));
            print(text);
        } else if (command == "break" || command == "b") {
            const std::size_t step = plan().find(argument);
            if (step == plan().steps.size())
                print("there is no such step; \"list\" shows them\n");
            else if (m_breakpoints.erase(step) == 0)
                m_breakpoints.insert(step);
        } else if (command == "back") {
            if (m_at > 0)
                showFrame(--m_at);
            else
                print("this is the first frame\n");
        } else if (command == "forward") {
            if (m_at + 1 < frames().size())
                showFrame(++m_at);
            else
                print("this is where the kernel waits\n");
        } else if (command == "peek" || command == "p") {
            peek({words.begin() + 1, words.end()});
        } else {
            print(stepperHelp);
        }
    }

    HelperClient &m_client;
    std::string m_socket;
    UniqueFd m_recording;
    StepStyle m_style;
    RecordingReader m_reader;
    off_t m_read = 0;
    std::size_t m_shown = 0; ///< frames printed so far
    std::size_t m_at = 0;    ///< the frame looked at
    std::string m_sandbox;
    std::string m_typed; ///< read from standard input, not used yet
    std::set<std::size_t> m_breakpoints;
    bool m_aborted = false;
};

} // namespace

int stepCommand(const std::vector<std::string> &args)
{
    CLI::App app("Builds a sandbox on the real kernel, one operation at a time. After each the kernel waits while you "
                 "look at the "
                 "mount table, or into the half-built sandbox.",
                 "pivotctl step");
    app.footer(std::string("While it waits:\n") + stepperHelp);
    SandboxArguments sandbox;
    sandbox.addTo(app);
    const SplitArguments split = splitCommand(app, args, SandboxArguments::rootGiven(args) ? 0 : 1);
    if (const auto status = parseArguments(app, split.own))
        return *status;
    const bool onTerminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    Result<SandboxSpec> spec = sandbox.spec(onTerminal, split.command);
    if (spec)
        spec = resolveBuiltins(std::move(*spec), probeHostFacts());
    if (!spec)
        return report(spec.error());

    const bool terminal = spec->process.terminal;
    LaunchRequest request(std::move(*spec), sandbox.name, windowSize());
    // Standard input is where the commands come from.
    if (!terminal)
        if (Status ready = request.passOutput(); !ready)
            return report(ready.error());
    UniqueFd recording(::memfd_create("pivotbench-recording", MFD_CLOEXEC));
    if (!recording)
        return report(systemError("cannot make memory for the recording", errno).error());
    request.record(UniqueFd(::fcntl(recording.get(), F_DUPFD_CLOEXEC, 0)));
    request.launch.stopAtFirst = true;
    const std::string socket = helperSocket();
    Result<HelperClient> client = HelperClient::connectOrStart(socket);
    if (!client)
        return report(client.error());
    if (Status sent = request.send(*client, true); !sent)
        return report(sent.error());
    if (onTerminal)
        print("The kernel waits after every step. \"next\" (or Enter) does one, \"help\" tells the rest.\n");
    return Stepper(*client, socket, std::move(recording)).run();
}

} // namespace pivotbench::app::cli
