// SPDX-License-Identifier: Apache-2.0
//
// Playing a recording, with a time that the test gives out itself.
#include "app/stage/stage_player.h"
#include "core/stage/scene.h"
#include "tests/app/staged_samples.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>

using namespace pivotbench::app;
using namespace pivotbench::core::stage;
using namespace pivotbench::test;
using namespace pivotbench::tests;
using namespace std::chrono_literals;

namespace {

constexpr int patienceMs = 30'000;

std::size_t frameOf(const StagePlayer &player, const std::string &id)
{
    for (std::size_t i = 0; i < player.frameCount(); ++i)
        if (const Step *step = stepOf(*player.staged()->recording, i); step && step->id == id)
            return i;
    qFatal("no step %s", id.c_str());
}

void rest(StagePlayer &player)
{
    for (int i = 0; i < 1000 && player.isGliding(); ++i)
        player.advance(16ms);
}

/// How far the two are apart: the largest way of a group that is in both; -1 where a group is in one alone.
double distance(const Drawing &a, const Drawing &b)
{
    if (a.groups.size() != b.groups.size())
        return -1;
    double most = 0;
    for (std::size_t i = 0; i < a.groups.size(); ++i) {
        if (a.groups[i].key != b.groups[i].key)
            return -1;
        most = std::max({most, std::abs(a.groups[i].at.x - b.groups[i].at.x),
                         std::abs(a.groups[i].at.y - b.groups[i].at.y),
                         std::abs(a.groups[i].opacity - b.groups[i].opacity)});
    }
    return most;
}

} // namespace

class TestStagePlayer : public QObject {
    Q_OBJECT
private slots:
    void playsToTheEnd();
    void aStepGlides();
    void backIsTheWayReversed();
    void reducedMotionCuts();
    void speedIsTime();
    void stopsAfterABreakpoint();
    void pressingOnFinishesTheGlide();
    void goesByPhases();
    void findsASteps();
    void staysAtTheStepOfAChangedPlan();
    void unfolds();
    void nothingToPlay();
    void largeHostsAreLaidOutBeside();
    void anyRecordingPlays_data();
    void anyRecordingPlays();
};

void TestStagePlayer::playsToTheEnd()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    QVERIFY(player.frameCount() > 10);
    QCOMPARE(player.frame(), 0U);
    QVERIFY(player.scene());
    QSignalSpy playing(&player, &StagePlayer::playingChanged);
    player.play();
    std::set<std::size_t> seen{player.frame()};
    for (int i = 0; i < 10'000 && player.isPlaying(); ++i) {
        player.advance(16ms);
        seen.insert(player.frame());
    }
    QVERIFY(!player.isPlaying());
    QCOMPARE(playing.count(), 2);
    QCOMPARE(player.frame(), player.frameCount() - 1);
    QCOMPARE(seen.size(), player.frameCount() - 1); // the first one is left at once
    QVERIFY(player.isAtRest());
    // From the end it plays from the beginning.
    player.play();
    QCOMPARE(player.frame(), 0U);
}

void TestStagePlayer::aStepGlides()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    player.seek(frameOf(player, "pivot-root") - 1);
    const Drawing before = player.stillDrawing();
    QVERIFY(player.drawing() == before);
    player.next();
    QVERIFY(player.isGliding());
    const Drawing after = player.stillDrawing();
    QVERIFY(after != before);
    QSignalSpy changed(&player, &StagePlayer::drawingChanged);
    player.advance(450ms);
    QVERIFY(changed.count() >= 1);
    QVERIFY(player.drawing() != before && player.drawing() != after);
    rest(player);
    QVERIFY(player.drawing() == after);
    // What the scene says of the step: the new root comes from where it was mounted.
    const bool marked =
        std::ranges::any_of(player.scene()->nodes, [](const SceneNode &node) { return node.mark != Mark::None; });
    QVERIFY(marked);
}

void TestStagePlayer::backIsTheWayReversed()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    for (std::size_t i = 1; i < player.frameCount(); ++i) {
        player.seek(i - 1);
        rest(player);
        player.next();
        if (!player.isGliding())
            continue;
        player.advance(300ms);
        const Drawing there = player.drawing();
        rest(player);
        player.back();
        player.advance(600ms);
        const double apart = distance(there, player.drawing());
        QVERIFY2(apart >= 0 && apart < 0.01, qPrintable(QString("frame %1: %2").arg(i).arg(apart)));
    }
}

void TestStagePlayer::reducedMotionCuts()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setReducedMotion(true);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    for (std::size_t i = 1; i < player.frameCount(); ++i) {
        player.next();
        QVERIFY(!player.isGliding());
        QVERIFY(player.drawing() == player.stillDrawing());
    }
    // Where it is switched on in the middle of a glide, that ends.
    player.setReducedMotion(false);
    player.seek(frameOf(player, "pivot-root") - 1);
    player.next();
    QVERIFY(player.isGliding());
    player.setReducedMotion(true);
    QVERIFY(!player.isGliding());
}

void TestStagePlayer::speedIsTime()
{
    const auto timeOf = [](double speed) {
        StagePlayer player(StagePlayer::Clock::Given);
        player.setStaged(stagedOf(predicted("bare-pivot")));
        player.setSpeed(speed);
        player.play();
        int ticks = 0;
        for (; ticks < 100'000 && player.isPlaying(); ++ticks)
            player.advance(10ms);
        return ticks;
    };
    const int once = timeOf(1);
    const int twice = timeOf(2);
    QVERIFY2(std::abs(once - 2 * twice) < once / 10, qPrintable(QString("%1 %2").arg(once).arg(twice)));
}

void TestStagePlayer::stopsAfterABreakpoint()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    const std::size_t at = frameOf(player, "pivot-root");
    const Step &pivot = *stepOf(*player.staged()->recording, at);
    player.toggleBreakpoint(pivot);
    QVERIFY(player.hasBreakpoint(pivot));
    player.play();
    for (int i = 0; i < 10'000 && player.isPlaying(); ++i)
        player.advance(16ms);
    QCOMPARE(player.frame(), at);
    QVERIFY(player.isAtRest());
    player.play();
    QVERIFY(player.isPlaying());
    for (int i = 0; i < 10'000 && player.isPlaying(); ++i)
        player.advance(16ms);
    QCOMPARE(player.frame(), player.frameCount() - 1);
    player.toggleBreakpoint(pivot);
    QVERIFY(!player.hasBreakpoint(pivot));
}

void TestStagePlayer::pressingOnFinishesTheGlide()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    for (std::size_t i = 1; i < player.frameCount(); ++i) {
        player.next();
        player.advance(50ms);
        QCOMPARE(player.frame(), i);
    }
    player.next();
    QCOMPARE(player.frame(), player.frameCount() - 1);
    for (std::size_t i = player.frameCount() - 1; i > 0; --i)
        player.back();
    player.back();
    QCOMPARE(player.frame(), 0U);
}

void TestStagePlayer::goesByPhases()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("busybox")));
    std::vector<std::size_t> stops;
    while (player.frame() + 1 < player.frameCount()) {
        player.nextPhase();
        stops.push_back(player.frame());
        QVERIFY(stops.size() < player.frameCount());
    }
    QVERIFY(stops.size() > 6);
    QCOMPARE(stops.front(), 1U);
    for (std::size_t i = 0; i + 1 < stops.size(); ++i)
        QVERIFY(stops[i] < stops[i + 1]);
    std::size_t last = player.frame();
    while (player.frame() > 0) {
        player.previousPhase();
        QVERIFY(player.frame() < last);
        last = player.frame();
    }
}

void TestStagePlayer::findsASteps()
{
    StagePlayer player(StagePlayer::Clock::Given);
    QVERIFY(!player.seekStep("pivot-root"));
    player.setStaged(stagedOf(predicted("bare-pivot")));
    QVERIFY(player.seekStep("pivot-root"));
    QCOMPARE(player.step()->id, "pivot-root");
    QVERIFY(player.seekStep("1"));
    QCOMPARE(player.frame(), 1U);
    QVERIFY(!player.seekStep("no such step"));
    QVERIFY(!player.seekStep("100000"));
    QCOMPARE(player.frame(), 1U);
}

void TestStagePlayer::staysAtTheStepOfAChangedPlan()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predicted("bare-pivot")));
    QVERIFY(player.seekStep("pivot-root"));
    player.toggleBreakpoint(*player.step());
    const std::size_t before = player.frame();
    player.setStaged(stagedOf(predicted("bare-pivot", [](SandboxSpec &spec) {
        spec.mounts.push_back({.destination = "/extra", .type = "tmpfs", .source = "tmpfs", .options = {}});
    })));
    QCOMPARE(player.step()->id, "pivot-root");
    QVERIFY(player.frame() > before);
    QVERIFY(player.hasBreakpoint(*player.step()));
}

void TestStagePlayer::unfolds()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(predictedOnABusyHost("bare-pivot")));
    const auto fold = [&]() -> const SceneNode * {
        for (const SceneNode &node : player.scene()->nodes)
            if (node.form == Form::Fold)
                return &node;
        return nullptr;
    };
    QVERIFY(fold());
    const MountKey owner = fold()->parent;
    const std::size_t before = player.scene()->nodes.size();
    // Some stand on others that are folded: each press shows more, until none is left.
    for (int presses = 0; fold(); ++presses) {
        QVERIFY(presses < 5);
        const std::size_t shown = player.scene()->nodes.size();
        const std::size_t folded = fold()->folded;
        player.unfold(fold()->parent);
        rest(player);
        QVERIFY(player.scene()->nodes.size() > shown || !fold() || fold()->folded < folded);
    }
    QVERIFY(player.isUnfolded(owner));
    QCOMPARE(player.scene()->nodes.size(), player.moment()->host->mounts.size());
    player.fold(owner);
    QVERIFY(!player.isUnfolded(owner));
    QCOMPARE(player.scene()->nodes.size(), before);
}

void TestStagePlayer::nothingToPlay()
{
    StagePlayer player(StagePlayer::Clock::Given);
    const auto tryAll = [&] {
        player.play();
        QVERIFY(!player.isPlaying());
        player.next();
        player.back();
        player.seek(7);
        player.nextPhase();
        player.previousPhase();
        player.unfold(1);
        player.fold(1);
        player.setRoom({.width = 500});
        player.advance(1s);
        QVERIFY(!player.scene());
        QVERIFY(player.drawing().groups.empty());
    };
    tryAll();
    player.setStaged(stagedOf(predicted("bare-pivot")));
    player.setStaged(nullptr);
    tryAll();
    Recording empty;
    player.setStaged(stagedOf(empty));
    tryAll();
}

void TestStagePlayer::largeHostsAreLaidOutBeside()
{
    StagePlayer player(StagePlayer::Clock::Given);
    player.setStaged(stagedOf(RandomRecording(7, false).make(30, 3000)));
    QVERIFY(player.staged()->mostMounts > 2000);
    QVERIFY(!player.scene()); // nothing was laid out in this thread
    QTRY_VERIFY_WITH_TIMEOUT(player.scene(), patienceMs);
    // A scrub over all of them ends with the last one, whatever is answered in between.
    for (std::size_t i = 0; i < player.frameCount(); ++i)
        player.seek(i);
    player.setRoom({.width = 900, .height = 700});
    QTRY_VERIFY_WITH_TIMEOUT(player.isAtRest(), patienceMs);
    const Staged &staged = *player.staged();
    const std::size_t last = player.frameCount() - 1;
    QVERIFY(*player.scene() == makeScene(*staged.recording, staged.story.moments()[last],
                                         &staged.story.moments()[last - 1], staged.focus,
                                         {.width = 900, .height = 700}));
    player.unfold(staged.story.moments()[last].host->mounts.front().key);
    player.setStaged(nullptr);
    QTest::qWait(50);
    QVERIFY(!player.scene());
}

void TestStagePlayer::anyRecordingPlays_data()
{
    QTest::addColumn<bool>("hostile");
    QTest::newRow("what could have been") << false;
    QTest::newRow("what could not") << true;
}

void TestStagePlayer::anyRecordingPlays()
{
    QFETCH(bool, hostile);
    for (unsigned seed = 0; seed < 12; ++seed) {
        StagePlayer player(StagePlayer::Clock::Given);
        player.setStaged(stagedOf(RandomRecording(seed, hostile).make(25, 3 + seed * 4)));
        QVERIFY(player.frameCount() == 25);
        player.setSpeed(4);
        player.play();
        for (int i = 0; i < 2000 && player.isPlaying(); ++i) {
            player.advance(40ms);
            QVERIFY(!player.drawing().groups.empty());
        }
        QCOMPARE(player.frame(), player.frameCount() - 1);
        for (const SceneNode &node : std::vector(player.scene()->nodes))
            if (node.form == Form::Fold)
                player.unfold(node.parent);
        while (player.frame() > 0)
            player.back();
    }
}

QTEST_MAIN(TestStagePlayer)
#include "tst_stage_player.moc"
