// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task_list.h"

namespace pivotbench::app {

namespace {

constexpr std::chrono::milliseconds interval(100);
constexpr int mostThreads = 8; // they wait for disks more than for processors
constexpr int endPatienceMs = 3000;

} // namespace

TaskList::TaskList(std::chrono::milliseconds quiet, QObject *parent)
    : QObject(parent)
    , m_quiet(quiet)
    , m_pool(std::make_unique<QThreadPool>())
{
    m_pool->setMaxThreadCount(mostThreads);
    m_timer.setInterval(interval);
    connect(&m_timer, &QTimer::timeout, this, &TaskList::look);
}

TaskList::~TaskList()
{
    for (Task *task : std::as_const(m_running))
        task->cancel();
    // The pool's own end would wait for ever, for a filesystem that hangs for instance.
    if (!m_pool->waitForDone(endPatienceMs))
        (void)m_pool.release();
}

Task *TaskList::add(const QString &title, QObject *owner, TaskUnit unit)
{
    auto *task = new Task(title, unit, this);
    connect(owner, &QObject::destroyed, task, &Task::cancel);
    connect(task, &Task::cancelRequested, this, [this, task] {
        if (m_shown.contains(task))
            emit changed();
    });
    m_running.append(task);
    if (!m_timer.isActive())
        m_timer.start();
    return task;
}

void TaskList::remove(Task *task)
{
    m_running.removeOne(task);
    if (m_running.isEmpty())
        m_timer.stop();
    const bool wasShown = m_shown.removeOne(task);
    task->deleteLater();
    if (wasShown)
        emit changed();
}

void TaskList::look()
{
    for (Task *task : std::as_const(m_running))
        if (task->elapsedMs() >= m_quiet.count() && !m_shown.contains(task))
            m_shown.append(task);
    if (!m_shown.isEmpty())
        emit changed();
}

} // namespace pivotbench::app
