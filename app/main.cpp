// SPDX-License-Identifier: Apache-2.0
//
// The workbench's program: command line, look, first window.
#include "app/widgets/icons.h"
#include "app/workbench/app_context.h"
#include "app/workbench/command_line.h"
#include "app/workbench/plurals.h"
#include "app/workbench/screenshot.h"

#include <QApplication>
#include <QTextStream>
#include <cstdio>

using namespace pivotbench::app;

namespace {

/// Qt ends the program with a core dump where there is no display; a sentence is kinder.
bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

void print(std::FILE *file, const QString &text) { QTextStream(file) << text; }

} // namespace

int main(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    const auto line = parseCommandLine(arguments);
    if (!line) {
        print(line.error().status == 0 ? stdout : stderr, line.error().text);
        return line.error().status;
    }
    if (!line->screenshot.isEmpty() && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!hasDisplay()) {
        print(stderr, "pivotbench: there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set.\n"
                      "Start it in a graphical session, or use pivotctl, which does the same in a terminal.\n");
        return 1;
    }

    QApplication application(argc, argv);
    QApplication::setApplicationName("pivotbench");
    QApplication::setApplicationDisplayName("Pivotbench");
    QApplication::setDesktopFileName("pivotbench");
    QApplication::setWindowIcon(icon(Icon::Pivotbench));
    installPlurals(application);
    AppContext context;
    applyLook(application, line->theme.value_or(context.theme()));

    MainWindow *window = context.newWindow();
    if (!line->screenshot.isEmpty())
        window->resize(line->size);
    window->QWidget::show();
    if (!line->preset.isEmpty())
        window->openPreset(line->preset);
    for (const QString &file : line->files)
        window->openFile(file);
    if (line->run)
        window->run();
    if (line->place)
        window->goTo(*line->place);
    if (!line->screenshot.isEmpty())
        takeScreenshot(*window, line->screenshot);
    return QApplication::exec();
}
