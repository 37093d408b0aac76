// SPDX-License-Identifier: Apache-2.0
//
// The two trees of a table, by small tables in a short form: a line is "ID PARENT PATH [TAG…]". That the rules of
// visibility are the kernel's is shown by tst_mount_kernel.
#include "core/mount/mount_table.h"

#include <QElapsedTimer>
#include <QTest>
#include <set>

using namespace pivotbench::core;

class TestMountTable : public QObject {
    Q_OBJECT
private slots:
    void trees_data();
    void trees();
    void visibility_data();
    void visibility();
    void covering_data();
    void covering();
    void stacks();
    void propagation();
    void emptyTable();
    void copiesStandAlone();
    void largeTablesAreQuick_data();
    void largeTablesAreQuick();
};

namespace {

MountTable tableOf(const QString &shortForm)
{
    std::vector<MountEntry> entries;
    for (const QString &line : shortForm.split('\n', Qt::SkipEmptyParts)) {
        const QStringList words = line.simplified().split(' ');
        const QString text = QString("%1 %2 0:1 / %3 rw %4 - t s rw")
                                 .arg(words[0], words[1], words[2], words.mid(3).join(' '))
                                 .replace("  ", " ");
        auto entry = parseMountinfoLine(text.toStdString());
        if (!entry)
            qFatal("%s", entry.error().what.c_str());
        entries.push_back(std::move(*entry));
    }
    return MountTable(std::move(entries));
}

std::uint64_t idAt(const MountTable &table, std::size_t row)
{
    return row == MountTable::none ? 0 : table.entries()[row].id;
}

QString ids(const MountTable &table, const std::vector<std::size_t> &rows)
{
    QStringList words;
    for (const std::size_t row : rows)
        words += QString::number(idAt(table, row));
    return words.join(' ');
}

/// "1(2(4) 3)": ids with their children.
QString treeText(const MountTable &table, const std::vector<std::size_t> &rows)
{
    QStringList words;
    for (const std::size_t row : rows) {
        const auto &children = table.childrenOf(row);
        words += QString::number(idAt(table, row)) + (children.empty() ? "" : "(" + treeText(table, children) + ")");
        for (const std::size_t child : children)
            if (table.parentOf(child) != row)
                return "a child that does not know its parent";
    }
    return words.join(' ');
}

} // namespace

void TestMountTable::trees_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("tree");
    QTest::newRow("children stand in table order") << "1 0 /\n3 1 /b\n2 1 /a\n4 3 /b/c"
                                                   << "1(3(4) 2)";
    QTest::newRow("a parent may come after its child") << "4 2 /a/b\n2 1 /a\n1 0 /"
                                                       << "1(2(4))";
    QTest::newRow("a mount that is its own parent is a root") << "1 1 /\n2 1 /a"
                                                              << "1(2)";
    QTest::newRow("an absent parent makes a root") << "1 0 /\n2 77 /a\n3 2 /a/b"
                                                   << "1 2(3)";
    QTest::newRow("a cycle is opened at its first row") << "5 7 /a\n6 5 /b\n7 6 /c\n8 7 /d"
                                                        << "5(6(7(8)))";
    QTest::newRow("two cycles are two roots") << "1 2 /\n2 1 /a\n3 4 /b\n4 3 /c"
                                              << "1(2) 3(4)";
    QTest::newRow("a second row with an id has no children") << "1 0 /\n2 1 /a\n2 1 /b\n3 2 /a/x"
                                                             << "1(2(3) 2)";
    QTest::newRow("the largest id is an id") << "18446744073709551615 0 /\n2 18446744073709551615 /a"
                                             << "18446744073709551615(2)";
}

void TestMountTable::trees()
{
    QFETCH(QString, table);
    const MountTable mounts = tableOf(table);
    QTEST(treeText(mounts, mounts.roots()), "tree");
    for (const std::size_t root : mounts.roots())
        QCOMPARE(mounts.parentOf(root), MountTable::none);
    QCOMPARE(mounts.indexOf(4711), MountTable::none);
}

void TestMountTable::visibility_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("visible");
    QTest::newRow("mounts side by side") << "1 0 /\n2 1 /a\n3 1 /b\n4 2 /a/c"
                                         << "1 2 3 4";
    QTest::newRow("the top of a stack alone") << "1 0 /\n2 1 /a\n3 2 /a\n4 3 /a"
                                              << "1 4";
    QTest::newRow("the stack follows parents, not rows (tucked beneath)") << "1 0 /\n4 9 /a\n9 1 /a"
                                                                          << "1 4";
    QTest::newRow("a mount on the directory above hides") << "1 0 /\n2 1 /a/b\n3 1 /a"
                                                          << "1 3";
    QTest::newRow("and all that stands below the hidden one") << "1 0 /\n2 1 /a/b\n4 2 /a/b/c\n3 1 /a"
                                                              << "1 3";
    QTest::newRow("even when it came first") << "1 0 /\n3 1 /a\n2 1 /a/b"
                                             << "1 3";
    QTest::newRow("but not a mount upon the hiding one") << "1 0 /\n2 1 /a/b\n3 1 /a\n4 3 /a/b"
                                                         << "1 3 4";
    QTest::newRow("a name that only begins alike hides nothing") << "1 0 /\n2 1 /a\n3 1 /a-b\n4 1 /ab\n5 1 /a-b/c"
                                                                 << "1 2 3 4"; // 5 is below 3
    QTest::newRow("a stack hides the lower one's mounts") << "1 0 /\n2 1 /a\n3 2 /a/b\n4 2 /a"
                                                          << "1 4";
    QTest::newRow("a mount over the reader's root is not entered") << "1 0 /\n2 1 /a\n3 1 /\n4 3 /a\n5 3 /b"
                                                                   << "1 2";
    QTest::newRow("after pivot_root(\".\", \".\") the old root is above")
        << "30 9 /\n31 30 /proc\n9 30 /\n10 9 /proc\n11 9 /sys"
        << "30 31";
    QTest::newRow("a reader in a directory of an unlisted mount") << "5 3 /proc\n6 3 /dev\n7 6 /dev/pts"
                                                                  << "5 6 7";
    QTest::newRow("who mounted over its own root") << "8 3 /\n5 3 /proc\n9 8 /proc"
                                                   << "5";
    QTest::newRow("an orphan beside a root that is its own parent") << "1 1 /\n2 77 /a\n3 2 /a/b"
                                                                    << "1 2 3";
    QTest::newRow("of two claims on one place the later") << "1 0 /\n2 1 /a\n3 1 /a"
                                                          << "1 3";
    QTest::newRow("a second row with the same id is not real") << "1 0 /\n2 1 /a\n2 1 /b"
                                                               << "1 2/a";
    QTest::newRow("a child beside its parent's path is no path") << "1 0 /\n2 1 /a\n3 2 /b"
                                                                 << "1 2";
    QTest::newRow("a cycle has one beginning") << "2 3 /a\n3 2 /b\n4 3 /b/c"
                                               << "2";
}

void TestMountTable::visibility()
{
    QFETCH(QString, table);
    QFETCH(QString, visible);
    const MountTable mounts = tableOf(table);
    std::set<std::size_t> rows;
    QStringList found;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const std::string &path = mounts.entries()[i].mountPoint;
        QCOMPARE(mounts.isVisible(i), mounts.visibleAt(path) == i);
        if (mounts.isVisible(i))
            rows.insert(i);
    }
    QStringList wanted = visible.split(' ', Qt::SkipEmptyParts);
    for (const std::size_t row : rows)
        found += QString::number(idAt(mounts, row));
    for (QString &word : wanted) // "2/a" names the row of an id that stands twice
        if (const qsizetype slash = word.indexOf('/'); slash >= 0) {
            QCOMPARE(idAt(mounts, mounts.visibleAt(word.mid(slash).toStdString())), word.left(slash).toULongLong());
            word.truncate(slash);
        }
    found.sort();
    wanted.sort();
    QCOMPARE(found, wanted);
}

void TestMountTable::covering_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<quint64>("on");
    QTest::addColumn<quint64>("exactly");
    const auto add = [](const char *name, const char *path, quint64 on, quint64 exactly) {
        QTest::newRow(name) << QString(path) << on << exactly;
    };
    add("the root", "/", 1, 1);
    add("a plain directory", "/x/y", 1, 0);
    add("a mount point", "/a", 2, 2);
    add("below it", "/a/z/q", 2, 0);
    add("a mount within", "/a/b", 3, 3);
    add("a name that begins like it", "/a/bc", 2, 0);
    add("a name that sorts before the slash", "/a-", 1, 0);
    add("below a stack", "/s/f", 6, 0);
    add("what the stack hides", "/s/deep", 6, 0);
    add("a directory above mounts only", "/o", 1, 0);
    add("beside a mount in it", "/o/p/r", 1, 0);
    add("in it", "/o/p/q/r", 8, 0);
}

void TestMountTable::covering()
{
    QFETCH(QString, path);
    QFETCH(quint64, on);
    QFETCH(quint64, exactly);
    const MountTable mounts = tableOf("1 0 /\n2 1 /a\n3 2 /a/b\n4 1 /a-b\n5 1 /s\n7 5 /s/deep\n6 5 /s\n8 1 /o/p/q");
    QCOMPARE(idAt(mounts, mounts.covering(path.toStdString())), on);
    QCOMPARE(idAt(mounts, mounts.visibleAt(path.toStdString())), exactly);
    const MountTable withoutRoot = tableOf("5 3 /proc");
    QCOMPARE(withoutRoot.covering("/"), MountTable::none);
    QCOMPARE(idAt(withoutRoot, withoutRoot.covering("/proc/1")), 5U);
}

void TestMountTable::stacks()
{
    const MountTable mounts =
        tableOf("1 0 /\n9 4 /a\n4 2 /a\n2 1 /a\n5 1 /b\n6 5 /b/c\n7 6 /b/c\n8 1 /b\n10 8 /b/c\n11 1 /");
    QCOMPARE(ids(mounts, mounts.stackAt("/a")), "2 4 9");
    QCOMPARE(ids(mounts, mounts.stackAt("/b")), "5 8");
    QCOMPARE(ids(mounts, mounts.stackAt("/b/c")), "6 7 10");
    QCOMPARE(ids(mounts, mounts.stackAt("/")), "1 11");
    QCOMPARE(ids(mounts, mounts.stackAt("/nothing")), "");
}

void TestMountTable::propagation()
{
    const MountTable mounts =
        tableOf("1 0 / shared:5\n2 1 /a shared:5\n3 1 /b master:5\n4 1 /c shared:6 master:5\n5 1 /d master:6\n6 1 /e");
    QCOMPARE(ids(mounts, mounts.peersOf(0)), "2");
    QCOMPARE(ids(mounts, mounts.peersOf(1)), "1");
    QCOMPARE(ids(mounts, mounts.slavesOf(0)), "3 4");
    QCOMPARE(ids(mounts, mounts.slavesOf(3)), "5");
    QCOMPARE(ids(mounts, mounts.slavesOf(5)), "");
    QCOMPARE(ids(mounts, mounts.peersOf(5)), "");
    QCOMPARE(mounts.peerGroups().size(), 2U);
    QCOMPARE(ids(mounts, mounts.peerGroups().at(5)), "1 2");
}

void TestMountTable::emptyTable()
{
    const MountTable none;
    QCOMPARE(none.covering("/"), MountTable::none);
    QCOMPARE(none.visibleAt("/"), MountTable::none);
    QVERIFY(none.roots().empty());
    QVERIFY(none.stackAt("/").empty());
}

void TestMountTable::copiesStandAlone()
{
    auto original = std::make_unique<MountTable>(tableOf("1 0 /\n2 1 /a\n3 2 /a/b"));
    const MountTable copy = *original;
    QVERIFY(copy == *original);
    original.reset();
    QCOMPARE(idAt(copy, copy.covering("/a/b/c")), 3U);
}

void TestMountTable::largeTablesAreQuick_data()
{
    QTest::addColumn<int>("shape");
    QTest::newRow("side by side") << 0;
    QTest::newRow("stacked on one path") << 1;
    QTest::newRow("each within the one before, 500 deep") << 2;
    QTest::newRow("one peer group") << 3;
    QTest::newRow("one cycle") << 4;
    QTest::newRow("one id") << 5;
    QTest::newRow("all without a parent") << 6;
}

/// Not a measurement: what is quadratic takes minutes here, what is not takes far less than the bound, also under
/// sanitizers.
void TestMountTable::largeTablesAreQuick()
{
    QFETCH(int, shape);
    constexpr std::uint64_t count = 30'000;
    std::vector<MountEntry> entries;
    std::string deep;
    for (std::uint64_t i = 1; i <= count; ++i) {
        MountEntry entry;
        entry.id = i;
        entry.parentId = i == 1 ? 0 : 1;
        entry.mountPoint = i == 1 ? "/" : "/m" + std::to_string(i);
        switch (shape) {
        case 1:
            entry.mountPoint = i == 1 ? "/" : "/m";
            entry.parentId = i - 1;
            break;
        case 2:
            deep = i % 500 == 1 ? "/d" + std::to_string(i) : deep + "/d";
            entry.mountPoint = i == 1 ? "/" : deep;
            entry.parentId = i % 500 == 1 ? 1 : i - 1;
            break;
        case 3: entry.peerGroup = entry.master = 7; break;
        case 4: entry.parentId = i == 1 ? count : i - 1; break;
        case 5: entry.id = 1; break;
        case 6: entry.parentId = count + i; break;
        default: break;
        }
        entries.push_back(std::move(entry));
    }
    QElapsedTimer timer;
    timer.start();
    const MountTable table(std::move(entries));
    std::size_t visible = 0;
    for (std::size_t i = 0; i < table.size(); ++i) {
        visible += table.isVisible(i);
        QVERIFY(table.covering(table.entries()[i].mountPoint) != MountTable::none || shape == 4);
    }
    QVERIFY2(timer.elapsed() < 20'000, "something is quadratic");
    if (shape == 0 || shape == 3 || shape == 6)
        QCOMPARE(visible, count);
    if (shape == 1)
        QCOMPARE(visible, 2U);
}

QTEST_GUILESS_MAIN(TestMountTable)
#include "tst_mount_table.moc"
