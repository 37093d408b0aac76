// SPDX-License-Identifier: Apache-2.0
//
// Gives a primary screen and what scrolled off it another size. Lines that a wrap cut are joined and cut anew; rows
// that no longer fit go to the scrollback, and come back when there is room and nothing blank is left below. The cursor
// stays on its character. Pure, but for what it is given.
#pragma once

#include "app/terminal/grid.h"
#include "app/terminal/scrollback.h"

namespace pivotbench::app::terminal {

/// Where the cursor is then.
[[nodiscard]] Place reflow(Grid &grid, Scrollback &scrollback, Size size, Place cursor);

} // namespace pivotbench::app::terminal
