// SPDX-License-Identifier: Apache-2.0
//
// Everything in the workbench that may take longer than a person likes to wait without being told. One for the whole
// program, owned by AppContext; interface thread. Jobs run in threads of its own, so that they keep neither an
// analysis nor each other waiting for long.
//
// What ends within a second is never shown. What is shown is looked at ten times a second, however often jobs report.
#pragma once

#include "app/base/background.h"
#include "app/tasks/task.h"

#include <QList>
#include <QPointer>
#include <QThreadPool>
#include <QTimer>
#include <chrono>
#include <concepts>
#include <memory>
#include <utility>

namespace pivotbench::app {

class TaskList : public QObject {
    Q_OBJECT

public:
    /// `quiet`: how long a task runs before it is shown.
    explicit TaskList(std::chrono::milliseconds quiet = std::chrono::seconds(1), QObject *parent = nullptr);
    /// Cancels what runs and waits for it a moment. A job that does not end by then is left to the end of the process.
    ~TaskList() override;

    /// Runs `job`, a `Result<T>(const TaskProgress &)` that holds values only, in a thread; it is not called at all
    /// where the task is cancelled before its turn. `then` gets the Result in the interface thread, never before
    /// start() has returned, with the task already off the list; errors are its to show. A task whose owner goes is
    /// cancelled, and `then` not called.
    template <typename Job, typename Then>
        requires std::invocable<Job &, const TaskProgress &>
    Task *start(const QString &title, Job job, QObject *owner, Then then, TaskUnit unit = TaskUnit::Items)
    {
        using Result = std::invoke_result_t<Job &, const TaskProgress &>;
        Task *task = add(title, owner, unit);
        runBeside(
            m_pool.get(), this,
            [job = std::move(job), progress = task->progress()]() mutable -> Result {
                if (progress.isCancelled())
                    return cancelled();
                return job(progress);
            },
            [this, task, owner = QPointer<QObject>(owner), then = std::move(then)](Result result) mutable {
                remove(task);
                if (owner)
                    then(std::move(result));
            });
        return task;
    }

    /// Oldest first.
    [[nodiscard]] const QList<Task *> &running() const { return m_running; }
    /// Those that have run long enough to be shown.
    [[nodiscard]] QList<Task *> shownTasks() const { return m_shown; }

signals:
    /// What is shown: which tasks, or how far they are.
    void changed();

private:
    Task *add(const QString &title, QObject *owner, TaskUnit unit);
    void remove(Task *task);
    void look();

    std::chrono::milliseconds m_quiet;
    std::unique_ptr<QThreadPool> m_pool;
    QList<Task *> m_running;
    QList<Task *> m_shown;
    QTimer m_timer; ///< runs while anything does
};

} // namespace pivotbench::app
