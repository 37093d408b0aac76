// SPDX-License-Identifier: Apache-2.0
#include "core/host/process_tree.h"
#include "waiting_family.h"

#include <QTest>
#include <algorithm>
#include <unistd.h>

using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 10'000;

} // namespace

class TestProcessTree : public QObject {
    Q_OBJECT
private slots:
    void readsAFamily();
    void takesAnyNameForAName();
    void isEmptyForWhatIsGone();
    void keepsItsLimit();
    void childrenOfTheJoinedAreRoots();
    void sumsUp();
};

void TestProcessTree::readsAFamily()
{
    const WaitingFamily family;
    QTRY_COMPARE_WITH_TIMEOUT(readProcessTree(family.child()).size(), 2U, patienceMs);
    const std::vector<ProcessInfo> tree = readProcessTree(family.child());
    QCOMPARE(tree[0].pid, family.child());
    QCOMPARE(tree[0].parent, -1);
    QCOMPARE(tree[1].parent, 0);
    QCOMPARE(tree[0].uid, ::getuid());
    QVERIFY(tree[0].insidePid > 0);
    QVERIFY(tree[0].residentBytes > 0);
    QVERIFY(tree[0].startTicks > 0 && tree[0].startTicks <= tree[1].startTicks);
    QCOMPARE(tree[0].threads, 1U);
    QVERIFY(tree[0].commandLine.find("tst_process_tree") != std::string::npos);
    const std::vector<ProcessInfo> own = readProcessTree(::getpid());
    QVERIFY(std::ranges::any_of(own, [&](const ProcessInfo &process) { return process.pid == family.child(); }));
}

void TestProcessTree::takesAnyNameForAName()
{
    const WaitingFamily family;
    const auto name = [&] {
        const std::vector<ProcessInfo> tree = readProcessTree(family.child());
        return tree.size() == 2 ? tree[1].name : std::string();
    };
    QTRY_COMPARE_WITH_TIMEOUT(name(), std::string("odd) S 1 (x\n"), patienceMs);
    QVERIFY(readProcessTree(family.child())[1].residentBytes > 0);
}

void TestProcessTree::isEmptyForWhatIsGone()
{
    WaitingFamily family;
    const pid_t pid = family.child();
    family.end();
    QVERIFY(readProcessTree(pid).empty());
    QVERIFY(readProcessTree(-1).empty());
    QVERIFY(readProcessTree(0).empty());
}

void TestProcessTree::keepsItsLimit()
{
    const WaitingFamily family;
    QTRY_COMPARE_WITH_TIMEOUT(readProcessTree(family.child()).size(), 2U, patienceMs);
    QCOMPARE(readProcessTree(family.child(), {}, {.processes = 1}).size(), 1U);
}

/// A process that joined a sandbox is outside; its children are inside.
void TestProcessTree::childrenOfTheJoinedAreRoots()
{
    const WaitingFamily family;
    QTRY_COMPARE_WITH_TIMEOUT(readProcessTree(family.child()).size(), 2U, patienceMs);
    const std::vector<ProcessInfo> tree = readProcessTree(0, {::getpid()});
    QCOMPARE(tree.size(), 2U);
    QCOMPARE(tree[0].pid, family.child());
    QCOMPARE(tree[0].parent, -1);
    QCOMPARE(tree[1].parent, 0);
}

void TestProcessTree::sumsUp()
{
    const Usage usage = usageOf({{.pid = 1, .threads = 3, .residentBytes = 10, .cpuNanoseconds = 100},
                                 {.pid = 2, .threads = 1, .residentBytes = 5, .cpuNanoseconds = 1}});
    QCOMPARE(usage.processes, 4U);
    QCOMPARE(usage.memoryBytes, 15U);
    QCOMPARE(usage.cpuNanoseconds, 101U);
}

QTEST_APPLESS_MAIN(TestProcessTree)
#include "tst_process_tree.moc"
