// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/main_window.h"

namespace pivotbench::app {

MainWindow::MainWindow() { setWindowTitle(tr("Pivotbench")); }

} // namespace pivotbench::app
