// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/selection.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

constexpr LineNumber mostJoined = 1000;

bool isWrapped(const Screen &screen, LineNumber line, Line &scratch)
{
    if (line < screen.firstLine() || line >= screen.endLine())
        return false;
    screen.readLine(line, scratch);
    return scratch.wrapped;
}

/// Columns of a line that have something; a blank a program never wrote counts as nothing.
int usedColumns(const Line &line)
{
    auto used = static_cast<int>(line.cells.size());
    while (used > 0 && line.cells[static_cast<std::size_t>(used - 1)].isBlank() &&
           line.cells[static_cast<std::size_t>(used - 1)].width == 1)
        --used;
    return used;
}

enum class CharacterClass : std::uint8_t { Word, Space, Other };

CharacterClass classOf(QChar character)
{
    if (character.isSpace())
        return CharacterClass::Space;
    static const QString joining = QStringLiteral("_-./~:@%+#?&=,");
    if (character.isLetterOrNumber() || character.isMark() || character.isSurrogate() || joining.contains(character))
        return CharacterClass::Word;
    return CharacterClass::Other;
}

} // namespace

QString textOf(const Cell &cell)
{
    if (cell.width == 0)
        return {};
    if (cell.isBlank())
        return QStringLiteral(" ");
    const auto end = std::ranges::find(cell.text, U'\0');
    return QString::fromUcs4(cell.text.data(), end - cell.text.begin());
}

TextPosition JoinedLine::placeOf(qsizetype index) const
{
    if (index >= 0 && static_cast<std::size_t>(index) < places.size())
        return places[static_cast<std::size_t>(index)];
    return places.empty() ? TextPosition{first, 0} : places.back();
}

JoinedLine joinedLine(const Screen &screen, LineNumber line)
{
    JoinedLine joined;
    Line scratch;
    joined.first = line;
    while (joined.first > screen.firstLine() && line - joined.first < mostJoined &&
           isWrapped(screen, joined.first - 1, scratch))
        --joined.first;
    joined.end = joined.first;
    bool more = true;
    while (more && joined.end < screen.endLine() && joined.end - line < mostJoined) {
        screen.readLine(joined.end, scratch);
        const int used = usedColumns(scratch);
        for (int column = 0; column < used; ++column) {
            const QString text = textOf(scratch.cells[static_cast<std::size_t>(column)]);
            joined.text += text;
            joined.places.insert(joined.places.end(), static_cast<std::size_t>(text.size()), {joined.end, column});
        }
        more = scratch.wrapped;
        if (!more)
            joined.places.push_back({joined.end, used});
        ++joined.end;
    }
    return joined;
}

QString textOf(const Screen &screen, const TextRange &range)
{
    QString text;
    Line line;
    const LineNumber last = std::min(range.end.line, screen.endLine() - 1);
    for (LineNumber number = std::max(range.begin.line, screen.firstLine()); number <= last; ++number) {
        screen.readLine(number, line);
        const int from = number == range.begin.line ? range.begin.column : 0;
        const int to = std::min(number == range.end.line ? range.end.column : screen.size().columns, usedColumns(line));
        QString part;
        for (int column = from; column < to; ++column)
            part += textOf(line.cells[static_cast<std::size_t>(column)]);
        const bool ends = !line.wrapped;
        if (ends)
            while (part.endsWith(QLatin1Char(' ')))
                part.chop(1);
        text += part;
        if (ends && number < range.end.line)
            text += QLatin1Char('\n');
    }
    return text;
}

TextRange wordAt(const Screen &screen, TextPosition position)
{
    const JoinedLine line = joinedLine(screen, position.line);
    qsizetype index = 0;
    while (index + 1 < line.text.size() && line.placeOf(index + 1) <= position)
        ++index;
    if (line.text.isEmpty() || line.placeOf(line.text.size()) <= position)
        return {position, position};
    const CharacterClass kind = classOf(line.text.at(index));
    const QChar character = line.text.at(index);
    const auto belongs = [&](QChar other) {
        return classOf(other) == kind && (kind != CharacterClass::Other || other == character);
    };
    qsizetype begin = index;
    while (begin > 0 && belongs(line.text.at(begin - 1)))
        --begin;
    qsizetype end = index + 1;
    while (end < line.text.size() && belongs(line.text.at(end)))
        ++end;
    // The end is behind the last character's cells, which may be on a line before the next character's.
    const TextPosition last = line.placeOf(end - 1);
    const TextPosition next = line.placeOf(end);
    return {line.placeOf(begin), next.line == last.line ? next : TextPosition{last.line, screen.size().columns}};
}

TextRange lineAt(const Screen &screen, TextPosition position)
{
    const JoinedLine line = joinedLine(screen, position.line);
    return {{line.first, 0}, {std::max(line.end - 1, line.first), screen.size().columns}};
}

std::optional<TextRange> findText(const Screen &screen, const QString &text, const TextRange &from, bool forwards,
                                  Qt::CaseSensitivity sensitivity)
{
    if (text.isEmpty())
        return std::nullopt;
    const auto rangeOf = [&](const JoinedLine &line, qsizetype index) {
        const TextPosition last = line.placeOf(index + text.size() - 1);
        const TextPosition next = line.placeOf(index + text.size());
        return TextRange{line.placeOf(index),
                         next.line == last.line ? next : TextPosition{last.line, screen.size().columns}};
    };
    const LineNumber first = screen.firstLine();
    const LineNumber end = screen.endLine();
    const TextPosition start = forwards ? from.end : from.begin;
    LineNumber number = std::clamp(start.line, first, end - 1);
    bool around = false;
    for (LineNumber seen = 0; seen <= end - first + mostJoined;) {
        const JoinedLine line = joinedLine(screen, number);
        seen += std::max<LineNumber>(line.end - line.first, 1);
        if (forwards) {
            for (qsizetype index = line.text.indexOf(text, 0, sensitivity); index >= 0;
                 index = line.text.indexOf(text, index + 1, sensitivity))
                if (around || line.placeOf(index) >= start)
                    return rangeOf(line, index);
            number = line.end;
            if (number >= end) {
                if (around)
                    return std::nullopt;
                around = true;
                number = first;
            }
        } else {
            for (qsizetype index = line.text.lastIndexOf(text, -1, sensitivity); index >= 0;
                 index = index == 0 ? -1 : line.text.lastIndexOf(text, index - 1, sensitivity))
                if (around || rangeOf(line, index).end <= start)
                    return rangeOf(line, index);
            number = line.first - 1;
            if (number < first) {
                if (around)
                    return std::nullopt;
                around = true;
                number = end - 1;
            }
        }
    }
    return std::nullopt;
}

} // namespace pivotbench::app::terminal
