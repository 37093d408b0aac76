// SPDX-License-Identifier: Apache-2.0
#include "app/compose/mount_table_model.h"
#include "app/document/analysis.h"
#include "core/base/file.h"
#include "isolated_home.h"
#include "sample_specs.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;

namespace {

QString asText(const MountTableModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        text += QString(2 * depth, ' ') + index.data().toString() + " " +
                index.siblingAtColumn(MountTableModel::Type).data().toString() + " " +
                index.siblingAtColumn(MountTableModel::Propagation).data().toString() + "\n";
        text += asText(model, index, depth + 1);
    }
    return text;
}

} // namespace

class TestMountTableModel : public QObject {
    Q_OBJECT
private slots:
    void isATree();
    void showsThisMachine();
    void showsPredictions();

private:
    IsolatedHome m_home;
};

void TestMountTableModel::isATree()
{
    MountTableModel model;
    const QAbstractItemModelTester tester(&model);
    QCOMPARE(model.rowCount(), 0);
    model.setTable(
        std::make_shared<const MountTable>(*parseMountinfo("1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
                                                           "2 1 0:5 / /proc rw - proc proc rw\n"
                                                           "3 1 0:6 / /mnt rw - tmpfs one rw\n"
                                                           "4 3 0:7 / /mnt rw master:1 - tmpfs two\\012\\033[2J rw\n"
                                                           "5 99 0:8 /sub /lost rw unbindable - tmpfs t rw\n")));
    QCOMPARE(asText(model), "/ ext4 shared\n"
                            "  /proc proc private\n"
                            "  /mnt (hidden) tmpfs private\n"
                            "    /mnt tmpfs slave\n"
                            "/lost tmpfs unbindable\n");
    const QModelIndex hostile = model.index(0, 0, model.index(1, 0, model.index(0, 0)));
    QVERIFY(!hostile.siblingAtColumn(MountTableModel::Source).data().toString().contains(QChar(0x1b)));
    model.setTable(nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void TestMountTableModel::showsThisMachine()
{
    MountTableModel model;
    const QAbstractItemModelTester tester(&model);
    const auto text = readFile("/proc/self/mountinfo", 64 << 20);
    QVERIFY(text);
    const auto table = std::make_shared<const MountTable>(*parseMountinfo(*text));
    model.setTable(table);
    QCOMPARE(asText(model).count('\n'), static_cast<qsizetype>(table->size()));
}

void TestMountTableModel::showsPredictions()
{
    MountTableModel model;
    const QAbstractItemModelTester tester(&model);
    const HostFacts facts = probeHostFacts();
    int shown = 0;
    for (const SandboxSpec &spec : sampleSpecs()) {
        const Analysis analysis = analyse(spec, facts, 1);
        model.setTable(analysis.sandboxTable);
        if (analysis.sandboxTable) {
            QCOMPARE(asText(model).count('\n'), static_cast<qsizetype>(analysis.sandboxTable->size()));
            ++shown;
        }
    }
    if (shown == 0)
        QSKIP("no preset can be predicted here: none of their layers exists yet");
}

QTEST_MAIN(TestMountTableModel)
#include "tst_mount_table_model.moc"
