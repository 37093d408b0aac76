// SPDX-License-Identifier: Apache-2.0
//
// Paints lines of cells: neighbours that look alike at once, each glyph in its own cell. In device pixels. Lent a font
// and colours by the view; the interface thread.
#pragma once

#include "app/terminal/cell.h"
#include "app/terminal/cell_font.h"
#include "app/terminal/screen.h"
#include "app/terminal/terminal_colours.h"

#include <QGlyphRun>
#include <QPoint>
#include <optional>

class QPainter;

namespace pivotbench::app::terminal {

struct LineColours {
    TerminalColours table;
    QRgb foreground = 0;
    QRgb background = 0;
    QRgb selectedForeground = 0;
    QRgb selectedBackground = 0;
    bool reverse = false; ///< of the whole screen, DECSCNM
};

/// What lies over a line's cells: columns from the first to before the end.
struct LineMarks {
    int selectedFrom = 0;
    int selectedTo = 0;
    std::optional<int> cursorColumn;
    CursorShape cursorShape = CursorShape::Block;
    bool cursorFilled = true; ///< false: only the outline, without focus
    bool blinkHidden = false; ///< the blinking rendition is in its dark half
};

class LinePainter {
public:
    CellFont font;
    LineColours colours;

    /// The line's upper left corner is at `origin`; paints every cell's background.
    void paint(QPainter &painter, QPoint origin, const Line &line, const LineMarks &marks);

private:
    struct Look {
        QRgb foreground = 0;
        QRgb background = 0;
        unsigned style = 0;
        Underline underline = Underline::None;
        bool strike = false;
        bool hidden = false;

        bool operator==(const Look &) const = default;
    };

    [[nodiscard]] QRgb resolve(Colour colour, QRgb otherwise) const;
    [[nodiscard]] Look lookOf(const Cell &cell, int column, const LineMarks &marks) const;
    void paintRun(QPainter &painter, QPoint origin, const Line &line, int from, int to, const Look &look);
    void flushGlyphs(QPainter &painter, const Look &look);
    void paintOddCell(QPainter &painter, const QRect &place, const Cell &cell, const Look &look) const;
    void paintCursor(QPainter &painter, QPoint origin, const Line &line, const LineMarks &marks) const;

    QList<quint32> m_glyphs;
    QList<QPointF> m_positions;
};

} // namespace pivotbench::app::terminal
