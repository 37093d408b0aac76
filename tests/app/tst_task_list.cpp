// SPDX-License-Identifier: Apache-2.0
#include "app/tasks/task_list.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <optional>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

constexpr int patienceMs = 20'000;
constexpr std::chrono::hours never(1);
constexpr std::chrono::milliseconds atOnce(0);

/// A job that waits until it may go on, or is cancelled.
struct Gate {
    std::shared_ptr<QSemaphore> begun = std::make_shared<QSemaphore>();
    std::shared_ptr<QSemaphore> open = std::make_shared<QSemaphore>();

    Result<int> operator()(const TaskProgress &progress) const
    {
        begun->release();
        while (!open->tryAcquire(1, 5))
            if (progress.isCancelled())
                return cancelled();
        return 42;
    }
};

} // namespace

class TestTaskList : public QObject {
    Q_OBJECT
private slots:
    void givesTheResultInTheInterfaceThread();
    void givesTheError();
    void aShortOneIsNeverShown();
    void aLongOneIsShownUntilItEnds();
    void cancelEndsTheJob();
    void whatIsCancelledBeforeItsTurnNeverRuns();
    void anOwnerThatGoesCancelsAndHearsNothing();
    void theEndCancelsAndWaits();
    void repaintsDoNotFollowReports();
    void saysHowFar_data();
    void saysHowFar();
};

void TestTaskList::givesTheResultInTheInterfaceThread()
{
    TaskList tasks(never);
    QThread *ranIn = nullptr;
    QThread *toldIn = nullptr;
    std::optional<Result<int>> got;
    qsizetype runningThen = -1;
    tasks.start(
        "Count",
        [&ranIn](const TaskProgress &) -> Result<int> {
            ranIn = QThread::currentThread();
            return 7;
        },
        this,
        [&](Result<int> result) {
            toldIn = QThread::currentThread();
            runningThen = tasks.running().size();
            got = std::move(result);
        });
    QVERIFY(!got);
    QCOMPARE(tasks.running().size(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(got, patienceMs);
    QCOMPARE(got->value(), 7);
    QCOMPARE(toldIn, QThread::currentThread());
    QVERIFY(ranIn && ranIn != toldIn);
    QCOMPARE(runningThen, 0);
}

void TestTaskList::givesTheError()
{
    TaskList tasks(never);
    std::optional<Status> got;
    tasks.start(
        "Fail", [](const TaskProgress &) -> Status { return failure("test.broken", "it broke", "/a/file"); }, this,
        [&](Status status) { got = std::move(status); });
    QTRY_VERIFY_WITH_TIMEOUT(got, patienceMs);
    QCOMPARE(got->error().path, "/a/file");
    QVERIFY(!wasCancelled(got->error()));
}

void TestTaskList::aShortOneIsNeverShown()
{
    TaskList tasks(never);
    QSignalSpy changed(&tasks, &TaskList::changed);
    const Gate gate;
    bool ended = false;
    tasks.start("Short", gate, this, [&](const Result<int> &) { ended = true; });
    gate.begun->acquire();
    QTest::qWait(500); // some looks of the list
    QVERIFY(tasks.shownTasks().isEmpty());
    gate.open->release();
    QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
    QCOMPARE(changed.count(), 0);
}

void TestTaskList::aLongOneIsShownUntilItEnds()
{
    TaskList tasks(atOnce);
    QSignalSpy changed(&tasks, &TaskList::changed);
    const Gate gate;
    bool ended = false;
    const QPointer<Task> task = tasks.start("Long", gate, this, [&](const Result<int> &) { ended = true; });
    QTRY_COMPARE_WITH_TIMEOUT(tasks.shownTasks().size(), 1, patienceMs);
    QCOMPARE(tasks.shownTasks().front()->title(), "Long");
    changed.clear();
    gate.open->release();
    QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
    QVERIFY(tasks.shownTasks().isEmpty());
    QVERIFY(changed.count() > 0);
    QTRY_VERIFY_WITH_TIMEOUT(!task, patienceMs);
}

void TestTaskList::cancelEndsTheJob()
{
    TaskList tasks(atOnce);
    const Gate gate;
    std::optional<Result<int>> got;
    Task *task = tasks.start("Cancelled", gate, this, [&](Result<int> result) { got = std::move(result); });
    gate.begun->acquire();
    task->cancel();
    task->cancel();
    QVERIFY(task->isCancelled());
    QTRY_VERIFY_WITH_TIMEOUT(got, patienceMs);
    QVERIFY(wasCancelled(got->error()));
    QVERIFY(tasks.running().isEmpty());
}

void TestTaskList::whatIsCancelledBeforeItsTurnNeverRuns()
{
    TaskList tasks(never);
    const Gate gate;
    int ended = 0;
    const auto count = [&](const Result<int> &) { ++ended; };
    constexpr int more = 100; // than there are threads
    QList<Task *> started;
    for (int i = 0; i < more; ++i)
        started << tasks.start("Waits", gate, this, count);
    std::atomic<bool> ran = false;
    std::optional<Status> got;
    tasks
        .start(
            "Last",
            [&ran](const TaskProgress &) -> Status {
                ran = true;
                return {};
            },
            this, [&](Status status) { got = std::move(status); })
        ->cancel();
    gate.open->release(more);
    QTRY_VERIFY_WITH_TIMEOUT(got && ended == more, patienceMs);
    QVERIFY(!ran);
    QVERIFY(wasCancelled(got->error()));
}

void TestTaskList::anOwnerThatGoesCancelsAndHearsNothing()
{
    TaskList tasks(never);
    const Gate gate;
    bool told = false;
    auto owner = std::make_unique<QObject>();
    const QPointer<Task> task = tasks.start("Orphan", gate, owner.get(), [&](const Result<int> &) { told = true; });
    gate.begun->acquire();
    owner.reset();
    QVERIFY(task->isCancelled());
    QTRY_VERIFY_WITH_TIMEOUT(tasks.running().isEmpty(), patienceMs);
    QVERIFY(!told);
}

void TestTaskList::theEndCancelsAndWaits()
{
    auto tasks = std::make_unique<TaskList>(never);
    const Gate gate;
    auto ended = std::make_shared<std::atomic<bool>>(false);
    bool told = false;
    tasks->start(
        "Last",
        [gate, ended](const TaskProgress &progress) {
            Result<int> result = gate(progress);
            *ended = true;
            return result;
        },
        this, [&](const Result<int> &) { told = true; });
    gate.begun->acquire();
    tasks.reset();
    QVERIFY(*ended);
    QCoreApplication::processEvents();
    QVERIFY(!told);
}

/// A job that reports without pause: what is drawn is bounded by time, not by reports.
void TestTaskList::repaintsDoNotFollowReports()
{
    TaskList tasks(atOnce);
    int changes = 0;
    connect(&tasks, &TaskList::changed, this, [&] { ++changes; });
    bool ended = false;
    auto reports = std::make_shared<std::atomic<std::uint64_t>>(0);
    QElapsedTimer clock;
    clock.start();
    Task *task = tasks.start(
        "Busy",
        [reports](const TaskProgress &progress) -> Status {
            while (!progress.isCancelled())
                progress.report(++*reports, 0);
            return {};
        },
        this, [&](const Status &) { ended = true; });
    QTRY_VERIFY_WITH_TIMEOUT(changes >= 3 && task->done() > 1000, patienceMs);
    const qint64 intervals = clock.elapsed() / 90; // timers are a little early at times
    QVERIFY2(changes <= intervals + 1, qPrintable(QString("%1 in %2 intervals").arg(changes).arg(intervals)));
    task->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
    QVERIFY(*reports > static_cast<std::uint64_t>(changes) * 10);
}

void TestTaskList::saysHowFar_data()
{
    QTest::addColumn<quint64>("done");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<TaskUnit>("unit");
    QTest::addColumn<double>("fraction"); ///< -1: not known
    QTest::addColumn<QString>("amount");
    const quint64 most = std::numeric_limits<quint64>::max();
    QTest::newRow("nothing reported") << 0ULL << 0ULL << TaskUnit::Items << -1.0 << "";
    QTest::newRow("a number of what nobody knows") << 3400ULL << 0ULL << TaskUnit::Items << -1.0 << "3,400";
    QTest::newRow("half") << 5ULL << 10ULL << TaskUnit::Items << 0.5 << "5 of 10";
    QTest::newRow("bytes") << 1048576ULL << 4194304ULL << TaskUnit::Bytes << 0.25 << "1.00 MiB of 4.00 MiB";
    QTest::newRow("more than all") << 20ULL << 10ULL << TaskUnit::Items << 1.0 << "20 of 10";
    QTest::newRow("the most") << most << most << TaskUnit::Items << 1.0
                              << "18,446,744,073,709,551,615 of 18,446,744,073,709,551,615";
}

void TestTaskList::saysHowFar()
{
    QFETCH(quint64, done);
    QFETCH(quint64, total);
    QFETCH(TaskUnit, unit);
    QFETCH(double, fraction);
    QFETCH(QString, amount);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const Task task("Some", unit);
    if (done > 0 || total > 0)
        task.progress().report(done, total);
    QCOMPARE(task.fraction().value_or(-1), fraction);
    QCOMPARE(task.amount(), amount);
}

QTEST_MAIN(TestTaskList)
#include "tst_task_list.moc"
