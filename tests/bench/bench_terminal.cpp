// SPDX-License-Identifier: Apache-2.0
//
// How long a program takes that prints as fast as it can, on a real pseudoterminal, in a shown view; and, where there
// is a display, in xterm and in the least program around QTermWidget beside it, in turns. Wall time until the last
// frame (of the others: until they end, which QTermWidget does without reading what is left), in milliseconds: the
// median and the least. What starting takes (the same with "true") is measured too, to be subtracted: for the others it
// is most of a short run.
//
//   bench_terminal [TIMES [COMMAND…]]        default: 5 seq 2000000; QT_QPA_PLATFORM=offscreen measures without a
//   display
#include "app/terminal/terminal_view.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <QTimer>
#include <algorithm>
#include <fmt/format.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pivotbench;
using namespace app::terminal;

namespace {

constexpr int rows = 24;
constexpr int columns = 80;

std::vector<char *> argumentsOf(const QList<QByteArray> &command)
{
    std::vector<char *> arguments;
    for (const QByteArray &word : command)
        arguments.push_back(const_cast<char *>(word.constData()));
    arguments.push_back(nullptr);
    return arguments;
}

double inView(const QList<QByteArray> &command)
{
    TerminalView view;
    view.show();
    view.setFocus();
    // The size of xterm's window.
    for (int i = 0; i < 20 && view.screen().size() != Size{rows, columns}; ++i) {
        const QSize cell = view.cellRect({view.topLine(), 0}).size();
        view.resize(view.size() + QSize((columns - view.screen().size().columns) * cell.width(),
                                        (rows - view.screen().size().rows) * cell.height()));
        QApplication::processEvents();
    }
    const std::vector<char *> arguments = argumentsOf(command);
    QElapsedTimer timer;
    timer.start();
    int master = -1;
    const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (child == 0) {
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }
    view.attach(std::make_unique<PtyChannel>(core::UniqueFd(master)));
    QEventLoop loop;
    int frames = 0;
    bool ended = false;
    QObject::connect(&view, &TerminalView::ended, &loop, [&ended] { ended = true; });
    QObject::connect(&view, &TerminalView::updated, &loop, [&] {
        ++frames;
        if (ended)
            QTimer::singleShot(0, &loop, &QEventLoop::quit); // after that frame's painting
    });
    loop.exec();
    const double took = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    ::waitpid(child, nullptr, 0);
    fmt::print(stderr, "view: {:.0f} ms, {} frames, {} rows of {}\n", took, frames, view.screen().size().rows,
               view.screen().size().columns);
    return took;
}

/// Another terminal, from its start to its end.
double inPeer(const QString &program, QStringList arguments, const QList<QByteArray> &command)
{
    for (const QByteArray &word : command)
        arguments += QString::fromLocal8Bit(word);
    QElapsedTimer timer;
    timer.start();
    QProcess peer;
    peer.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    QEventLoop loop;
    QObject::connect(&peer, &QProcess::finished, &loop, &QEventLoop::quit);
    peer.start(program, arguments);
    loop.exec();
    const double took = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    fmt::print(stderr, "{}: {:.0f} ms\n", QFileInfo(program).fileName().toStdString(), took);
    return took;
}

struct Peer {
    std::string name;
    QString program; ///< empty where there is none
    QStringList arguments;
    std::vector<double> times = {};
    std::vector<double> startTimes = {};
};

/// Those that are there, where there is a display for them.
std::vector<Peer> peers()
{
    if (QGuiApplication::platformName() != QLatin1String("xcb"))
        return {};
    std::vector<Peer> all{{.name = "xterm",
                           .program = QStandardPaths::findExecutable(QStringLiteral("xterm")),
                           .arguments = {QStringLiteral("-geometry"), QStringLiteral("%1x%2").arg(columns).arg(rows),
                                         QStringLiteral("-sl"), QStringLiteral("10000"), QStringLiteral("-e")}},
                          {.name = "QTermWidget",
                           .program = QStandardPaths::findExecutable(QStringLiteral("qtermwidget_peer"),
                                                                     {QApplication::applicationDirPath()}),
                           .arguments = {}}};
    std::erase_if(all, [](const Peer &peer) { return peer.program.isEmpty(); });
    return all;
}

void report(std::string_view name, std::vector<double> times)
{
    if (times.empty())
        return;
    std::ranges::sort(times);
    fmt::print("{:<18} median {:7.0f} ms   least {:7.0f} ms\n", name, times[times.size() / 2], times.front());
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const QStringList given = QApplication::arguments();
    const int times = given.size() > 1 ? given.at(1).toInt() : 5;
    QList<QByteArray> command{"seq", "2000000"};
    if (given.size() > 2) {
        command.clear();
        for (const QString &word : given.sliced(2))
            command += word.toLocal8Bit();
    }
    std::vector<Peer> others = peers();
    std::vector<double> view;
    std::vector<double> viewStart;
    for (int i = 0; i < times; ++i) {
        viewStart.push_back(inView({"true"}));
        view.push_back(inView(command));
        for (Peer &peer : others) {
            peer.startTimes.push_back(inPeer(peer.program, peer.arguments, {"true"}));
            peer.times.push_back(inPeer(peer.program, peer.arguments, command));
        }
    }
    report("view", view);
    report("view, true", viewStart);
    for (const Peer &peer : others) {
        report(peer.name, peer.times);
        report(peer.name + ", true", peer.startTimes);
    }
    return 0;
}
