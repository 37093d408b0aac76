// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task_panel.h"

#include "app/widgets/elided_label.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"

#include <QGridLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QScreen>
#include <algorithm>

namespace pivotbench::app {

namespace {

constexpr int barSteps = 1000;

} // namespace

TaskPanel::TaskPanel(TaskList &tasks, QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_tasks(tasks)
    , m_layout(new QVBoxLayout(this))
{
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Tasks"));
    const int margin = space(Space::Medium, this);
    m_layout->setContentsMargins(margin, margin, margin, margin);
    m_layout->setSpacing(space(Space::Medium, this));
    connect(&tasks, &TaskList::changed, this, [this] {
        if (isVisible())
            refresh();
    });
}

void TaskPanel::popUp(const QWidget &anchor)
{
    m_corner = anchor.mapToGlobal(QPoint(anchor.width(), 0));
    refresh();
    if (m_rows.empty())
        return;
    place();
    show();
    m_rows.at(m_tasks.shownTasks().front()).cancel->setFocus(Qt::PopupFocusReason);
}

void TaskPanel::refresh()
{
    const QList<Task *> tasks = m_tasks.shownTasks();
    bool resized = false;
    bool refocus = false;
    for (auto row = m_rows.begin(); row != m_rows.end();) {
        if (tasks.contains(row->first)) {
            ++row;
            continue;
        }
        refocus = refocus || row->second.cancel->hasFocus();
        row->second.whole->hide();
        row->second.whole->deleteLater();
        row = m_rows.erase(row);
        resized = true;
    }
    for (Task *task : tasks) {
        auto row = m_rows.find(task);
        if (row == m_rows.end()) {
            row = m_rows.emplace(task, makeRow(task)).first;
            resized = true;
        }
        update(row->second, *task);
    }
    if (m_rows.empty())
        hide();
    else if (resized && isVisible())
        place();
    if (refocus && !tasks.isEmpty())
        m_rows.at(tasks.front()).cancel->setFocus();
}

TaskPanel::Row TaskPanel::makeRow(Task *task)
{
    Row row{.whole = new QWidget, .bar = new QProgressBar, .amount = new ElidedLabel, .cancel = new QPushButton};
    auto *grid = new QGridLayout(row.whole);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(space(Space::Medium, this));
    grid->setVerticalSpacing(space(Space::Tiny, this));
    auto *title = new ElidedLabel(task->title());
    title->setMinimumWidth(24 * fontMetrics().horizontalAdvance('m'));
    row.amount->setTone(Tone::Muted);
    row.bar->setRange(0, barSteps);
    row.bar->setTextVisible(false);
    row.bar->setAccessibleName(task->title());
    row.cancel->setText(tr("Cancel"));
    row.cancel->setIcon(icon(Icon::Cancel));
    row.cancel->setAccessibleName(tr("Cancel: %1").arg(task->title()));
    grid->addWidget(title, 0, 0);
    grid->addWidget(row.bar, 1, 0);
    grid->addWidget(row.amount, 2, 0);
    grid->addWidget(row.cancel, 0, 1, 3, 1, Qt::AlignVCenter);
    grid->setColumnStretch(0, 1);
    connect(row.cancel, &QPushButton::clicked, task, &Task::cancel);
    m_layout->addWidget(row.whole);
    return row;
}

/// A bar only where it can be true: one that runs to and fro says nothing.
void TaskPanel::update(const Row &row, const Task &task)
{
    const std::optional<double> fraction = task.fraction();
    row.bar->setVisible(fraction.has_value());
    row.bar->setValue(static_cast<int>(fraction.value_or(0) * barSteps));
    const QString amount = task.amount();
    row.amount->setText(task.isCancelled() ? tr("Being cancelled…") : amount.isEmpty() ? tr("Working…") : amount);
    row.cancel->setEnabled(!task.isCancelled());
}

void TaskPanel::place()
{
    adjustSize();
    QRect area(m_corner - QPoint(width() - 1, height()), size());
    if (const QScreen *on = screen()) {
        const QRect room = on->availableGeometry();
        area.moveLeft(std::max(room.left(), std::min(area.left(), room.right() - area.width())));
        area.moveTop(std::max(room.top(), area.top()));
    }
    setGeometry(area);
}

} // namespace pivotbench::app
