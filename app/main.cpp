// SPDX-License-Identifier: Apache-2.0
//
// The workbench's program: command line, one instance for each display, look, first windows.
#include "app/stage/compare_partner.h"
#include "app/widgets/icons.h"
#include "app/workbench/app_context.h"
#include "app/workbench/command_line.h"
#include "app/workbench/export_run.h"
#include "app/workbench/instance_listener.h"
#include "app/workbench/open_windows.h"
#include "app/workbench/plurals.h"
#include "app/workbench/screenshot.h"
#include "core/host/host_facts.h"
#include "core/words/language.h"

#include <QApplication>
#include <QCryptographicHash>
#include <QFileInfo>
#include <QLocale>
#include <QTextStream>
#include <cstdio>
#include <cstdlib>

using namespace pivotbench::app;

namespace {

/// Qt ends the program with a core dump where there is no display; a sentence is kinder.
bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

void print(std::FILE *file, const QString &text) { QTextStream(file) << text; }

constexpr const char *withoutDisplay =
    "Start it in a graphical session. In a terminal, pivotctl does the same; \"pivotbench FILE --screenshot OUT.png\"\n"
    "makes a picture without a display.\n";

/// Where a display is named but cannot be had, Qt ends the program with abort(3), after this.
void sayWhyQtGivesUp(QtMsgType type, const QMessageLogContext & /*context*/, const QString &text)
{
    const QByteArray words = text.toLocal8Bit();
    if (type != QtFatalMsg) {
        std::fprintf(stderr, "pivotbench: %s\n", words.constData());
        return;
    }
    std::fprintf(stderr, "pivotbench: no window can be opened here.\n%s\n%s", words.constData(), withoutDisplay);
    std::_Exit(1);
}

constexpr std::chrono::milliseconds patience{4000}; ///< with another instance that does not answer

/// Displays are told apart by what Qt chooses them by.
std::string socketPath()
{
    QCryptographicHash display(QCryptographicHash::Sha1);
    for (const char *variable : {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"})
        display.addData(qgetenv(variable) + '\n');
    return pivotbench::core::probeRuntimeDirectory() + "/workbench-" + display.result().toHex().left(16).toStdString();
}

InstanceMessage messageOf(CommandLine line)
{
    for (QString &file : line.files)
        file = QFileInfo(file).absoluteFilePath();
    if (!line.compare.isEmpty())
        line.compare = ComparePartner::named(line.compare).what;
    return {.line = std::move(line), .activationToken = qgetenv("XDG_ACTIVATION_TOKEN").toStdString()};
}

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
    const bool withoutWindow = !line->screenshot.isEmpty() || !line->exportTo.isEmpty();
    if (withoutWindow && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (!hasDisplay()) {
        print(stderr, QString("pivotbench: there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set.\n%1")
                          .arg(withoutDisplay));
        return 1;
    }

    std::optional<InstanceSocket> instance;
    if (!withoutWindow && !line->newInstance) {
        auto first = becomeFirstOrSend(socketPath(), writeInstanceMessage(messageOf(*line)), patience);
        if (first && !*first)
            return 0;
        if (first)
            instance.emplace(std::move(**first));
        else
            print(stderr, QString::fromStdString("pivotbench: " + pivotbench::core::describe(first.error()) +
                                                 "\nIt opens in a program of its own.\n"));
    }

    const QtMessageHandler usual = qInstallMessageHandler(sayWhyQtGivesUp);
    QApplication application(argc, argv);
    qInstallMessageHandler(usual);
    QApplication::setApplicationName("pivotbench");
    QApplication::setApplicationDisplayName("Pivotbench");
    QApplication::setDesktopFileName("pivotbench");
    QApplication::setWindowIcon(icon(Icon::Pivotbench));
    installPlurals(application);
    pivotbench::core::useLanguageOf(QLocale::system().uiLanguages().value(0).toStdString());
    if (!line->exportTo.isEmpty()) {
        applyLook(application, line->theme.value_or(Theme::Light));
        return runExport(*line);
    }
    AppContext context;
    applyLook(application, line->theme.value_or(context.theme()));

    MainWindow *window = openWindows(context, *line).front();
    if (!line->screenshot.isEmpty()) {
        window->resize(line->size.value_or(QSize(1280, 800)));
        takeScreenshot(*window, line->screenshot);
    }
    std::optional<InstanceListener> listener;
    if (instance) {
        listener.emplace(std::move(*instance));
        QObject::connect(&*listener, &InstanceListener::asked, &context, [&](const InstanceMessage &message) {
            if (message.line.theme)
                applyLook(application, *message.line.theme);
            raiseWindows(openWindows(context, message.line), message.activationToken);
        });
    }
    return QApplication::exec();
}
