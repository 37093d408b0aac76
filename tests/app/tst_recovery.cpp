// SPDX-License-Identifier: Apache-2.0
#include "app/document/recovery.h"
#include "sample_specs.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

constexpr int patienceMs = 20'000;

QStringList filesIn(const QString &folder) { return QDir(folder).entryList(QDir::Files); }

/// What a killed program would leave: the files, and nobody who holds the lock.
void copyAll(const QString &from, const QString &to)
{
    for (const QString &name : filesIn(from))
        QVERIFY(QFile::copy(from + '/' + name, to + '/' + name));
}

} // namespace

class TestRecovery : public QObject {
    Q_OBJECT
private slots:
    void keepsWhatIsNotSaved();
    void nobodyOffersWhatIsBeingWorkedOn();
    void goesWhenThereIsNothingUnsaved();
    void aHomeThatCannotBeWrittenIsToldOnce();
};

void TestRecovery::keepsWhatIsNotSaved()
{
    const QTemporaryDir alive;
    const QTemporaryDir dead;
    SandboxDocument document;
    Recovery recovery(document, alive.path());
    document.replace(sampleSpecs().back(), "/home/me/a.pbox");
    document.edit("edit", [](SandboxSpec &spec) { spec.hostname = "unsaved"; });
    QTRY_COMPARE_WITH_TIMEOUT(filesIn(alive.path()).size(), 2, patienceMs);
    document.edit("edit", [](SandboxSpec &spec) { spec.hostname = "newest"; });
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            const QTemporaryDir look;
            copyAll(alive.path(), look.path());
            const auto found = findLostDocuments(look.path());
            return found.size() == 1 && found.front().spec == document.spec();
        }(),
        patienceMs);
    copyAll(alive.path(), dead.path());

    const std::vector<LostDocument> found = findLostDocuments(dead.path());
    QCOMPARE(found.size(), 1U);
    QVERIFY(found.front().spec == document.spec());
    QCOMPARE(found.front().path, "/home/me/a.pbox");
    QVERIFY(findLostDocuments(dead.path()).empty()); // who found it holds it
    forget(found.front());
    QVERIFY(filesIn(dead.path()).isEmpty());
}

void TestRecovery::nobodyOffersWhatIsBeingWorkedOn()
{
    const QTemporaryDir folder;
    SandboxDocument document;
    Recovery recovery(document, folder.path());
    document.replace(sampleSpecs().front(), {});
    document.edit("edit", [](SandboxSpec &spec) { spec.hostname = "unsaved"; });
    QTRY_COMPARE_WITH_TIMEOUT(filesIn(folder.path()).size(), 2, patienceMs);
    QVERIFY(findLostDocuments(folder.path()).empty());
}

void TestRecovery::goesWhenThereIsNothingUnsaved()
{
    const QTemporaryDir folder;
    {
        SandboxDocument document;
        Recovery recovery(document, folder.path());
        document.replace(sampleSpecs().front(), {});
        document.edit("edit", [](SandboxSpec &spec) { spec.hostname = "unsaved"; });
        QTRY_COMPARE_WITH_TIMEOUT(filesIn(folder.path()).size(), 2, patienceMs);
        document.history().undo();
        QTRY_VERIFY_WITH_TIMEOUT(filesIn(folder.path()).isEmpty(), patienceMs);
        document.edit("edit", [](SandboxSpec &spec) { spec.hostname = "again"; });
        QTRY_COMPARE_WITH_TIMEOUT(filesIn(folder.path()).size(), 2, patienceMs);
    }
    QVERIFY(filesIn(folder.path()).isEmpty());
}

void TestRecovery::aHomeThatCannotBeWrittenIsToldOnce()
{
    SandboxDocument document;
    Recovery recovery(document, "/proc/pivotbench/recovery");
    QSignalSpy broken(&recovery, &Recovery::broken);
    document.replace(sampleSpecs().front(), {});
    document.edit("one", [](SandboxSpec &spec) { spec.hostname = "one"; });
    QVERIFY(broken.wait(patienceMs));
    document.edit("two", [](SandboxSpec &spec) { spec.hostname = "two"; });
    QTest::qWait(1500); // twice the pause after a change
    QCOMPARE(broken.count(), 1);
    QCOMPARE(document.spec().hostname, std::string("two"));
}

QTEST_MAIN(TestRecovery)
#include "tst_recovery.moc"
