// SPDX-License-Identifier: Apache-2.0
//
// Screens as text, for comparing.
#pragma once

#include "app/terminal/screen.h"
#include "app/terminal/selection.h"

#include <QString>
#include <QStringList>

namespace pivotbench::test {

/// A line without the blanks at its end; a wide character once.
inline QString lineText(const app::terminal::Line &line)
{
    QString text;
    for (const app::terminal::Cell &cell : line.cells)
        text += app::terminal::textOf(cell);
    while (text.endsWith(QLatin1Char(' ')))
        text.chop(1);
    return text;
}

/// Lines joined by '|', without the empty ones at the end.
inline QString linesText(const app::terminal::Screen &screen, app::terminal::LineNumber from,
                         app::terminal::LineNumber to)
{
    QStringList lines;
    app::terminal::Line line;
    for (; from < to; ++from) {
        screen.readLine(from, line);
        lines += lineText(line);
    }
    while (!lines.isEmpty() && lines.last().isEmpty())
        lines.removeLast();
    return lines.join(QLatin1Char('|'));
}

inline QString screenText(const app::terminal::Screen &screen)
{
    return linesText(screen, screen.screenTop(), screen.endLine());
}

inline QString allText(const app::terminal::Screen &screen)
{
    return linesText(screen, screen.firstLine(), screen.endLine());
}

} // namespace pivotbench::test
