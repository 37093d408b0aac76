// SPDX-License-Identifier: Apache-2.0
//
// One window of the workbench.
#pragma once

#include <QMainWindow>

namespace pivotbench::app {

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow();
};

} // namespace pivotbench::app
