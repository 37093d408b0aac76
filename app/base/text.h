// SPDX-License-Identifier: Apache-2.0
//
// From core's text to Qt's and back. Names of files are bytes: what is not UTF-8 is shown with escapes and never turned
// back into a name.
#pragma once

#include "core/base/text.h"

#include <QString>
#include <string>
#include <string_view>

namespace pivotbench::app {

/// As a person may see it: printable(), as QString.
[[nodiscard]] inline QString shown(std::string_view text, bool keepNewlines = false)
{
    return QString::fromStdString(core::printable(text, keepNewlines));
}

/// Exactly, for text that goes back into the spec. Text that is no UTF-8 is not editable; callers show it instead.
[[nodiscard]] inline QString exact(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// For a tooltip: those show as rich text whatever looks like it, and what is said may come from a file or a sandbox.
[[nodiscard]] inline QString plainToolTip(const QString &text)
{
    return text.isEmpty()
               ? text
               : QStringLiteral("<p style='white-space:pre-wrap'>") + text.toHtmlEscaped() + QStringLiteral("</p>");
}

/// For an action or a tab, in which a single '&' underlines the next letter.
[[nodiscard]] inline QString withoutMnemonic(QString text) { return text.replace('&', QStringLiteral("&&")); }

/// What such a text says: "Undo R&D" for "&Undo R&&D".
[[nodiscard]] inline QString actionWords(const QString &text)
{
    QString words;
    bool marks = false;
    for (const QChar sign : text) {
        marks = sign == '&' && !marks;
        if (!marks)
            words += sign;
    }
    return words;
}

} // namespace pivotbench::app
