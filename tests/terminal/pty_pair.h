// SPDX-License-Identifier: Apache-2.0
//
// Pseudoterminals for tests: one whose slave the test itself holds, and one with a program on it.
#pragma once

#include "app/terminal/terminal_view.h"
#include "core/base/unique_fd.h"

#include <QByteArray>
#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace pivotbench::test {

/// The master is the view's; what it writes is read here, and the other way round.
class PtyPair {
public:
    explicit PtyPair(app::terminal::TerminalView &view)
    {
        int master = -1;
        int slave = -1;
        termios raw{};
        ::cfmakeraw(&raw);
        if (::openpty(&master, &slave, nullptr, &raw, nullptr) != 0)
            qFatal("no pseudoterminal");
        m_slave.reset(slave);
        ::fcntl(slave, F_SETFL, O_NONBLOCK);
        view.attach(std::make_unique<app::terminal::PtyChannel>(core::UniqueFd(master)));
    }

    void print(const QByteArray &bytes) const
    {
        for (qsizetype done = 0; done < bytes.size();) {
            const ssize_t sent =
                ::write(m_slave.get(), bytes.constData() + done, static_cast<std::size_t>(bytes.size() - done));
            if (sent > 0)
                done += sent;
            QTest::qWait(0);
        }
        QTest::qWait(40); // until a frame is shown
    }

    /// What was typed, as soon as it is as long, or else after a while.
    [[nodiscard]] QByteArray typed(qsizetype length) const
    {
        QByteArray bytes;
        for (int tries = 0; tries < 200 && bytes.size() < length; ++tries) {
            QTest::qWait(tries == 0 ? 0 : 5);
            char buffer[65536];
            const ssize_t got = ::read(m_slave.get(), buffer, sizeof buffer);
            if (got > 0)
                bytes.append(buffer, got);
        }
        return bytes;
    }

    [[nodiscard]] int slave() const { return m_slave.get(); }
    void hangUp() { m_slave.reset(); }

private:
    core::UniqueFd m_slave;
};

/// A program on a pseudoterminal of the view's; ended and waited for at the end.
class PtyProgram {
public:
    PtyProgram(app::terminal::TerminalView &view, const QList<QByteArray> &command)
    {
        std::vector<char *> arguments;
        for (const QByteArray &word : command)
            arguments.push_back(const_cast<char *>(word.constData()));
        arguments.push_back(nullptr);
        const app::terminal::Size size = view.screen().size();
        const winsize window{.ws_row = static_cast<unsigned short>(size.rows),
                             .ws_col = static_cast<unsigned short>(size.columns),
                             .ws_xpixel = 0,
                             .ws_ypixel = 0};
        int master = -1;
        m_child = ::forkpty(&master, nullptr, nullptr, &window);
        if (m_child == 0) {
            ::setenv("TERM", "xterm-256color", 1);
            ::setenv("LC_ALL", "C.UTF-8", 1);
            ::unsetenv("LINES");
            ::unsetenv("COLUMNS");
            ::execvp(arguments.front(), arguments.data());
            ::_exit(127);
        }
        view.attach(std::make_unique<app::terminal::PtyChannel>(core::UniqueFd(master)));
    }
    PtyProgram(const PtyProgram &) = delete;
    PtyProgram &operator=(const PtyProgram &) = delete;
    ~PtyProgram()
    {
        if (m_child > 0) {
            ::kill(m_child, SIGKILL);
            ::waitpid(m_child, nullptr, 0);
        }
    }

private:
    pid_t m_child = -1;
};

} // namespace pivotbench::test
