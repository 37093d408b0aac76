// SPDX-License-Identifier: Apache-2.0
#include "app/changes/changes_model.h"
#include "app/changes/text_difference.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;

namespace {

Change added(const std::string &path, EntryKind type = EntryKind::File, std::uint64_t size = 0)
{
    return {.path = path, .kind = ChangeKind::Added, .type = type, .size = size};
}

QString textAt(const ChangesModel &model, const std::string &path, int column)
{
    return model.indexOf(path).siblingAtColumn(column).data().toString();
}

} // namespace

class TestChangesModel : public QObject {
    Q_OBJECT
private slots:
    void isATreeOfDirectories()
    {
        ChangesModel model;
        const QAbstractItemModelTester tester(&model);
        model.setChanges(
            {added("/bin/tool"), added("/etc", EntryKind::Directory), added("/etc/a/b"), added("/etc/motd")});
        QCOMPARE(model.rowCount(), 2);
        const QModelIndex bin = model.index(0, 0);
        QCOMPARE(bin.data().toString(), "bin");
        QVERIFY(!model.change(bin)); // only what lies in it has changed
        QCOMPARE(model.path(model.index(0, 0, bin)), "/bin/tool");
        QCOMPARE(model.path(model.indexOf("/etc/a/b")), "/etc/a/b");
        QVERIFY(model.change(model.indexOf("/etc")));
        QVERIFY(!model.indexOf("/etc/none").isValid());
        model.setChanges({});
        QCOMPARE(model.rowCount(), 0);
    }

    void saysWhatHappened_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("former");
        QTest::addColumn<QString>("what");
        const auto row = [](const char *name, ChangeKind kind, EntryKind type, EntryKind former, const char *what) {
            QTest::newRow(name) << static_cast<int>(kind) << static_cast<int>(type) << static_cast<int>(former)
                                << QString(what);
        };
        row("added", ChangeKind::Added, EntryKind::Link, EntryKind::Unknown, "added");
        row("deleted", ChangeKind::Deleted, EntryKind::Unknown, EntryKind::File, "deleted");
        row("changed", ChangeKind::Changed, EntryKind::File, EntryKind::Executable, "changed");
        row("another type", ChangeKind::Changed, EntryKind::File, EntryKind::Link, "was a link");
        row("permissions", ChangeKind::Changed, EntryKind::Directory, EntryKind::Directory, "permissions changed");
    }
    void saysWhatHappened()
    {
        QFETCH(int, kind);
        QFETCH(int, type);
        QFETCH(int, former);
        QFETCH(QString, what);
        ChangesModel model;
        model.setChanges({{.path = "/f",
                           .kind = static_cast<ChangeKind>(kind),
                           .type = static_cast<EntryKind>(type),
                           .former = static_cast<EntryKind>(former)}});
        QCOMPARE(textAt(model, "/f", ChangesModel::What), what);
        QCOMPARE(model.indexOf("/f").data(Qt::AccessibleTextRole).toString(), "f, " + what);
    }

    void namesAreHostile()
    {
        ChangesModel model;
        const QAbstractItemModelTester tester(&model);
        model.setChanges({added("/<img src=x>\x1b[31m\xff")});
        const QModelIndex index = model.index(0, 0);
        QVERIFY(!index.data().toString().contains(QChar(0x1b)));
        QVERIFY(index.data(Qt::ToolTipRole).toString().contains("&lt;img"));
        QCOMPARE(model.path(index), "/<img src=x>\x1b[31m\xff"); // what goes back to the helper is the very name
    }

    void ourMountPointsAreLeftOut()
    {
        ChangesModel model;
        Change ours = added("/proc", EntryKind::Directory);
        ours.ours = true;
        model.setChanges({added("/a"), ours});
        QCOMPARE(model.changes().size(), 1U);
        QCOMPARE(model.rowCount(), 1);
    }

    void sameChangesAreNoReset()
    {
        ChangesModel model;
        model.setChanges({added("/a"), added("/b")});
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.setChanges({added("/a"), added("/b")});
        QCOMPARE(reset.count(), 0);
        model.setChanges({added("/a"), added("/b", EntryKind::File, 1)});
        QCOMPARE(reset.count(), 1);
    }

    void findsEveryOneOfMany()
    {
        std::vector<Change> changes;
        for (int directory = 0; directory < 100; ++directory) {
            const std::string name = "/" + QString("d%1").arg(directory, 3, 10, QChar('0')).toStdString();
            for (int file = 0; file < 500; ++file)
                changes.push_back(added(name + "/" + QString("f%1").arg(file, 3, 10, QChar('0')).toStdString()));
        }
        ChangesModel model;
        model.setChanges(changes);
        for (const Change &change : changes)
            QVERIFY(model.change(model.indexOf(change.path)) != nullptr);
    }

    void difference()
    {
        const auto found = textDifference("one\ntwo\n", "one\n\ttwo\x1b\n");
        QVERIFY(found);
        QVERIFY2(found->contains("-two\n"), qPrintable(*found));
        QVERIFY2(found->contains("+    two\\x1b\n"), qPrintable(*found));
        QCOMPARE(*textDifference("same", "same"), QString());
        QVERIFY(textDifference("--- a\n+++ b\n", "-rf\n"));
        QVERIFY(isText("naïve"));
        QVERIFY(!isText("\xff"));
        QVERIFY(!isText(std::string("a\0b", 3)));
    }
};

QTEST_MAIN(TestChangesModel)
#include "tst_changes_model.moc"
