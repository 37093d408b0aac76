// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/screenshot.h"

#include "app/workbench/main_window.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QImageWriter>
#include <QPixmap>
#include <QTextStream>
#include <QTimer>
#include <cstdio>
#include <memory>

namespace pivotbench::app {

namespace {

constexpr int lookMs = 50;
constexpr int restMs = 700; ///< the tree is read and the layers are counted after the analysis
constexpr qint64 mostMs = 10'000;

} // namespace

void takeScreenshot(MainWindow &window, const QString &path)
{
    auto *timer = new QTimer(&window);
    auto rested = std::make_shared<QElapsedTimer>();
    auto whole = std::make_shared<QElapsedTimer>();
    whole->start();
    QObject::connect(timer, &QTimer::timeout, &window, [=, &window] {
        if (!window.isAtRest() && whole->elapsed() < mostMs)
            return;
        if (!rested->isValid())
            rested->start();
        if (rested->elapsed() < restMs)
            return;
        timer->stop();
        QImageWriter writer(path, "png");
        const bool written = writer.write(window.grab().toImage());
        if (!written)
            QTextStream(stderr) << "pivotbench: cannot write the picture " << path << ": " << writer.errorString()
                                << '\n';
        QCoreApplication::exit(written ? 0 : 1);
    });
    timer->start(lookMs);
}

} // namespace pivotbench::app
