// SPDX-License-Identifier: Apache-2.0
//
// Work beside the interface thread, and its answer in it. `job` runs in the global thread pool and must hold values
// only; `then` gets its result in the interface thread, unless `owner` is gone by then.
//
// Not QFuture::then(owner, …) by itself: up to Qt 6.4 that reads a dead owner in the pool's thread (an assertion, or a
// null pointer, in qfuture_impl.h). The application lives longer than its pool's threads, and whether the owner lives
// is asked in its own thread.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QtConcurrent>

#include <type_traits>
#include <utility>

namespace pivotbench::app {

template <typename Job, typename Then> void runBeside(QObject *owner, Job job, Then then)
{
    using Result = std::invoke_result_t<Job>;
    QtConcurrent::run(std::move(job))
        .then(QCoreApplication::instance(), [guard = QPointer<QObject>(owner), then = std::move(then)](Result result) {
            if (guard)
                then(std::move(result));
        });
}

} // namespace pivotbench::app
