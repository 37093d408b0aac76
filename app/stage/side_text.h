// SPDX-License-Identifier: Apache-2.0
//
// What the column beside the stage writes with: text that wraps in the width there is, and a line with a picture before
// it. Interface thread.
#pragma once

#include "app/widgets/icons.h"
#include "app/widgets/palette.h"

#include <QWidget>

class QHBoxLayout;
class QLabel;

namespace pivotbench::app {

inline constexpr qsizetype mostLetters = 4000; ///< of one text that may come from a file

/// Wraps and can be selected, but never asks for more width than there is.
[[nodiscard]] QLabel *wrappedLabel(const QString &name = {});

/// A long path may be broken after each of its parts; no more than mostLetters of it.
[[nodiscard]] QString breakable(const QString &text);

/// A text with a picture before it, in a panel of its tone or without one.
class VerdictLine : public QWidget {
    Q_OBJECT

public:
    explicit VerdictLine(bool panel);

    void set(Icon picture, Tone tone, const QString &text);
    [[nodiscard]] QString text() const;

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void measure();

    bool m_panel;
    Icon m_icon = Icon::Note;
    Tone m_tone = Tone::Note;
    QLabel *m_text;
    QHBoxLayout *m_layout;
};

} // namespace pivotbench::app
