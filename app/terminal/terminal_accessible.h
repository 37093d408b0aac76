// SPDX-License-Identifier: Apache-2.0
//
// A TerminalView for screen readers: the role Terminal, and as its text an AccessibleText. The factory is installed
// once for the program; Qt owns what it makes. Interface thread.
#pragma once

#include "app/terminal/accessible_text.h"

#include <QAccessible>
#include <memory>
#include <vector>

class QObject;

namespace pivotbench::app::terminal {

void installTerminalAccessibility();

/// What screen readers have to be told of the way from one snapshot to the next, in order.
[[nodiscard]] std::vector<std::unique_ptr<QAccessibleEvent>> announcements(QObject *view, const AccessibleText &before,
                                                                           const AccessibleText &after);

} // namespace pivotbench::app::terminal
