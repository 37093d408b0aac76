// SPDX-License-Identifier: Apache-2.0
//
// A picture of a window once it has come to rest, for documentation and tests. Interface thread.
#pragma once

#include <QString>

namespace pivotbench::app {

class MainWindow;

/// Waits until what was opened is analysed and shown, writes the PNG, and ends the event loop: with 0, or with 1 when
/// the file cannot be written.
void takeScreenshot(MainWindow &window, const QString &path);

} // namespace pivotbench::app
