// SPDX-License-Identifier: Apache-2.0
//
// A paragraph in which the terms of the glossary are marked. Each is explained where the pointer rests on it, or, for
// the keyboard, with Tab to go to it and Enter or F1; a screen reader is told all of them in the description. Wraps,
// and is as high as its text. Interface thread.
#pragma once

#include <QTextBrowser>

namespace pivotbench::core {
struct Term;
}

namespace pivotbench::app {

class TermText : public QTextBrowser {
    Q_OBJECT

public:
    explicit TermText(const QString &name, QWidget *parent = nullptr);

    /// Plain text; what looks like markup is shown as it is.
    void setWords(const QString &words);
    [[nodiscard]] const QString &words() const { return m_words; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    void mark();
    void fit();
    [[nodiscard]] const core::Term *selectedTerm() const;
    [[nodiscard]] QRect rectOf(const core::Term &term) const;
    void explain(const core::Term &term);

    QString m_words;
};

/// What a term means and where that is from, for a tooltip.
[[nodiscard]] QString meaningToolTip(const core::Term &term);
/// The same of each term in the text, a paragraph each; empty where there is none.
[[nodiscard]] QString meaningsToolTip(const QString &text);

} // namespace pivotbench::app
