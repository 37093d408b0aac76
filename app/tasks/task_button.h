// SPDX-License-Identifier: Apache-2.0
//
// The status bar's sign that something long is under way: how many tasks, how far they are together, and by a press the
// panel of all of them. Hidden while nothing is shown. Owned by its parent; interface thread.
#pragma once

#include "app/tasks/task_list.h"

#include <QToolButton>

namespace pivotbench::app {

class TaskPanel;

class TaskButton : public QToolButton {
    Q_OBJECT

public:
    explicit TaskButton(TaskList &tasks, QWidget *parent = nullptr);

    /// Opens the panel; nothing where no task is shown.
    void open();
    [[nodiscard]] QSize sizeHint() const override;

signals:
    /// Whether there is something to open.
    void availableChanged(bool available);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void refresh();

    TaskList &m_tasks;
    TaskPanel *m_panel;
    std::optional<double> m_fraction; ///< of all together; nothing where one does not know
};

} // namespace pivotbench::app
