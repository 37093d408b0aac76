// SPDX-License-Identifier: Apache-2.0
//
// Does what a command line asks for: that of this program, or that of one which was started later. Interface thread.
#pragma once

#include "app/workbench/command_line.h"

#include <QList>

namespace pivotbench::app {

class AppContext;
class MainWindow;

/// The windows in which it is done, shown; at least one. A file that a window has open already is not opened twice.
QList<MainWindow *> openWindows(AppContext &context, const CommandLine &line);

/// Brings them in front of the person, as far as the desktop lets programs do that.
void raiseWindows(const QList<MainWindow *> &windows, const std::string &activationToken);

} // namespace pivotbench::app
