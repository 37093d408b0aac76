// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/terminal_accessible.h"

#include "app/terminal/terminal_view.h"

namespace pivotbench::app::terminal {

void installTerminalAccessibility() {}

} // namespace pivotbench::app::terminal
