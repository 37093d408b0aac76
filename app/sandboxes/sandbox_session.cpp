// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/sandbox_session.h"

#include "app/base/text.h"
#include "app/client/launch_request.h"
#include "app/sandboxes/helper_call.h"
#include "core/host/host_facts.h"
#include "core/preset/builtins.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

namespace pivotbench::app {

using namespace core;

namespace {

/// `slave` is of our own terminal, for a sandbox that cannot have one.
Result<HelperClient> beginLaunch(const SandboxSpec &spec, wire::WindowSize window, UniqueFd slave)
{
    Result<SandboxSpec> resolved = resolveBuiltins(spec, probeHostFacts());
    if (!resolved)
        return std::unexpected(std::move(resolved.error()));
    LaunchRequest request(std::move(*resolved), {}, window);
    request.launch.holdChanges = true; // as long as the session lives, which has this connection
    if (slave)
        request.passTerminal(std::move(slave));
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

SandboxSession::SandboxSession(SandboxSpec spec, wire::WindowSize window, QObject *parent)
    : QObject(parent)
    , m_spec(std::move(spec))
{
    // A terminal of its own needs a devpts of its own.
    m_spec->process.terminal = m_spec->dev.policy == DevPolicy::Minimal;
    if (std::ranges::none_of(m_spec->process.env, [](const std::string &entry) { return entry.starts_with("TERM="); }))
        m_spec->process.env.emplace_back("TERM=xterm-256color");
    const auto slave = std::make_shared<UniqueFd>(m_spec->process.terminal ? UniqueFd() : makeTerminal(window));
    m_call =
        new HelperCall([spec = *m_spec, window, slave] { return beginLaunch(spec, window, std::move(*slave)); }, this);
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
        m_state = State::Running;
        emit stateChanged();
        const bool theirs = started->terminal && *started->terminal < descriptors.size();
        UniqueFd master = theirs ? std::move(descriptors[*started->terminal]) : std::move(m_ownTerminal);
        if (master)
            emit terminalOpened(
                master, m_spec && !m_spec->process.args.empty() ? shown(m_spec->process.args.front()) : tr("Terminal"),
                true);
    } else if (const auto *exited = std::get_if<wire::Exited>(&reply.body)) {
        m_exited = *exited;
        m_state = State::Ended;
        emit stateChanged();
    } else if (const auto *failure = std::get_if<wire::Failure>(&reply.body)) {
        fail(errorOf(*failure));
    }
}

/// The slave end; the master stays here until there is somebody to show it.
UniqueFd SandboxSession::makeTerminal(wire::WindowSize window)
{
    UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0)
        return {};
    const winsize size{.ws_row = window.rows, .ws_col = window.columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(master.get(), TIOCSWINSZ, &size);
    UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    m_ownTerminal = std::move(master);
    return slave;
}

void SandboxSession::fail(const Error &error)
{
    if (m_state == State::Ended || m_state == State::Failed)
        return;
    m_error = error;
    m_state = State::Failed;
    emit stateChanged();
}

void SandboxSession::ask(wire::Method method)
{
    auto *call = new HelperCall(HelperCall::simple({.method = std::move(method)}), this);
    connect(call, &HelperCall::replied, this, [this](const ReceivedReply &received) {
        if (const auto *failure = std::get_if<wire::Failure>(&received.reply.body))
            emit problem(errorOf(*failure));
    });
    connect(call, &HelperCall::finished, call, &QObject::deleteLater);
    connect(call, &HelperCall::failed, this, [this, call](const Error &error) {
        call->deleteLater();
        emit problem(error);
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
    const bool kill = force || m_stopped;
    m_stopped = true;
    sendSignal(kill ? SIGKILL : SIGTERM, kill);
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

} // namespace pivotbench::app
