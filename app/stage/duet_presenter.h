// SPDX-License-Identifier: Apache-2.0
//
// Two recordings for a room full of people: both views over the whole screen, and below them what happens in each. The
// keys of StagePresenter. It borrows the views and gives them back with left(); then it deletes itself. Interface
// thread.
#pragma once

#include <QWidget>
#include <array>

class QLabel;
class QSplitter;

namespace pivotbench::app {

class StageComparison;

class DuetPresenter : public QWidget {
    Q_OBJECT

public:
    /// `pair` holds both sides of `comparison`, with which this goes.
    DuetPresenter(QSplitter &pair, StageComparison &comparison);
    ~DuetPresenter() override;

signals:
    /// The pair belongs to nobody now.
    void left();

protected:
    void closeEvent(QCloseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Caption {
        QLabel *title = nullptr;
        QLabel *facts = nullptr;
    };

    void refresh();
    void giveBack();

    StageComparison &m_comparison;
    QSplitter *m_pair;
    std::array<Caption, 2> m_captions;
};

} // namespace pivotbench::app
