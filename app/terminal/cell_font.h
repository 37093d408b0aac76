// SPDX-License-Identifier: Apache-2.0
//
// A font in the four styles of a terminal, at device resolution: cells of a whole number of device pixels, and glyphs
// by character without shaping, so that each stands in its cell. Values; the interface thread.
#pragma once

#include <QFont>
#include <QHash>
#include <QRawFont>
#include <QSize>
#include <array>

namespace pivotbench::app::terminal {

class CellFont {
public:
    enum Style : std::uint8_t { Regular = 0, Bold = 1, Italic = 2 }; ///< may be or-ed

    CellFont() = default;
    CellFont(const QFont &font, qreal devicePixelRatio);

    [[nodiscard]] QSize cell() const { return m_cell; } ///< device pixels
    [[nodiscard]] int ascent() const { return m_ascent; }
    [[nodiscard]] int lineWidth() const { return m_lineWidth; }
    [[nodiscard]] const QRawFont &raw(unsigned style) const { return m_styles[style].raw; }
    /// For what needs shaping or another font; sizes in device pixels.
    [[nodiscard]] const QFont &font(unsigned style) const { return m_styles[style].font; }
    /// 0 when the font has none.
    [[nodiscard]] quint32 glyph(unsigned style, char32_t character);

private:
    struct StyledFont {
        QFont font;
        QRawFont raw;
        std::array<quint32, 128> ascii{};
        QHash<char32_t, quint32> others;
    };

    std::array<StyledFont, 4> m_styles;
    QSize m_cell{8, 16};
    int m_ascent = 12;
    int m_lineWidth = 1;
};

} // namespace pivotbench::app::terminal
