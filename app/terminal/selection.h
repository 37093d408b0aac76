// SPDX-License-Identifier: Apache-2.0
//
// Stretches of a terminal's text, over screen and scrollback, and the words and lines in it. Pure reading of a Screen.
#pragma once

#include "app/terminal/screen.h"

#include <QString>
#include <optional>
#include <vector>

namespace pivotbench::app::terminal {

/// Before a cell; the column may be the number of columns.
struct TextPosition {
    LineNumber line = 0;
    int column = 0;

    auto operator<=>(const TextPosition &) const = default;
};

struct TextRange {
    TextPosition begin;
    TextPosition end;

    [[nodiscard]] bool isEmpty() const { return begin >= end; }
    bool operator==(const TextRange &) const = default;
};

/// Lines that a wrap cut, as one text, with the place of each of its UTF-16 units.
struct JoinedLine {
    LineNumber first = 0;
    LineNumber end = 0;
    QString text;
    std::vector<TextPosition> places;

    [[nodiscard]] TextPosition placeOf(qsizetype index) const;
};

/// The one that `line` belongs to; of a very long one only the part around it.
[[nodiscard]] JoinedLine joinedLine(const Screen &screen, LineNumber line);

/// What would be copied: wrapped lines joined, blanks at line ends left out, wide characters once.
[[nodiscard]] QString textOf(const Screen &screen, const TextRange &range);
/// A cell's character and its marks; a space for a blank, nothing for a wide character's second half.
[[nodiscard]] QString textOf(const Cell &cell);

/// Of letters, digits, and what paths and addresses are made of; else of equal characters.
[[nodiscard]] TextRange wordAt(const Screen &screen, TextPosition position);
[[nodiscard]] TextRange lineAt(const Screen &screen, TextPosition position);

/// The next match before `from.begin` or after `from.end`, around the end once.
[[nodiscard]] std::optional<TextRange> findText(const Screen &screen, const QString &text, const TextRange &from,
                                                bool forwards, Qt::CaseSensitivity sensitivity);

} // namespace pivotbench::app::terminal
