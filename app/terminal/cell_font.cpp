// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/cell_font.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace pivotbench::app::terminal {

namespace {

constexpr qsizetype mostCached = 20'000;

quint32 lookUp(const QRawFont &font, char32_t character)
{
    const QList<quint32> glyphs = font.glyphIndexesForString(QString::fromUcs4(&character, 1));
    return glyphs.isEmpty() ? 0 : glyphs.first();
}

} // namespace

CellFont::CellFont(const QFont &font, qreal devicePixelRatio)
{
    // In pixels of the device, so that glyphs are hinted for it and not stretched.
    const int pixels = std::max(1, static_cast<int>(std::lround(QFontInfo(font).pixelSize() * devicePixelRatio)));
    for (unsigned style = 0; style < m_styles.size(); ++style) {
        StyledFont &styled = m_styles[style];
        styled.font = font;
        styled.font.setPixelSize(pixels);
        styled.font.setBold((style & Bold) != 0);
        styled.font.setItalic((style & Italic) != 0);
        styled.font.setKerning(false);
        styled.raw = QRawFont::fromFont(styled.font);
        for (char32_t character = 0x20; character < styled.ascii.size(); ++character)
            styled.ascii[character] = lookUp(styled.raw, character);
    }
    const QFontMetricsF metrics(m_styles[Regular].font);
    m_cell = {std::max(1, static_cast<int>(std::lround(metrics.horizontalAdvance(QLatin1Char('M'))))),
              std::max(1, static_cast<int>(std::ceil(metrics.ascent()) + std::ceil(metrics.descent())))};
    m_ascent = static_cast<int>(std::ceil(metrics.ascent()));
    // Of a stroke's weight in a monospaced face; QFontMetrics::lineWidth() is a pixel for most sizes.
    m_lineWidth = std::max(1, static_cast<int>(std::lround(m_cell.width() / 8.5)));
}

quint32 CellFont::glyph(unsigned style, char32_t character)
{
    StyledFont &styled = m_styles[style];
    if (character < styled.ascii.size())
        return styled.ascii[character];
    if (const auto known = styled.others.constFind(character); known != styled.others.constEnd())
        return *known;
    if (styled.others.size() >= mostCached)
        styled.others.clear();
    return *styled.others.insert(character, lookUp(styled.raw, character));
}

} // namespace pivotbench::app::terminal
