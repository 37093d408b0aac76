// SPDX-License-Identifier: Apache-2.0
#include "core/base/unique_fd.h"
#include "helper/event_loop.h"

#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using pivotbench::core::UniqueFd;
using pivotbench::helper::EventLoop;

namespace {

struct Pipe {
    Pipe()
    {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            qFatal("no pipe");
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
    void fill() const { QVERIFY(::write(writer.get(), "x", 1) == 1); }
    void drain() const
    {
        char byte = 0;
        QVERIFY(::read(reader.get(), &byte, 1) == 1);
    }
    UniqueFd reader;
    UniqueFd writer;
};

void turn(EventLoop &loop, int times = 20)
{
    for (int i = 0; i < times && loop.runOnce(5ms).value_or(false); ++i)
        continue;
}

} // namespace

class tst_EventLoop : public QObject {
    Q_OBJECT
private slots:
    void readinessIsTold()
    {
        auto loop = EventLoop::create();
        QVERIFY(loop);
        const Pipe pipe;
        std::uint32_t seen = 0;
        const auto source = loop->onReady(pipe.reader.get(), EPOLLIN, [&](std::uint32_t events) {
            seen = events;
            pipe.drain();
        });
        QVERIFY(source);
        turn(*loop);
        QCOMPARE(seen, 0U);
        pipe.fill();
        turn(*loop);
        QCOMPARE(seen, std::uint32_t(EPOLLIN));
    }

    void aSourceCanPauseAndGoOn()
    {
        auto loop = EventLoop::create();
        const Pipe pipe;
        int calls = 0;
        auto source = loop->onReady(pipe.reader.get(), EPOLLIN, [&](std::uint32_t) {
            ++calls;
            pipe.drain();
        });
        source->pause();
        pipe.fill();
        turn(*loop);
        QCOMPARE(calls, 0);
        source->setEvents(EPOLLIN);
        turn(*loop);
        QCOMPARE(calls, 1);
    }

    void aDestroyedSourceIsSilent()
    {
        auto loop = EventLoop::create();
        const Pipe pipe;
        int calls = 0;
        {
            const auto source = loop->onReady(pipe.reader.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
            pipe.fill();
        }
        turn(*loop);
        QCOMPARE(calls, 0);
    }

    void aHandlerMayDestroyItsOwnSource()
    {
        auto loop = EventLoop::create();
        const Pipe pipe;
        std::optional<EventLoop::Source> source;
        int calls = 0;
        // The vector is the handler's own memory: it is read after the source is gone.
        source = *loop->onReady(pipe.reader.get(), EPOLLIN, [&, own = std::vector<int>(1000, 7)](std::uint32_t) {
            source.reset();
            calls += own.back();
        });
        pipe.fill();
        turn(*loop);
        QCOMPARE(calls, 7);
    }

    void aHandlerMayReplaceAndDestroyOthers()
    {
        auto loop = EventLoop::create();
        const Pipe first;
        const Pipe second;
        EventLoop::Source a;
        EventLoop::Source b;
        int calls = 0;
        const auto only = [&](EventLoop::Source &other) {
            return [&](std::uint32_t) {
                ++calls;
                other = {};
                first.drain();
                second.drain();
            };
        };
        a = std::move(*loop->onReady(first.reader.get(), EPOLLIN, only(b)));
        b = std::move(*loop->onReady(second.reader.get(), EPOLLIN, only(a)));
        first.fill();
        second.fill();
        turn(*loop);
        QCOMPARE(calls, 1);
    }

    void aTimerRunsOutOnce()
    {
        auto loop = EventLoop::create();
        int calls = 0;
        auto timer = loop->after(1ms, [&] { ++calls; });
        QVERIFY(timer);
        while (calls == 0)
            QVERIFY(loop->runOnce(1s));
        turn(*loop);
        QCOMPARE(calls, 1);
        timer->restart(0ms);
        turn(*loop);
        QCOMPARE(calls, 2);
        timer->restart(0ms);
        timer->pause();
        turn(*loop);
        QCOMPARE(calls, 2);
    }

    void aTimerMayRestartItself()
    {
        auto loop = EventLoop::create();
        int calls = 0;
        EventLoop::Source timer;
        timer = std::move(*loop->after(0ms, [&] {
            if (++calls < 3)
                timer.restart(0ms);
        }));
        turn(*loop);
        QCOMPARE(calls, 3);
    }

    void theEndOfAProcessIsToldOnce()
    {
        auto loop = EventLoop::create();
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(5);
        const UniqueFd pidfd(int(::syscall(SYS_pidfd_open, child, 0)));
        QVERIFY(pidfd);
        int calls = 0;
        const auto source = loop->onExit(pidfd.get(), [&] { ++calls; });
        while (calls == 0)
            QVERIFY(loop->runOnce(1s));
        turn(*loop);
        QCOMPARE(calls, 1);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child); // it was left for the handler to reap
        QCOMPARE(WEXITSTATUS(status), 5);
    }

    void aSignalIsTakenInsteadOfKilling()
    {
        auto loop = EventLoop::create();
        int calls = 0;
        const auto source = loop->onSignal(SIGTERM, [&] { ++calls; });
        QVERIFY(source);
        ::raise(SIGTERM); // to this thread: QtTest has another one, where it is not blocked
        turn(*loop);
        QCOMPARE(calls, 1);
    }

    void exitEndsTheRunWithItsCode()
    {
        auto loop = EventLoop::create();
        const auto timer = loop->after(0ms, [&] { loop->exit(42); });
        const auto code = loop->run();
        QVERIFY(code);
        QCOMPARE(*code, 42);
    }
};

QTEST_GUILESS_MAIN(tst_EventLoop)
#include "tst_event_loop.moc"
