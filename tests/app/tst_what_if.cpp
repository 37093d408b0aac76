// SPDX-License-Identifier: Apache-2.0
//
// What if, beside the stage: with keys, from the menu of a mount, and back to what happened.
#include "app/stage/path_panel.h"
#include "app/stage/source_strip.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_page.h"
#include "app/stage/stage_view.h"
#include "app/stage/what_if_palette.h"
#include "app/tasks/task_list.h"
#include "app/widgets/spoken.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "core/stage/supposed.h"
#include "isolated_home.h"
#include "tests/app/staged_samples.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QMenu>
#include <QTest>
#include <QThreadPool>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;
using pivotbench::tests::predicted;
using Kind = WhatIfPalette::Kind;

namespace {

constexpr int patienceMs = 30'000;

struct Page {
    explicit Page(const QString &path)
    {
        page.resize(1100, 700);
        page.show();
        page.activateWindow();
        page.setReducedMotion(true);
        page.openRecording(path);
    }
    [[nodiscard]] bool isReady() { return page.isAtRest() && page.player().frameCount() > 0; }
    [[nodiscard]] WhatIfPalette &palette() { return *page.findChild<WhatIfPalette *>(); }
    [[nodiscard]] SourceStrip &strip() { return *page.findChild<SourceStrip *>(); }
    [[nodiscard]] StageView &view() { return *page.findChild<StageView *>(); }
    [[nodiscard]] const FrameReport *report()
    {
        const auto &found = page.findChild<StageInspector *>()->report();
        return found && found->frame == page.player().frame() ? &*found : nullptr;
    }
    [[nodiscard]] const MountTable &table()
    {
        return *page.player().staged()->recording->frames[page.player().frame()].table;
    }
    [[nodiscard]] stage::MountKey keyOf(const QString &path)
    {
        const stage::Moment &moment = *page.player().moment();
        for (const stage::StoryMount &mount : moment.world(moment.side)->mounts)
            if (mount.visible && mount.row->mountPoint == path.toStdString())
                return mount.key;
        return 0;
    }

    QAction open;
    QAction launch;
    TaskList tasks;
    StagePage page{tasks, &open, &launch};
};

} // namespace

class TestWhatIf : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { QThreadPool::globalInstance()->waitForDone(); }

    void init()
    {
        m_path = m_home.filePath("what-if.pbrec");
        writeFile(m_path, linesOf(predicted("bare-pivot")));
    }

    void supposesWithKeysAndGoesBack()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        QVERIFY(QTest::qWaitForWindowActive(&made.page));
        made.page.showStep("chdir-root");
        const std::size_t branch = made.page.player().frame();
        const std::size_t all = made.page.player().frameCount();
        const QString kind = made.strip().kind();
        made.view().setFocus();
        QVERIFY(!made.palette().isVisible());
        QVERIFY(!made.palette().backAction()->isVisible());
        QTest::keyClick(&made.view(), Qt::Key_T, Qt::ControlModifier);
        QVERIFY(made.palette().isVisible() && made.palette().kinds()->hasFocus());
        QVERIFY(!made.palette().applyAction()->isEnabled()); // nothing is filled in
        made.palette().target()->setFocus();
        QTest::keyClicks(made.palette().target(), "/oldroot/srv");
        QTest::keyClick(made.palette().target(), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(made.palette().isSupposing() && made.isReady(), patienceMs);
        QCOMPARE(made.page.player().frame(), branch + 1);
        QCOMPARE(made.page.player().frameCount(), branch + 2);
        QCOMPARE(made.table().entries()[made.table().visibleAt("/oldroot/srv")].type, "tmpfs");
        QCOMPARE(made.strip().kind(), "What if");
        QVERIFY2(made.strip().text().startsWith("These steps never happened"), qPrintable(made.strip().text()));
        QTRY_VERIFY(made.report());
        QVERIFY(made.report()->supposed);
        QCOMPARE(made.report()->place, "What if: operation 1");
        QCOMPARE(made.report()->phase, "What if");
        QVERIFY2(made.report()->why.contains("never happened"), qPrintable(made.report()->why));

        made.palette().kinds()->setCurrentIndex(static_cast<int>(Kind::Unmount));
        made.palette().target()->setText("/oldroot/srv");
        made.palette().applyAction()->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(made.page.player().frame() == branch + 2 && made.isReady(), patienceMs);
        QCOMPARE(made.table().visibleAt("/oldroot/srv"), MountTable::none);
        made.palette().undoAction()->trigger();
        QCOMPARE(made.page.player().frame(), branch + 1);
        QVERIFY(made.table().visibleAt("/oldroot/srv") != MountTable::none);
        QVERIFY(made.palette().isSupposing());
        made.palette().backAction()->trigger();
        QVERIFY(!made.palette().isSupposing());
        QCOMPARE(made.page.player().frame(), branch);
        QCOMPARE(made.page.player().frameCount(), all);
        QCOMPARE(made.strip().kind(), kind);
        QVERIFY(!made.palette().backAction()->isVisible());
        QTest::keyClick(made.palette().target(), Qt::Key_Escape);
        QVERIFY(!made.palette().isVisible());
        QVERIFY(made.view().hasFocus());
    }

    void aRefusalTicksItsCausesAndGivesWay()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.showStep("chdir-root");
        made.page.suppose("mount tmpfs /oldroot/srv");
        made.page.suppose("make-rshared /");
        made.page.suppose("pivot_root /oldroot/srv /oldroot/srv");
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        const std::size_t frames = made.page.player().frameCount();
        QTRY_VERIFY_WITH_TIMEOUT(made.report() && made.report()->outcome == FrameReport::Outcome::Failed, patienceMs);
        QVERIFY2(made.report()->outcomeText.contains("EINVAL"), qPrintable(made.report()->outcomeText));
        QCOMPARE(made.report()->causes.front().verdict, CauseReport::Verdict::Applies);
        QVERIFY(std::ranges::any_of(made.report()->causes, [](const CauseReport &cause) {
            return cause.verdict == CauseReport::Verdict::DoesNot;
        }));
        made.page.suppose("make-rprivate /");
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        QCOMPARE(made.page.player().frameCount(), frames);
        made.page.suppose("pivot_root /oldroot/srv /oldroot/srv");
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        QCOMPARE(made.page.player().frameCount(), frames + 1);
        QVERIFY(!made.page.player().staged()->recording->frames.back().error);
        for (std::size_t left = 4; left > 0; --left) { // the refusal is no more
            QVERIFY(made.palette().isSupposing());
            made.palette().undo();
            QVERIFY(made.page.player().staged()->recording->frames.back().error == std::nullopt);
        }
        QVERIFY(!made.palette().isSupposing());
    }

    /// What stands on the keyboard's mount is what is asked about.
    void takesTheSelection()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.showStep("chdir-root");
        made.view().select(made.keyOf("/oldroot"));
        made.palette().open();
        QCOMPARE(made.palette().target()->text(), "/oldroot");
        made.palette().kinds()->setCurrentIndex(static_cast<int>(Kind::Bind));
        QCOMPARE(made.palette().source()->text(), "/oldroot");
        QVERIFY(made.palette().option()->isVisible() && made.palette().option()->isChecked());
        made.view().select(made.keyOf("/"));
        QCOMPARE(made.palette().source()->text(), "/");
        // A mount of the other world is none of the process' own.
        made.view().select(made.page.player().moment()->host->mounts.front().key);
        QCOMPARE(made.palette().source()->text(), "/");
        for (int kind = 0; kind < made.palette().kinds()->count(); ++kind) {
            made.palette().kinds()->setCurrentIndex(kind);
            for (QLineEdit *field : {made.palette().source(), made.palette().target()})
                QVERIFY(field->isHidden() || !field->accessibleName().isEmpty());
        }
    }

    void theMenuOfAMountAsks()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.showStep("chdir-root");
        made.view().select(made.keyOf("/oldroot"));
        QContextMenuEvent event(QContextMenuEvent::Keyboard, {}, {});
        QApplication::sendEvent(made.view().viewport(), &event);
        QAction *wanted = nullptr;
        QAction *elsewhere = nullptr;
        for (QAction *action : made.page.findChildren<QAction *>()) {
            wanted = action->text() == "unmounted lazily" ? action : wanted;
            elsewhere = action->text() == "bound elsewhere…" ? action : elsewhere;
        }
        QVERIFY(wanted && elsewhere);
        elsewhere->trigger();
        QVERIFY(made.palette().isVisible());
        QCOMPARE(made.palette().source()->text(), "/oldroot");
        QCOMPARE(made.palette().target()->text(), QString());
        wanted->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(made.palette().isSupposing() && made.isReady(), patienceMs);
        const auto &error = made.page.player().staged()->recording->frames.back().error;
        QVERIFY2(!error, error ? error->what.c_str() : "");
        QCOMPARE(made.table().visibleAt("/oldroot"), MountTable::none);
        if (QWidget *menu = QApplication::activePopupWidget())
            menu->close();
    }

    void goesOnFromAnEarlierFrame()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.showStep("chdir-root");
        const std::size_t branch = made.page.player().frame();
        for (const char *operation : {"mount tmpfs /oldroot/srv", "mount tmpfs /oldroot/mnt"})
            made.page.suppose(operation);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.player().seek(branch + 1);
        made.page.suppose("umount /oldroot/srv");
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        QCOMPARE(made.page.player().frameCount(), branch + 3);
        made.palette().undo();
        QCOMPARE(made.page.player().frame(), branch + 1);
        QCOMPARE(made.page.player().frameCount(), branch + 3); // the telling that gave way
        made.palette().back();
        QCOMPARE(made.page.player().frame(), branch);
    }

    /// Another document, or a closed recording: there is nothing to go back to.
    void anotherStoryEndsIt()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        made.page.suppose("unshare --mount");
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady() && made.palette().isSupposing(), patienceMs);
        const QString other = m_home.filePath("other.pbrec");
        writeFile(other, linesOf(predicted("busybox")));
        made.page.openRecording(other);
        QTRY_COMPARE_WITH_TIMEOUT(made.page.source().path, other, patienceMs);
        QVERIFY(!made.palette().isSupposing());
        QVERIFY(made.strip().kind() != "What if");
    }

    /// With the files of this machine, and the path walker in what never happened.
    void onAPrediction()
    {
        AppContext context;
        MainWindow window(context);
        window.resize(1100, 700);
        window.QWidget::show();
        QVERIFY(window.openPreset("bare-pivot"));
        window.showStep("propagation");
        window.suppose("mount tmpfs /usr");
        window.walkPath("/usr/bin");
        auto *page = window.findChild<StagePage *>();
        auto *panel = page->findChild<PathPanel *>();
        QTRY_VERIFY_WITH_TIMEOUT(
            window.isAtRest() && panel->walk() && panel->walk()->end == stage::PathWalk::End::Refused, patienceMs);
        page->findChild<WhatIfPalette *>()->back();
        QTRY_VERIFY_WITH_TIMEOUT(panel->walk() && panel->walk()->end == stage::PathWalk::End::Found, patienceMs);
    }

    void whatMakesNoSense()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
        for (const QString &text :
             {QString("format the disk"), QString("as 2"), QString("exit"), QString("\"open"), QString(70000, 'x')}) {
            made.page.suppose(text);
            QTRY_VERIFY_WITH_TIMEOUT(made.isReady(), patienceMs);
            QVERIFY(!made.palette().isSupposing());
        }
        for (const QString &path : {QString(4096, '/'), QString("\u202e\n\x01"), QString(3000, QChar(0x65e5))}) {
            made.palette().open(Kind::Chdir, path);
            made.palette().applyAction()->trigger();
            QTRY_VERIFY_WITH_TIMEOUT(made.isReady() && made.palette().isSupposing(), patienceMs);
            QVERIFY(!made.page.grab().isNull());
        }
    }

private:
    IsolatedHome m_home;
    QString m_path;
};

QTEST_MAIN(TestWhatIf)
#include "tst_what_if.moc"
