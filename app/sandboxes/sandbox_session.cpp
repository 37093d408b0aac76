// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/sandbox_session.h"

#include "app/base/text.h"
#include "app/client/launch_request.h"
#include "app/sandboxes/helper_call.h"
#include "core/host/host_facts.h"
#include "core/preset/builtins.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

namespace pivotbench::app {

using namespace core;

namespace {

struct Terminal {
    UniqueFd master;
    UniqueFd slave;
};

/// Both ends are absent where there can be none.
Terminal makeTerminal(wire::WindowSize window)
{
    UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0)
        return {};
    const winsize size{.ws_row = window.rows, .ws_col = window.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(master.get(), TIOCSWINSZ, &size);
    UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave)
        return {};
    return {std::move(master), std::move(slave)};
}

/// What goes to the helper with the request, once.
struct Luggage {
    UniqueFd slave; ///< of our own terminal, for a sandbox that cannot have one
    std::optional<Observation> observation;
};

Result<HelperClient> beginLaunch(const SandboxSpec &spec, wire::WindowSize window, Luggage luggage)
{
    Result<SandboxSpec> resolved = resolveBuiltins(spec, probeHostFacts());
    if (!resolved)
        return std::unexpected(std::move(resolved.error()));
    LaunchRequest request(std::move(*resolved), {}, window);
    request.launch.holdChanges = true; // as long as the session lives, which has this connection
    if (luggage.slave)
        request.passTerminal(std::move(luggage.slave));
    if (luggage.observation) {
        request.record(std::move(luggage.observation->recording));
        request.launch.stopAtFirst = true;
        request.launch.breakpoints = std::move(luggage.observation->breakpoints);
    }
    Result<HelperClient> client = HelperCall::connectHelper(true);
    if (!client)
        return client;
    if (Status sent = request.send(*client, true); !sent)
        return std::unexpected(std::move(sent.error()));
    return client;
}

} // namespace

QString signalName(int number)
{
    const char *name = ::sigabbrev_np(number);
    return name ? QString("SIG%1").arg(name) : SandboxSession::tr("signal %1").arg(number);
}

SandboxSession::SandboxSession(SandboxSpec spec, wire::WindowSize window, std::optional<Observation> observation,
                               QObject *parent)
    : QObject(parent)
    , m_spec(std::move(spec))
{
    // A terminal of its own needs a devpts of its own.
    m_spec->process.terminal = m_spec->dev.policy == DevPolicy::Minimal;
    if (std::ranges::none_of(m_spec->process.env, [](const std::string &entry) { return entry.starts_with("TERM="); }))
        m_spec->process.env.emplace_back("TERM=xterm-256color");
    const auto luggage = std::make_shared<Luggage>();
    luggage->observation = std::move(observation);
    if (!m_spec->process.terminal) {
        Terminal terminal = makeTerminal(window);
        m_ownTerminal = std::move(terminal.master);
        luggage->slave = std::move(terminal.slave);
    }
    m_call = new HelperCall(
        [spec = *m_spec, window, luggage] { return beginLaunch(spec, window, std::move(*luggage)); }, this);
    m_call->stayConnected(); // holds what it has changed
    follow();
}

SandboxSession::SandboxSession(const wire::SandboxInfo &info, QObject *parent)
    : QObject(parent)
    , m_state(State::Running)
    , m_name(info.sandbox)
    , m_pid(info.pid)
{
    m_call = new HelperCall(HelperCall::simple({.method = wire::Wait{.sandbox = m_name}}), this);
    follow();
}

/// The replies of the call that tells how it goes.
void SandboxSession::follow()
{
    connect(m_call, &HelperCall::replied, this,
            [this](ReceivedReply &received) { take(received.reply, received.descriptors); });
    connect(m_call, &HelperCall::failed, this, &SandboxSession::fail);
    // Nothing after a proper end; a helper that only says other things has not told it.
    connect(m_call, &HelperCall::finished, this, [this] {
        fail({.code = "helper.reply",
              .what = "the helper's last word does not tell how the sandbox ended",
              .hint = "it may be of another version: end it, and the next launch starts a new one"});
    });
}

QString SandboxSession::ending() const
{
    if (m_error)
        return shown(describe(*m_error), true);
    if (!m_exited)
        return {};
    if (m_exited->outOfMemory)
        return tr("ended: it ran out of its memory limit");
    if (m_exited->signal != 0)
        return tr("ended by %1").arg(signalName(m_exited->signal));
    return m_exited->status == 0 ? tr("ended") : tr("ended with status %1").arg(m_exited->status);
}

void SandboxSession::take(const wire::Reply &reply, std::vector<UniqueFd> &descriptors)
{
    if (const auto *started = std::get_if<wire::Started>(&reply.body)) {
        m_name = started->sandbox;
        m_pid = started->pid;
        m_userNamespace = shown(started->userNamespace);
        setState(State::Running);
        const bool theirs = started->terminal && *started->terminal < descriptors.size();
        UniqueFd master = theirs ? std::move(descriptors[*started->terminal]) : std::move(m_ownTerminal);
        if (master)
            emit terminalOpened(
                master, m_spec && !m_spec->process.args.empty() ? shown(m_spec->process.args.front()) : tr("Terminal"),
                true);
    } else if (const auto *exited = std::get_if<wire::Exited>(&reply.body)) {
        m_exited = *exited;
        setState(State::Ended);
    } else if (const auto *stopped = std::get_if<wire::Stopped>(&reply.body)) {
        m_name = stopped->sandbox;
        setState(State::Waiting);
    } else if (const auto *failure = std::get_if<wire::Failure>(&reply.body)) {
        fail(errorOf(*failure));
    }
}

void SandboxSession::setState(State state)
{
    m_state = state;
    emit stateChanged();
}

void SandboxSession::fail(const Error &error)
{
    if (m_state == State::Ended || m_state == State::Failed)
        return;
    m_error = error;
    setState(State::Failed);
}

void SandboxSession::ask(wire::Method method, const std::function<void()> &refused)
{
    auto *call = new HelperCall(HelperCall::simple({.method = std::move(method)}), this);
    const auto complain = [this, refused](const Error &error) {
        if (refused)
            refused();
        emit problem(error);
    };
    connect(call, &HelperCall::replied, this, [complain](const ReceivedReply &received) {
        if (const auto *failure = std::get_if<wire::Failure>(&received.reply.body))
            complain(errorOf(*failure));
    });
    connect(call, &HelperCall::finished, call, &QObject::deleteLater);
    connect(call, &HelperCall::failed, this, [call, complain](const Error &error) {
        call->deleteLater();
        complain(error);
    });
}

void SandboxSession::stop(bool force)
{
    if (m_name.empty()) { // not launched yet: who asked for it no longer wants it
        delete m_call;
        m_call = nullptr;
        fail({.code = "launch.cancelled", .what = "the launch was cancelled"});
        return;
    }
    if (m_pid == 0) {
        ask(wire::Abort{.sandbox = m_name});
        return;
    }
    const bool kill = force || m_stopped;
    m_stopped = true;
    sendSignal(kill ? SIGKILL : SIGTERM, kill);
}

void SandboxSession::goOn(wire::Continue how)
{
    if (m_state != State::Waiting)
        return;
    how.sandbox = m_name;
    setState(State::Starting);
    ask(std::move(how), [this] {
        if (m_state == State::Starting)
            setState(State::Waiting);
    });
}

void SandboxSession::sendSignal(int number, bool everyProcess)
{
    ask(wire::Signal{.sandbox = m_name, .signal = number, .everyProcess = everyProcess});
}

void SandboxSession::openTerminal(const std::vector<std::string> &args, wire::WindowSize window)
{
    wire::Exec exec;
    exec.sandbox = m_name;
    exec.args = args;
    exec.terminal = true;
    exec.window = window;
    auto *call = new HelperCall(HelperCall::simple({.method = std::move(exec), .more = true}), this);
    connect(call, &HelperCall::replied, this, [this, title = shown(args.front())](ReceivedReply &received) {
        if (const auto *failure = std::get_if<wire::Failure>(&received.reply.body))
            emit problem(errorOf(*failure));
        const auto *started = std::get_if<wire::Started>(&received.reply.body);
        if (started && started->terminal && *started->terminal < received.descriptors.size())
            emit terminalOpened(received.descriptors[*started->terminal], title, false);
    });
    connect(call, &HelperCall::finished, call, &QObject::deleteLater);
    connect(call, &HelperCall::failed, this, [this, call](const Error &error) {
        call->deleteLater();
        emit problem(error);
    });
}

void SandboxSession::peek(const std::vector<std::string> &args, wire::WindowSize window)
{
    Terminal terminal = makeTerminal(window);
    if (!terminal.master) {
        emit peekFailed(systemError("cannot open a terminal", errno).error());
        return;
    }
    const auto slave = std::make_shared<UniqueFd>(std::move(terminal.slave));
    const auto begin = [slave, request = wire::Peek{.sandbox = m_name, .args = args, .streams = {}, .terminal = true}] {
        const UniqueFd ours = std::move(*slave);
        Result<HelperClient> client = HelperCall::connectHelper(false);
        if (!client)
            return client;
        const int end = ours.get();
        wire::Request sent{.method = request, .more = true};
        std::get<wire::Peek>(sent.method).streams = {0, 1, 2};
        if (Status said = client->call(sent, std::array{end, end, end}); !said)
            return Result<HelperClient>(std::unexpected(std::move(said.error())));
        return client;
    };
    auto *call = new HelperCall(begin, this);
    const auto master = std::make_shared<UniqueFd>(std::move(terminal.master));
    connect(call, &HelperCall::replied, this, [this, master](const ReceivedReply &received) {
        if (const auto *failure = std::get_if<wire::Failure>(&received.reply.body))
            emit peekFailed(errorOf(*failure));
        else if (std::holds_alternative<wire::Started>(received.reply.body))
            emit peekOpened(*master);
    });
    connect(call, &HelperCall::finished, call, &QObject::deleteLater);
    connect(call, &HelperCall::failed, this, [this, call](const Error &error) {
        call->deleteLater();
        emit peekFailed(error);
    });
}

} // namespace pivotbench::app
