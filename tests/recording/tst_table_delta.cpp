// SPDX-License-Identifier: Apache-2.0
//
// Differences of mount tables: that they say no more than they have to, that they can be taken back exactly, and that
// forged ones are refused.
#include "core/base/json.h"
#include "core/recording/table_delta.h"

#include <QTest>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

using namespace pivotbench::core;

class TestTableDelta : public QObject {
    Q_OBJECT
private slots:
    void forms_data();
    void forms();
    void randomTables();
    void forgedDeltas_data();
    void forgedDeltas();
};

namespace {

/// "ID/NAME ID/NAME@UNIQUE": rows by id, a word that makes them differ, and a unique id.
MountTable tableOf(const QString &shortForm)
{
    std::vector<MountEntry> entries;
    for (const QString &word : shortForm.split(' ', Qt::SkipEmptyParts)) {
        const QString id = word.section('/', 0, 0);
        const QString name = word.section('/', 1).section('@', 0, 0);
        auto entry = parseMountinfoLine(QString("%1 0 0:1 / /%2 rw - t s rw").arg(id, name).toStdString());
        if (!entry)
            qFatal("%s", entry.error().what.c_str());
        entry->uniqueId = word.section('@', 1).toULongLong();
        entries.push_back(std::move(*entry));
    }
    return MountTable(std::move(entries));
}

Result<MountRows> applied(const MountTable &before, const std::string &delta)
{
    const auto value = parseJson(delta);
    if (!value)
        return std::unexpected(value.error());
    return applyTableDelta(before, *value, "mounts");
}

} // namespace

void TestTableDelta::forms_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("members");
    QTest::newRow("the first table is added as a whole") << ""
                                                         << "1/a 2/b"
                                                         << "added";
    QTest::newRow("a mount more") << "1/a"
                                  << "1/a 2/b"
                                  << "added";
    QTest::newRow("a mount less") << "1/a 2/b 3/c"
                                  << "1/a 3/c"
                                  << "removed";
    QTest::newRow("the last one gone") << "1/a"
                                       << ""
                                       << "removed";
    QTest::newRow("a changed mount keeps its place") << "1/a 2/b 3/c"
                                                     << "1/a 2/x 3/c"
                                                     << "changed";
    QTest::newRow("all at once") << "1/a 2/b 3/c"
                                 << "2/x 3/c 4/d"
                                 << "removed changed added";
    QTest::newRow("a new mount in between") << "1/a 2/b"
                                            << "1/a 3/c 2/b"
                                            << "added order";
    QTest::newRow("only the order") << "1/a 2/b"
                                    << "2/b 1/a"
                                    << "order";
    QTest::newRow("unique ids come along") << ""
                                           << "1/a@901 2/b"
                                           << "added unique";
    QTest::newRow("a unique id became known") << "1/a 2/b"
                                              << "1/a@901 2/b"
                                              << "changed unique";
    QTest::newRow("added and changed unique ids") << "1/a@901"
                                                  << "1/x@901 2/b@902"
                                                  << "changed added unique";
    QTest::newRow("an id that stands twice after it") << "1/a"
                                                      << "1/a 1/b"
                                                      << "all";
    QTest::newRow("an id that stood twice before it") << "1/a 1/b"
                                                      << "1/b@7"
                                                      << "all unique";
}

void TestTableDelta::forms()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    const MountTable first = tableOf(before);
    const MountTable second = tableOf(after);
    const auto delta = encodeTableDelta(first, second);
    QStringList members;
    for (auto member = delta.begin(); member != delta.end(); ++member)
        members += QString::fromStdString(member.key());
    QTEST(members.join(' '), "members");
    const auto rows = applied(first, delta.dump());
    QVERIFY2(rows, rows ? "" : rows.error().what.c_str());
    QVERIFY(*rows == second.entries());
}

void TestTableDelta::randomTables()
{
    std::mt19937 random(7);
    MountTable before;
    for (int i = 0; i < 2000; ++i) {
        QStringList words;
        for (int id = 1; id <= 12; ++id)
            if (random() % 3)
                words += QString("%1/n%2@%3").arg(id).arg(random() % 3).arg(random() % 2 ? 900 + id : 0);
        if (random() % 3 == 0)
            std::ranges::shuffle(words, random);
        if (random() % 8 == 0)
            words += "5/again";
        const MountTable after = tableOf(words.join(' '));
        const auto rows = applied(before, encodeTableDelta(before, after).dump());
        QVERIFY2(rows, rows ? "" : rows.error().what.c_str());
        QVERIFY(*rows == after.entries());
        before = after;
    }
}

void TestTableDelta::forgedDeltas_data()
{
    QTest::addColumn<QString>("delta");
    QTest::addColumn<QString>("says");
    const auto add = [](const char *name, const char *delta, const char *says) {
        QTest::newRow(name) << QString(delta) << QString(says);
    };
    add("no object", "[]", "mounts must be an object");
    add("an unknown member", R"({"moved":[]})", "unknown field mounts.moved");
    add("removing what is not there", R"({"removed":[3]})", "mounts.removed names mount 3");
    add("removing twice", R"({"removed":[1,1]})", "mounts.removed names mount 1");
    add("removing a word", R"({"removed":["1"]})", "mounts.removed must hold mount ids");
    add("removing a negative id", R"({"removed":[-1]})", "mounts.removed must hold mount ids");
    add("changing what is not there", R"({"changed":["3 0 0:1 / /x rw - t s rw"]})", "mounts.changed names mount 3");
    add("changing what is removed", R"({"removed":[1],"changed":["1 0 0:1 / /x rw - t s rw"]})",
        "mounts.changed names mount 1");
    add("a row that is none", R"({"added":["x"]})", "mounts.added holds a bad row: the mount id");
    add("a row that is a number", R"({"added":[1]})", "mounts.added holds a bad row");
    add("adding what is there", R"({"added":["1 0 0:1 / /x rw - t s rw"]})",
        "mounts.added names a mount that is there");
    add("adding one id twice", R"({"added":["3 0 0:1 / /x rw - t s rw","3 0 0:1 / /y rw - t s rw"]})",
        "mounts.added names a mount that is there");
    add("an order that forgets one", R"({"order":[1]})", "mounts.order does not name");
    add("an order that names one twice", R"({"order":[1,1]})", "mounts.order does not name");
    add("an order of strangers", R"({"order":[1,9]})", "mounts.order does not name");
    add("an empty order", R"({"order":[]})", "mounts.order does not name");
    add("too few unique ids", R"({"added":["3 0 0:1 / /x rw - t s rw"],"unique":[]})", "mounts.unique must hold 1 ids");
    add("unique ids of nothing", R"({"unique":[7]})", "mounts.unique must hold 0 ids");
    add("all and a difference", R"({"all":[],"removed":[1]})", "unknown field mounts.removed");
    add("all that is no list", R"({"all":{}})", "mounts.all must be a list");
}

void TestTableDelta::forgedDeltas()
{
    QFETCH(QString, delta);
    QFETCH(QString, says);
    const auto rows = applied(tableOf("1/a 2/b"), delta.toStdString());
    QVERIFY(!rows);
    QCOMPARE(rows.error().code, "json.field");
    QVERIFY2(QString::fromStdString(rows.error().what).contains(says), rows.error().what.c_str());
}

QTEST_GUILESS_MAIN(TestTableDelta)
#include "tst_table_delta.moc"
