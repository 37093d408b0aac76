// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/accessible_text.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

QString lineText(const Line &line, int columns)
{
    QString text;
    for (int column = 0; column < columns && column < static_cast<int>(line.cells.size()); ++column)
        text += textOf(line.cells[static_cast<std::size_t>(column)]);
    return text;
}

QString trimmedAtEnd(QString text, qsizetype least)
{
    qsizetype used = text.size();
    while (used > least && text.at(used - 1) == QLatin1Char(' '))
        --used;
    text.truncate(used);
    return text;
}

} // namespace

AccessibleText AccessibleText::of(const Screen &screen)
{
    AccessibleText made;
    made.firstLine = std::max(screen.firstLine(), screen.screenTop() - mostLinesAbove);
    const Place cursor = screen.cursor().place;
    Line line;
    for (LineNumber number = made.firstLine; number < screen.endLine(); ++number) {
        if (number > made.firstLine)
            made.text += QLatin1Char('\n');
        made.starts.push_back(made.text.size());
        screen.readLine(number, line);
        const bool hasCursor = number == screen.screenTop() + cursor.row;
        const qsizetype before = hasCursor ? lineText(line, cursor.column).size() : 0;
        if (hasCursor)
            made.cursor = made.text.size() + before;
        made.text += trimmedAtEnd(lineText(line, screen.size().columns), before);
    }
    // Empty lines below everything say nothing.
    while (made.text.endsWith(QLatin1Char('\n')) && made.starts.size() > 1 && made.cursor < made.text.size()) {
        made.text.chop(1);
        made.starts.pop_back();
    }
    return made;
}

qsizetype AccessibleText::offsetOf(const Screen &screen, TextPosition position) const
{
    if (position.line < firstLine)
        return 0;
    const auto index = static_cast<std::size_t>(position.line - firstLine);
    if (index >= starts.size())
        return text.size();
    Line line;
    screen.readLine(position.line, line);
    const qsizetype end = index + 1 < starts.size() ? starts[index + 1] - 1 : text.size();
    return std::min(starts[index] + lineText(line, position.column).size(), end);
}

TextPosition AccessibleText::positionOf(const Screen &screen, qsizetype offset) const
{
    const auto after = std::ranges::upper_bound(starts, std::max<qsizetype>(offset, 0));
    const auto index = std::max<std::ptrdiff_t>(after - starts.begin() - 1, 0);
    const LineNumber number = firstLine + index;
    Line line;
    screen.readLine(number, line);
    qsizetype rest = offset - (starts.empty() ? 0 : starts[static_cast<std::size_t>(index)]);
    int column = 0;
    for (const Cell &cell : line.cells) {
        rest -= textOf(cell).size();
        if (rest < 0)
            break;
        ++column;
    }
    return {number, column};
}

TextChange TextChange::between(const AccessibleText &before, const AccessibleText &after)
{
    TextChange change;
    QStringView old = before.text;
    const LineNumber gone = after.firstLine - before.firstLine;
    if (gone > 0) {
        const qsizetype cut = gone < static_cast<LineNumber>(before.starts.size())
                                  ? before.starts[static_cast<std::size_t>(gone)]
                                  : before.text.size();
        change.removedAtStart = before.text.left(cut);
        old = old.sliced(cut);
    }
    const QStringView now = after.text;
    const auto [oldDiffers, nowDiffers] = std::ranges::mismatch(old, now);
    change.position = oldDiffers - old.begin();
    old = old.sliced(change.position);
    QStringView rest = now.sliced(change.position);
    while (!old.isEmpty() && !rest.isEmpty() && old.back() == rest.back()) {
        old.chop(1);
        rest.chop(1);
    }
    change.removed = old.toString();
    change.inserted = rest.toString();
    return change;
}

} // namespace pivotbench::app::terminal
