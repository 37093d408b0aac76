// SPDX-License-Identifier: Apache-2.0
//
// Text of mountinfo ↔ rows.
#include "core/mount/mount_table.h"

#include <QFile>
#include <QTest>

using namespace pivotbench::core;

class TestMountinfo : public QObject {
    Q_OBJECT
private slots:
    void everyFieldIsRead();
    void oddities_data();
    void oddities();
    void wrongRows_data();
    void wrongRows();
    void tables_data();
    void tables();
    void formatting_data();
    void formatting();
    void everyByteSurvives();
    void ownTableSurvives();
    void propagation_data();
    void propagation();
    void escapes();
};

namespace {

/// A row from a line that has to be right.
MountEntry row(const QByteArray &line)
{
    auto entry = parseMountinfoLine({line.constData(), static_cast<std::size_t>(line.size())});
    if (!entry)
        qFatal("%s", entry.error().what.c_str());
    return *entry;
}

} // namespace

void TestMountinfo::everyFieldIsRead()
{
    const MountEntry entry =
        row("36 35 98:7 /mnt1 /mnt2 rw,noatime shared:3 master:1 propagate_from:2 unbindable later:4 - ext3 /dev/root "
            "rw,errors=continue");
    QCOMPARE(entry.id, 36U);
    QCOMPARE(entry.parentId, 35U);
    QCOMPARE(entry.uniqueId, 0U);
    QCOMPARE(entry.deviceMajor, 98U);
    QCOMPARE(entry.deviceMinor, 7U);
    QCOMPARE(entry.root, "/mnt1");
    QCOMPARE(entry.mountPoint, "/mnt2");
    QCOMPARE(entry.options, "rw,noatime");
    QCOMPARE(entry.peerGroup, 3U);
    QCOMPARE(entry.master, 1U);
    QCOMPARE(entry.propagateFrom, 2U);
    QVERIFY(entry.unbindable);
    QCOMPARE(entry.unknownTags, std::vector<std::string>{"later:4"});
    QCOMPARE(entry.type, "ext3");
    QCOMPARE(entry.source, "/dev/root");
    QCOMPARE(entry.superOptions, "rw,errors=continue");
}

void TestMountinfo::oddities_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<std::string>("root");
    QTest::addColumn<std::string>("mountPoint");
    QTest::addColumn<std::string>("source");
    QTest::addColumn<std::string>("superOptions");

    const auto add = [](const char *name, const QByteArray &line, std::string root, std::string mountPoint,
                        std::string source, std::string superOptions) {
        QTest::newRow(name) << line << root << mountPoint << source << superOptions;
    };
    add("the kernel's escapes are resolved in names", R"(1 2 0:3 /a\040b /\011c\012d\134e rw - t so\043urce rw)",
        "/a b", "/\tc\nd\\e", "so#urce", "rw");
    add("an escaped comma of an option is told from a separator",
        R"(1 2 0:3 / / rw - overlay o rw,lowerdir=/a\054b\040c)", "/", "/", "o", R"(rw,lowerdir=/a\054b c)");
    add("a backslash that begins no escape stays", R"(1 2 0:3 /\ /\04x\9 rw - t s\400 rw)", "/\\", "/\\04x\\9",
        "s\\400", "rw");
    add("an empty source is two spaces", "1 2 0:3 / / rw - tmpfs  rw,size=4k", "/", "/", "", "rw,size=4k");
    add("a missing source leaves the options", "1 2 0:3 / / rw - tmpfs rw,size=4k", "/", "/", "", "rw,size=4k");
    add("super options may be empty", "1 2 0:3 / / rw - t s ", "/", "/", "s", "");
    add("super options may hold spaces", "1 2 0:3 / / rw - t s rw,a b  c", "/", "/", "s", "rw,a b  c");
    add("a namespace file is no path", "1 2 0:3 net:[4026531840] /run/x rw - nsfs nsfs rw", "net:[4026531840]",
        "/run/x", "nsfs", "rw");
    add("a deleted root keeps its mark", "1 2 0:3 /gone//deleted /x rw - t s rw", "/gone//deleted", "/x", "s", "rw");
    add("a dash in a name is no separator", "1 2 0:3 /- /- rw x:1 - - - -", "/-", "/-", "-", "-");
    add("bytes that are not UTF-8 are kept", "1 2 0:3 / /\xff\xc3 rw - t \xe4 rw", "/", "/\xff\xc3", "\xe4", "rw");
    add("the largest numbers are read", "18446744073709551615 18446744073709551615 4294967295:4294967295 / / r - t s o",
        "/", "/", "s", "o");
}

void TestMountinfo::oddities()
{
    QFETCH(QByteArray, line);
    const MountEntry entry = row(line);
    QTEST(entry.root, "root");
    QTEST(entry.mountPoint, "mountPoint");
    QTEST(entry.source, "source");
    QTEST(entry.superOptions, "superOptions");
    const MountEntry again = row(QByteArray::fromStdString(formatMountinfoLine(entry)));
    QVERIFY2(again == entry, formatMountinfoLine(entry).c_str());
    QVERIFY(row(QByteArray::fromStdString(formatMountinfoLineAscii(entry))) == entry);
}

void TestMountinfo::wrongRows_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("says");
    const auto add = [](const char *name, const QByteArray &line, const char *says) {
        QTest::newRow(name) << line << QString(says);
    };
    add("an empty row", "", "field 1");
    add("a word for the id", "x 2 0:3 / / rw - t s rw", "field 1");
    add("an id of 65 bits", "18446744073709551616 2 0:3 / / rw - t s rw", "field 1");
    add("a negative id", "-1 2 0:3 / / rw - t s rw", "field 1");
    add("an id with a plus", "+1 2 0:3 / / rw - t s rw", "field 1");
    add("a leading space", " 1 2 0:3 / / rw - t s rw", "field 1");
    add("a parent that is no number", "1 2x 0:3 / / rw - t s rw", "field 2");
    add("a device without colon", "1 2 3 / / rw - t s rw", "field 3");
    add("a device number of 33 bits", "1 2 0:4294967296 / / rw - t s rw", "field 3");
    add("two spaces before the root", "1 2 0:3  / rw - t s rw", "field 4");
    add("a relative mount point", "1 2 0:3 / proc rw - t s rw", "field 5");
    add("nothing after the mount point", "1 2 0:3 / /", "field 6");
    add("empty options", "1 2 0:3 / /  - t s rw", "field 6");
    add("no separator", "1 2 0:3 / / rw shared:1", "field 8");
    add("an empty tag", "1 2 0:3 / / rw  - t s rw", "field 7");
    add("a peer group that is no number", "1 2 0:3 / / rw shared:x - t s rw", "shared:N");
    add("peer group zero", "1 2 0:3 / / rw shared:0 - t s rw", "shared:N");
    add("two peer groups", "1 2 0:3 / / rw shared:1 shared:2 - t s rw", "shared:N");
    add("a huge master", "1 2 0:3 / / rw master:99999999999999999999 - t s rw", "master:N");
    add("propagate_from without a number", "1 2 0:3 / / rw propagate_from: - t s rw", "propagate_from:N");
    add("nothing after the separator", "1 2 0:3 / / rw -", "field 9");
    add("an empty type", "1 2 0:3 / / rw -  s rw", "field 9");
    add("nothing after the type", "1 2 0:3 / / rw - t", "field 11");
    add("a NUL byte", QByteArray("1 2 0:3 / /a\0b rw - t s rw", 27), "NUL");
    add("an escaped NUL", R"(1 2 0:3 / /a\000 rw - t s rw)", "field 5");
    add("an escaped NUL in the options", R"(1 2 0:3 / / rw - t s rw\000)", "NUL");
    add("a newline within", "1 2 0:3 / / rw - t s rw\n", "newline");
}

void TestMountinfo::wrongRows()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, says);
    const auto entry = parseMountinfoLine({line.constData(), static_cast<std::size_t>(line.size())});
    QVERIFY(!entry);
    QCOMPARE(entry.error().code, "mountinfo");
    QVERIFY2(QString::fromStdString(entry.error().what).contains(says), entry.error().what.c_str());
}

void TestMountinfo::tables_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("rows"); // -1: refused
    QTest::addColumn<QString>("says");
    const QByteArray line = "1 2 0:3 / / rw - t s rw";
    QTest::newRow("nothing is an empty table") << QByteArray() << 0 << "";
    QTest::newRow("a last line without newline counts") << line + "\n" + line << 2 << "";
    QTest::newRow("a newline at the end begins no line") << line + "\n" << 1 << "";
    QTest::newRow("an empty line is wrong") << line + "\n\n" + line << -1 << "line 2";
    QTest::newRow("the first bad line is named") << line + "\n" + line + "\nx\ny\n" << -1 << "line 3";
    QTest::newRow("a NUL anywhere is refused") << line + QByteArray(1, '\0') << -1 << "NUL";
    QTest::newRow("controls of a bad line are shown as text") << QByteArray("\x1b[2J") << -1 << "\\x1b[2J";
    QTest::newRow("a long bad line is cut") << QByteArray(1 << 20, 'x') << -1 << "…";
}

void TestMountinfo::tables()
{
    QFETCH(QByteArray, text);
    QFETCH(int, rows);
    QFETCH(QString, says);
    const auto entries = parseMountinfo({text.constData(), static_cast<std::size_t>(text.size())});
    QCOMPARE(entries.has_value(), rows >= 0);
    if (entries) {
        QCOMPARE(entries->size(), static_cast<std::size_t>(rows));
        return;
    }
    QVERIFY2(QString::fromStdString(entries.error().what).contains(says), entries.error().what.c_str());
    QVERIFY(entries.error().what.size() < 1000);
}

void TestMountinfo::formatting_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("an ordinary row") << QByteArray(
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
    QTest::newRow("every tag in the kernel's order")
        << QByteArray("3 2 0:5 / /x rw shared:4 master:3 propagate_from:2 unbindable later - t s rw");
    QTest::newRow("every escape of a path") << QByteArray(R"(3 2 0:5 /\040\011\012\134 /\134040 rw - t s rw)");
    QTest::newRow("the escape of a source") << QByteArray(R"(3 2 0:5 / / rw - t\043 \043\040 rw)");
    QTest::newRow("escapes that options keep") << QByteArray(R"(3 2 0:5 / / rw - t s rw,a=\054\075\134\040b)");
    QTest::newRow("an empty source") << QByteArray("3 2 0:5 / / rw - t  rw");
}

void TestMountinfo::formatting()
{
    QFETCH(QByteArray, line);
    QCOMPARE(QByteArray::fromStdString(formatMountinfoLine(row(line))), line);
}

void TestMountinfo::everyByteSurvives()
{
    std::string bytes;
    for (int byte = 1; byte < 256; ++byte)
        bytes += static_cast<char>(byte);
    MountEntry entry;
    entry.id = 1;
    entry.mountPoint = "/" + bytes;
    entry.options = "rw";
    entry.root = entry.type = entry.source = bytes;
    entry.unknownTags = {bytes, "-", "shared:1", "unbindable"};
    // A backslash of an option is the kernel's.
    entry.superOptions = bytes;
    entry.superOptions.erase(entry.superOptions.find('\\'), 1);
    for (const std::string &line : {formatMountinfoLine(entry), formatMountinfoLineAscii(entry)}) {
        const auto again = parseMountinfoLine(line);
        QVERIFY2(again, line.c_str());
        QVERIFY2(*again == entry, line.c_str());
    }
    for (const char c : formatMountinfoLineAscii(entry))
        QVERIFY(c >= ' ' && c <= '~');
}

void TestMountinfo::ownTableSurvives()
{
    QFile file("/proc/self/mountinfo");
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(!text.isEmpty());
    const auto entries = parseMountinfo(text.toStdString());
    QVERIFY2(entries, entries ? "" : entries.error().what.c_str());
    const QList<QByteArray> lines = text.split('\n');
    QCOMPARE(entries->size(), static_cast<std::size_t>(lines.size() - 1));
    for (std::size_t i = 0; i < entries->size(); ++i)
        QCOMPARE(QByteArray::fromStdString(formatMountinfoLine((*entries)[i])), lines[static_cast<qsizetype>(i)]);
}

void TestMountinfo::propagation_data()
{
    QTest::addColumn<QByteArray>("tags");
    QTest::addColumn<std::string>("text");
    QTest::newRow("no tag is private") << QByteArray() << std::string("private");
    QTest::newRow("a peer group is shared") << QByteArray("shared:1 ") << std::string("shared");
    QTest::newRow("a master is a slave") << QByteArray("master:1 ") << std::string("slave");
    QTest::newRow("both are both") << QByteArray("shared:2 master:1 ") << std::string("slave,shared");
    QTest::newRow("unbindable is itself") << QByteArray("unbindable ") << std::string("unbindable");
}

void TestMountinfo::propagation()
{
    QFETCH(QByteArray, tags);
    QTEST(propagationText(row("1 2 0:3 / / rw " + tags + "- t s rw")), "text");
}

void TestMountinfo::escapes()
{
    QCOMPARE(unescapeOctal(R"(/a\054b\075\134)"), "/a,b=\\");
    QCOMPARE(unescapeOctal(R"(\ \8 \400 \01)"), R"(\ \8 \400 \01)");
    QCOMPARE(escapeOctal("/a b\\\n\xff"), R"(/a b\134\012\377)");
    QCOMPARE(unescapeOctal(escapeOctal("\\040 \x7f\xc3\xa4")), "\\040 \x7f\xc3\xa4");
}

QTEST_GUILESS_MAIN(TestMountinfo)
#include "tst_mountinfo.moc"
