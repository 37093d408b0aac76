// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mount_view.h"
#include "app/cli/text_columns.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace pivotbench;
using namespace pivotbench::app::cli;

class TestMountView : public QObject {
    Q_OBJECT
private slots:
    void tree();
    void list();
    void hiddenMountsAreDimmed();
    void linesFit_data();
    void linesFit();
    void json();
    void mountinfo();
    void nothingActsOnATerminal();
    void widths_data();
    void widths();
    void deepTablesStaySmall();
    void emptyTables();
};

namespace {

core::MountTable tableOf(const QByteArray &text)
{
    auto entries = core::parseMountinfo(text.toStdString());
    if (!entries)
        qFatal("%s", entries.error().what.c_str());
    return core::MountTable(std::move(*entries));
}

core::MountTable example()
{
    return tableOf("1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
                   "2 1 0:5 / /proc rw,nosuid - proc proc rw\n"
                   "3 1 0:6 / /data rw - tmpfs tmp ro,size=4k\n"
                   "4 3 0:7 /x /data/in\\040side ro master:1 - ext4 /dev/sdb1 rw\n"
                   "5 2 0:5 / /proc rw,nosuid - proc proc rw\n");
}

} // namespace

void TestMountView::tree()
{
    QCOMPARE(QString::fromStdString(mountTree(example())),
             QString("TARGET             TYPE   SOURCE     OPTIONS                        PROPAGATION\n"
                     "/                  ext4   /dev/sda1  rw,relatime,errors=remount-ro  shared\n"
                     "├─/proc (hidden)   proc   proc       rw,nosuid                      private\n"
                     "│ └─/proc          proc   proc       rw,nosuid                      private\n"
                     "└─/data            tmpfs  tmp        ro,size=4k                     private\n"
                     "  └─/data/in side  ext4   /dev/sdb1  ro                             slave\n"));
}

void TestMountView::list()
{
    QCOMPARE(QString::fromStdString(mountList(example())),
             QString("TARGET          TYPE   SOURCE     OPTIONS                        PROPAGATION\n"
                     "/               ext4   /dev/sda1  rw,relatime,errors=remount-ro  shared\n"
                     "/proc (hidden)  proc   proc       rw,nosuid                      private\n"
                     "/data           tmpfs  tmp        ro,size=4k                     private\n"
                     "/data/in side   ext4   /dev/sdb1  ro                             slave\n"
                     "/proc           proc   proc       rw,nosuid                      private\n"));
}

void TestMountView::hiddenMountsAreDimmed()
{
    const QString text = QString::fromStdString(mountList(example(), {.colours = true}));
    QCOMPARE(text.count("\x1b[2m"), 1);
    QVERIFY(text.contains("\n\x1b[2m/proc (hidden)"));
    QVERIFY(!mountList(example()).contains('\x1b'));
}

void TestMountView::linesFit_data()
{
    QTest::addColumn<int>("width");
    for (const int width : {1, 10, 40, 60, 80, 200})
        QTest::addRow("in %d columns", width) << width;
}

void TestMountView::linesFit()
{
    QFETCH(int, width);
    for (const std::string &text : {mountTree(example(), {.width = static_cast<std::size_t>(width)}),
                                    mountList(example(), {.width = static_cast<std::size_t>(width)})}) {
        const QStringList lines = QString::fromStdString(text).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 6);
        for (const QString &line : lines)
            QVERIFY2(line.size() <= width, qPrintable(line));
        // Only as much is cut as has to be.
        QCOMPARE(text.contains("…"), width < 80);
        if (width >= 60)
            QVERIFY(text.contains("slave"));
    }
}

void TestMountView::json()
{
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(mountJson(example())));
    const QJsonArray mounts = document.object()["mounts"].toArray();
    QCOMPARE(mounts.size(), 5);
    const QJsonObject wanted{{"id", 4},
                             {"parentId", 3},
                             {"uniqueId", 0},
                             {"device", "0:7"},
                             {"root", "/x"},
                             {"mountPoint", "/data/in side"},
                             {"options", "ro"},
                             {"propagation", "slave"},
                             {"peerGroup", 0},
                             {"master", 1},
                             {"propagateFrom", 0},
                             {"unbindable", false},
                             {"unknownTags", QJsonArray()},
                             {"type", "ext4"},
                             {"source", "/dev/sdb1"},
                             {"superOptions", "rw"},
                             {"visible", true}};
    QCOMPARE(mounts[3].toObject(), wanted);
    QCOMPARE(mounts[1].toObject()["visible"].toBool(true), false);
}

void TestMountView::mountinfo()
{
    const QByteArray text = "1 0 8:1 / /\xc3\xa4\\040b rw shared:1 - ext4 /dev/sda1 rw,x=\\054\n";
    QCOMPARE(QByteArray::fromStdString(mountinfoText(tableOf(text))), text);
    const core::MountTable hostile = tableOf("1 0 8:1 / /\xff\x1b[2J rw - ext4 \x07 rw\n");
    const std::string shown = mountinfoText(hostile);
    QCOMPARE(shown, R"(1 0 8:1 / /\377\033[2J rw - ext4 \007 rw)"
                    "\n");
    QVERIFY(tableOf(QByteArray::fromStdString(shown)) == hostile);
}

void TestMountView::nothingActsOnATerminal()
{
    const core::MountTable hostile =
        tableOf("1 0 8:1 /\x1b]0;x\x07 /\\012+\xe2\x80\xae\xff r\x1b t\x1b:1 - e\x1b d\x1b o\x1b\n");
    for (const std::string &text :
         {mountTree(hostile), mountList(hostile), mountJson(hostile), mountinfoText(hostile)}) {
        for (const char c : text)
            QVERIFY(c == '\n' || static_cast<unsigned char>(c) >= ' ');
        QVERIFY(!text.contains("\xe2\x80\xae"));
        const QByteArray bytes = QByteArray::fromStdString(text);
        QCOMPARE(QString::fromUtf8(bytes).toUtf8(), bytes);
    }
}

void TestMountView::widths_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<quint64>("width");
    QTest::addColumn<QString>("inFour");
    QTest::newRow("ASCII") << "abcde" << quint64{5} << "abc…";
    QTest::newRow("what fits is not cut") << "abcd" << quint64{4} << "abcd";
    QTest::newRow("umlauts take one column") << "äöüß" << quint64{4} << "äöüß";
    QTest::newRow("Chinese takes two") << "文件系统" << quint64{8} << "文…";
    QTest::newRow("a combining mark takes none") << QString("e\u0301bcd") << quint64{4} << QString("e\u0301bcd");
    QTest::newRow("nothing") << "" << quint64{0} << "";
}

void TestMountView::widths()
{
    QFETCH(QString, text);
    QFETCH(quint64, width);
    QCOMPARE(displayWidth(text.toStdString()), width);
    QTEST(QString::fromStdString(fitted(text.toStdString(), 4)), "inFour");
    QCOMPARE(fitted("x", 0), "");
}

/// A forged chain of mounts: lines must not grow with their depth, or the text is quadratic.
void TestMountView::deepTablesStaySmall()
{
    std::vector<core::MountEntry> entries;
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
        core::MountEntry &entry = entries.emplace_back();
        entry.id = i;
        entry.parentId = i - 1;
        entry.mountPoint = i == 1 ? "/" : "/m";
    }
    const std::string text = mountTree(core::MountTable(std::move(entries)));
    QVERIFY(text.size() < 20'000 * 200);
    QVERIFY(text.contains("[20000] └─/m"));
}

void TestMountView::emptyTables()
{
    QCOMPARE(mountTree({}), "");
    QCOMPARE(mountList({}), "");
    QCOMPARE(mountinfoText({}), "");
    QCOMPARE(mountJson({}), "{\n  \"mounts\": []\n}\n");
}

QTEST_GUILESS_MAIN(TestMountView)
#include "tst_mount_view.moc"
