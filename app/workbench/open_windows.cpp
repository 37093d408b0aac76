// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/open_windows.h"

#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"

#include <QApplication>
#include <QFileInfo>

namespace pivotbench::app {

namespace {

/// One that shows nothing yet, or a new one.
MainWindow *freeWindow(AppContext &context)
{
    for (MainWindow *window : context.windows())
        if (window->isFree())
            return window;
    return context.newWindow();
}

MainWindow *windowOf(AppContext &context, const QString &file)
{
    for (MainWindow *window : context.windows())
        if (window->document().path() == file)
            return window;
    return nullptr;
}

} // namespace

QList<MainWindow *> openWindows(AppContext &context, const CommandLine &line)
{
    const auto then = [run = line.run, place = line.place, step = line.step, compare = line.compare, walk = line.walk,
                       whatIf = line.whatIf](MainWindow &window) {
        if (run)
            window.run();
        if (place)
            window.goTo(*place);
        if (!compare.isEmpty())
            window.compareWith(compare);
        if (!step.isEmpty())
            window.showStep(step);
        for (const QString &operation : whatIf)
            window.suppose(operation);
        if (!walk.isEmpty())
            window.walkPath(walk);
    };
    QList<MainWindow *> windows;
    for (const QString &name : line.files) {
        const QString file = QFileInfo(name).absoluteFilePath();
        MainWindow *window = windowOf(context, file);
        if (window) {
            then(*window);
        } else {
            window = freeWindow(context);
            window->openFile(file, then);
        }
        windows << window;
    }
    if (windows.isEmpty()) {
        windows << freeWindow(context);
        if (!line.preset.isEmpty())
            windows.front()->openPreset(line.preset);
        then(*windows.front());
    }
    for (MainWindow *window : windows)
        window->QWidget::show();
    return windows;
}

void raiseWindows(const QList<MainWindow *> &windows, const std::string &activationToken)
{
    // Qt's Wayland plugin takes it from there, once. Elsewhere nobody would.
    if (!activationToken.empty() && QGuiApplication::platformName().startsWith("wayland"))
        qputenv("XDG_ACTIVATION_TOKEN", QByteArray::fromStdString(activationToken));
    for (MainWindow *window : windows) {
        window->setWindowState(window->windowState() & ~Qt::WindowMinimized);
        window->raise();
        window->activateWindow();
    }
}

} // namespace pivotbench::app
