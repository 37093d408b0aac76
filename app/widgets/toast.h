// SPDX-License-Identifier: Apache-2.0
//
// Short notices at the lower edge of a window: one line, perhaps one action such as Undo. They leave by themselves, but
// stay while the pointer or the focus is on one of them. For what needs no answer; what does is a Banner's.
// A ToastArea belongs to the window it lies on; interface thread only.
#pragma once

#include "app/widgets/palette.h"

#include <QWidget>

#include <chrono>
#include <functional>

class QVBoxLayout;

namespace pivotbench::app {

class Toast;

class ToastArea : public QWidget {
    Q_OBJECT

public:
    explicit ToastArea(QWidget *window);

    // `run` is called at most once, on a press of the button that reads `action`; no button without one.
    void show(const QString &text, Tone tone = Tone::Note, const QString &action = {}, std::function<void()> run = {});
    using QWidget::show;

    // For the next ones. Those with an action stay twice as long.
    void setDuration(std::chrono::milliseconds duration) { m_duration = duration; }
    int toastCount() const;
    void dismissAll();

protected:
    bool event(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void place();

    QVBoxLayout *m_layout;
    std::chrono::milliseconds m_duration{5000};
};

} // namespace pivotbench::app
