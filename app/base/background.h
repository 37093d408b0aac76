// SPDX-License-Identifier: Apache-2.0
//
// Work beside the interface thread, and its answer in it. `job` runs in a thread pool and must hold values only; `then`
// gets its result in the interface thread, from the event loop and never before runBeside() has returned, unless
// `owner` is gone by then.
//
// Not QFuture::then(owner, …): up to Qt 6.4 that reads a dead owner in the pool's thread (an assertion, or a null
// pointer, in qfuture_impl.h), and it calls `then` at once where the job is faster than its caller. The application
// lives longer than its pool's threads, and whether the owner lives is asked in its own thread.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <QtConcurrent>

#include <memory>
#include <type_traits>
#include <utility>

namespace pivotbench::app {

template <typename Job, typename Then> void runBeside(QThreadPool *pool, QObject *owner, Job job, Then then)
{
    using Result = std::invoke_result_t<Job>;
    struct Work {
        Job job;
        Then then;
        QPointer<QObject> owner;
    };
    auto work = std::make_shared<Work>(Work{std::move(job), std::move(then), owner});
    (void)QtConcurrent::run(pool, [work = std::move(work)]() mutable {
        auto result = std::make_shared<Result>(work->job());
        QCoreApplication *application = QCoreApplication::instance();
        if (!application)
            return;
        QMetaObject::invokeMethod(
            application,
            [work = std::move(work), result = std::move(result)] {
                if (work->owner)
                    work->then(std::move(*result));
            },
            Qt::QueuedConnection);
    });
}

template <typename Job, typename Then> void runBeside(QObject *owner, Job job, Then then)
{
    runBeside(QThreadPool::globalInstance(), owner, std::move(job), std::move(then));
}

} // namespace pivotbench::app
