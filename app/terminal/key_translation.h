// SPDX-License-Identifier: Apache-2.0
//
// What a key of Qt's is to a terminal. Pure.
#pragma once

#include "app/terminal/screen.h"

#include <Qt>

class QKeyEvent;

namespace pivotbench::app::terminal {

[[nodiscard]] Modifiers modifiersOf(Qt::KeyboardModifiers modifiers);

/// Tells the screen; false for keys that mean nothing to a program (modifiers alone, media keys).
bool pressKey(Screen &screen, const QKeyEvent &event);

} // namespace pivotbench::app::terminal
