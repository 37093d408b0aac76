// SPDX-License-Identifier: Apache-2.0
//
// The place Stage as a whole: what it plays, recordings that are not what they should be, the presenter.
#include "app/stage/source_strip.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_page.h"
#include "app/stage/stage_presenter.h"
#include "app/stage/stage_view.h"
#include "app/stage/timeline.h"
#include "app/tasks/task_list.h"
#include "app/widgets/banner.h"
#include "app/widgets/empty_state.h"
#include "app/widgets/navigation_rail.h"
#include "app/widgets/spoken.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "core/preset/presets.h"
#include "isolated_home.h"
#include "tests/app/staged_samples.h"

#include <QAccessible>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;
using pivotbench::tests::predicted;

Q_DECLARE_METATYPE(std::function<void(const QString &)>)

namespace {

constexpr int patienceMs = 30'000;

/// A page that is seen, with no window around it.
struct Page {
    Page()
    {
        page.resize(1100, 700);
        page.show();
    }
    [[nodiscard]] bool isIdle() const { return page.isAtRest(); }
    [[nodiscard]] Banner &banner() const { return *page.findChild<Banner *>(); }
    [[nodiscard]] SourceStrip &strip() const { return *page.findChild<SourceStrip *>(); }
    [[nodiscard]] StageInspector &inspector() const { return *page.findChild<StageInspector *>(); }

    QAction open;
    QAction launch;
    TaskList tasks;
    StagePage page{tasks, &open, &launch};
};

/// Hears what is announced.
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

Recording observedLike(const char *preset)
{
    Recording recording = predicted(preset);
    recording.header.origin = "kernel";
    recording.header.started = "2026-11-22T03:04:05Z";
    return recording;
}

} // namespace

class TestStagePage : public QObject {
    Q_OBJECT
private slots:
    void cleanup();
    void badRecordings_data();
    void badRecordings();
    void aWholeRecordingIsPlayedAndCompared();
    void aCutOneIsPlayedAsFarAsItGoes();
    void aBadOneLeavesWhatIsThere();
    void theNewestOfManyWins();
    void readingCanBeCancelled();
    void aFailureTellsItsCauses();
    void chrootHidesAndUnmountsNothing();
    void anyRecordingIsTold();
    void theDocumentIsPredicted();
    void aRecordingStaysUntilItIsClosed();
    void keysAndButtons();
    void everyStepIsSaid();
    void presents();
    void closesWhilePresenting();
    void theWindowOpensRecordings();

private:
    IsolatedHome m_home;
};

void TestStagePage::cleanup() { QThreadPool::globalInstance()->waitForDone(); }

void TestStagePage::badRecordings_data()
{
    using Make = std::function<void(const QString &)>;
    QTest::addColumn<Make>("make");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("plays");
    const auto row = [](const char *name, Make make, const char *says, bool plays) {
        QTest::newRow(name) << std::move(make) << QString(says) << plays;
    };
    const auto bytes = [](QByteArray text) { return [text](const QString &path) { writeFile(path, text); }; };
    const QByteArray whole = linesOf(observedLike("bare-pivot"));
    const qsizetype header = whole.indexOf('\n') + 1;
    const qsizetype second = whole.indexOf('\n', header) + 1;
    row("empty", bytes({}), "empty", false);
    row("only spaces", bytes(QByteArray(4096, ' ')), "cut off", false);
    row("binary",
        bytes(QByteArray("\x7f"
                         "ELF\0\1\2\n\xff\n",
                         11)),
        "", false);
    row("cut in the header", bytes(whole.left(header / 2)), "cut off", false);
    row("no frame", bytes(whole.left(header)), "holds no step", false);
    row("of a newer version", bytes(QByteArray(whole).replace(0, whole.indexOf(','), "{\"pbrec\": 99")), "version",
        false);
    row("a line that is none", bytes(whole.left(second) + "{\"step\": \"seven\"}\n" + whole.mid(second)), "line 3",
        true);
    row("rubbish behind it", bytes(whole + "rubbish\n"), "", true);
    row("a frame of no step",
        bytes(whole.left(second) + QByteArray(whole.mid(second)).replace("\"step\":0", "\"step\":9999")), "", true);
    row(
        "huge",
        [](const QString &path) {
            writeFile(path, {});
            QVERIFY(QFile::resize(path, qint64{300} << 20)); // a hole
        },
        "larger than", false);
    row("endless", [](const QString &path) { QVERIFY(QFile::link("/dev/zero", path)); }, "not a regular file", false);
    row(
        "a pipe", [](const QString &path) { QCOMPARE(::mkfifo(QFile::encodeName(path), 0600), 0); },
        "not a regular file", false);
    row("a folder", [](const QString &path) { QVERIFY(QDir().mkdir(path)); }, "Is a directory", false);
    row("not there", [](const QString &) {}, "No such file", false);
}

void TestStagePage::badRecordings()
{
    QFETCH(std::function<void(const QString &)>, make);
    QFETCH(QString, says);
    QFETCH(bool, plays);
    QTemporaryDir folder;
    const QString path = folder.filePath("bad.pbrec");
    make(path);
    Page made;
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.isIdle(), patienceMs);
    QVERIFY(made.banner().isVisible());
    QVERIFY2(made.banner().asText().contains(says), qPrintable(made.banner().asText()));
    QVERIFY2(made.banner().asText().contains(path), qPrintable(made.banner().asText()));
    QCOMPARE(made.page.player().frameCount() > 0, plays);
    QCOMPARE(made.strip().isVisible(), plays);
    if (plays) {
        QVERIFY(made.strip().tellsIncomplete());
        made.page.player().seek(made.page.player().frameCount() - 1);
        QVERIFY(!made.page.grab().isNull());
    } else {
        QVERIFY(made.page.findChild<EmptyState *>()->isVisible());
    }
}

void TestStagePage::aWholeRecordingIsPlayedAndCompared()
{
    const QString path = m_home.filePath("whole.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    Page made;
    QSignalSpy opened(&made.page, &StagePage::opened);
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.isIdle() && made.page.player().frameCount() > 0, patienceMs);
    QCOMPARE(opened.count(), 1);
    QVERIFY(!made.banner().isVisible());
    QCOMPARE(made.strip().kind(), "Recording of the kernel");
    QVERIFY2(made.strip().text().contains("6.18.0"), qPrintable(made.strip().text()));
    QVERIFY(!made.strip().tellsIncomplete());
    QTRY_VERIFY_WITH_TIMEOUT(made.inspector().comparison() == StageInspector::Comparison::Done, patienceMs);
    made.page.showStep("pivot-root");
    const FrameReport &report = *made.inspector().report();
    QCOMPARE(report.title, "Switch to the new root");
    QCOMPARE(report.phase, "Switch");
    QVERIFY(report.call.contains("pivot_root"));
    QVERIFY(!report.mounts.empty());
    const auto changed = std::ranges::find(report.mounts, MountReport::Kind::Changed, &MountReport::kind);
    QVERIFY(changed != report.mounts.end());
}

void TestStagePage::aCutOneIsPlayedAsFarAsItGoes()
{
    const QByteArray whole = linesOf(observedLike("bare-pivot"));
    const QString path = m_home.filePath("cut.pbrec");
    writeFile(path, whole.left(whole.size() - 40));
    Page made;
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.isIdle() && made.page.player().frameCount() > 0, patienceMs);
    QVERIFY(made.strip().tellsIncomplete());
    QVERIFY2(made.strip().text().contains("in the middle of a step"), qPrintable(made.strip().text()));
    QCOMPARE(made.page.player().frameCount(), predicted("bare-pivot").frames.size() - 1);
}

void TestStagePage::aBadOneLeavesWhatIsThere()
{
    const QString good = m_home.filePath("good.pbrec");
    writeFile(good, linesOf(observedLike("bare-pivot")));
    Page made;
    made.page.openRecording(good);
    QTRY_VERIFY_WITH_TIMEOUT(made.page.player().frameCount() > 0, patienceMs);
    made.page.showStep("pivot-root");
    const std::size_t at = made.page.player().frame();
    made.page.openRecording(m_home.filePath("missing.pbrec"));
    QTRY_VERIFY_WITH_TIMEOUT(made.banner().isVisible(), patienceMs);
    QCOMPARE(made.page.player().frame(), at);
    QCOMPARE(made.page.source().path, good);
}

void TestStagePage::theNewestOfManyWins()
{
    Page made;
    for (int i = 0; i < 8; ++i) {
        const QString path = m_home.filePath(QString("many%1.pbrec").arg(i));
        writeFile(path, linesOf(observedLike(i % 2 == 0 ? "busybox" : "bare-pivot")));
        made.page.openRecording(path);
    }
    QTRY_VERIFY_WITH_TIMEOUT(made.isIdle() && made.page.player().frameCount() > 0, patienceMs);
    QCOMPARE(made.page.source().path, m_home.filePath("many7.pbrec"));
}

void TestStagePage::readingCanBeCancelled()
{
    Page made;
    const QString path = m_home.filePath("cancelled.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    QSignalSpy opened(&made.page, &StagePage::opened);
    made.page.openRecording(path);
    QCOMPARE(made.tasks.running().size(), 1);
    QVERIFY(made.tasks.running().first()->title().contains("cancelled.pbrec"));
    made.tasks.running().first()->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(made.tasks.running().isEmpty() && made.isIdle(), patienceMs);
    QVERIFY(opened.isEmpty());
    QVERIFY(!made.banner().isVisible());
    made.page.openRecording(path); // and once more
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, patienceMs);
}

/// Nobody made the copied tree private, so pivot_root(2) is refused.
void TestStagePage::aFailureTellsItsCauses()
{
    Recording recording =
        predicted("bare-pivot", [](SandboxSpec &spec) { spec.root.propagation = RootPropagation::Shared; });
    recording.header.origin = "kernel";
    QVERIFY(recording.frames.back().error);
    const QString path = m_home.filePath("failed.pbrec");
    writeFile(path, linesOf(recording));
    Page made;
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.isIdle() && made.page.player().frameCount() > 0, patienceMs);
    made.page.showStep("pivot-root");
    const auto arrived = [&] {
        return made.inspector().report() && made.inspector().report()->outcome == FrameReport::Outcome::Failed;
    };
    QTRY_VERIFY_WITH_TIMEOUT(arrived(), patienceMs); // asked of the model beside the interface
    const FrameReport &report = *made.inspector().report();
    QVERIFY2(report.outcomeText.contains("EINVAL"), qPrintable(report.outcomeText));
    QVERIFY(report.causes.size() > 2);
    QCOMPARE(report.causes.front().verdict, CauseReport::Verdict::Applies);
    QVERIFY(!report.causes.front().fix.isEmpty());
    QVERIFY(std::ranges::any_of(
        report.causes, [](const CauseReport &cause) { return cause.verdict == CauseReport::Verdict::DoesNot; }));
    QVERIFY(!made.page.grab().isNull());
}

void TestStagePage::chrootHidesAndUnmountsNothing()
{
    const Recording recording = predicted("chroot-jail");
    const auto jailed = std::ranges::find_if(recording.frames, [&](const Frame &frame) {
        return !frame.initial && std::holds_alternative<ChangeRoot>(recording.header.plan.steps[frame.step].operation);
    });
    QVERIFY(jailed != recording.frames.end());
    const FrameReport report = reportOf(recording, static_cast<std::size_t>(jailed - recording.frames.begin()));
    QVERIFY2(report.mountSummary.contains("out of reach"), qPrintable(report.mountSummary));
    for (const MountReport &mount : report.mounts)
        QVERIFY(mount.kind != MountReport::Kind::Removed);
}

void TestStagePage::anyRecordingIsTold()
{
    for (unsigned seed = 0; seed < 10; ++seed) {
        const QString path = m_home.filePath(QString("any%1.pbrec").arg(seed));
        Recording recording = pivotbench::tests::RandomRecording(seed, true).make(20, 25);
        recording.header.plan.name = "<b>\xe2\x80\xae\nname";
        writeFile(path, linesOf(recording));
        Page made;
        made.page.openRecording(path);
        QTRY_VERIFY_WITH_TIMEOUT(made.isIdle(), patienceMs);
        for (std::size_t i = 0; i < made.page.player().frameCount(); ++i) {
            made.page.player().seek(i);
            QVERIFY(!made.page.grab().isNull());
        }
    }
}

void TestStagePage::theDocumentIsPredicted()
{
    AppContext context;
    MainWindow window(context);
    window.resize(1100, 700);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.goTo(Place::Stage);
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest(), patienceMs);
    auto *page = window.findChild<StagePage *>();
    QVERIFY(page);
    QVERIFY(page->player().frameCount() > 5);
    QCOMPARE(page->findChild<SourceStrip *>()->kind(), "Prediction");
    QVERIFY(page->findChild<SourceStrip *>()->text().contains("Nothing was touched"));
    const std::size_t before = page->player().frameCount();
    // Every frame has its table here, unlike in the analysis.
    for (const Frame &frame : page->source().staged->recording->frames)
        QVERIFY(frame.table->size() > 0);
    window.document().edit("add", [](SandboxSpec &spec) {
        spec.mounts.push_back({.destination = "/mnt", .type = "tmpfs", .source = "tmpfs", .options = {}});
    });
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && page->player().frameCount() > before, patienceMs);
    // A page that nobody looks at predicts nothing.
    window.goTo(Place::Compose);
    const Staged *kept = page->player().staged();
    window.document().history().undo();
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    QTest::qWait(100);
    QCOMPARE(page->player().staged(), kept);
    window.goTo(Place::Stage);
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && page->player().frameCount() == before, patienceMs);
}

void TestStagePage::aRecordingStaysUntilItIsClosed()
{
    const QString path = m_home.filePath("stays.pbrec");
    writeFile(path, linesOf(observedLike("busybox")));
    AppContext context;
    MainWindow window(context);
    window.resize(1100, 700);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.openFile(path);
    auto *page = window.findChild<StagePage *>();
    QVERIFY(page);
    QTRY_COMPARE_WITH_TIMEOUT(page->source().path, path, patienceMs);
    window.document().edit("rename", [](SandboxSpec &spec) { spec.name = "other"; });
    QTRY_VERIFY_WITH_TIMEOUT(window.analyser().isCurrent(), patienceMs);
    QTest::qWait(100);
    QCOMPARE(page->source().path, path);
    for (QAction *action : page->actions())
        if (action->text() == "Close the recording") {
            QVERIFY(action->isVisible());
            action->trigger();
        }
    QTRY_VERIFY_WITH_TIMEOUT(page->isAtRest() && page->player().frameCount() > 0, patienceMs);
    QCOMPARE(page->source().kind, StageSource::Kind::Prediction);
}

void TestStagePage::keysAndButtons()
{
    const QString path = m_home.filePath("keys.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    Page made;
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.page.player().frameCount() > 0, patienceMs);
    made.page.activateWindow();
    auto *view = made.page.findChild<StageView *>();
    view->setFocus();
    QVERIFY(QTest::qWaitForWindowActive(&made.page));
    QTest::keyClick(view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(made.page.player().frame(), 1U);
    QTest::keyClick(view, Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(made.page.player().frame(), 0U);
    QTest::keyClick(view, Qt::Key_Space);
    QVERIFY(made.page.player().isPlaying());
    QTest::keyClick(view, Qt::Key_Space);
    QVERIFY(!made.page.player().isPlaying());
    made.page.player().seek(3);
    QTest::keyClick(view, Qt::Key_F9);
    QVERIFY(made.page.player().hasBreakpoint(*stepOf(*made.page.player().staged()->recording, 3)));
}

void TestStagePage::everyStepIsSaid()
{
    const QString path = m_home.filePath("said.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    Page made;
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.page.player().frameCount() > 0, patienceMs);
    auto *view = made.page.findChild<StageView *>();
    Listener listener(view);
    made.page.showStep("pivot-root");
    QCOMPARE(listener.said.size(), 1);
    QVERIFY2(listener.said.front().contains("Switch to the new root: done"), qPrintable(listener.said.front()));
    QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(view);
    QCOMPARE(spoken->text(QAccessible::Description), listener.said.front());
}

void TestStagePage::presents()
{
    const QString path = m_home.filePath("presented.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    Page made;
    made.page.present(); // nothing to show
    QVERIFY(!made.page.findChild<StagePresenter *>());
    made.page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made.page.player().frameCount() > 0, patienceMs);
    made.page.setReducedMotion(true);
    auto *view = made.page.findChild<StageView *>();
    made.page.present();
    QPointer<StagePresenter> presenter = made.page.findChild<StagePresenter *>();
    QVERIFY(presenter);
    QCOMPARE(view->window(), presenter);
    QTest::keyClick(presenter, Qt::Key_Right);
    QCOMPARE(made.page.player().frame(), 1U);
    QTest::keyClick(presenter, Qt::Key_End);
    QCOMPARE(made.page.player().frame(), made.page.player().frameCount() - 1);
    QTest::keyClick(presenter, Qt::Key_Home);
    QTest::keyClick(presenter, Qt::Key_Space);
    QVERIFY(made.page.player().isPlaying());
    QTest::keyClick(presenter, Qt::Key_Space);
    made.page.showStep("pivot-root");
    QCOMPARE(presenter->caption(), "Switch to the new root");
    QVERIFY(!presenter->grab().isNull());
    QTest::keyClick(presenter, Qt::Key_Escape);
    QCOMPARE(view->window(), &made.page);
    QVERIFY(view->isVisible());
    QTRY_VERIFY(!presenter);
    made.page.present(); // and once more
    QVERIFY(made.page.findChild<StagePresenter *>());
}

void TestStagePage::closesWhilePresenting()
{
    const QString path = m_home.filePath("closing.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    auto made = std::make_unique<Page>();
    made->page.openRecording(path);
    QTRY_VERIFY_WITH_TIMEOUT(made->page.player().frameCount() > 0, patienceMs);
    made->page.present();
    made->page.player().play();
    made.reset();
    QTest::qWait(50);
}

void TestStagePage::theWindowOpensRecordings()
{
    const QString path = m_home.filePath("dropped.pbrec");
    writeFile(path, linesOf(observedLike("bare-pivot")));
    AppContext context;
    MainWindow window(context);
    window.QWidget::show();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &drop);
    auto *page = window.findChild<StagePage *>();
    QVERIFY(page && page->isVisible());
    QTRY_COMPARE_WITH_TIMEOUT(page->source().path, path, patienceMs);
    QCOMPARE(context.recent().front(), path);
    QCOMPARE(window.findChild<NavigationRail *>()->current(), 1);
    QVERIFY(window.isFree()); // a sandbox can still be opened in it
    QVERIFY(window.openPreset("bare-pivot"));
    QCOMPARE(window.document().title(), "Bare pivot");
    QCOMPARE(page->source().path, path);
}

QTEST_MAIN(TestStagePage)
#include "tst_stage_page.moc"
