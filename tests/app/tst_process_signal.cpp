// SPDX-License-Identifier: Apache-2.0
#include "app/sandboxes/process_signal.h"
#include "tests/host/waiting_family.h"

#include <QTest>
#include <cerrno>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 10'000;

} // namespace

class TestProcessSignal : public QObject {
    Q_OBJECT
private slots:
    void signalsOneProcessAndNoLaterOne();
};

void TestProcessSignal::signalsOneProcessAndNoLaterOne()
{
    WaitingFamily family;
    std::vector<ProcessInfo> tree;
    QTRY_VERIFY_WITH_TIMEOUT((tree = readProcessTree(family.child())).size() == 2, patienceMs);
    ProcessInfo older = tree[0];
    --older.startTicks;
    QCOMPARE(signalProcess(older, SIGKILL).error().errnum, ESRCH);
    QVERIFY(!readProcessTree(family.child()).empty());
    QVERIFY(signalProcess(tree[0], SIGSTOP).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(readProcessTree(family.child())[0].state, 'T', patienceMs);
    family.end();
    QVERIFY(!signalProcess(tree[0], SIGTERM));
}

QTEST_APPLESS_MAIN(TestProcessSignal)
#include "tst_process_signal.moc"
