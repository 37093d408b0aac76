// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task.h"

#include <QLocale>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

void TaskProgress::report(std::uint64_t done, std::uint64_t total) const
{
    m_state->done.store(done, std::memory_order_relaxed);
    m_state->total.store(total, std::memory_order_relaxed);
}

std::unexpected<Error> cancelled() { return failure("cancelled", "cancelled"); }

bool wasCancelled(const Error &error) { return error.code == "cancelled"; }

Task::Task(QString title, TaskUnit unit, QObject *parent)
    : QObject(parent)
    , m_title(std::move(title))
    , m_unit(unit)
{
    m_clock.start();
}

std::optional<double> Task::fraction() const
{
    const std::uint64_t total = m_progress.m_state->total;
    if (total == 0)
        return {};
    return std::min(1.0, static_cast<double>(done()) / static_cast<double>(total));
}

QString Task::amount() const
{
    const std::uint64_t total = m_progress.m_state->total;
    const auto words = [this](std::uint64_t count) {
        return m_unit == TaskUnit::Bytes ? QLocale().formattedDataSize(static_cast<qint64>(count))
                                         : QLocale().toString(static_cast<qulonglong>(count));
    };
    if (total > 0)
        return tr("%1 of %2").arg(words(done()), words(total));
    return done() > 0 ? words(done()) : QString();
}

void Task::cancel()
{
    if (isCancelled())
        return;
    m_progress.m_state->stop.request_stop();
    emit cancelRequested();
}

} // namespace pivotbench::app
