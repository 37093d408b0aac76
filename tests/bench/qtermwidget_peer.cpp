// SPDX-License-Identifier: Apache-2.0
//
// The least program around QTermWidget (Qt 5), for bench_terminal: a window of 80 by 24 cells with a history of 10,000
// rows that runs a command and ends with it.
//   qtermwidget_peer COMMAND [ARG…]
#include <QApplication>
#include <qtermwidget.h>

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const QStringList command = QApplication::arguments().mid(1);
    QTermWidget terminal(0);
    terminal.setHistorySize(10000);
    terminal.setShellProgram(command.value(0));
    terminal.setArgs(command.mid(1));
    QObject::connect(&terminal, &QTermWidget::finished, &application, &QApplication::quit);
    terminal.show();
    // The size of xterm's window.
    for (int i = 0; i < 20 && (terminal.screenColumnsCount() != 80 || terminal.screenLinesCount() != 24); ++i) {
        terminal.resize(terminal.width() + (80 - terminal.screenColumnsCount()) * 4,
                        terminal.height() + (24 - terminal.screenLinesCount()) * 8);
        QApplication::processEvents();
    }
    qInfo("%d rows of %d", terminal.screenLinesCount(), terminal.screenColumnsCount());
    terminal.startShellProgram();
    return QApplication::exec();
}
