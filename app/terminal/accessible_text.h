// SPDX-License-Identifier: Apache-2.0
//
// A terminal's text as one string, for screen readers: the screen's lines and up to a thousand above them, joined by
// line feeds, without the blanks at their ends (but as far as the cursor is). A snapshot; values.
#pragma once

#include "app/terminal/selection.h"

#include <QString>
#include <vector>

namespace pivotbench::app::terminal {

struct AccessibleText {
    static constexpr LineNumber mostLinesAbove = 1000;

    QString text;
    LineNumber firstLine = 0;
    std::vector<qsizetype> starts; ///< of each line, in the text
    qsizetype cursor = 0;

    [[nodiscard]] static AccessibleText of(const Screen &screen);

    [[nodiscard]] qsizetype offsetOf(const Screen &screen, TextPosition position) const;
    [[nodiscard]] TextPosition positionOf(const Screen &screen, qsizetype offset) const;
};

/// What has to be said of the way from one snapshot to the next: a piece that went at the beginning, because lines did,
/// and then one that was replaced by another.
struct TextChange {
    QString removedAtStart;
    qsizetype position = 0;
    QString removed;
    QString inserted;

    [[nodiscard]] static TextChange between(const AccessibleText &before, const AccessibleText &after);
    bool operator==(const TextChange &) const = default;
};

} // namespace pivotbench::app::terminal
