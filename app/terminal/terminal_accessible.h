// SPDX-License-Identifier: Apache-2.0
//
// A TerminalView for screen readers: the role Terminal, and as its text an AccessibleText. The factory is installed
// once for the program; Qt owns what it makes. Interface thread.
#pragma once

#include "app/terminal/accessible_text.h"

class QObject;

namespace pivotbench::app::terminal {

void installTerminalAccessibility();

/// Tells screen readers, if there are any, what changed.
void announce(QObject *view, const AccessibleText &before, const AccessibleText &after);

} // namespace pivotbench::app::terminal
