// SPDX-License-Identifier: Apache-2.0
//
// Lines, corners, blocks and shades drawn to the edges of their cell: a font's glyphs for them rarely meet. Covers the
// characters of U+2500 to U+259F, but for dashes and diagonals; shapes as the Unicode charts show them.
#pragma once

class QPainter;
class QRect;
class QColor;

namespace pivotbench::app::terminal {

/// Whether the character was one of them and is drawn. `line` is the width of a light line.
bool drawBox(QPainter &painter, const QRect &cell, char32_t character, const QColor &colour, int line);
[[nodiscard]] bool isBox(char32_t character);

} // namespace pivotbench::app::terminal
