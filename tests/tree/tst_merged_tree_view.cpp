// SPDX-License-Identifier: Apache-2.0
#include "app/tree/merged_tree_view.h"

#include "app/tree/tree_list.h"
#include "app/widgets/search_field.h"
#include "tree_fixture.h"

#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QMenu>
#include <QMimeData>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolButton>

using namespace pivotbench;
using namespace pivotbench::app;
using core::TreeMountKind;
using pivotbench::test::LayerFixture;

namespace {

/// Two layers, a tmpfs on /etc/app, a bind on /src, and the view that shows them.
class Stage : public LayerFixture {
public:
    explicit Stage(TreeReader reader = diskReader())
        : LayerFixture(2)
        , view(std::move(reader))
    {
        directory(0, "etc");
        directory(1, "etc");
        file(0, "etc/passwd");
        file(1, "etc/passwd");
        file(1, "etc/group");
        directory(1, "usr/bin");
        file(1, "usr/bin/env");
        file(1, "zebra");
        file(1, "zoo");
        source.tree = tree;
        source.names = {{"app", "A"}, {"base", "B"}};
        source.mounts = {test::mountOn("/etc/app", TreeMountKind::Tmpfs),
                         test::mountOn("/src", TreeMountKind::Bind, root())};
        source.mounts[1].specIndex = 1;
        view.resize(900, 600);
        view.setSource(source);
        view.show();
    }

    [[nodiscard]] TreeList &list() const { return view.list(); }
    [[nodiscard]] QModelIndex at(const char *path) const { return view.model().indexOf({path}); }
    void expand(const char *path)
    {
        QVERIFY(at(path).isValid());
        list().expand(at(path));
        WAIT_UNTIL_IDLE(view.model());
    }
    [[nodiscard]] QPoint pointIn(const char *path, int column = 0) const
    {
        return list().visualRect(at(path).siblingAtColumn(column)).center();
    }
    void press(Qt::Key key) { QTest::keyClick(&list(), key); }

    TreeSource source;
    MergedTreeView view;
};

QAction *actionNamed(const QList<QAction *> &actions, const char *text)
{
    for (QAction *action : actions)
        if (action->text() == text)
            return action;
    return nullptr;
}

/// What a file manager does, in the order in which Qt delivers it.
struct Drag {
    explicit Drag(QWidget *on, const QList<QUrl> &urls)
        : target(on)
    {
        data.setUrls(urls);
    }
    bool enter(QPoint at, Qt::DropActions possible = Qt::CopyAction | Qt::MoveAction | Qt::LinkAction)
    {
        actions = possible;
        QDragEnterEvent event(at, possible, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(target, &event);
        return event.isAccepted();
    }
    bool move(QPoint at)
    {
        QDragMoveEvent event(at, actions, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(target, &event);
        return event.isAccepted();
    }
    bool drop(QPoint at)
    {
        QDropEvent event(at, actions, &data, Qt::LeftButton, Qt::NoModifier);
        event.setDropAction(Qt::MoveAction);
        QCoreApplication::sendEvent(target, &event);
        chosen = event.dropAction();
        return event.isAccepted();
    }
    QWidget *target;
    QMimeData data;
    Qt::DropActions actions;
    Qt::DropAction chosen = Qt::IgnoreAction;
};

} // namespace

class TestMergedTreeView : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qRegisterMetaType<TreeEntry>(); }

    void anEmptySandboxSaysWhatToDo()
    {
        MergedTreeView view;
        view.show();
        QVERIFY(!view.list().isVisible());
        Stage stage;
        view.setSource(stage.source);
        QVERIFY(view.list().isVisible());
        QTRY_COMPARE(view.model().rowCount(), 1);
        view.setSource({});
        QVERIFY(!view.list().isVisible());
    }

    void rootOpensByItself()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        QVERIFY(stage.list().isExpanded(stage.at("/")));
        QCOMPARE(stage.view.selectedEntry().path, "/");
        QVERIFY(stage.at("/etc").isValid());
        QVERIFY(!stage.at("/etc/passwd").isValid());
    }

    void keys()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        const auto selected = [&] { return stage.view.selectedEntry().path; };
        stage.press(Qt::Key_Down);
        QCOMPARE(selected(), "/etc");
        stage.press(Qt::Key_Right);
        WAIT_UNTIL_IDLE(stage.view.model());
        QVERIFY(stage.at("/etc/passwd").isValid());
        stage.press(Qt::Key_Down);
        QCOMPARE(selected(), "/etc/app");
        stage.press(Qt::Key_Left);
        QCOMPARE(selected(), "/etc");
        stage.press(Qt::Key_Left);
        QVERIFY(!stage.list().isExpanded(stage.at("/etc")));
        stage.press(Qt::Key_Return);
        QVERIFY(stage.list().isExpanded(stage.at("/etc")));
        stage.press(Qt::Key_End);
        QCOMPARE(selected(), "/zoo");
        stage.press(Qt::Key_Home);
        QCOMPARE(selected(), "/");
    }

    void typingFindsNames()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        const auto selected = [&] { return stage.view.selectedEntry().path; };
        QTest::keyClicks(&stage.list(), "u");
        QCOMPARE(selected(), "/usr");
        QTest::qWait(QApplication::keyboardInputInterval() + 50);
        QTest::keyClicks(&stage.list(), "ZO");
        QCOMPARE(selected(), "/zoo");
        QTest::qWait(QApplication::keyboardInputInterval() + 50);
        // One letter again and again goes round.
        QTest::keyClicks(&stage.list(), "z");
        QCOMPARE(selected(), "/zebra");
        QTest::keyClicks(&stage.list(), "z");
        QCOMPARE(selected(), "/zoo");
    }

    void selectionIsTold()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        QSignalSpy spy(&stage.view, &MergedTreeView::selected);
        QTest::mouseClick(stage.list().viewport(), Qt::LeftButton, {}, stage.pointIn("/zebra"));
        QCOMPARE(spy.size(), 1);
        const auto entry = spy.last().at(0).value<TreeEntry>();
        QCOMPARE(entry.path, "/zebra");
        QCOMPARE(entry.layer, 1);
        QCOMPARE(entry.hostPath, QString::fromStdString(stage.path(1, "zebra")));
        QCOMPARE(entry.size, 4U);
    }

    void selectOpensTheWay()
    {
        Stage stage;
        stage.view.select("/usr/bin/env");
        QTRY_COMPARE(stage.view.selectedEntry().path, "/usr/bin/env");
        stage.view.select("/usr/bin/absent");
        WAIT_UNTIL_IDLE(stage.view.model());
        QCOMPARE(stage.view.selectedEntry().path, "/usr/bin/env");
    }

    void changesKeepExpansionSelectionAndPlace()
    {
        Stage stage;
        for (int i = 0; i < 300; ++i)
            stage.file(1, fmt::format("usr/bin/tool-{:03}", i), "");
        stage.view.select("/usr/bin/tool-200");
        QTRY_COMPARE(stage.view.selectedEntry().path, "/usr/bin/tool-200");
        stage.list().verticalScrollBar()->setValue(stage.list().verticalScrollBar()->value() + 3);
        const QModelIndex top = stage.list().indexAt({1, 1});
        const QString topPath = stage.view.model().entry(top).path;
        const int offset = stage.list().visualRect(top).top();

        TreeSource changed = stage.source;
        changed.mounts.push_back(test::mountOn("/usr/bin/tool-200", TreeMountKind::Bind, stage.root()));
        for (const char *name : {"aa", "bb", "cc"})
            stage.directory(0, name);
        stage.view.setSource(changed);
        QCOMPARE(stage.view.selectedEntry().path, "/usr/bin/tool-200"); // while it is read
        WAIT_UNTIL_IDLE(stage.view.model());
        QCOMPARE(stage.view.selectedEntry().path, "/usr/bin/tool-200");
        QVERIFY(stage.view.selectedEntry().mount.has_value());
        const QModelIndex topNow = stage.list().indexAt({1, 1});
        QCOMPARE(stage.view.model().entry(topNow).path, topPath);
        QCOMPARE(stage.list().visualRect(topNow).top(), offset);

        // What was selected is gone: what is above it.
        std::filesystem::remove_all(stage.path(1, "usr/bin"));
        changed.mounts.clear();
        stage.view.setSource(changed);
        WAIT_UNTIL_IDLE(stage.view.model());
        QCOMPARE(stage.view.selectedEntry().path, "/usr");
    }

    void anEqualSourceReadsNothing()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.view.setSource(stage.source);
        QVERIFY(!stage.view.model().isBusy());
    }

    void expandedWhileReloading()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.view.reload();
        stage.list().expand(stage.at("/usr"));
        WAIT_UNTIL_IDLE(stage.view.model());
        QVERIFY(stage.list().isExpanded(stage.at("/usr")));
        QTRY_VERIFY(stage.at("/usr/bin").isValid());
    }

    void filesAreDroppedOnDirectories()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.expand("/usr");
        const QList<QUrl> urls{QUrl::fromLocalFile("/home/me/src"), QUrl("https://example.org/x")};
        QSignalSpy spy(&stage.view, &MergedTreeView::dropRequested);
        Drag drag(stage.list().viewport(), urls);
        QVERIFY(drag.enter(stage.pointIn("/usr")));
        QVERIFY(drag.move(stage.pointIn("/usr/bin")));
        QCOMPARE(stage.list().dropRow(), stage.at("/usr/bin"));
        QVERIFY(!drag.move(stage.pointIn("/zebra"))); // a file
        QVERIFY(!stage.list().dropRow().isValid());
        QVERIFY(drag.move(stage.pointIn("/usr/bin")));
        QVERIFY(drag.drop(stage.pointIn("/usr/bin")));
        // A move would have the file manager delete the folder.
        QCOMPARE(drag.chosen, Qt::LinkAction);
        QCOMPARE(spy.size(), 1);
        QCOMPARE(spy[0][0].value<QList<QUrl>>(), QList<QUrl>{urls[0]});
        QCOMPARE(spy[0][1].toString(), "/usr/bin");
        QVERIFY(!stage.list().dropRow().isValid());
    }

    void belowTheLastRowIsTheRoot()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        QSignalSpy spy(&stage.view, &MergedTreeView::dropRequested);
        Drag drag(stage.list().viewport(), {QUrl::fromLocalFile("/home")});
        const QPoint below(50, stage.list().viewport()->height() - 2);
        QVERIFY(drag.enter(below));
        QVERIFY(drag.move(below));
        QVERIFY(drag.drop(below));
        QCOMPARE(spy[0][1].toString(), "/");
    }

    void otherThingsAreNotTaken()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        Drag web(stage.list().viewport(), {QUrl("https://example.org/x")});
        QVERIFY(!web.enter(stage.pointIn("/usr")));
        Drag onlyMove(stage.list().viewport(), {QUrl::fromLocalFile("/home")});
        QVERIFY(!onlyMove.enter(stage.pointIn("/usr"), Qt::MoveAction));
        QSignalSpy spy(&stage.view, &MergedTreeView::dropRequested);
        Drag leaves(stage.list().viewport(), {QUrl::fromLocalFile("/home")});
        QVERIFY(leaves.enter(stage.pointIn("/usr")));
        QVERIFY(leaves.move(stage.pointIn("/usr")));
        QDragLeaveEvent leave;
        QCoreApplication::sendEvent(stage.list().viewport(), &leave);
        QVERIFY(!stage.list().dropRow().isValid());
        QVERIFY(spy.isEmpty());
    }

    void actionsAreSignals()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.expand("/etc");
        QObject owner;
        MergedTreeView &view = stage.view;
        const auto actionsOf = [&](const char *path) {
            return view.actionsFor(view.model().entry(stage.at(path)), &owner);
        };
        QSignalSpy bind(&view, &MergedTreeView::addBindHere);
        QSignalSpy tmpfs(&view, &MergedTreeView::addTmpfsHere);
        QSignalSpy remove(&view, &MergedTreeView::removeMount);
        QSignalSpy reveal(&view, &MergedTreeView::revealInFileManager);
        QSignalSpy copy(&view, &MergedTreeView::copyPath);
        actionNamed(actionsOf("/usr"), "Bind a Folder or File Here…")->trigger();
        actionNamed(actionsOf("/usr"), "Mount a tmpfs Here")->trigger();
        actionNamed(actionsOf("/src"), "Remove This Mount")->trigger();
        actionNamed(actionsOf("/zoo"), "Show in the File Manager")->trigger();
        actionNamed(actionsOf("/zoo"), "Copy Path")->trigger();
        QCOMPARE(bind[0][0].toString(), "/usr");
        QCOMPARE(tmpfs[0][0].toString(), "/usr");
        QCOMPARE(remove[0][0].toString(), "/src");
        QCOMPARE(remove[0][1].value<qsizetype>(), 1);
        QCOMPARE(reveal[0][0].toString(), QString::fromStdString(stage.path(1, "zoo")));
        QCOMPARE(copy[0][0].toString(), "/zoo");
        QVERIFY(!actionNamed(actionsOf("/zoo"), "Mount a tmpfs Here"));
        QVERIFY(!actionNamed(actionsOf("/zoo"), "Remove This Mount"));
    }

    void menuOpensByMouseAndByKey()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        const auto menuFor = [&](QContextMenuEvent::Reason reason, QPoint at) {
            QContextMenuEvent event(reason, at, stage.list().viewport()->mapToGlobal(at));
            QCoreApplication::sendEvent(stage.list().viewport(), &event);
            auto *menu = stage.view.findChild<QMenu *>();
            const QStringList texts = [&] {
                QStringList out;
                for (const QAction *action : menu ? menu->actions() : QList<QAction *>())
                    out.append(action->text());
                return out;
            }();
            delete menu;
            return texts;
        };
        QVERIFY(menuFor(QContextMenuEvent::Mouse, stage.pointIn("/src")).contains("Remove This Mount"));
        stage.list().setCurrentIndex(stage.at("/zoo"));
        const QStringList byKey = menuFor(QContextMenuEvent::Keyboard, stage.pointIn("/src"));
        QVERIFY(byKey.contains("Copy Path"));
        QVERIFY(!byKey.contains("Remove This Mount"));
    }

    void retryInPlace()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        const std::string path = stage.source.tree.layers[1].path;
        std::filesystem::rename(path, path + "-moved");
        stage.view.reload();
        WAIT_UNTIL_IDLE(stage.view.model());
        const auto problem = [&] { return stage.view.model().index(0, 0, stage.at("/")); };
        QCOMPARE(stage.view.model().entry(problem()).row, TreeEntry::Row::Problem);
        QVERIFY(!stage.at("/zebra").isValid());

        // By key: it is still gone.
        stage.list().setCurrentIndex(problem());
        stage.press(Qt::Key_Return);
        QVERIFY(stage.view.model().isBusy());
        WAIT_UNTIL_IDLE(stage.view.model());
        QCOMPARE(stage.view.model().entry(problem()).row, TreeEntry::Row::Problem);

        // By mouse: it is back.
        std::filesystem::rename(path + "-moved", path);
        QTest::mouseClick(stage.list().viewport(), Qt::LeftButton, {},
                          stage.list().visualRect(problem().siblingAtColumn(MergedTreeModel::Notes)).center());
        WAIT_UNTIL_IDLE(stage.view.model());
        QVERIFY(stage.at("/zebra").isValid());
        QVERIFY(QApplication::activeModalWidget() == nullptr);
    }

    void filterAsOneTypes()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        auto *field = stage.view.findChild<SearchField *>();
        QTest::keyClicks(field, "zeb");
        QTRY_VERIFY(!stage.at("/zoo").isValid());
        QVERIFY(stage.at("/zebra").isValid());
        QVERIFY(stage.list().isExpanded(stage.at("/")));
        field->clear();
        QTRY_VERIFY(stage.at("/zoo").isValid());
    }

    void hiddenEntriesByAButton()
    {
        Stage stage;
        if (!stage.mark(0, "etc", "user.overlay.opaque", "y"))
            QSKIP("this filesystem or user cannot make opaque directories");
        stage.view.reload();
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.expand("/etc");
        QVERIFY(!stage.view.model().indexOf({"/etc/group", true}).isValid());
        for (QToolButton *button : stage.view.findChildren<QToolButton *>())
            if (button->isCheckable())
                button->click();
        WAIT_UNTIL_IDLE(stage.view.model());
        QVERIFY(stage.view.model().indexOf({"/etc/group", true}).isValid());
    }

    void aScreenReaderHearsTheFacts()
    {
        Stage stage;
        WAIT_UNTIL_IDLE(stage.view.model());
        stage.expand("/etc");
        const auto spoken = [&](const char *path) {
            return stage.at(path).data(Qt::AccessibleTextRole).toString() + " | " +
                   stage.at(path).data(Qt::AccessibleDescriptionRole).toString();
        };
        QCOMPARE(spoken("/etc"), "etc, directory | Merged from app (layer A), base (layer B). There are mounts in it.");
        QCOMPARE(spoken("/etc/passwd"), "passwd, file | Provided by app (layer A). Hides the one of base (layer B).");
        QCOMPARE(spoken("/etc/app"), "app, directory, will be created | tmpfs is mounted here, writable. The mount "
                                     "point does not exist yet and will be created.");
        QAccessibleInterface *interface = QAccessible::queryAccessibleInterface(&stage.list());
        QVERIFY(interface);
        QCOMPARE(interface->text(QAccessible::Name), "Merged tree");
        QVERIFY(interface->tableInterface());
        // The first row after the header's.
        QAccessibleInterface *cell = interface->tableInterface()->cellAt(0, 0);
        QVERIFY(cell);
        QCOMPARE(cell->text(QAccessible::Name), "/, directory");
        QVERIFY(stage.view.findChild<SearchField *>()->accessibleName().size() > 0);
    }

    void halfAMillionEntriesAreScrolled()
    {
        MergedTreeView view(test::readerOfMany(500'000));
        Stage stage;
        view.resize(900, 600);
        view.show();
        view.setSource(stage.source);
        view.select("/many/file-0499999");
        QTRY_COMPARE_WITH_TIMEOUT(view.selectedEntry().path, "/many/file-0499999", 30000);
        view.list().verticalScrollBar()->setValue(0);
        QTest::keyClick(&view.list(), Qt::Key_End);
        QVERIFY(view.list().verticalScrollBar()->maximum() > 400'000);
        QVERIFY(!view.grab().isNull());
    }
};

QTEST_MAIN(TestMergedTreeView)
#include "tst_merged_tree_view.moc"
