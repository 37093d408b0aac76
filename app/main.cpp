// SPDX-License-Identifier: Apache-2.0
//
// The workbench's program.
#include "app/workbench/main_window.h"

#include <QApplication>

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    pivotbench::app::MainWindow window;
    window.show();
    return QApplication::exec();
}
