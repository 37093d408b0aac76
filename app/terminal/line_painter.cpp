// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/line_painter.h"

#include "app/terminal/box_drawing.h"
#include "app/terminal/selection.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <utility>

namespace pivotbench::app::terminal {

namespace {

const Cell &cellAt(const Line &line, int column) { return line.cells[static_cast<std::size_t>(column)]; }

} // namespace

QRgb LinePainter::resolve(Colour colour, QRgb otherwise) const
{
    switch (colour.kind) {
    case Colour::Kind::Default: return otherwise;
    case Colour::Kind::Indexed: return colours.table.at(colour.index());
    case Colour::Kind::Rgb: return qRgb(colour.red, colour.green, colour.blue);
    }
    return otherwise;
}

LinePainter::Look LinePainter::lookOf(const Cell &cell, int column, const LineMarks &marks) const
{
    const Pen &pen = cell.pen;
    Look look;
    look.foreground = resolve(pen.foreground, colours.foreground);
    look.background = resolve(pen.background, colours.background);
    if (pen.reverse != colours.reverse)
        std::swap(look.foreground, look.background);
    if (pen.faint)
        look.foreground = faint(look.foreground, look.background);
    if (column >= marks.selectedFrom && column < marks.selectedTo) {
        look.foreground = colours.selectedForeground;
        look.background = colours.selectedBackground;
    }
    if (marks.cursorColumn && marks.cursorFilled && marks.cursorShape == CursorShape::Block &&
        (column == *marks.cursorColumn || (cell.width == 0 && column == *marks.cursorColumn + 1)))
        std::swap(look.foreground, look.background);
    look.style = (pen.bold ? unsigned{CellFont::Bold} : 0U) | (pen.italic ? unsigned{CellFont::Italic} : 0U);
    look.underline = pen.underline;
    look.strike = pen.strike;
    look.hidden = pen.concealed || (pen.blink && marks.blinkHidden);
    return look;
}

void LinePainter::paint(QPainter &painter, QPoint origin, const Line &line, const LineMarks &marks)
{
    const auto columns = static_cast<int>(line.cells.size());
    for (int from = 0; from < columns;) {
        const Look look = lookOf(cellAt(line, from), from, marks);
        int to = from + 1;
        while (to < columns && (cellAt(line, to).width == 0 || lookOf(cellAt(line, to), to, marks) == look))
            ++to;
        paintRun(painter, origin, line, from, to, look);
        from = to;
    }
    paintCursor(painter, origin, line, marks);
}

void LinePainter::paintRun(QPainter &painter, QPoint origin, const Line &line, int from, int to, const Look &look)
{
    const QSize cell = font.cell();
    const QRect place(origin.x() + from * cell.width(), origin.y(), (to - from) * cell.width(), cell.height());
    painter.fillRect(place, QColor(look.background));
    if (look.hidden)
        return;
    const int baseline = origin.y() + font.ascent();
    for (int column = from; column < to; ++column) {
        const Cell &one = cellAt(line, column);
        if (one.isBlank() || one.text[0] == ' ')
            continue;
        const int x = origin.x() + column * cell.width();
        if (one.width == 1 && one.text[1] == 0 && !isBox(one.text[0])) {
            if (const quint32 glyph = font.glyph(look.style, one.text[0]); glyph != 0) {
                m_glyphs.append(glyph);
                m_positions.append(QPointF(x, baseline));
                continue;
            }
        }
        paintOddCell(painter, QRect(x, origin.y(), cell.width() * one.width, cell.height()), one, look);
    }
    flushGlyphs(painter, look);

    const int thickness = font.lineWidth();
    const int below = std::min(baseline + std::max(1, thickness), place.bottom() + 1 - thickness);
    const QColor colour(look.foreground);
    switch (look.underline) {
    case Underline::None: break;
    case Underline::Double:
        painter.fillRect(place.x(), std::min(below + 2 * thickness, place.bottom() + 1 - thickness), place.width(),
                         thickness, colour);
        painter.fillRect(place.x(), below, place.width(), thickness, colour);
        break;
    case Underline::Single: painter.fillRect(place.x(), below, place.width(), thickness, colour); break;
    case Underline::Curly: {
        const int height = std::max(2, std::min(2 * thickness + 1, place.bottom() - below));
        QPainterPath wave(QPointF(place.x(), below + height / 2.0));
        for (int x = place.x(); x < place.x() + place.width(); x += cell.width()) {
            const qreal quarter = cell.width() / 4.0;
            wave.quadTo(x + quarter, below - height / 2.0, x + 2 * quarter, below + height / 2.0);
            wave.quadTo(x + 3 * quarter, below + height * 1.5, x + 4 * quarter, below + height / 2.0);
        }
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, thickness));
        painter.setClipRect(place, Qt::IntersectClip);
        painter.drawPath(wave);
        painter.restore();
        break;
    }
    }
    if (look.strike)
        painter.fillRect(place.x(), baseline - font.ascent() / 3, place.width(), thickness, colour);
}

void LinePainter::flushGlyphs(QPainter &painter, const Look &look)
{
    if (m_glyphs.isEmpty())
        return;
    QGlyphRun run;
    run.setRawFont(font.raw(look.style));
    run.setGlyphIndexes(m_glyphs);
    run.setPositions(m_positions);
    painter.setPen(QColor(look.foreground));
    painter.drawGlyphRun(QPointF(0, 0), run);
    m_glyphs.clear();
    m_positions.clear();
}

/// What needs shaping, two cells, or a font that the chosen one does not have.
void LinePainter::paintOddCell(QPainter &painter, const QRect &place, const Cell &cell, const Look &look) const
{
    const QColor colour(look.foreground);
    if (drawBox(painter, place, cell.text[0], colour, font.lineWidth()))
        return;
    const QString text = textOf(cell);
    painter.save();
    painter.setClipRect(place, Qt::IntersectClip);
    painter.setFont(font.font(look.style));
    painter.setPen(colour);
    const QFontMetrics metrics(painter.font(), painter.device());
    const int advance = metrics.horizontalAdvance(text);
    const int slack = place.width() - advance;
    if (slack >= 0 || advance == 0) {
        painter.drawText(place.x() + slack / 2, place.y() + font.ascent(), text);
    } else {
        // A glyph of another font, too wide: made narrower rather than cut.
        painter.translate(place.x(), place.y() + font.ascent());
        painter.scale(static_cast<qreal>(place.width()) / advance, 1);
        painter.drawText(0, 0, text);
    }
    painter.restore();
}

void LinePainter::paintCursor(QPainter &painter, QPoint origin, const Line &line, const LineMarks &marks) const
{
    if (!marks.cursorColumn || *marks.cursorColumn < 0 || *marks.cursorColumn >= static_cast<int>(line.cells.size()))
        return;
    const Cell &cell = cellAt(line, *marks.cursorColumn);
    const QSize size = font.cell();
    const QRect place(origin.x() + *marks.cursorColumn * size.width(), origin.y(),
                      size.width() * std::max<int>(cell.width, 1), size.height());
    const QColor colour(lookOf(cell, -1, {}).foreground);
    const int thickness = std::max(font.lineWidth(), size.width() / 8);
    if (!marks.cursorFilled) {
        const int edge = font.lineWidth();
        painter.fillRect(place.x(), place.y(), place.width(), edge, colour);
        painter.fillRect(place.x(), place.bottom() + 1 - edge, place.width(), edge, colour);
        painter.fillRect(place.x(), place.y(), edge, place.height(), colour);
        painter.fillRect(place.right() + 1 - edge, place.y(), edge, place.height(), colour);
    } else if (marks.cursorShape == CursorShape::Underline) {
        painter.fillRect(place.x(), place.bottom() + 1 - thickness, place.width(), thickness, colour);
    } else if (marks.cursorShape == CursorShape::Bar) {
        painter.fillRect(place.x(), place.y(), thickness, place.height(), colour);
    }
}

} // namespace pivotbench::app::terminal
