// SPDX-License-Identifier: Apache-2.0
//
// How many cells a character takes: 0 (joins the one before it), 1 or 2. Unicode 14: East Asian Width W and F take two
// (UAX #11), marks and format characters none, as the C library's wcwidth(3) has it in a UTF-8 locale, because that is
// what programs reckon with. libvterm 0.1.4 has tables of Unicode 9, so its own are not used. Pure.
#pragma once

namespace pivotbench::app::terminal {

[[nodiscard]] int characterWidth(char32_t character);

} // namespace pivotbench::app::terminal
