// SPDX-License-Identifier: Apache-2.0
#include "core/host/id_tables.h"

#include <QTest>

using namespace pivotbench::core;

namespace {

/// "first+count" of each range, with commas.
QString asText(const std::vector<IdRange> &ranges)
{
    QStringList parts;
    for (const IdRange &range : ranges)
        parts << QString("%1+%2").arg(range.hostId).arg(range.size);
    return parts.join(",");
}

} // namespace

class TestIdTables : public QObject {
    Q_OBJECT
private slots:
    void grantsRanges_data();
    void grantsRanges();
    void readsIdMaps();
    void stopsAtWhatOneMapHolds();
    void readsNumbersStrictly_data();
    void readsNumbersStrictly();
};

void TestIdTables::grantsRanges_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::addColumn<QString>("granted");
    const auto row = [](const char *name, const char *table, const char *granted) {
        QTest::newRow(name) << QByteArray(table) << QString(granted);
    };
    row("an empty table grants nothing", "", "");
    row("a line by name", "ada:100000:65536\n", "100000+65536");
    row("a line by number", "1000:100000:65536\n", "100000+65536");
    row("lines of both kinds, in order", "ada:200000:10\n1000:100000:10\n", "200000+10,100000+10");
    row("lines of others are not ours", "adam:1:2\nad:1:2\n10000:1:2\n", "");
    row("a last line without a newline", "bob:1:2\nada:5:6", "5+6");
    row("comments and blanks are skipped", "# ada:1:2\n\nada:5:6\n", "5+6");
    row("too few or too many fields are skipped", "ada:1\nada:1:2:3\nada:5:6\n", "5+6");
    row("what is no number is skipped", "ada:x:6\nada:5:-6\nada: 5:6\nada:5:0x6\nada:7:8\n", "7+8");
    row("an empty range is skipped", "ada:5:0\n", "");
    row("a range up to the last id is granted", "ada:4294901759:65536\n", "4294901759+65536");
    row("a range beyond the last id is skipped", "ada:4294901760:65536\n", "");
    row("numbers beyond 32 bits are skipped", "ada:4294967296:1\nada:1:18446744073709551617\n", "");
    row("a range that overlaps an earlier one is skipped", "ada:100:10\nada:109:10\nada:110:10\n", "100+10,110+10");
    row("ranges that together exceed the ids inside", "ada:0:4294967000\nada:4294967000:290\nada:4294967290:5\n",
        "0+4294967000,4294967000+290");
}

void TestIdTables::grantsRanges()
{
    QFETCH(QByteArray, table);
    QTEST(asText(parseSubordinateIds(table.toStdString(), "ada", 1000)), "granted");
}

void TestIdTables::readsIdMaps()
{
    const auto map = parseIdMap("         0       1000          1\n         1     100000      65536\n");
    QCOMPARE(map, (std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 65536}}));
    QVERIFY(parseIdMap("").empty());
    QVERIFY(parseIdMap("0 0\nx y z\n0 0 0\n").empty());
    QCOMPARE(parseIdMap("0 0 4294967295\n"), (std::vector<IdRange>{{0, 0, 4294967295}}));
}

void TestIdTables::stopsAtWhatOneMapHolds()
{
    std::string table;
    for (int i = 0; i < 500; ++i)
        table += "ada:" + std::to_string(100000 + i) + ":1\n";
    QCOMPARE(parseSubordinateIds(table, "ada", 1000).size(), maxIdMapLines - 1);
}

void TestIdTables::readsNumbersStrictly_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isNumber");
    for (const char *text : {"0", "1000", "4294967295"})
        QTest::newRow(text) << text << true;
    for (const char *text : {"", " 1", "1 ", "+1", "-1", "0x1", "1e3", "4294967296"})
        QTest::newRow(*text ? text : "nothing") << text << false;
}

void TestIdTables::readsNumbersStrictly()
{
    QFETCH(QString, text);
    QTEST(parseId(text.toStdString()).has_value(), "isNumber");
}

QTEST_GUILESS_MAIN(TestIdTables)
#include "tst_id_tables.moc"
