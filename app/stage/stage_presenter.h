// SPDX-License-Identifier: Apache-2.0
//
// The stage for a room full of people: the view over the whole screen, the step as a large caption below it, nothing
// else. Right and Left go a step, Space plays, Home and End go to the ends, Escape leaves. It borrows the view and
// gives it back with left(); then it deletes itself. Interface thread.
#pragma once

#include <QWidget>

class QLabel;

namespace pivotbench::app {

class StagePlayer;
class StageView;

class StagePresenter : public QWidget {
    Q_OBJECT

public:
    /// `owner`: with which it goes.
    StagePresenter(StageView &view, QWidget *owner);
    ~StagePresenter() override;

    [[nodiscard]] QString caption() const;

signals:
    /// The view belongs to nobody now.
    void left(pivotbench::app::StageView *view);

protected:
    void closeEvent(QCloseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void refresh();
    void giveBack();

    StageView *m_view;
    StagePlayer &m_player;
    QLabel *m_place;
    QLabel *m_title;
    QLabel *m_why;
};

} // namespace pivotbench::app
