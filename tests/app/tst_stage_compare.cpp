// SPDX-License-Identifier: Apache-2.0
//
// Two recordings beside each other on the Stage: what can be chosen, what is said, keys, and partners that are not what
// they should be.
#include "app/stage/compared_side.h"
#include "app/stage/contrast.h"
#include "app/stage/duet_presenter.h"
#include "app/stage/duet_timeline.h"
#include "app/stage/stage_comparison.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_page.h"
#include "app/stage/stage_view.h"
#include "app/stage/timeline.h"
#include "app/tasks/task_list.h"
#include "app/widgets/banner.h"
#include "app/widgets/spoken.h"
#include "app/workbench/app_context.h"
#include "app/workbench/command_line.h"
#include "app/workbench/instance_message.h"
#include "app/workbench/main_window.h"
#include "app/workbench/plurals.h"
#include "core/preset/presets.h"
#include "isolated_home.h"
#include "tests/app/staged_samples.h"

#include <QAccessible>
#include <QElapsedTimer>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <QToolButton>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::core::stage;
using namespace pivotbench::test;
using pivotbench::tests::predicted;

namespace {

constexpr int patienceMs = 30'000;
using std::chrono::milliseconds;

/// A page that is seen and plays a recording.
struct Page {
    explicit Page(const QString &path)
    {
        page.resize(1100, 760);
        page.show();
        page.openRecording(path);
    }
    [[nodiscard]] Banner &banner() const { return *page.findChild<Banner *>(); }
    [[nodiscard]] Duet &duet() const { return page.comparison()->duet(); }
    [[nodiscard]] ComparedSide &side(Lane lane) const { return page.comparison()->side(lane); }
    /// Waits until the file stands beside it, or a banner tells why not.
    void compareWith(const QString &path)
    {
        page.compareWith(ComparePartner::named(path));
        QTRY_VERIFY_WITH_TIMEOUT(page.isAtRest() && page.comparison() && page.comparison()->isAtRest(), patienceMs);
    }

    QAction open;
    QAction launch;
    TaskList tasks;
    StagePage page{tasks, &open, &launch};
};

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

StagedPair pairOf(const char *left, const char *right)
{
    return {stagedOf(predicted(left)), stagedOf(predicted(right))};
}

std::size_t momentOf(const Duet &duet, Lane lane, std::string_view id)
{
    for (std::size_t i = 0; i < duet.momentCount(); ++i)
        if (const Step *step = duet.stepOf(lane, i); step && step->id == id)
            return i;
    qFatal("no such step");
}

QStringList textsOf(const std::vector<PartnerChoice> &choices)
{
    QStringList texts;
    for (const PartnerChoice &choice : choices)
        texts << choice.text;
    return texts;
}

} // namespace

class TestStageCompare : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void cleanup();
    void theWordsComeFromTheRecordings();
    void theWordsOfAFailure();
    void theSameOnBothSides();
    void wordsOfAnyRecordings();
    void playsBoth();
    void stopsAtBreakpoints();
    void phasesAndEnds();
    void choices();
    void comparesAndStops();
    void keys();
    void theFocusIsExplained();
    void everyMomentIsSaid();
    void theTimelineShowsGaps();
    void theLongestTimelineIsPainted();
    void anotherStepOfTheDocument();
    void variationsFollowTheDocument();
    void badPartners_data();
    void badPartners();
    void aBadPartnerLeavesWhatIsThere();
    void theNewestOfManyWins();
    void presentsBoth();
    void closesWhileItWorks();
    void asThereIsRoom();
    void reducedMotion();
    void commandLine();

private:
    /// A file with the prediction of a preset, as if a kernel had done it.
    QString recorded(const char *preset)
    {
        Recording recording = predicted(preset);
        recording.header.origin = "kernel";
        const QString path = m_home.filePath(QString("%1.pbrec").arg(preset));
        writeFile(path, linesOf(recording));
        return path;
    }

    IsolatedHome m_home;
};

void TestStageCompare::initTestCase() { installPlurals(*QCoreApplication::instance()); }

void TestStageCompare::cleanup() { QThreadPool::globalInstance()->waitForDone(); }

void TestStageCompare::theWordsComeFromTheRecordings()
{
    Duet duet(StagePlayer::Clock::Given);
    const StagedPair pair = pairOf("bare-pivot", "chroot-jail");
    duet.setStaged(pair[0], pair[1]);
    const LaneNames names{"Bare pivot", "chroot jail"};
    const std::size_t moment = momentOf(duet, Lane::Left, "pivot-root");
    QCOMPARE(momentOf(duet, Lane::Right, "chroot"), moment);
    const Contrast contrast = contrastOf(pair, duet.abreast(moment), names);
    const Deed &pivot = contrast.deed(Lane::Left);
    QCOMPARE(pivot.call, "pivot_root(2)");
    QVERIFY2(pivot.facts.contains("2 mounts moved"), qPrintable(pivot.facts));
    QVERIFY2(pivot.facts.contains("/ → /oldroot"), qPrintable(pivot.facts));
    const Deed &chroot = contrast.deed(Lane::Right);
    QCOMPARE(chroot.call, "chroot(2)");
    QVERIFY2(chroot.facts.startsWith("no mount changed"), qPrintable(chroot.facts));
    QVERIFY2(chroot.facts.contains("out of its reach"), qPrintable(chroot.facts));
    for (const Lane lane : lanes) {
        const QString &sentence = contrast.sentence(lane);
        QVERIFY2(sentence.contains(pivot.facts) && sentence.contains(chroot.facts), qPrintable(sentence));
        QVERIFY2(sentence.contains(names[lane == Lane::Left ? 1 : 0]), qPrintable(sentence));
    }
    QVERIFY(contrast.sentence(Lane::Left).startsWith("Here pivot_root(2)"));
    QVERIFY(contrast.sentence(Lane::Right).startsWith("Here chroot(2)"));

    const Contrast gap = contrastOf(pair, duet.abreast(momentOf(duet, Lane::Left, "unshare")), names);
    QVERIFY(!gap.deed(Lane::Right).happens);
    QVERIFY2(gap.sentence(Lane::Left).startsWith("Only here, unshare(2): 4 mounts copied"),
             qPrintable(gap.sentence(Lane::Left)));
    QVERIFY2(gap.sentence(Lane::Right).startsWith("Nothing happens here"), qPrintable(gap.sentence(Lane::Right)));
    QVERIFY2(gap.sentence(Lane::Right).contains("4 mounts copied"), qPrintable(gap.sentence(Lane::Right)));
}

void TestStageCompare::theWordsOfAFailure()
{
    const StagedPair pair{stagedOf(predicted("bare-pivot")), stagedOf(predicted("bare-pivot", [](SandboxSpec &spec) {
                              spec.root.propagation = RootPropagation::Shared;
                          }))};
    Duet duet(StagePlayer::Clock::Given);
    duet.setStaged(pair[0], pair[1]);
    const Contrast contrast =
        contrastOf(pair, duet.abreast(momentOf(duet, Lane::Left, "pivot-root")), {"private", "shared"});
    QVERIFY(contrast.deed(Lane::Right).failed);
    QVERIFY2(contrast.sentence(Lane::Left).contains("failed: EINVAL"), qPrintable(contrast.sentence(Lane::Left)));
    QVERIFY2(contrast.sentence(Lane::Left).contains("2 mounts moved"), qPrintable(contrast.sentence(Lane::Left)));
    const Contrast after = contrastOf(pair, duet.abreast(duet.momentCount() - 1), {"private", "shared"});
    QVERIFY(!after.deed(Lane::Right).happens);
}

void TestStageCompare::theSameOnBothSides()
{
    const StagedPair pair = pairOf("bare-pivot", "bare-pivot");
    Duet duet(StagePlayer::Clock::Given);
    duet.setStaged(pair[0], pair[1]);
    for (std::size_t i = 0; i < duet.momentCount(); ++i)
        QVERIFY(contrastOf(pair, duet.abreast(i), {"a", "b"}).same);
}

void TestStageCompare::wordsOfAnyRecordings()
{
    for (unsigned seed = 0; seed < 15; ++seed) {
        const StagedPair pair{stagedOf(pivotbench::tests::RandomRecording(seed, true).make(15, 20)),
                              stagedOf(pivotbench::tests::RandomRecording(seed + 50, true).make(20, 20))};
        const Alignment alignment(*pair[0]->recording, *pair[1]->recording);
        for (const Abreast &moment : alignment.moments()) {
            const Contrast contrast = contrastOf(pair, moment, {"a\nb", "<b>"});
            for (const Lane lane : lanes) {
                QVERIFY(!contrast.sentence(lane).isEmpty());
                QVERIFY(contrast.sentence(lane).size() < 3000);
                QVERIFY(!contrast.deed(lane).facts.contains(QChar(0x202e)));
            }
        }
    }
}

void TestStageCompare::playsBoth()
{
    Duet duet(StagePlayer::Clock::Given);
    const StagedPair pair = pairOf("bare-pivot", "chroot-jail");
    duet.setStaged(pair[0], pair[1]);
    duet.player(Lane::Left).setRoom({.width = 800, .height = 400});
    duet.player(Lane::Right).setRoom({.width = 800, .height = 400});
    QCOMPARE(duet.moment(), std::size_t{0});
    duet.play();
    std::vector<std::size_t> met{duet.moment()};
    for (int i = 0; i < 4000 && duet.isPlaying(); ++i) {
        duet.advance(milliseconds(40));
        if (duet.moment() != met.back())
            met.push_back(duet.moment());
        for (const Lane lane : lanes)
            QCOMPARE(duet.player(lane).frame(), duet.abreast(duet.moment()).frameOf(lane));
    }
    QVERIFY(!duet.isPlaying());
    QCOMPARE(duet.moment() + 1, duet.momentCount());
    for (std::size_t i = 1; i < met.size(); ++i)
        QCOMPARE(met[i], met[i - 1] + 1); // none is skipped
    duet.setStaged(nullptr, pair[1]);     // one alone is nothing
    QCOMPARE(duet.momentCount(), std::size_t{0});
    duet.play();
    duet.next();
    duet.back();
    duet.seek(7);
    duet.nextPhase();
    duet.previousPhase();
    duet.toggleBreakpoint(0);
    QVERIFY(!duet.seekStep("execute"));
    QVERIFY(!duet.isPlaying());
}

void TestStageCompare::stopsAtBreakpoints()
{
    Duet duet(StagePlayer::Clock::Given);
    const StagedPair pair = pairOf("bare-pivot", "chroot-jail");
    duet.setStaged(pair[0], pair[1]);
    const std::size_t alone = momentOf(duet, Lane::Left, "propagation");
    const std::size_t both = momentOf(duet, Lane::Right, "chroot");
    duet.toggleBreakpoint(alone);
    duet.toggleBreakpoint(both);
    QVERIFY(duet.hasBreakpoint(alone) && duet.hasBreakpoint(both));
    for (const std::size_t stop : {alone, both}) {
        duet.play();
        for (int i = 0; i < 4000 && duet.isPlaying(); ++i)
            duet.advance(milliseconds(40));
        QCOMPARE(duet.moment(), stop);
    }
    duet.toggleBreakpoint(both);
    QVERIFY(!duet.hasBreakpoint(both));
}

void TestStageCompare::phasesAndEnds()
{
    Duet duet(StagePlayer::Clock::Given);
    const StagedPair pair = pairOf("chroot-jail", "bare-pivot");
    duet.setStaged(pair[0], pair[1]);
    QVERIFY(duet.seekStep("chroot"));
    const std::size_t at = duet.moment();
    QVERIFY(duet.seekStep("pivot-root")); // only the right one has it
    QCOMPARE(duet.moment(), at);
    duet.seek(0);
    duet.nextPhase();
    duet.nextPhase();
    QCOMPARE(duet.phaseOf(duet.moment()), Phase::Root);
    QVERIFY(!duet.abreast(duet.moment()).happensIn(Lane::Left));
    duet.previousPhase();
    QCOMPARE(duet.phaseOf(duet.moment()), Phase::Namespaces);
    duet.seek(1000);
    QCOMPARE(duet.moment() + 1, duet.momentCount());
    duet.next();
    QCOMPARE(duet.moment() + 1, duet.momentCount());
}

void TestStageCompare::choices()
{
    Analysis analysis;
    analysis.spec = *findPreset("bare-pivot");
    analysis.plan = Plan();
    StageSource prediction{.staged = stagedOf(predicted("bare-pivot"))};
    const std::vector<PartnerChoice> choices = partnerChoices(prediction, &analysis);
    QCOMPARE(choices.front().partner, ComparePartner::named("chroot-jail")); // the lesson comes first
    QVERIFY(choices.front().teaching);
    const QStringList texts = textsOf(choices);
    for (const char *text : {"Bare pivot, with chroot(2) instead", "Bare pivot, with shared propagation",
                             "Bare pivot, with a PID namespace"})
        QVERIFY2(texts.contains(text), qPrintable(texts.join('\n')));
    QVERIFY(!texts.contains("Bare pivot")); // it is what is shown
    QCOMPARE(texts.size(), static_cast<qsizetype>(presets().size()) - 1 + 3);

    analysis.spec = *findPreset("chroot-jail"); // has no mount namespace whose propagation there could be
    const QStringList jail = textsOf(partnerChoices(prediction, &analysis));
    QVERIFY2(jail.front() == "Bare pivot", qPrintable(jail.join('\n')));
    QVERIFY(!jail.join('\n').contains("propagation"));

    StageSource recording{.kind = StageSource::Kind::Recording, .staged = stagedOf(predicted("chroot-jail"))};
    const QStringList ofRecording = textsOf(partnerChoices(recording, &analysis));
    QVERIFY(ofRecording.contains("The prediction of chroot jail"));
    QVERIFY(!ofRecording.join('\n').contains("instead")); // variations are of the document, which is not what is shown
    QCOMPARE(textsOf(partnerChoices(recording, nullptr)).size(), static_cast<qsizetype>(presets().size()));
}

void TestStageCompare::comparesAndStops()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    QVERIFY(made.page.isComparing());
    QVERIFY(made.page.comparison()->isVisible());
    QVERIFY(made.page.comparison()->timeline().isVisible());
    QVERIFY(!made.page.findChild<Timeline *>()->isVisible());
    QVERIFY(!made.banner().isVisible());
    QCOMPARE(made.side(Lane::Left).heading(), "Bare pivot");
    QCOMPARE(made.side(Lane::Right).heading(), "chroot jail");
    QCOMPARE(made.side(Lane::Right).kind(), "Recording of the kernel");
    made.page.showStep("pivot-root");
    QCOMPARE(made.duet().stepOf(Lane::Left, made.duet().moment())->id, "pivot-root");
    QVERIFY(!made.page.grab().isNull());
    for (QAction *action : made.page.actions())
        if (action->text() == "Stop comparing")
            action->trigger();
    QVERIFY(!made.page.isComparing());
    QVERIFY(made.page.findChild<Timeline *>()->isVisible());
    QCOMPARE(made.page.player().step()->id, "pivot-root"); // where the left side was
    made.compareWith(recorded("chroot-jail"));             // and once more, from there, beside the same name
    QVERIFY(made.page.isComparing());
    QCOMPARE(made.duet().stepOf(Lane::Left, made.duet().moment())->id, "pivot-root");
    made.compareWith(recorded("bare-pivot"));
    QCOMPARE(made.side(Lane::Left).heading(), "Bare pivot (left)");
    QCOMPARE(made.side(Lane::Right).heading(), "Bare pivot (right)");
}

void TestStageCompare::keys()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.page.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&made.page));
    StageView &view = made.side(Lane::Right).view();
    view.setFocus();
    made.duet().setReducedMotion(true);
    QTest::keyClick(&view, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(made.duet().moment(), std::size_t{1});
    QTest::keyClick(&view, Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(made.duet().moment(), std::size_t{0});
    QTest::keyClick(&view, Qt::Key_Space);
    QVERIFY(made.duet().isPlaying());
    QVERIFY(!made.page.player().isPlaying());
    QTest::keyClick(&view, Qt::Key_Space);
    QVERIFY(!made.duet().isPlaying());
    QTest::keyClick(&view, Qt::Key_F9);
    QVERIFY(made.duet().hasBreakpoint(made.duet().moment()));
    DuetTimeline &timeline = made.page.comparison()->timeline();
    timeline.setFocus();
    QTest::keyClick(&timeline, Qt::Key_Home);
    QCOMPARE(made.duet().moment(), std::size_t{0});
    QTest::keyClick(&timeline, Qt::Key_Right);
    QTest::keyClick(&timeline, Qt::Key_Right);
    QCOMPARE(made.duet().moment(), std::size_t{2});
    QTest::keyClick(&timeline, Qt::Key_PageDown);
    QCOMPARE(made.duet().phaseOf(made.duet().moment()), Phase::Root);
    QTest::keyClick(&timeline, Qt::Key_End);
    QCOMPARE(made.duet().moment() + 1, made.duet().momentCount());
    QTest::keyClick(&timeline, Qt::Key_B);
    QVERIFY(made.duet().hasBreakpoint(made.duet().momentCount() - 1));
    const QPoint third = timeline.placeOf(Lane::Right, 3).toPoint();
    QTest::mouseClick(&timeline, Qt::LeftButton, {}, third);
    QCOMPARE(made.duet().moment(), std::size_t{3});
    // Everything is reached with Tab, and the views one after the other.
    made.side(Lane::Left).view().setFocus();
    QSet<QWidget *> reached;
    for (int i = 0; i < 60; ++i) {
        reached << QApplication::focusWidget();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    QVERIFY(reached.contains(&made.side(Lane::Right).view()));
    QVERIFY(reached.contains(&timeline));
    QStringList buttons;
    for (QWidget *widget : reached)
        if (const auto *button = qobject_cast<QToolButton *>(widget))
            buttons << button->text();
    QVERIFY2(buttons.contains("Stop comparing") && buttons.contains("Compare with…"), qPrintable(buttons.join(',')));
}

void TestStageCompare::theFocusIsExplained()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.page.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&made.page));
    made.page.showStep("pivot-root");
    StageComparison &comparison = *made.page.comparison();
    const auto title = [&] {
        for (const StageInspector *inspector : comparison.findChildren<StageInspector *>())
            if (inspector->isVisible())
                return inspector->report()->title;
        return QString();
    };
    made.side(Lane::Left).view().setFocus();
    QCOMPARE(comparison.explained(), Lane::Left);
    QCOMPARE(title(), "Switch to the new root");
    QVERIFY(comparison.contrastText().startsWith("Here pivot_root(2)"));
    QTest::mouseClick(made.side(Lane::Right).view().viewport(), Qt::LeftButton);
    QCOMPARE(comparison.explained(), Lane::Right);
    QCOMPARE(title(), "Change the root of this process alone");
    QVERIFY(comparison.contrastText().startsWith("Here chroot(2)"));
    made.page.showStep("unshare");
    QVERIFY(comparison.contrastText().startsWith("Nothing happens here"));
    QCOMPARE(made.side(Lane::Right).deedText(), "Nothing happens here");
}

void TestStageCompare::everyMomentIsSaid()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    StageView &view = made.side(Lane::Left).view();
    Listener listener(&view);
    made.page.showStep("pivot-root");
    QCOMPARE(listener.said.size(), 1);
    for (const char *part :
         {"moment 10 of 18", "Bare pivot: Switch to the new root", "chroot jail: Change the root of this process alone",
          "2 mounts moved", "no mount changed"})
        QVERIFY2(listener.said.front().contains(part), qPrintable(listener.said.front()));
    for (const Lane lane : lanes) {
        QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(&made.side(lane).view());
        QVERIFY(spoken->text(QAccessible::Name).contains(made.side(lane).heading()));
        QVERIFY2(spoken->text(QAccessible::Description).contains(": done"),
                 qPrintable(spoken->text(QAccessible::Description)));
    }
    DuetTimeline &timeline = made.page.comparison()->timeline();
    QAccessibleInterface *slider = QAccessible::queryAccessibleInterface(&timeline);
    QCOMPARE(slider->role(), QAccessible::Slider);
    QCOMPARE(slider->valueInterface()->currentValue().toInt(), 9);
    QCOMPARE(slider->valueInterface()->maximumValue().toInt(), 17);
    slider->valueInterface()->setCurrentValue(3);
    QVERIFY2(slider->text(QAccessible::Value).contains("chroot jail: nothing happens"),
             qPrintable(slider->text(QAccessible::Value)));
}

void TestStageCompare::theTimelineShowsGaps()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.duet().seek(0);
    const DuetTimeline &timeline = made.page.comparison()->timeline();
    const QImage seen = made.page.comparison()->timeline().grab().toImage();
    const std::size_t gap = momentOf(made.duet(), Lane::Left, "propagation");
    const auto thickAt = [&](Lane lane) {
        const QPointF at = timeline.placeOf(lane, gap) * seen.devicePixelRatio();
        int thick = 0;
        for (int y = static_cast<int>(at.y()) - 6; y <= static_cast<int>(at.y()) + 6; ++y)
            thick += seen.pixelColor(static_cast<int>(at.x()), y) != timeline.palette().color(QPalette::Window) ? 1 : 0;
        return thick;
    };
    QVERIFY2(thickAt(Lane::Left) >= 5, qPrintable(QString::number(thickAt(Lane::Left))));
    QVERIFY2(thickAt(Lane::Right) <= 2, qPrintable(QString::number(thickAt(Lane::Right))));
}

/// Phases and gaps that change with every step, as no launch would have them.
void TestStageCompare::theLongestTimelineIsPainted()
{
    const auto make = [](std::size_t every) {
        Recording recording = predicted("chroot-jail");
        const Frame frame = recording.frames.front();
        recording.frames.clear();
        recording.header.plan.steps.clear();
        for (std::size_t i = 0; i < 5'000; ++i) {
            recording.header.plan.steps.push_back(
                {fmt::format("step-{}", i * every), i % 2 == 0 ? Phase::Root : Phase::Switch, "", CreateProcess{}});
            recording.frames.push_back(frame);
            recording.frames.back().initial = false;
            recording.frames.back().step = i;
            if (i % 3 == 0)
                recording.frames.back().error = Error{.code = "x", .what = "x"};
        }
        return stagedOf(std::move(recording));
    };
    Duet duet(StagePlayer::Clock::Given);
    duet.setStaged(make(1), make(2));
    QVERIFY(duet.momentCount() > 5'000);
    DuetTimeline timeline(duet);
    timeline.resize(900, timeline.sizeHint().height());
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!timeline.grab().isNull());
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
}

/// A preset's prediction on this machine beside the document's.
void TestStageCompare::anotherStepOfTheDocument()
{
    AppContext context;
    MainWindow window(context);
    window.resize(1100, 760);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.compareWith("chroot-jail");
    window.showStep("pivot-root");
    auto *page = window.findChild<StagePage *>();
    QVERIFY(page);
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && page->isComparing(), patienceMs);
    Duet &duet = page->comparison()->duet();
    QTRY_VERIFY_WITH_TIMEOUT(duet.stepOf(Lane::Left, duet.moment()) != nullptr, patienceMs);
    QCOMPARE(duet.stepOf(Lane::Left, duet.moment())->id, "pivot-root");
    QCOMPARE(duet.stepOf(Lane::Right, duet.moment())->id, "chroot");
    QCOMPARE(page->comparison()->side(Lane::Left).kind(), "Prediction");
    // The menu offers what is other, and how they stand.
    QMenu *menu = nullptr;
    for (QAction *action : page->actions())
        if (action->text() == "Compare with…")
            menu = action->menu();
    QVERIFY(menu);
    emit menu->aboutToShow();
    QStringList texts;
    for (const QAction *action : menu->actions())
        texts << action->text();
    for (const char *text : {"A recording…", "One above the other", "Bare pivot, with shared propagation"})
        QVERIFY2(texts.contains(text), qPrintable(texts.join('\n')));
}

void TestStageCompare::variationsFollowTheDocument()
{
    AppContext context;
    MainWindow window(context);
    window.resize(1100, 760);
    window.QWidget::show();
    QVERIFY(window.openPreset("bare-pivot"));
    window.goTo(Place::Stage);
    auto *page = window.findChild<StagePage *>();
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && page->source().staged, patienceMs);
    page->compareWith({.kind = ComparePartner::Kind::Variation, .variation = Variation::Chroot});
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && page->isComparing(), patienceMs);
    StageComparison &comparison = *page->comparison();
    QCOMPARE(comparison.side(Lane::Right).heading(), "Bare pivot, with chroot(2) instead");
    QVERIFY(momentOf(comparison.duet(), Lane::Left, "pivot-root") ==
            momentOf(comparison.duet(), Lane::Right, "chroot"));
    QVERIFY(momentOf(comparison.duet(), Lane::Left, "unshare") == momentOf(comparison.duet(), Lane::Right, "unshare"));
    window.document().edit("add", [](SandboxSpec &spec) {
        spec.mounts.push_back({.destination = "/mnt", .type = "tmpfs", .source = "tmpfs", .options = {}});
    });
    const auto hasMount = [&](Lane lane) {
        const Staged *staged = comparison.duet().staged(lane);
        return staged &&
               staged->recording->header.plan.find("mount:/mnt") < staged->recording->header.plan.steps.size();
    };
    QTRY_VERIFY_WITH_TIMEOUT(window.isAtRest() && hasMount(Lane::Left) && hasMount(Lane::Right), patienceMs);
    QVERIFY(page->isComparing());
}

void TestStageCompare::badPartners_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("plays");
    Recording recording = predicted("chroot-jail");
    const QByteArray whole = linesOf(recording);
    const qsizetype header = whole.indexOf('\n') + 1;
    const qsizetype second = whole.indexOf('\n', header) + 1;
    QTest::newRow("empty") << QByteArray() << "empty" << false;
    QTest::newRow("cut in the header") << whole.left(header / 2) << "cut off" << false;
    QTest::newRow("no step") << whole.left(header) << "holds no step" << false;
    QTest::newRow("of a newer version") << QByteArray(whole).replace(0, whole.indexOf(','), "{\"pbrec\": 99")
                                        << "version" << false;
    QTest::newRow("rubbish") << QByteArray("\x7f"
                                           "ELF\n")
                             << "" << false;
    QTest::newRow("a line that is none") << whole.left(second) + "{\"step\": 7}\n" << "line 3" << true;
    QTest::newRow("cut in a step") << whole.left(whole.size() - 40) << "" << true;
}

void TestStageCompare::badPartners()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    QFETCH(bool, plays);
    const QString path = m_home.filePath("partner.pbrec");
    writeFile(path, bytes);
    Page made(recorded("bare-pivot"));
    made.compareWith(path);
    QCOMPARE(made.page.isComparing(), plays);
    if (!says.isEmpty() || !plays) {
        QVERIFY(made.banner().isVisible());
        QVERIFY2(made.banner().asText().contains(says), qPrintable(made.banner().asText()));
        QVERIFY2(made.banner().asText().contains(path), qPrintable(made.banner().asText()));
    }
    QVERIFY(made.page.player().frameCount() > 0);
    QVERIFY(!made.page.grab().isNull());
    if (plays)
        for (std::size_t i = 0; i < made.duet().momentCount(); ++i)
            made.duet().seek(i);
}

void TestStageCompare::aBadPartnerLeavesWhatIsThere()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.page.showStep("pivot-root");
    const std::size_t at = made.duet().moment();
    made.compareWith(m_home.filePath("missing.pbrec"));
    QVERIFY(made.banner().isVisible());
    QVERIFY(made.page.isComparing());
    QCOMPARE(made.duet().moment(), at);
    QCOMPARE(made.side(Lane::Right).heading(), "chroot jail");
}

void TestStageCompare::theNewestOfManyWins()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    for (int i = 0; i < 6; ++i)
        made.page.compareWith(ComparePartner::named(recorded(i % 2 == 0 ? "chroot-jail" : "busybox")));
    QTRY_VERIFY_WITH_TIMEOUT(made.page.isAtRest(), patienceMs);
    QCOMPARE(made.side(Lane::Right).heading(), "BusyBox playground");
    made.page.compareWith(ComparePartner::named(recorded("chroot-jail")));
    made.page.stopComparing(); // before it is there
    QThreadPool::globalInstance()->waitForDone();
    QTest::qWait(50);
    QVERIFY(!made.page.isComparing());
}

void TestStageCompare::presentsBoth()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.page.setReducedMotion(true);
    made.page.present();
    QPointer<DuetPresenter> presenter = made.page.findChild<DuetPresenter *>();
    QVERIFY(presenter);
    for (const Lane lane : lanes)
        QCOMPARE(made.side(lane).window(), presenter);
    QTest::keyClick(presenter, Qt::Key_Right);
    QCOMPARE(made.duet().moment(), std::size_t{1});
    QTest::keyClick(presenter, Qt::Key_End);
    QCOMPARE(made.duet().moment() + 1, made.duet().momentCount());
    QTest::keyClick(presenter, Qt::Key_Home);
    QTest::keyClick(presenter, Qt::Key_Space);
    QVERIFY(made.duet().isPlaying());
    QTest::keyClick(presenter, Qt::Key_Space);
    made.page.showStep("pivot-root");
    QVERIFY(!presenter->grab().isNull());
    QTest::keyClick(presenter, Qt::Key_Escape);
    for (const Lane lane : lanes)
        QCOMPARE(made.side(lane).window(), &made.page);
    QTRY_VERIFY(!presenter);
    QVERIFY(made.page.isComparing());
}

void TestStageCompare::closesWhileItWorks()
{
    auto made = std::make_unique<Page>(recorded("bare-pivot"));
    made->compareWith(recorded("chroot-jail"));
    made->page.present();
    made->duet().play();
    made->page.compareWith(ComparePartner::named(recorded("busybox")));
    made.reset();
    QTest::qWait(50);
}

void TestStageCompare::asThereIsRoom()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    const auto beside = [&] {
        return made.side(Lane::Right).mapTo(&made.page, QPoint()).x() >
               made.side(Lane::Left).mapTo(&made.page, QPoint()).x();
    };
    QVERIFY(!beside());
    made.page.resize(1900, 900);
    QTRY_VERIFY(beside());
    made.page.comparison()->setWantedOrientation(Qt::Vertical);
    QTRY_VERIFY(!beside());
    made.page.comparison()->setWantedOrientation(std::nullopt);
    QTRY_VERIFY(beside());
}

void TestStageCompare::reducedMotion()
{
    Page made(recorded("bare-pivot"));
    made.compareWith(recorded("chroot-jail"));
    made.page.setReducedMotion(true);
    made.page.showStep("unshare");
    made.duet().back();
    made.duet().next();
    for (const Lane lane : lanes)
        QVERIFY(!made.duet().player(lane).isGliding());
}

void TestStageCompare::commandLine()
{
    const auto line = parseCommandLine({"pivotbench", "--preset", "bare-pivot", "--compare", "chroot-jail"});
    QVERIFY(line);
    QCOMPARE(line->compare, "chroot-jail");
    QCOMPARE(ComparePartner::named("chroot-jail").kind, ComparePartner::Kind::Preset);
    const ComparePartner file = ComparePartner::named("a.pbrec");
    QCOMPARE(file.kind, ComparePartner::Kind::File);
    QVERIFY(QDir::isAbsolutePath(file.what));
    const auto help = parseCommandLine({"pivotbench", "--help"});
    QVERIFY(help.error().text.contains("--compare <PRESET|FILE>"));

    const auto sent = readInstanceMessage(writeInstanceMessage({.line = *line}));
    QVERIFY(sent);
    QCOMPARE(sent->line.compare, "chroot-jail");
    QVERIFY(!readInstanceMessage(R"({"files": [], "compare": "../relative"})"));
    QVERIFY(readInstanceMessage(R"({"files": [], "compare": "/a.pbrec"})"));
}

QTEST_MAIN(TestStageCompare)
#include "tst_stage_compare.moc"
