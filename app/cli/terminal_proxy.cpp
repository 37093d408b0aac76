// SPDX-License-Identifier: Apache-2.0
#include "app/cli/terminal_proxy.h"

#include "app/cli/command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

termios g_before; ///< of our terminal, while it is raw

void restoreTerminal() { (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &g_before); }

constexpr int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

} // namespace

wire::WindowSize windowSize()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        return {};
    return {size.ws_row, size.ws_col};
}

CommandLoop::CommandLoop(HelperClient &client, std::function<void(int signal)> signalled)
    : m_client(client)
    , m_signalled(std::move(signalled))
{
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : forwarded)
        ::sigaddset(&watched, signal);
    ::sigaddset(&watched, SIGWINCH);
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    m_signals = UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

CommandLoop::~CommandLoop() { finish(); }

void CommandLoop::attach(UniqueFd master)
{
    m_master = std::move(master);
    (void)::fcntl(m_master.get(), F_SETFL, O_NONBLOCK);
    if (::isatty(STDIN_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &g_before) < 0)
        return;
    termios raw = g_before;
    ::cfmakeraw(&raw);
    m_raw = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
}

void CommandLoop::fromMaster()
{
    char buffer[65536];
    const ssize_t got = ::read(m_master.get(), buffer, sizeof buffer);
    if (got > 0)
        print({buffer, static_cast<std::size_t>(got)});
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) // EIO: nobody holds the other end any more
        m_master.reset();
}

void CommandLoop::toMaster()
{
    const ssize_t wrote = ::write(m_master.get(), m_typed.data(), m_typed.size());
    if (wrote > 0)
        m_typed.erase(0, static_cast<std::size_t>(wrote));
}

Result<ReceivedReply> CommandLoop::next()
{
    for (;;) {
        Result<std::optional<ReceivedReply>> ready = m_client.tryNext();
        if (!ready)
            return std::unexpected(ready.error());
        if (*ready)
            return std::move(**ready);
        const bool takesInput = m_master && m_inputOpen && m_typed.empty();
        std::array<pollfd, 4> sources{
            {{m_client.fd(), POLLIN, 0},
             {m_signals.get(), POLLIN, 0},
             {m_master.get(), static_cast<short>(m_typed.empty() ? POLLIN : POLLIN | POLLOUT), 0},
             {takesInput ? STDIN_FILENO : -1, POLLIN, 0}}};
        if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR)
            return systemError("cannot wait for the helper", errno);
        if (sources[1].revents != 0) {
            signalfd_siginfo info;
            while (::read(m_signals.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
                const int signal = static_cast<int>(info.ssi_signo);
                winsize size{};
                if (signal != SIGWINCH)
                    m_signalled(signal);
                else if (m_master && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
                    (void)::ioctl(m_master.get(), TIOCSWINSZ, &size);
            }
        }
        if (m_master && (sources[2].revents & POLLOUT) != 0)
            toMaster();
        if (m_master && (sources[2].revents & ~POLLOUT) != 0)
            fromMaster();
        if (sources[3].revents != 0) {
            char buffer[4096];
            const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
            if (got > 0)
                m_typed.append(buffer, static_cast<std::size_t>(got));
            else if (got == 0 || errno != EINTR)
                m_inputOpen = false;
            if (got == 0)
                m_typed.push_back('\x04'); // the end of a piped input is what Ctrl-D says on a terminal
        }
    }
}

void CommandLoop::finish()
{
    while (m_master) {
        pollfd source{m_master.get(), POLLIN, 0};
        if (::poll(&source, 1, 0) <= 0)
            break;
        fromMaster();
    }
    if (m_raw)
        restoreTerminal();
    m_raw = false;
}

} // namespace pivotbench::app::cli
