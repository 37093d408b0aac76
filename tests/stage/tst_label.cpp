// SPDX-License-Identifier: Apache-2.0
#include "core/stage/label.h"

#include <QTest>

using namespace pivotbench::core::stage;

class TestLabel : public QObject {
    Q_OBJECT

private slots:
    /// Thousandths of an em of DejaVu Sans: "A" 684, "i" 278; bold "A" 774.
    void widths()
    {
        QCOMPARE(labelWidth("", 10), 0.0);
        QCOMPARE(labelWidth("Ai", 100), 96.2);
        QCOMPARE(labelWidth("A", 100, true), 77.4);
        QCOMPARE(labelWidth("日", 10), 10.0); // any other character takes an em
    }
    void whatFitsStays()
    {
        QCOMPARE(cutAtEnd("/proc", 100, 12), std::string("/proc"));
        QCOMPARE(cutInMiddle("/proc", 100, 12), std::string("/proc"));
    }
    void whatIsCutFits_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("path") << QByteArray("/run/user/1000/pivotbench/root");
        QTest::newRow("one name") << QByteArray("/a-name-that-is-far-too-long-for-any-card");
        QTest::newRow("no path") << QByteArray("words and words and words and words");
        QTest::newRow("wide") << QByteArray("/日本語日本語/日本語日本語日本語日本語");
        QTest::newRow("broken") << QByteArray("\xff\x80\x80\x80\x80/\x80\x80\x80");
    }
    void whatIsCutFits()
    {
        QFETCH(QByteArray, text);
        for (double width = 12; width < 300; width += 7) {
            for (const bool bold : {false, true}) {
                QVERIFY(labelWidth(cutAtEnd(text.toStdString(), width, 12, bold), 12, bold) <= width);
                QVERIFY(labelWidth(cutInMiddle(text.toStdString(), width, 12, bold), 12, bold) <= width);
            }
        }
    }
    void theLastNameStays()
    {
        const std::string cut = cutInMiddle("/run/user/1000/pivotbench/root", 130, 12);
        QVERIFY2(cut.starts_with("/run/user/") && cut.ends_with("…/root"), cut.c_str());
    }
};

QTEST_GUILESS_MAIN(TestLabel)
#include "tst_label.moc"
