// SPDX-License-Identifier: Apache-2.0
//
// The one button of a page or message that one most likely wants: filled with the selection's colour. Interface thread
// only.
#pragma once

#include <QPushButton>

namespace pivotbench::app {

class PrimaryButton : public QPushButton {
    Q_OBJECT

public:
    explicit PrimaryButton(const QString &text = {}, QWidget *parent = nullptr);
    // Text, icon, tooltip and enabled state follow the action; a click triggers it.
    explicit PrimaryButton(QAction *action, QWidget *parent = nullptr);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

// A plain push button bound to `action` the same way.
QPushButton *buttonFor(QAction *action, QWidget *parent);

} // namespace pivotbench::app
