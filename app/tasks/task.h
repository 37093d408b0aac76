// SPDX-License-Identifier: Apache-2.0
//
// One piece of long work: what it is called, how far it is, and how to stop it. Made by TaskList::start(), owned by its
// list, gone once the work has ended: hold it in a QPointer. Interface thread, but for TaskProgress.
#pragma once

#include "core/base/result.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

namespace pivotbench::app {

/// What a job holds of its task: a handle of shared state, copied freely, used from any thread.
class TaskProgress {
public:
    /// Cheap enough for every file. `total` 0: nobody knows yet.
    void report(std::uint64_t done, std::uint64_t total = 0) const;
    /// To be asked often. A job that stops because of it returns cancelled().
    [[nodiscard]] bool isCancelled() const { return m_state->stop.stop_requested(); }
    /// The same for what takes a stop token, such as core/layers.
    [[nodiscard]] std::stop_token stopToken() const { return m_state->stop.get_token(); }

private:
    friend class Task;
    struct State {
        std::atomic<std::uint64_t> done = 0;
        std::atomic<std::uint64_t> total = 0;
        std::stop_source stop;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

/// What a cancelled job returns, code "cancelled". The person knows: callers show it nowhere.
[[nodiscard]] std::unexpected<core::Error> cancelled();
[[nodiscard]] bool wasCancelled(const core::Error &error);

enum class TaskUnit { Items, Bytes };

class Task : public QObject {
    Q_OBJECT

public:
    Task(QString title, TaskUnit unit, QObject *parent = nullptr);

    /// "Unpack base.tar.gz". Text from outside has gone through shown().
    [[nodiscard]] const QString &title() const { return m_title; }
    [[nodiscard]] std::uint64_t done() const { return m_progress.m_state->done; }
    /// 0 to 1; nothing where the total is not known.
    [[nodiscard]] std::optional<double> fraction() const;
    /// "12 of 40 MiB", "3,400"; empty before the first report.
    [[nodiscard]] QString amount() const;
    [[nodiscard]] bool isCancelled() const { return m_progress.isCancelled(); }
    [[nodiscard]] qint64 elapsedMs() const { return m_clock.elapsed(); }
    [[nodiscard]] const TaskProgress &progress() const { return m_progress; }

    /// Asks the job to stop; the task stays listed until it has. Again, and after the end: nothing.
    void cancel();

signals:
    void cancelRequested();

private:
    QString m_title;
    TaskUnit m_unit;
    TaskProgress m_progress;
    QElapsedTimer m_clock;
};

} // namespace pivotbench::app
