// SPDX-License-Identifier: Apache-2.0
//
// What keys send to a program, in the modes that libvterm is in. Any one thread.
#pragma once

#include "app/terminal/keys.h"
#include "app/terminal/output.h"

#include <vterm.h>

namespace pivotbench::app::terminal {

[[nodiscard]] VTermModifier libvtermModifiers(Modifiers modifiers);

/// `term` writes to this very output.
void sendKey(VTerm *term, Output &output, Key key, Modifiers modifiers);
void sendCharacter(Output &output, char32_t character, Modifiers modifiers);

} // namespace pivotbench::app::terminal
