// SPDX-License-Identifier: Apache-2.0
#include "core/mount/table_diff.h"

#include <QTest>

using namespace pivotbench::core;

class TestTableDiff : public QObject {
    Q_OBJECT
private slots:
    void differences_data();
    void differences();
    void uniqueIds_data();
    void uniqueIds();
    void fieldsAreNamed();
};

namespace {

/// Lines of mountinfo without their last part: "ID PARENT DEV ROOT PATH OPTIONS [TAG…] - TYPE".
std::vector<MountEntry> rowsOf(const QString &shortForm)
{
    std::vector<MountEntry> entries;
    for (const QString &line : shortForm.split('\n', Qt::SkipEmptyParts)) {
        auto entry = parseMountinfoLine((line + " src rw").toStdString());
        if (!entry)
            qFatal("%s", entry.error().what.c_str());
        entries.push_back(std::move(*entry));
    }
    return entries;
}

} // namespace

void TestTableDiff::differences_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("text");
    const auto add = [](const char *name, const char *before, const char *after, const char *text) {
        QTest::newRow(name) << QString(before) << QString(after) << QString(text);
    };
    const char *const root = "1 0 8:1 / / rw - ext4";
    add("nothing changed", root, root, "");
    add("the order of rows is no change", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /p rw - proc",
        "2 1 0:5 / /p rw - proc\n1 0 8:1 / / rw - ext4", "");
    add("a mount came", root, "1 0 8:1 / / rw - ext4\n2 1 0:5 / /proc rw,nosuid - proc", "+ /proc  proc  rw,nosuid\n");
    add("a mount went", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /old rw - proc", root, "- /old  proc  rw\n");
    add("options changed", "1 0 8:1 / /data rw - ext4", "1 0 8:1 / /data ro - ext4", "~ /data  options: rw → ro\n");
    add("propagation changed", "1 0 8:1 / / rw shared:4 - ext4", "1 0 8:1 / / rw - ext4",
        "~ /  propagation: shared:4 → private\n");
    add("the same kind of another group", "1 0 8:1 / / rw shared:4 - ext4", "1 0 8:1 / / rw shared:5 master:4 - ext4",
        "~ /  propagation: shared:4 → shared:5,master:4\n");
    add("a mount moved", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /a rw - t\n3 1 0:6 / /b rw - t",
        "1 0 8:1 / / rw - ext4\n2 3 0:5 / /b/c rw - t\n3 1 0:6 / /b rw - t", "~ /b/c  mountPoint: /a → /b/c\n");
    add("only the parent changed: something was tucked beneath", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /a rw - t",
        "1 0 8:1 / / rw - ext4\n2 3 0:5 / /a rw - t\n3 1 0:6 / /a rw - u", "+ /a  u  rw\n~ /a  parentId: 1 → 3\n");
    add("pivot_root moves everything", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /new rw - t\n3 2 0:6 / /new/proc rw - proc",
        "2 0 0:5 / / rw - t\n3 2 0:6 / /proc rw - proc\n1 2 8:1 / /old rw - ext4",
        "~ /  mountPoint: /new → /\n~ /proc  mountPoint: /new/proc → /proc\n~ /old  mountPoint: / → /old\n");
    add("an id that was reused for another device", "1 0 8:1 / / rw - ext4\n2 1 0:5 / /a rw - t",
        "1 0 8:1 / / rw - ext4\n2 1 0:9 / /a rw - t", "+ /a  t  rw\n- /a  t  rw\n");
    add("an id that was reused for another directory of it", "2 1 0:5 /x /a rw - t", "2 1 0:5 /y /a rw - t",
        "+ /a  t  rw\n- /a  t  rw\n");
    add("the directory behind it was deleted", "2 1 0:5 /x /a rw - t", "2 1 0:5 /x//deleted /a rw - t",
        "~ /a  root: /x → /x//deleted\n");
    add("an id that stands twice is matched once", "2 1 0:5 / /a rw - t", "2 1 0:5 / /a rw - t\n2 1 0:5 / /b rw - t",
        "+ /b  t  rw\n");
    add("ids that stand twice in both tables", "2 1 0:5 / /a rw - t\n2 1 0:5 / /b rw - t",
        "2 1 0:5 / /a rw - t\n2 1 0:5 / /c rw - t", "~ /c  mountPoint: /b → /c\n");
    add("names cannot act on a terminal", "", "2 1 0:5 / /\x1b[2J\\012x rw - t", "+ /\\x1b[2J\\x0ax  t  rw\n");
}

void TestTableDiff::differences()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    const MountTable first(rowsOf(before));
    const MountTable second(rowsOf(after));
    const TableDiff diff = diffTables(first, second);
    QTEST(QString::fromStdString(formatDiff(diff, first, second)), "text");
    QVERIFY(diffTables(first, first).empty());
    QCOMPARE(diffTables(second, first).added.size(), diff.removed.size());
}

void TestTableDiff::uniqueIds_data()
{
    QTest::addColumn<quint64>("before");
    QTest::addColumn<quint64>("after");
    QTest::addColumn<bool>("same");
    QTest::newRow("both know and agree") << quint64{900} << quint64{900} << true;
    QTest::newRow("both know and differ: the id was reused") << quint64{900} << quint64{901} << false;
    QTest::newRow("only the later one knows") << quint64{0} << quint64{901} << true;
    QTest::newRow("only the earlier one knows") << quint64{900} << quint64{0} << true;
}

void TestTableDiff::uniqueIds()
{
    QFETCH(quint64, before);
    QFETCH(quint64, after);
    QFETCH(bool, same);
    std::vector<MountEntry> first = rowsOf("2 1 0:5 / /a rw - t");
    std::vector<MountEntry> second = first;
    first[0].uniqueId = before;
    second[0].uniqueId = after;
    QCOMPARE(diffTables(MountTable(first), MountTable(second)).empty(), same);

    // With a unique id a mount is itself, whatever else changed.
    second[0].deviceMinor = 77;
    second[0].id = 5;
    const TableDiff diff = diffTables(MountTable(first), MountTable(second));
    QCOMPARE(diff.changed.size(), before == after ? 1U : 0U);
    if (before == after)
        QCOMPARE(diff.changed[0].fields, (std::vector<std::string>{"id", "device"}));
}

void TestTableDiff::fieldsAreNamed()
{
    std::vector<MountEntry> first = rowsOf("2 1 0:5 / /a rw - t");
    std::vector<MountEntry> second = rowsOf("2 3 0:5 / /b ro unbindable - t");
    first[0].uniqueId = second[0].uniqueId = 7;
    second[0].root = "/r";
    second[0].type = "u";
    second[0].source = "other";
    second[0].superOptions = "ro";
    const TableDiff diff = diffTables(MountTable(first), MountTable(second));
    QCOMPARE(diff.changed.size(), 1U);
    QCOMPARE(diff.changed[0].fields, (std::vector<std::string>{"parentId", "root", "mountPoint", "options",
                                                               "propagation", "type", "source", "superOptions"}));
}

QTEST_GUILESS_MAIN(TestTableDiff)
#include "tst_table_diff.moc"
