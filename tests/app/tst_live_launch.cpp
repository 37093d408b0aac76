// SPDX-License-Identifier: Apache-2.0
//
// A launch that is watched on the Stage, against a helper that does what the tests say: it plays back a recording step
// by step as it is told to go on. What the real one does is seen in tests/gui.
#include "app/run/run_page.h"
#include "app/run/sandbox_view.h"
#include "app/stage/compare_partner.h"
#include "app/stage/duet.h"
#include "app/stage/live_launch.h"
#include "app/stage/source_strip.h"
#include "app/stage/stage_comparison.h"
#include "app/stage/stage_inspector.h"
#include "app/stage/stage_page.h"
#include "app/stage/timeline.h"
#include "app/terminal/terminal_view.h"
#include "app/widgets/banner.h"
#include "app/workbench/app_context.h"
#include "app/workbench/main_window.h"
#include "fake_helper.h"
#include "isolated_home.h"
#include "tests/app/staged_samples.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>
#include <QThreadPool>
#include <algorithm>
#include <cerrno>

using namespace pivotbench::app;
using namespace pivotbench::core;
using namespace pivotbench::test;
using pivotbench::tests::predicted;
using State = LiveLaunch::State;

namespace {

constexpr int patienceMs = 30'000;

/// A helper with one launch, whose kernel has done already what it will be told to do.
class PlayedBack {
public:
    explicit PlayedBack(Recording recording)
        : m_recording(std::move(recording))
    {
    }

    Recording &recording() { return m_recording; }
    [[nodiscard]] std::size_t done() const { return m_frame; }
    [[nodiscard]] int continued() const { return m_continued; }
    [[nodiscard]] bool aborted() const { return m_aborted; }
    void die() { m_helper.die(); }
    /// Instead of the next frame.
    void writeNext(std::string text) { m_instead = std::move(text); }
    void refuseContinue() { m_refuses = true; }
    void refuseLaunch() { m_refusesLaunch = true; }

private:
    void answer(int socket, const wire::Request &request)
    {
        if (const auto *launch = std::get_if<wire::Launch>(&request.method)) {
            QVERIFY(launch->recording && launch->stopAtFirst && request.more);
            m_former = std::exchange(m_launch, socket);
            if (m_refusesLaunch)
                return fail(m_launch, "launch.refused", "no launch today");
            m_file = std::move(m_helper.descriptors().at(*launch->recording));
            m_writer = RecordingWriter();
            m_frame = 0;
            write(m_writer.header(m_recording.header));
            writeFrame();
            stopped();
        } else if (const auto *on = std::get_if<wire::Continue>(&request.method)) {
            ++m_continued;
            if (m_refuses) {
                FakeHelper::reply(socket, {.body = wire::Failure{.name = std::string(wire::error_name::failed),
                                                                 .error = {.code = "x", .what = "it will not"},
                                                                 .findings = {}}});
                return;
            }
            FakeHelper::reply(socket, {.body = wire::Done{}});
            goOn(*on);
        } else if (std::holds_alternative<wire::Abort>(request.method)) {
            m_aborted = true;
            FakeHelper::reply(socket, {.body = wire::Done{}});
            fail(m_former >= 0 ? m_former : m_launch, "builder.ended", "the launch was aborted");
        } else if (std::holds_alternative<wire::Peek>(request.method)) {
            FakeHelper::reply(socket,
                              {.body = wire::Started{.sandbox = "s", .pid = 7, .userNamespace = {}, .terminal = {}},
                               .continues = true});
            const std::string words = "the half-built place";
            QCOMPARE(::write(m_helper.descriptors().at(1).get(), words.data(), words.size()), ssize_t(words.size()));
            m_terminal = std::move(m_helper.descriptors().at(1));
        } else if (std::holds_alternative<wire::List>(request.method)) {
            FakeHelper::reply(socket, {.body = wire::Sandboxes{}});
        }
    }

    void write(const std::string &text)
    {
        QCOMPARE(::write(m_file.get(), text.data(), text.size()), ssize_t(text.size()));
    }
    void writeFrame()
    {
        write(m_instead.empty() ? m_writer.frame(m_recording.frames[m_frame]) : m_instead);
        ++m_frame;
    }
    void stopped()
    {
        FakeHelper::reply(m_launch,
                          {.body = wire::Stopped{.sandbox = "s", .step = {}, .stepId = {}}, .continues = true});
    }
    static void fail(int socket, const char *code, const char *what)
    {
        FakeHelper::reply(socket, {.body = wire::Failure{.name = std::string(wire::error_name::launchFailed),
                                                         .error = {.code = code, .what = what},
                                                         .findings = {}}});
    }
    void goOn(const wire::Continue &on)
    {
        const auto isStop = [&](const Frame &frame) {
            const std::string &id = m_recording.header.plan.steps[frame.step].id;
            return on.single || id == on.to || (on.breakpoints && std::ranges::count(*on.breakpoints, id) > 0);
        };
        while (m_frame < m_recording.frames.size()) {
            writeFrame();
            const Frame &frame = m_recording.frames[m_frame - 1];
            if (frame.error)
                return fail(m_launch, "step.failed", "the step failed");
            if (m_frame == m_recording.frames.size())
                break;
            if (isStop(frame))
                return stopped();
        }
        FakeHelper::reply(
            m_launch,
            {.body = wire::Started{.sandbox = "s", .pid = 1, .userNamespace = {}, .terminal = {}}, .continues = true});
    }

    Recording m_recording;
    RecordingWriter m_writer;
    UniqueFd m_file;
    UniqueFd m_terminal;
    int m_launch = -1; ///< its socket
    int m_former = -1; ///< the one before it, which is what is aborted then
    std::size_t m_frame = 0;
    int m_continued = 0;
    bool m_aborted = false;
    bool m_refuses = false;
    bool m_refusesLaunch = false;
    std::string m_instead;
    FakeHelper m_helper{[this](int socket, const wire::Request &request) { answer(socket, request); }};
};

Recording observed()
{
    Recording recording = predicted("bare-pivot");
    recording.header.origin = "kernel";
    recording.header.started = "2026-11-22T03:04:05Z";
    return recording;
}

} // namespace

class TestLiveLaunch : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void everyStepIsAskedFor();
    void playingKeepsAsking();
    void runsOnToABreakpointAndToTheEnd();
    void runsToAStepOfTheTimeline();
    void lookingBackAsksForNothing();
    void aFailingStepIsShown();
    void looksInside();
    void isGivenUp();
    void closingTakesItDown();
    void whatRunsIsLeftAlone();
    void theHelperDiesWhileTheKernelWaits();
    void nonsenseInTheRecording();
    void aRefusalIsTold();
    void removedFromTheList();
    void isSaved();
    void anotherLaunchTakesItsPlace();
    void anotherLaunchFails();
    void whatIfOutlivesTheProgram();
    void isComparedAsAWhole();

private:
    void begin(Recording recording = observed());
    void trigger(const char *text) const;
    [[nodiscard]] bool rests() const { return m_stage->isAtRest(); }
    [[nodiscard]] State state() const { return m_stage->launch() ? m_stage->launch()->state() : State::Over; }
    [[nodiscard]] StagePlayer &player() const { return m_stage->player(); }

    std::unique_ptr<IsolatedHome> m_home;
    std::unique_ptr<PlayedBack> m_helper;
    std::unique_ptr<AppContext> m_context;
    std::unique_ptr<MainWindow> m_window;
    StagePage *m_stage = nullptr;
};

void TestLiveLaunch::init() { m_home = std::make_unique<IsolatedHome>(); }

void TestLiveLaunch::cleanup()
{
    m_window.reset();
    m_context.reset();
    m_helper.reset();
    QThreadPool::globalInstance()->waitForDone();
    m_home.reset();
}

/// Until the kernel waits before the first step.
void TestLiveLaunch::begin(Recording recording)
{
    qputenv("PIVOTBENCH_HELPER", "/bin/false");
    m_helper = std::make_unique<PlayedBack>(std::move(recording));
    m_context = std::make_unique<AppContext>();
    m_window = std::make_unique<MainWindow>(*m_context);
    m_window->openPreset("bare-pivot");
    m_window->QWidget::show();
    m_window->runOnStage();
    m_stage = m_window->findChild<StagePage *>();
    player().setReducedMotion(true);
    QTRY_VERIFY_WITH_TIMEOUT(state() == State::Waiting && rests(), patienceMs);
    QCOMPARE(player().frameCount(), 1U);
    QCOMPARE(m_stage->source().kind, StageSource::Kind::Launch);
}

void TestLiveLaunch::trigger(const char *text) const
{
    for (QAction *action : m_stage->actions())
        if (action->text() == text) {
            QVERIFY2(action->isEnabled() && action->isVisible(), text);
            action->trigger();
            return;
        }
    QFAIL(text);
}

void TestLiveLaunch::everyStepIsAskedFor()
{
    begin();
    const std::size_t all = m_helper->recording().frames.size();
    QCOMPARE(player().staged()->toCome().size(), m_helper->recording().header.plan.steps.size());
    for (std::size_t frame = 1; frame < all; ++frame) {
        trigger("Step");
        QTRY_VERIFY_WITH_TIMEOUT(player().frame() == frame && rests(), patienceMs);
        QCOMPARE(m_helper->done(), frame + 1);
        QCOMPARE(player().frameCount(), frame + 1);
    }
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    QVERIFY(player().staged()->toCome().empty());
    QCOMPARE(m_helper->continued(), int(all) - 1);
    const auto *inspector = m_stage->findChild<StageInspector *>();
    QCOMPARE(inspector->comparison(), StageInspector::Comparison::Done);
}

void TestLiveLaunch::playingKeepsAsking()
{
    begin();
    player().setSpeed(16);
    trigger("Play");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(!player().isPlaying(), patienceMs);
    QCOMPARE(player().frame(), m_helper->recording().frames.size() - 1);
    QCOMPARE(m_helper->continued(), int(m_helper->recording().frames.size()) - 1);
}

void TestLiveLaunch::runsOnToABreakpointAndToTheEnd()
{
    begin();
    player().setSpeed(16);
    const std::vector<Step> &steps = player().staged()->recording->header.plan.steps;
    const auto pivot = std::ranges::find(steps, "pivot-root", &Step::id);
    QVERIFY(pivot != steps.end());
    player().toggleBreakpoint(*pivot);
    player().toggleBreakpoint({"a step of another plan", Phase::Root, {}, Unmount{}});
    trigger("Run on");
    QTRY_VERIFY_WITH_TIMEOUT(player().step() && player().step()->id == "pivot-root" && !player().isPlaying(),
                             patienceMs);
    QCOMPARE(state(), State::Waiting);
    QCOMPARE(player().frame() + 1, player().frameCount());
    QCOMPARE(m_helper->continued(), 1);
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(player().frame(), m_helper->recording().frames.size() - 1, patienceMs);
    QCOMPARE(m_helper->continued(), 2);
}

void TestLiveLaunch::runsToAStepOfTheTimeline()
{
    begin();
    auto *timeline = m_stage->findChild<Timeline *>();
    emit timeline->runToRequested("pivot-root");
    QTRY_VERIFY_WITH_TIMEOUT(state() == State::Waiting && m_helper->continued() == 1 && player().frameCount() > 1,
                             patienceMs);
    QCOMPARE(player().staged()->recording->header.plan.steps[player().staged()->recording->frames.back().step].id,
             "pivot-root");
}

void TestLiveLaunch::lookingBackAsksForNothing()
{
    begin();
    trigger("Step");
    QTRY_VERIFY_WITH_TIMEOUT(player().frame() == 1 && rests(), patienceMs);
    trigger("Step back");
    QCOMPARE(player().frame(), 0U);
    trigger("Step");
    QCOMPARE(player().frame(), 1U);
    QCOMPARE(m_helper->continued(), 1);
}

void TestLiveLaunch::aFailingStepIsShown()
{
    Recording recording = observed();
    recording.frames.resize(8);
    recording.frames.back().error = systemError("pivot_root failed", EINVAL).error();
    begin(std::move(recording));
    player().setSpeed(16);
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(player().frame(), 7U, patienceMs);
    const auto *inspector = m_stage->findChild<StageInspector *>();
    QTRY_VERIFY_WITH_TIMEOUT(inspector->report() && inspector->report()->outcome == FrameReport::Outcome::Failed,
                             patienceMs);
    QCOMPARE(m_stage->source().kind, StageSource::Kind::Launch); // stays to be looked at
}

void TestLiveLaunch::looksInside()
{
    begin();
    trigger("Step");
    QTRY_VERIFY_WITH_TIMEOUT(player().frame() == 1 && rests(), patienceMs);
    trigger("Look inside");
    auto *terminal = m_stage->findChild<terminal::TerminalView *>();
    QTRY_VERIFY_WITH_TIMEOUT(terminal->isVisible(), patienceMs);
    const auto words = [terminal] {
        terminal->selectAll();
        return terminal->selectedText();
    };
    QTRY_VERIFY_WITH_TIMEOUT(words().contains("the half-built place"), patienceMs);
    m_helper->die();
    QTRY_VERIFY_WITH_TIMEOUT(!terminal->isVisible(), patienceMs);
}

void TestLiveLaunch::isGivenUp()
{
    begin();
    trigger("Step");
    QTRY_VERIFY_WITH_TIMEOUT(player().frame() == 1 && rests(), patienceMs);
    trigger("Give up");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
    QVERIFY(m_helper->aborted());
    QCOMPARE(player().frameCount(), 2U); // what was done can still be looked at
    trigger("Close the recording");
    QTRY_VERIFY_WITH_TIMEOUT(m_stage->source().kind == StageSource::Kind::Prediction && m_stage->source().staged,
                             patienceMs);
}

void TestLiveLaunch::closingTakesItDown()
{
    begin();
    trigger("Close the recording");
    QVERIFY(!m_stage->launch());
    QTRY_VERIFY_WITH_TIMEOUT(m_helper->aborted(), patienceMs);
}

void TestLiveLaunch::whatRunsIsLeftAlone()
{
    begin();
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    trigger("Close the recording");
    QTest::qWait(200);
    QVERIFY(!m_helper->aborted());
    QCOMPARE(m_window->findChild<RunPage *>()->current()->session().state(), SandboxSession::State::Running);
}

void TestLiveLaunch::theHelperDiesWhileTheKernelWaits()
{
    begin();
    m_helper->die();
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
    QVERIFY(!m_stage->findChild<SourceStrip *>()->text().isEmpty());
    QCOMPARE(player().frameCount(), 1U);
    QVERIFY(player().staged()->toCome().empty());
    player().next(); // nothing is left to ask for
    QVERIFY(rests());
}

void TestLiveLaunch::nonsenseInTheRecording()
{
    begin();
    m_helper->writeNext("{\"step\": \"no number\"}\n");
    trigger("Step");
    auto *banner = m_stage->findChild<Banner *>();
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), patienceMs);
    QVERIFY2(banner->asText().contains("recorded"), qPrintable(banner->asText()));
    QCOMPARE(player().frameCount(), 1U);
    trigger("Give up");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
}

void TestLiveLaunch::aRefusalIsTold()
{
    begin();
    m_helper->refuseContinue();
    trigger("Play");
    auto *banner = m_stage->findChild<Banner *>();
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), patienceMs);
    QVERIFY2(banner->asText().contains("it will not"), qPrintable(banner->asText()));
    QVERIFY(!player().isPlaying());
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Waiting, patienceMs);
    trigger("Step"); // may be asked again
    QTRY_COMPARE_WITH_TIMEOUT(m_helper->continued(), 2, patienceMs);
}

void TestLiveLaunch::removedFromTheList()
{
    begin();
    SandboxView *view = m_window->findChild<RunPage *>()->current();
    delete view;
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
    QCOMPARE(player().frameCount(), 1U);
    trigger("Close the recording");
}

void TestLiveLaunch::isSaved()
{
    begin();
    QSignalSpy saved(m_stage, &StagePage::recordingSaved);
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    const QString path = m_home->filePath("seen.pbrec");
    const_cast<LiveLaunch *>(m_stage->launch())->save(path);
    QTRY_COMPARE_WITH_TIMEOUT(saved.size(), 1, patienceMs);
    const Result<Recording> read = loadRecording(QFile::encodeName(path).toStdString());
    QVERIFY(read);
    QCOMPARE(read->frames.size(), m_helper->recording().frames.size());
    auto *banner = m_stage->findChild<Banner *>();
    const_cast<LiveLaunch *>(m_stage->launch())->save("/no such folder/seen.pbrec");
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), patienceMs);
    QVERIFY2(banner->asText().contains("/no such folder/seen.pbrec"), qPrintable(banner->asText()));
}

void TestLiveLaunch::anotherLaunchTakesItsPlace()
{
    begin();
    const LiveLaunch *first = m_stage->launch();
    m_window->runOnStage();
    QVERIFY(m_stage->launch() != first);
    QTRY_VERIFY_WITH_TIMEOUT(m_helper->aborted(), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->findChild<RunPage *>()->findChildren<SandboxView *>().size(), 2, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(state() == State::Waiting && rests(), patienceMs);
    trigger("Step");
    QTRY_VERIFY_WITH_TIMEOUT(player().frame() == 1 && rests(), patienceMs);
}

/// Then nothing is left of the first one that could be asked to go on.
void TestLiveLaunch::anotherLaunchFails()
{
    begin();
    m_helper->refuseLaunch();
    m_window->runOnStage();
    auto *banner = m_stage->findChild<Banner *>();
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible() && rests(), patienceMs);
    QVERIFY2(banner->asText().contains("no launch today"), qPrintable(banner->asText()));
    QVERIFY(!m_stage->launch());
    QCOMPARE(m_stage->source().kind, StageSource::Kind::Prediction);
    player().seek(player().frameCount());
    player().next();
    player().play();
    QVERIFY(player().staged() && player().staged()->toCome().empty());
}

/// When the program ends nothing is recorded any more, and what is supposed stays.
void TestLiveLaunch::whatIfOutlivesTheProgram()
{
    begin();
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(!player().isPlaying() && rests(), patienceMs);
    player().seek(3);
    m_stage->suppose("umount /proc");
    QTRY_VERIFY_WITH_TIMEOUT(rests() && player().frameCount() == 5, patienceMs);
    m_helper->die();
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Over, patienceMs);
    QCOMPARE(player().frameCount(), 5U);
    QCOMPARE(player().frame(), 4U);
}

void TestLiveLaunch::isComparedAsAWhole()
{
    begin();
    trigger("Run on");
    QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
    const std::size_t all = m_helper->recording().frames.size();
    for (int times = 0; times < 2; ++times) {
        m_stage->compareWith({ComparePartner::Kind::Preset, "chroot-jail"});
        QTRY_VERIFY_WITH_TIMEOUT(m_stage->isComparing() && rests(), patienceMs);
        QCOMPARE(m_stage->comparison()->duet().player(stage::Lane::Left).frameCount(), all);
        m_stage->stopComparing();
        if (times == 0) { // the comparison is there now, and another launch is watched
            m_window->runOnStage();
            QTRY_VERIFY_WITH_TIMEOUT(state() == State::Waiting && rests(), patienceMs);
            trigger("Run on");
            QTRY_COMPARE_WITH_TIMEOUT(state(), State::Running, patienceMs);
        }
    }
}

QTEST_MAIN(TestLiveLaunch)
#include "tst_live_launch.moc"
