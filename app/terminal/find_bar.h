// SPDX-License-Identifier: Apache-2.0
//
// A line to type in what to look for, at the top right of a terminal. Owned by the view it lies on; knows of it only
// what its signals are connected to.
#pragma once

#include <QFrame>

class QCheckBox;
class QLineEdit;

namespace pivotbench::app::terminal {

class FindBar : public QFrame {
    Q_OBJECT

public:
    explicit FindBar(QWidget *parent);

    /// Shown, with the text selected and the focus in it.
    void open(const QString &text);
    /// Says so in colour, and to screen readers, when there is no match.
    void showResult(bool found);

signals:
    void findRequested(const QString &text, bool forwards, bool caseSensitive);
    void closed();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void request(bool forwards);

    QLineEdit *m_text;
    QCheckBox *m_case;
};

} // namespace pivotbench::app::terminal
