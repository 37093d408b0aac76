// SPDX-License-Identifier: Apache-2.0
#include "app/tree/merged_tree_model.h"

#include "tree_fixture.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>

using namespace pivotbench;
using namespace pivotbench::app;
using core::TreeMountKind;
using pivotbench::test::LayerFixture;

namespace {

struct Layers : LayerFixture {
    explicit Layers(int count)
        : LayerFixture(count)
    {
        source.tree = tree;
        for (int i = 0; i < count; ++i)
            source.names.push_back({QStringLiteral("L%1").arg(i), {}});
    }
    TreeSource source;
};

constexpr auto strict = QAbstractItemModelTester::FailureReportingMode::QtTest;

} // namespace

class TestMergedTreeModel : public QObject {
    Q_OBJECT
private slots:
    void emptyAtFirst()
    {
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!model.indexOf({}).isValid());
    }

    void readsOnExpandAndNeverInTheInterfaceThread()
    {
        Layers layers(2);
        layers.directory(0, "a");
        layers.directory(1, "a/b");
        layers.file(1, "a/f");
        layers.file(1, "x");
        layers.source.mounts = {test::mountOn("/a/b", TreeMountKind::Bind, "/nowhere")};
        test::WatchedReader watched;
        MergedTreeModel model(watched.reader());
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        QVERIFY(model.isBusy());
        QCOMPARE(model.rowCount(), 0);
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(watched.takeCalls(), (QStringList{"look /a", "look /a/b", "source /nowhere", "read /"}));
        QCOMPARE(test::treeText(model), "/ | L0\n  a | L0\n  x | L1\n");

        model.setExpanded(model.indexOf({"/a"}), true);
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(watched.takeCalls(), QStringList{"read /a"});
        QCOMPARE(test::treeText(model),
                 "/ | L0\n  a | L0\n    b | bind of /nowhere | rw · source is missing\n    f | L1\n  x | L1\n");
        // Asked for again it is there, and what is looked at reads nothing.
        model.setExpanded(model.indexOf({"/a"}), false);
        model.setExpanded(model.indexOf({"/a"}), true);
        WAIT_UNTIL_IDLE(model);
        QVERIFY(watched.takeCalls().isEmpty());
        QVERIFY(!watched.wasInterfaceThreadUsed());
    }

    void tellsWhatIsHiddenAndDeleted()
    {
        Layers layers(3);
        layers.file(0, "a");
        layers.file(1, "a");
        layers.file(2, "a");
        layers.directory(0, "d");
        layers.directory(2, "d");
        layers.file(2, "d/secret");
        layers.file(2, "gone");
        if (!layers.whiteout(1, "gone") || !layers.mark(0, "d", "user.overlay.opaque", "y"))
            QSKIP("this filesystem or user cannot make whiteouts and opaque directories");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), "/ | L0\n  d | L0 | hides 1 below · opaque\n  a | L0 | hides 2 below\n"
                                        "  gone | L1 | deleted · hides 1 below\n");
        model.setExpanded(model.indexOf({"/d"}), true);
        model.setShowHidden(true);
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), "/ | L0\n  d | L0 | hides 1 below · opaque\n    secret | L2 | hidden\n"
                                        "  a | L0 | hides 2 below\n  gone | L1 | deleted · hides 1 below\n");
        QCOMPARE(model.entry(model.indexOf({"/d/secret", true})).row, TreeEntry::Row::Hidden);
        QVERIFY(!model.indexOf({"/d/secret"}).isValid());
        const TreeEntry gone = model.entry(model.indexOf({"/gone", true}));
        QCOMPARE(gone.row, TreeEntry::Row::Whiteout);
        QCOMPARE(gone.hides, QList<int>{2});
        model.setShowHidden(false);
        WAIT_UNTIL_IDLE(model);
        QVERIFY(!model.indexOf({"/d/secret", true}).isValid());
    }

    void whatAWhiteoutDeletesCanBeLookedInto()
    {
        Layers layers(2);
        if (!layers.whiteout(0, "gone"))
            QSKIP("this filesystem or user cannot make whiteouts");
        layers.directory(1, "gone/deeper");
        layers.file(1, "gone/deeper/x");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setShowHidden(true);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/gone", true}), true);
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/gone/deeper", true}), true);
        WAIT_UNTIL_IDLE(model);
        const QString expected =
            "/ | L0\n  gone | L0 | deleted · hides 1 below\n    deeper | L1 | hidden\n      x | L1 "
            "| hidden\n";
        QCOMPARE(test::treeText(model), expected);
        model.reload();
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), expected);
    }

    void mountsAreDrawnIn()
    {
        Layers layers(1);
        layers.directory(0, "etc");
        layers.directory(0, "proc");
        layers.directory(0, "usr/lib");
        layers.link(0, "lib", "usr/lib");
        const std::string host = layers.root() + "/host";
        std::filesystem::create_directories(host + "/inside");
        std::ofstream(host + "/inside/f") << "1";
        std::ofstream(host + "/file") << "1";
        core::TreeMount readOnly = test::mountOn("/src", TreeMountKind::Bind, host);
        readOnly.readOnly = true;
        readOnly.propagation = "rslave";
        layers.source.mounts = {test::mountOn("/proc", TreeMountKind::Proc),
                                test::mountOn("/etc", TreeMountKind::Tmpfs),
                                readOnly,
                                test::mountOn("/etc/x", TreeMountKind::Bind, host + "/file"),
                                test::mountOn("/opt/a", TreeMountKind::Tmpfs),
                                test::mountOn("/proc", TreeMountKind::Proc),
                                test::mountOn("/lib/m", TreeMountKind::Tmpfs)};
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        for (const char *path : {"/etc", "/opt", "/src", "/src/inside", "/proc", "/usr", "/usr/lib", "/etc/x"}) {
            model.setExpanded(model.indexOf({path}), true);
            WAIT_UNTIL_IDLE(model);
        }
        QString expected = "/ | L0\n"
                           "  etc | tmpfs | rw\n"
                           "    x | bind of HOST/file | rw · will be created\n"
                           "  opt |  | will be created\n"
                           "    a | tmpfs | rw · will be created\n"
                           "  proc | proc | rw · hides a mount\n"
                           "    the kernel fills this with the sandbox's processes\n"
                           "  proc | proc | rw · shadowed by the mount on /proc\n"
                           "  src | bind of HOST | ro · rslave · will be created\n"
                           "    inside | bind of HOST\n"
                           "      f | bind of HOST\n"
                           "    file | bind of HOST\n"
                           "  usr | L0\n"
                           "    lib | L0\n"
                           "      m | tmpfs | rw · will be created\n"
                           "  lib | L0\n";
        QCOMPARE(test::treeText(model), expected.replace("HOST", QString::fromStdString(host)));
        const TreeEntry file = model.entry(model.indexOf({"/etc/x"}));
        QVERIFY(!file.isDirectory && !file.isExpandable);
        QCOMPARE(file.hostPath, QString::fromStdString(host + "/file"));
        QCOMPARE(model.entry(model.indexOf({"/src/inside/f"})).hostPath, QString::fromStdString(host + "/inside/f"));
        QCOMPARE(model.entry(model.indexOf({"/lib"})).linkTarget, "usr/lib");
        QCOMPARE(model.entry(model.indexOf({"/proc", true})).row, TreeEntry::Row::ShadowedMount);
    }

    void changesKeepWhatWasExpanded()
    {
        Layers layers(2);
        layers.directory(1, "a/b");
        layers.file(1, "a/b/f");
        layers.directory(1, "c");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        TreeSource one = layers.source;
        one.tree.layers.erase(one.tree.layers.begin());
        one.names.erase(one.names.begin());
        model.setSource(one);
        WAIT_UNTIL_IDLE(model);
        for (const char *path : {"/a", "/a/b", "/c"}) {
            model.setExpanded(model.indexOf({path}), true);
            WAIT_UNTIL_IDLE(model);
        }
        layers.directory(0, "a/b");
        layers.file(0, "a/b/g");
        layers.file(0, "c"); // no directory any more
        model.setSource(layers.source);
        // The old tree stays in sight until the new one is read.
        QVERIFY(model.indexOf({"/a/b/f"}).isValid());
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model),
                 "/ | L0\n  a | L0\n    b | L0\n      f | L1\n      g | L0\n  c | L0 | hides 1 below\n");
    }

    void ofSeveralChangesTheNewestWins()
    {
        Layers slow(1);
        slow.file(0, "slow");
        Layers fast(1);
        fast.file(0, "fast");
        TreeReader reader = diskReader();
        QSemaphore begun;
        QSemaphore mayEnd;
        reader.read = [&, read = reader.read, held = slow.source.tree](
                          const core::MergedTree &tree, const std::string &path, const core::ReadControl &control) {
            if (tree == held) {
                begun.release();
                mayEnd.acquire();
            }
            return read(tree, path, control);
        };
        MergedTreeModel model(reader);
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(slow.source);
        begun.acquire();
        model.setSource(fast.source);
        QTRY_VERIFY(model.indexOf({"/fast"}).isValid());
        mayEnd.release();
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), "/ | L0\n  fast | L0\n");
    }

    void expandedWhileTheTreeIsReplaced()
    {
        Layers layers(1);
        layers.directory(0, "a");
        layers.file(0, "a/f");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        model.reload();
        model.setExpanded(model.indexOf({"/a"}), true);
        WAIT_UNTIL_IDLE(model);
        // It was expanded after the reload had begun; whoever shows the model expands it again.
        if (!model.indexOf({"/a/f"}).isValid()) {
            model.setExpanded(model.indexOf({"/a"}), true);
            WAIT_UNTIL_IDLE(model);
        }
        QVERIFY(model.indexOf({"/a/f"}).isValid());
    }

    void aModelMayGoWhileItReads()
    {
        Layers layers(1);
        layers.directory(0, "a");
        QSemaphore mayEnd;
        QSemaphore ended;
        TreeReader reader = diskReader();
        reader.read = [&, read = reader.read](const core::MergedTree &tree, const std::string &path,
                                              const core::ReadControl &control) {
            mayEnd.acquire();
            auto out = read(tree, path, control);
            ended.release();
            return out;
        };
        auto model = std::make_unique<MergedTreeModel>(reader);
        model->setSource(layers.source);
        model.reset();
        mayEnd.release();
        QVERIFY(ended.tryAcquire(1, 10000));
        QTest::qWait(20);
    }

    void vanishesWhileItIsShown()
    {
        Layers layers(2);
        layers.file(0, "top");
        layers.directory(1, "a");
        layers.file(1, "a/f");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        const std::string path = layers.source.tree.layers[1].path;
        std::filesystem::rename(path, path + "-moved");
        model.setExpanded(model.indexOf({"/a"}), true);
        WAIT_UNTIL_IDLE(model);
        QModelIndex problem = model.index(0, 0, model.indexOf({"/a"}));
        QCOMPARE(model.entry(problem).row, TreeEntry::Row::Problem);
        QVERIFY(model.entry(problem).problem.contains(QString::fromStdString(path)));
        QVERIFY(model.entry(problem).problem.contains("ENOENT"));
        QCOMPARE(problem.siblingAtColumn(MergedTreeModel::Notes).data().toString(), "Retry");

        model.reload();
        WAIT_UNTIL_IDLE(model);
        problem = model.index(0, 0, model.indexOf({"/"}));
        QCOMPARE(model.entry(problem).row, TreeEntry::Row::Problem);
        QCOMPARE(model.entry(problem).layer, 1);
        QVERIFY(model.indexOf({"/top"}).isValid());

        std::filesystem::rename(path + "-moved", path);
        model.reload();
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(model.entry(model.index(0, 0, model.indexOf({"/"}))).name, "a");
    }

    void filtersWhatWasRead()
    {
        Layers layers(1);
        layers.directory(0, "alpha/beta");
        layers.file(0, "alpha/beta/Needle.txt");
        layers.file(0, "alpha/other");
        layers.file(0, "needle");
        layers.file(0, "hay");
        MergedTreeModel model;
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/alpha"}), true);
        WAIT_UNTIL_IDLE(model);
        model.setFilter("needle");
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), "/ | L0\n  needle | L0\n");
        model.setFilter({});
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/alpha/beta"}), true);
        WAIT_UNTIL_IDLE(model);
        model.setFilter("NEEDLE");
        WAIT_UNTIL_IDLE(model);
        const QString expected = "/ | L0\n  alpha | L0\n    beta | L0\n      Needle.txt | L0\n  needle | L0\n";
        QCOMPARE(test::treeText(model), expected);
        QVERIFY(!model.indexOf({"/hay"}).isValid());
        // What is read anew is filtered, too.
        model.reload();
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(test::treeText(model), expected);
        model.setFilter("nothing like it");
        model.setFilter({});
        WAIT_UNTIL_IDLE(model);
        QVERIFY(model.indexOf({"/hay"}).isValid());
    }

    void halfAMillionEntries()
    {
        constexpr int many = 500'000;
        Layers layers(1);
        MergedTreeModel model(test::readerOfMany(many));
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/many"}), true);
        WAIT_UNTIL_IDLE(model);
        const QModelIndex directory = model.indexOf({"/many"});
        QCOMPARE(model.rowCount(directory), many);
        QCOMPARE(model.index(many - 1, 0, directory).data().toString(), "file-0499999");
        QCOMPARE(model.indexOf({"/many/file-0250000"}).row(), 250'000);
        QCOMPARE(model.findFrom(model.index(0, 0, directory), "FILE-04999").row(), 499'900);
        model.setFilter("-04999");
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(model.rowCount(model.indexOf({"/many"})), 100);
    }

    void aLongReadSaysSoAndCanBeCancelled()
    {
        Layers layers(1);
        layers.directory(0, "d");
        layers.file(0, "d/f");
        TreeReader reader = diskReader();
        QAtomicInt patient(1);
        reader.read = [&, read = reader.read](const core::MergedTree &tree, const std::string &path,
                                              const core::ReadControl &control) {
            while (path == "/d" && patient.loadAcquire() != 0 && !control.stop.stop_requested()) {
                control.progress(1234);
                QThread::msleep(5);
            }
            return read(tree, path, control);
        };
        MergedTreeModel model(reader);
        const QAbstractItemModelTester tester(&model, strict);
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        model.setExpanded(model.indexOf({"/d"}), true);
        QTRY_COMPARE(model.rowCount(model.indexOf({"/d"})), 1);
        const QModelIndex reading = model.index(0, 0, model.indexOf({"/d"}));
        QVERIFY(model.isReadingRow(reading));
        QTRY_VERIFY(reading.data().toString().contains("1,234") || reading.data().toString().contains("1234"));
        model.cancel(reading);
        WAIT_UNTIL_IDLE(model);
        QCOMPARE(model.rowCount(model.indexOf({"/d"})), 0);
        QVERIFY(model.hasChildren(model.indexOf({"/d"})));
        patient.storeRelease(0);
        model.setExpanded(model.indexOf({"/d"}), true);
        QTRY_VERIFY(model.indexOf({"/d/f"}).isValid());
    }

    void namesFromOutsideAreMadeSafe()
    {
        Layers layers(1);
        layers.file(0, "bad\xff\x1b[2J");
        MergedTreeModel model;
        model.setSource(layers.source);
        WAIT_UNTIL_IDLE(model);
        const TreeEntry entry = model.entry(model.index(0, 0, model.indexOf({"/"})));
        QCOMPARE(entry.name, "bad\\xff\\x1b[2J");
        QVERIFY(!entry.pathIsExact);
        QVERIFY(model.indexOf({"/bad\xff\x1b[2J"}).isValid());
    }
};

QTEST_GUILESS_MAIN(TestMergedTreeModel)
#include "tst_merged_tree_model.moc"
