// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task_button.h"

#include "app/tasks/task_panel.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/palette.h"

#include <QPainter>
#include <cmath>

namespace pivotbench::app {

namespace {

constexpr int barHeight = 3;

/// The mean: tasks count in different units.
std::optional<double> together(const QList<Task *> &tasks)
{
    double sum = 0;
    for (const Task *task : tasks) {
        const std::optional<double> fraction = task->fraction();
        if (!fraction)
            return {};
        sum += *fraction;
    }
    return tasks.isEmpty() ? std::nullopt : std::optional(sum / static_cast<double>(tasks.size()));
}

} // namespace

TaskButton::TaskButton(TaskList &tasks, QWidget *parent)
    : QToolButton(parent)
    , m_tasks(tasks)
    , m_panel(new TaskPanel(tasks, this))
{
    setIcon(pivotbench::app::icon(Icon::Tasks));
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setAutoRaise(true);
    setFocusPolicy(Qt::StrongFocus);
    setToolTip(tr("What takes longer, and how to cancel it"));
    hide(); // said explicitly, or the status bar shows it
    connect(this, &QToolButton::clicked, this, &TaskButton::open);
    connect(&tasks, &TaskList::changed, this, &TaskButton::refresh);
    refresh();
}

void TaskButton::open() { m_panel->popUp(*this); }

/// Wide enough for the largest percentage: the status bar does not jump.
QSize TaskButton::sizeHint() const
{
    const QSize hint = QToolButton::sizeHint();
    const int widest = fontMetrics().horizontalAdvance(tr("%n tasks", nullptr, 88) + tr(" · %1 %").arg(100));
    const int other = hint.width() - fontMetrics().horizontalAdvance(text());
    return {other + widest, hint.height() + barHeight};
}

void TaskButton::refresh()
{
    const QList<Task *> shown = m_tasks.shownTasks();
    m_fraction = together(shown);
    const int count = static_cast<int>(shown.size());
    QString words = count == 1 ? tr("1 task") : tr("%n tasks", nullptr, count);
    if (m_fraction)
        words += tr(" · %1 %").arg(static_cast<int>(*m_fraction * 100));
    if (words != text()) {
        setText(words);
        setAccessibleName(words);
    }
    const bool available = !shown.isEmpty();
    if (available == isHidden()) {
        setVisible(available);
        emit availableChanged(available);
    }
    update();
}

void TaskButton::paintEvent(QPaintEvent *event)
{
    QToolButton::paintEvent(event);
    if (!m_fraction)
        return;
    QPainter painter(this);
    QRect bar = rect().adjusted(space(Space::Tiny, this), 0, -space(Space::Tiny, this), 0);
    bar.setTop(bar.bottom() - barHeight + 1);
    painter.fillRect(bar, tone(Tone::Separator, palette()));
    const int done = static_cast<int>(std::lround(*m_fraction * bar.width()));
    if (isRightToLeft())
        bar.setLeft(bar.right() - done + 1);
    else
        bar.setWidth(done);
    painter.fillRect(bar, tone(Tone::Accent, palette()));
}

} // namespace pivotbench::app
