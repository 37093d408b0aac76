// SPDX-License-Identifier: Apache-2.0
//
// The least that a window such as the workbench's can be, for bench_start: Qt's own parts with a few words in them.
#include <QApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenuBar>
#include <QTreeWidget>

int main(int argc, char **argv)
{
    const QApplication application(argc, argv);
    QMainWindow window;
    for (const char *title : {"File", "Edit", "View", "Help"}) {
        QMenu *menu = window.menuBar()->addMenu(title);
        for (const char *entry : {"One", "Two", "Three", "Four", "Five"})
            menu->addAction(entry);
    }
    const auto tree = [] {
        auto *made = new QTreeWidget;
        made->setHeaderLabels({"Name", "Value"});
        for (int i = 0; i < 20; ++i) {
            auto *top = new QTreeWidgetItem(made, {QString("row %1").arg(i), "value"});
            new QTreeWidgetItem(top, {"below", "value"});
        }
        return made;
    };
    auto *dock = new QDockWidget("Dock");
    dock->setWidget(tree());
    window.addDockWidget(Qt::LeftDockWidgetArea, dock);
    window.setCentralWidget(tree());
    // As large as the workbench's window, because its pixels are memory too.
    const int em = window.fontMetrics().horizontalAdvance('m');
    window.resize(100 * em, 60 * em);
    window.show();
    return QApplication::exec();
}
