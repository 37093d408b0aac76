// SPDX-License-Identifier: Apache-2.0
//
// The colours a program means by an index: sixteen of a theme, a cube of 6×6×6 and 24 greys (xterm's 256colres.h). The
// default foreground and background are the widget's palette and not here. Values.
#pragma once

#include <QColor>
#include <array>
#include <cstdint>

class QPalette;

namespace pivotbench::app::terminal {

struct TerminalColours {
    std::array<QRgb, 16> basic{}; ///< black, red, green, yellow, blue, magenta, cyan, white; then the bright ones

    /// Each of them is readable on a white or near-white background.
    [[nodiscard]] static TerminalColours light();
    [[nodiscard]] static TerminalColours dark();
    /// The one that suits the palette's base.
    [[nodiscard]] static TerminalColours suiting(const QPalette &palette);

    [[nodiscard]] QRgb at(std::uint8_t index) const;

    bool operator==(const TerminalColours &) const = default;
};

/// Half-way to the background, for the faint rendition.
[[nodiscard]] QRgb faint(QRgb colour, QRgb background);

} // namespace pivotbench::app::terminal
