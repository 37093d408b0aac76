// SPDX-License-Identifier: Apache-2.0
//
// The tasks that are shown, each with its progress and a Cancel button: a popup that closes with the last of them, with
// Escape, or a click beside it. Owned by its parent; interface thread.
#pragma once

#include "app/tasks/task_list.h"

#include <QFrame>
#include <map>

class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace pivotbench::app {

class ElidedLabel;

class TaskPanel : public QFrame {
    Q_OBJECT

public:
    explicit TaskPanel(TaskList &tasks, QWidget *parent);

    /// Above `anchor`, ending where it ends.
    void popUp(const QWidget &anchor);

private:
    struct Row {
        QWidget *whole;
        QProgressBar *bar;
        ElidedLabel *amount;
        QPushButton *cancel;
    };

    void refresh();
    [[nodiscard]] Row makeRow(Task *task);
    static void update(const Row &row, const Task &task);
    void place();

    TaskList &m_tasks;
    QVBoxLayout *m_layout;
    std::map<Task *, Row> m_rows;
    QPoint m_corner; ///< lower right, global
};

} // namespace pivotbench::app
