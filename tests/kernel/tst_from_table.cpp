// SPDX-License-Identifier: Apache-2.0
//
// States built from mount tables: the table comes out again, and forged ones are survived.
#include "core/kernel/call.h"
#include "core/kernel/from_table.h"
#include "core/kernel/table_of.h"
#include "core/mount/table_match.h"

#include <QTest>
#include <fmt/format.h>

using namespace pivotbench::core;
using namespace pivotbench::core::kernel;

namespace {

MountTable parsed(const std::string &text)
{
    auto rows = parseMountinfo(text);
    if (!rows)
        qFatal("%s", rows.error().what.c_str());
    return MountTable(std::move(*rows));
}

} // namespace

class TestFromTable : public QObject {
    Q_OBJECT

private slots:
    void comesOutAgain_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::newRow("a system") << QByteArray(
            "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=continue\n"
            "21 20 0:20 / /proc rw,nosuid,nodev shared:2 - proc proc rw\n"
            "22 20 0:22 / /mnt ro,noatime master:1 - tmpfs t ro,size=4k\n"
            "23 22 0:23 /a/b /mnt/deep/er rw unbindable - tmpfs t rw\n");
        QTest::newRow("stacks") << QByteArray("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                              "2 1 0:5 / /a rw - tmpfs a rw\n"
                                              "3 2 0:6 / /a rw - tmpfs b rw\n"
                                              "4 1 0:7 / / rw - tmpfs over-root rw\n");
        QTest::newRow("a slave that is shared, and a group outside")
            << QByteArray("1 0 8:1 / / rw shared:5 - ext4 /dev/sda1 rw\n"
                          "2 1 0:5 / /a rw shared:6 master:5 - tmpfs a rw\n"
                          "3 1 0:6 / /b rw master:77 - tmpfs b rw\n");
        QTest::newRow("a reader in a chroot") << QByteArray("3 2 0:6 / /b rw - tmpfs b rw\n"
                                                            "4 2 0:7 / /c rw - tmpfs c rw\n");
        QTest::newRow("a removed root, a space")
            << QByteArray("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                          "2 1 8:1 /gone//deleted /a\\040b rw - ext4 /dev/sda1 rw\n");
    }
    void comesOutAgain()
    {
        QFETCH(QByteArray, table);
        const MountTable before = parsed(table.toStdString());
        const Machine machine = machineOf(before, Reader{});
        const MountTable after(tableOf(machine.state, machine.reader));
        const auto mismatches = matchTables(before, after);
        QVERIFY2(mismatches.empty(), formatMismatches(mismatches, before, after, "given", "built").c_str());
        for (std::size_t i = 0; i < before.size(); ++i)
            QVERIFY(after.entries()[i].superOptions.size() >= 2);
    }

    void forgedTablesAreSurvived_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::newRow("groups that are each other's masters")
            << QByteArray("1 0 0:1 / / rw shared:1 master:2 - t t rw\n"
                          "2 1 0:1 / /a rw shared:2 master:1 - t t rw\n"
                          "3 1 0:1 / /b rw shared:1 master:1 - t t rw\n");
        QTest::newRow("parents in a circle") << QByteArray("1 2 0:1 / /a rw - t t rw\n"
                                                           "2 1 0:1 / /a/b rw - t t rw\n");
        QTest::newRow("one id for all") << QByteArray("1 1 0:1 / / rw - t t rw\n"
                                                      "1 1 0:1 / /a rw - t t rw\n"
                                                      "1 1 0:1 / / rw - t t rw\n");
        QTest::newRow("a child above its parent") << QByteArray("1 0 0:1 / /a/b rw - t t rw\n"
                                                                "2 1 0:1 / /a rw - t t rw\n");
        QByteArray pile = "1 0 0:1 / / rw shared:1 - t t rw\n";
        for (int i = 2; i < 20000; ++i)
            pile += QByteArray::number(i) + " 1 0:1 / /a rw shared:1 - t t rw\n";
        QTest::newRow("twenty thousand on one place") << pile;
    }
    void forgedTablesAreSurvived()
    {
        QFETCH(QByteArray, table);
        const MountTable before = parsed(table.toStdString());
        Machine machine = machineOf(before, Reader{});
        QVERIFY(!tableOf(machine.state, machine.reader).empty());
        for (const char *path : {"/", "/a"}) {
            (void)perform(machine.state, machine.reader, MountCall{.source = "new", .target = path, .type = "tmpfs"});
            (void)perform(machine.state, machine.reader, UnmountCall{path, UnmountCall::detach});
        }
        (void)tableOf(machine.state, machine.reader);
    }
};

QTEST_GUILESS_MAIN(TestFromTable)
#include "tst_from_table.moc"
