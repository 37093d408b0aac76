// SPDX-License-Identifier: Apache-2.0
//
// Title, why and manual of every kind of step: that they are there, that "why" is two sentences, that the manual says
// so where it is said to.
#include "core/base/text.h"
#include "core/explain/narration.h"
#include "tests/explain/manual_pages.h"
#include "tests/explain/sample_operations.h"

#include <QtTest>

using namespace pivotbench::core;

class TestNarration : public QObject {
    Q_OBJECT

private:
    ManualPages m_pages;

    static void rows()
    {
        QTest::addColumn<Operation>("operation");
        for (const sample::Sample &one : sample::operations())
            QTest::newRow(one.name) << one.operation;
        for (const char *type : {"devpts", "mqueue", "cgroup2", "devtmpfs", "squashfs"})
            QTest::newRow(type) << Operation(MountFilesystem{type, type, sample::inNewRoot("/x"), {}, {}});
        QTest::newRow("user namespace alone") << Operation(CreateProcess{{Namespace::User}});
        QTest::newRow("PID namespace alone") << Operation(CreateProcess{{Namespace::Pid}});
        QTest::newRow("namespaces without a mount namespace") << Operation(Unshare{{Namespace::Uts}});
        QTest::newRow("slave") << Operation(SetPropagation{sample::host("/"), {Propagation::Slave, true}});
        QTest::newRow("unbindable") << Operation(SetPropagation{sample::host("/"), {Propagation::Unbindable, true}});
        QTest::newRow("a bind that is not recursive")
            << Operation(BindMount{sample::host("/a"), sample::inNewRoot("/b"), false, false});
        QTest::newRow("a kept overlay") << Operation(MountOverlay{{"/a"}, "/u", "/w", sample::host("/r"), {}, {}});
    }

private slots:
    void words_data() { rows(); }
    void words()
    {
        QFETCH(Operation, operation);
        const QString title = QString::fromStdString(titleOf(operation));
        const Narration narration = narrate(operation);
        QVERIFY(!title.isEmpty() && title.at(0).isUpper() && !title.endsWith('.'));
        QVERIFY2(title.size() <= 80, qPrintable(title));

        const QString why = QString::fromStdString(narration.why);
        QVERIFY(!why.isEmpty() && why.endsWith('.'));
        const QStringList sentences = why.split(QRegularExpression(R"((?<=\.)\s+)"));
        QVERIFY2(sentences.size() == 2, qPrintable(why));
        for (const QString &sentence : sentences)
            QVERIFY2(sentence.at(0).isUpper() || sentence.startsWith("newuidmap(1)"), qPrintable(sentence));
        QVERIFY(!why.contains("  "));
        QVERIFY(!narration.manual.empty());
    }

    void manual_data() { rows(); }
    void manual()
    {
        if (!m_pages.present())
            QSKIP("there are no manual pages on this machine: references were not looked up");
        QFETCH(Operation, operation);
        const QString complaint = m_pages.complaint(QString::fromStdString(narrate(operation).manual));
        QVERIFY2(complaint.isEmpty(), qPrintable(complaint));
    }

    void aHostileNameCannotFoolTheTitle()
    {
        const std::string title =
            titleOf(BindMount{sample::host("/a\n# 9. nothing\x1b[2J"), sample::inNewRoot("/b\u202e"), false, false});
        QVERIFY(isPlain(title));
        QCOMPARE(QString::fromStdString(title).count('\n'), 0);
    }

    void theRootOfTheSandboxHasAName()
    {
        QCOMPARE(QString::fromStdString(
                     titleOf(SetMountAttributes{sample::inNewRoot("/"), {mount_attr::readOnly, 0}, true, false})),
                 QString("Make the new root and all below it read-only"));
        QCOMPARE(QString::fromStdString(titleOf(Unmount{".", true})), QString("Detach the old root"));
    }
};

QTEST_GUILESS_MAIN(TestNarration)
#include "tst_narration.moc"
