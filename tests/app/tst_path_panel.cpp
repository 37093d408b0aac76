// SPDX-License-Identifier: Apache-2.0
//
// The path walker beside the stage: with keys, from frame to frame, in predictions and in recordings.
#include "app/stage/path_panel.h"
#include "app/stage/stage_page.h"
#include "app/stage/stage_view.h"
#include "app/tasks/task_list.h"
#include "app/widgets/spoken.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "isolated_home.h"
#include "tests/app/staged_samples.h"

#include <QAction>
#include <QCompleter>
#include <QLineEdit>
#include <QListWidget>
#include <QTest>
#include <QThreadPool>
#include <QToolButton>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;
using pivotbench::core::stage::PathWalk;
using pivotbench::tests::predicted;

namespace {

constexpr int patienceMs = 30'000;

class Listener : public QObject {
public:
    explicit Listener(QObject *heard) { heard->installEventFilter(this); }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == AnnouncementEvent::eventType())
            said << static_cast<AnnouncementEvent *>(event)->text();
        return false;
    }
    QStringList said;
};

/// A page with a recording of a preset, in a window that has the focus.
struct Page {
    explicit Page(const QString &path)
    {
        page.resize(1100, 700);
        page.show();
        page.activateWindow();
        page.setReducedMotion(true);
        page.openRecording(path);
    }
    [[nodiscard]] PathPanel &panel() { return *page.findChild<PathPanel *>(); }
    [[nodiscard]] QLineEdit &field() { return *panel().findChild<QLineEdit *>(); }
    [[nodiscard]] QListWidget &hops() { return *panel().findChild<QListWidget *>(); }
    [[nodiscard]] bool isWalked() { return panel().walk().has_value() && panel().isAtRest(); }

    QAction open;
    QAction launch;
    TaskList tasks;
    StagePage page{tasks, &open, &launch};
};

} // namespace

class TestPathPanel : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { QThreadPool::globalInstance()->waitForDone(); }

    void init()
    {
        m_path = m_home.filePath("walked.pbrec");
        writeFile(m_path, linesOf(predicted("bare-pivot")));
    }

    void opensAndLeavesWithKeys()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        QVERIFY(QTest::qWaitForWindowActive(&made.page));
        auto *view = made.page.findChild<StageView *>();
        view->setFocus();
        QVERIFY(!made.panel().isVisible());
        QTest::keyClick(view, Qt::Key_L, Qt::ControlModifier);
        QVERIFY(made.panel().isVisible());
        QVERIFY(made.field().hasFocus());
        QTest::keyClick(&made.field(), Qt::Key_Escape);
        QVERIFY(!made.panel().isVisible());
        QVERIFY(view->hasFocus());
    }

    void walksWhatIsTypedHopByHop()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        made.page.showStep("pivot-root");
        made.page.walk();
        Listener heard(&made.hops());
        QTest::keyClicks(&made.field(), "/oldroot/..");
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked() && made.hops().count() == 4, patienceMs);
        QCOMPARE(made.panel().walk()->end, PathWalk::End::Found);
        QCOMPARE(made.panel().hop(), 3);
        QVERIFY2(!heard.said.isEmpty() && heard.said.back().startsWith("Found: /"), qPrintable(heard.said.join('\n')));
        const QImage ended = made.page.grab().toImage();
        QTest::keyClick(&made.field(), Qt::Key_Up);
        QCOMPARE(made.panel().hop(), 2);
        QVERIFY2(heard.said.back().startsWith("Hop 3 of 4: Something is mounted here"), qPrintable(heard.said.back()));
        QVERIFY(made.page.grab().toImage() != ended);
        QTest::keyClick(&made.field(), Qt::Key_Down);
        QCOMPARE(made.panel().hop(), 3);
        QTest::keyClick(&made.field(), Qt::Key_Down); // there is no further one
        QCOMPARE(made.panel().hop(), 3);
        made.hops().setFocus();
        QTest::keyClick(&made.hops(), Qt::Key_Home);
        QCOMPARE(made.panel().hop(), 0);
    }

    void playsWithEnterAndSaysEveryHop()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        made.page.showStep("pivot-root");
        made.page.player().setSpeed(16);
        made.page.walk("/oldroot");
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked() && made.hops().count() == 3, patienceMs);
        Listener heard(&made.hops());
        QTest::keyClick(&made.field(), Qt::Key_Return);
        QVERIFY(made.panel().isPlaying());
        QCOMPARE(made.panel().hop(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!made.panel().isPlaying(), patienceMs);
        QCOMPARE(made.panel().hop(), 2);
        QCOMPARE(heard.said.size(), 4); // the hops, and how it ended
        QVERIFY(heard.said.back().startsWith("Found"));
    }

    /// In each frame the same path leads elsewhere.
    void followsTheFrame()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        made.page.walk("/oldroot");
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked(), patienceMs);
        QVERIFY(made.panel().walk()->hops.back().assumed); // in the recorded host, nobody knows
        made.page.showStep("pivot-root");
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked() && !made.panel().walk()->hops.back().assumed, patienceMs);
        for (std::size_t frame = 0; frame < made.page.player().frameCount(); ++frame)
            made.page.player().seek(frame); // without waiting: the newest wins
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked(), patienceMs);
        made.page.player().seek(0);
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked() && made.panel().walk()->hops.back().assumed, patienceMs);
    }

    void offersMountPointsAndExamples()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        made.page.showStep("pivot-root");
        made.page.walk();
        made.field().completer()->setCompletionPrefix("/oldroot/p");
        QCOMPARE(made.field().completer()->currentCompletion(), "/oldroot/proc");
        QToolButton *example = nullptr;
        for (auto *button : made.panel().findChildren<QToolButton *>())
            if (button->text() == "/oldroot/..")
                example = button;
        QVERIFY(example);
        QTest::mouseClick(example, Qt::LeftButton);
        QCOMPARE(made.panel().path(), "/oldroot/..");
        QTRY_VERIFY_WITH_TIMEOUT(made.isWalked(), patienceMs);
    }

    void aPredictionLooksAtFiles()
    {
        AppContext context;
        MainWindow window(context);
        window.resize(1100, 700);
        window.QWidget::show();
        QVERIFY(window.openPreset("bare-pivot"));
        window.walkPath("/etc/hostname-that-is-not-there");
        auto *page = window.findChild<StagePage *>();
        auto *panel = page->findChild<PathPanel *>();
        QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && panel->walk(), patienceMs);
        QCOMPARE(panel->walk()->end, PathWalk::End::Refused);
        QVERIFY2(panel->walk()->outcome.starts_with("ENOENT"), panel->walk()->outcome.c_str());
        panel->setPath("/etc/passwd");
        QTRY_VERIFY_WITH_TIMEOUT(panel->walk() && panel->walk()->end == PathWalk::End::Found, patienceMs);
    }

    void anyText()
    {
        Page made(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest() && made.page.player().frameCount() > 0, patienceMs);
        made.page.walk();
        for (const QString &text : {QString(6000, 'x'), QString("//././/"), QString("\u202e/\u200b<b>&amp;"),
                                    QString("\n\t\x01"), QString("../").repeated(1400)}) {
            made.panel().setPath(text);
            QTRY_VERIFY_WITH_TIMEOUT(made.isWalked(), patienceMs);
            QVERIFY(!made.panel().walk()->outcome.empty());
            QVERIFY(!made.page.grab().isNull());
        }
        made.panel().setPath({});
        QVERIFY(!made.panel().walk());
        QCOMPARE(made.hops().count(), 0);
        QTest::keyClick(&made.field(), Qt::Key_Return);
        QVERIFY(!made.panel().isPlaying());
    }

private:
    IsolatedHome m_home;
    QString m_path;
};

QTEST_MAIN(TestPathPanel)
#include "tst_path_panel.moc"
