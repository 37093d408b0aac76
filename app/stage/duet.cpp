// SPDX-License-Identifier: Apache-2.0
#include "app/stage/duet.h"

#include <algorithm>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

// Longer than of one player: there are two to look at.
constexpr microseconds livelyPause = milliseconds(2200); ///< after a moment that changed what is seen
constexpr microseconds quietPause = milliseconds(800);
constexpr milliseconds tick{40};
constexpr microseconds longestTick = milliseconds(100); ///< a machine that was busy shall not skip the way

bool changesMounts(const Scene &scene)
{
    return std::ranges::any_of(scene.nodes, [](const SceneNode &node) { return node.mark != Mark::None; });
}

} // namespace

Duet::Duet(StagePlayer::Clock clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_left(clock)
    , m_right(clock)
{
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const microseconds passed(m_elapsed.nsecsElapsed() / 1000);
        m_elapsed.start();
        rest(std::min(passed, longestTick));
    });
    for (StagePlayer *player : {&m_left, &m_right}) {
        connect(player, &StagePlayer::sceneChanged, this, [this, player] {
            m_lively = m_lively || player->isGliding() || (player->scene() && changesMounts(*player->scene()));
        });
        connect(player, &StagePlayer::breakpointsChanged, this, &Duet::breakpointsChanged);
    }
}

StagePlayer &Duet::player(Lane lane) { return lane == Lane::Left ? m_left : m_right; }

void Duet::setStaged(std::shared_ptr<const Staged> left, std::shared_ptr<const Staged> right)
{
    pause();
    if (!left || !right)
        left = right = nullptr;
    m_alignment = left ? Alignment(*left->recording, *right->recording) : Alignment();
    m_left.setStaged(std::move(left));
    m_right.setStaged(std::move(right));
    m_moment = 0;
    emit stagedChanged();
    if (momentCount() > 0)
        goTo(m_alignment.momentOf(Lane::Left, m_left.frame()));
}

const Step *Duet::stepOf(Lane lane, std::size_t moment) const
{
    if (moment >= momentCount() || !abreast(moment).happensIn(lane))
        return nullptr;
    return app::stepOf(*staged(lane)->recording, abreast(moment).frameOf(lane));
}

std::optional<Phase> Duet::phaseOf(std::size_t moment) const
{
    for (const Lane lane : lanes)
        if (const Step *step = stepOf(lane, moment))
            return step->phase;
    return std::nullopt;
}

Effect Duet::effectOf(Lane lane, std::size_t moment) const
{
    if (moment >= momentCount() || !abreast(moment).happensIn(lane))
        return {};
    const Staged &there = *staged(lane);
    return core::stage::effectOf(*there.recording, there.story, abreast(moment).frameOf(lane));
}

void Duet::play()
{
    if (m_playing || momentCount() == 0)
        return;
    m_playing = true;
    goTo(m_moment + 1 < momentCount() ? m_moment + 1 : 0);
    emit playingChanged();
    schedule();
}

void Duet::pause()
{
    if (!m_playing)
        return;
    m_playing = false;
    emit playingChanged();
    schedule();
}

void Duet::next()
{
    pause();
    if (m_moment + 1 < momentCount())
        goTo(m_moment + 1);
}

void Duet::back()
{
    pause();
    if (m_moment > 0 && momentCount() > 0)
        goTo(m_moment - 1);
}

void Duet::seek(std::size_t moment)
{
    pause();
    if (momentCount() > 0)
        goTo(std::min(moment, momentCount() - 1));
}

bool Duet::seekStep(const std::string &idOrNumber)
{
    for (const Lane lane : lanes) {
        if (!staged(lane))
            return false;
        const Plan &plan = staged(lane)->recording->header.plan;
        const std::size_t step = plan.find(idOrNumber);
        for (std::size_t i = 0; step < plan.steps.size() && i < momentCount(); ++i)
            if (stepOf(lane, i) == &plan.steps[step]) {
                seek(i);
                return true;
            }
    }
    return false;
}

void Duet::nextPhase()
{
    for (std::size_t i = m_moment + 1; i < momentCount(); ++i)
        if (phaseOf(i) != phaseOf(m_moment)) {
            seek(i);
            return;
        }
    seek(momentCount());
}

void Duet::previousPhase()
{
    if (m_moment == 0 || momentCount() == 0)
        return;
    std::size_t first = m_moment - 1;
    while (first > 0 && phaseOf(first - 1) == phaseOf(first))
        --first;
    seek(first);
}

void Duet::setSpeed(double speed)
{
    m_left.setSpeed(speed);
    m_right.setSpeed(speed);
    m_speed = m_left.speed();
}

void Duet::setReducedMotion(bool reduced)
{
    m_left.setReducedMotion(reduced);
    m_right.setReducedMotion(reduced);
}

void Duet::toggleBreakpoint(std::size_t moment)
{
    const bool had = hasBreakpoint(moment);
    for (const Lane lane : lanes)
        if (const Step *step = stepOf(lane, moment); step && playerOf(lane).hasBreakpoint(*step) == had)
            player(lane).toggleBreakpoint(*step);
}

bool Duet::hasBreakpoint(std::size_t moment) const
{
    return std::ranges::any_of(lanes, [&](Lane lane) {
        const Step *step = stepOf(lane, moment);
        return step && playerOf(lane).hasBreakpoint(*step);
    });
}

/// Each side gets there at its own pace: what is the next frame, or the one before, glides.
void Duet::goTo(std::size_t moment)
{
    m_moment = moment;
    m_rested = microseconds(0);
    m_lively = false;
    for (const Lane lane : lanes)
        player(lane).seek(abreast(moment).frameOf(lane));
    emit momentChanged();
}

void Duet::rest(microseconds time)
{
    if (!m_playing || !isAtRest())
        return;
    m_rested += microseconds(static_cast<microseconds::rep>(static_cast<double>(time.count()) * m_speed));
    if (m_moment + 1 >= momentCount() || hasBreakpoint(m_moment))
        pause();
    else if (m_rested >= (m_lively ? livelyPause : quietPause))
        goTo(m_moment + 1);
}

void Duet::advance(microseconds time)
{
    m_left.advance(time);
    m_right.advance(time);
    rest(time);
}

void Duet::schedule()
{
    if (m_clock == StagePlayer::Clock::Given)
        return;
    if (!m_playing) {
        m_timer.stop();
        return;
    }
    m_elapsed.start();
    m_timer.start(tick);
}

} // namespace pivotbench::app
