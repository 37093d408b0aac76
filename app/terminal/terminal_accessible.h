// SPDX-License-Identifier: Apache-2.0
//
// A TerminalView for screen readers: the role Terminal, and as its text the lines in sight and up to a thousand above
// them, joined by line feeds. Made by a factory that is installed once for the program; Qt owns what it makes.
#pragma once

namespace pivotbench::app::terminal {

void installTerminalAccessibility();

} // namespace pivotbench::app::terminal
