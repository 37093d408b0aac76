// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_player.h"

#include "app/base/background.h"

#include <QEasingCurve>
#include <QGuiApplication>
#include <QScreen>
#include <algorithm>
#include <cmath>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

constexpr microseconds glideTime = milliseconds(900);
constexpr microseconds livelyPause = milliseconds(1500); ///< after a step that changed what is seen
constexpr microseconds quietPause = milliseconds(700);
constexpr milliseconds pauseTick{40};
constexpr microseconds longestTick = milliseconds(100); ///< a machine that was busy shall not skip the way
constexpr std::size_t largeMoment = 2000;               ///< mounts; laying out more takes longer than a frame
constexpr std::size_t mostStills = 256;

milliseconds displayTick()
{
    const QScreen *screen = QGuiApplication::primaryScreen();
    const double rate = screen ? std::clamp(screen->refreshRate(), 24.0, 144.0) : 60;
    return milliseconds(static_cast<int>(std::floor(1000 / rate)));
}

} // namespace

StagePlayer::StagePlayer(Clock clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const microseconds passed(m_elapsed.nsecsElapsed() / 1000);
        m_elapsed.start();
        advance(std::min(passed, longestTick));
    });
}

void StagePlayer::setStaged(std::shared_ptr<const Staged> staged)
{
    const Step *at = step();
    const std::string kept = at ? at->id : std::string();
    pause();
    m_wantsMore = false;
    m_staged = std::move(staged);
    m_unfolded.clear();
    m_focus = m_staged ? std::make_shared<const Focus>(m_staged->focus) : nullptr;
    m_frame = 0;
    for (std::size_t i = 0; !kept.empty() && i < frameCount(); ++i)
        if (const Step *step = stepOf(*m_staged->recording, i); step && step->id == kept)
            m_frame = i;
    m_from.reset();
    m_shown.reset();
    forgetStills();
    emit stagedChanged();
    emit frameChanged();
    layOut(Way::Cut, false);
    if (!m_shown) {
        m_nowIsStale = true;
        emit sceneChanged();
        emit drawingChanged();
    }
}

void StagePlayer::extend(std::shared_ptr<const Staged> staged)
{
    if (!m_staged || !staged || staged->size() < frameCount()) {
        setStaged(std::move(staged));
        return;
    }
    m_staged = std::move(staged);
    m_focus = std::make_shared<const Focus>(m_unfolded.empty() || isLarge() ? m_staged->focus
                                                                            : m_staged->focusWith(m_unfolded));
    forgetStills();
    if (isLarge() && !m_unfolded.empty())
        refocus(); // beside
    emit stagedChanged();
    if (m_frame + 1 < frameCount() && std::exchange(m_wantsMore, false))
        goTo(m_frame + 1, Way::Glide);
    else
        layOut(Way::Glide, false);
    if (!m_staged->foretold)
        m_wantsMore = false;
    schedule();
}

void StagePlayer::askForMore()
{
    if (!std::exchange(m_wantsMore, true))
        emit moreWanted();
}

void StagePlayer::goOn(std::shared_ptr<const Staged> staged, std::size_t frame)
{
    pause();
    finishGlide();
    const bool backwards = frame < m_frame;
    m_staged = std::move(staged);
    m_frame = std::min(frame, frameCount() - 1);
    m_focus = std::make_shared<const Focus>(m_staged->focusWith(m_unfolded));
    m_wantsMore = false;
    forgetStills();
    emit stagedChanged();
    emit frameChanged();
    layOut(Way::Glide, backwards);
}

const Moment *StagePlayer::moment() const
{
    return m_frame < frameCount() ? &m_staged->story.moments()[m_frame] : nullptr;
}

void StagePlayer::play()
{
    if (m_playing || frameCount() == 0)
        return;
    m_playing = true;
    m_catchingUp = false;
    m_startedAt = m_frame;
    m_rested = microseconds(0);
    if (m_frame + 1 >= frameCount() && m_staged->foretold)
        askForMore();
    else if (m_frame + 1 >= frameCount())
        goTo(0, Way::Cut);
    else if (!m_from)
        goTo(m_frame + 1, Way::Glide);
    emit playingChanged();
    schedule();
}

void StagePlayer::catchUp()
{
    if (m_frame + 1 >= frameCount())
        return;
    play();
    m_catchingUp = true;
}

void StagePlayer::pause()
{
    m_wantsMore = false;
    if (!m_playing)
        return;
    m_playing = false;
    emit playingChanged();
    schedule();
}

void StagePlayer::next()
{
    pause();
    if (m_frame + 1 < frameCount())
        goTo(m_frame + 1, Way::Glide);
    else if (m_staged && m_staged->foretold)
        askForMore();
}

void StagePlayer::back()
{
    pause();
    if (m_frame > 0)
        goTo(m_frame - 1, Way::Glide);
}

void StagePlayer::seek(std::size_t frame)
{
    pause();
    if (frameCount() == 0)
        return;
    frame = std::min(frame, frameCount() - 1);
    if (frame == m_frame)
        finishGlide();
    else
        goTo(frame, frame == m_frame + 1 || frame + 1 == m_frame ? Way::Glide : Way::Cut);
}

bool StagePlayer::seekStep(const std::string &idOrNumber)
{
    if (!m_staged)
        return false;
    const Plan &plan = m_staged->recording->header.plan;
    const std::size_t step = plan.find(idOrNumber);
    for (std::size_t i = 0; step < plan.steps.size() && i < frameCount(); ++i)
        if (stepOf(*m_staged->recording, i) == &plan.steps[step]) {
            pause();
            goTo(i, Way::Cut);
            return true;
        }
    return false;
}

void StagePlayer::nextPhase()
{
    const Step *here = step();
    for (std::size_t i = m_frame + 1; i < frameCount(); ++i)
        if (const Step *step = stepOf(*m_staged->recording, i); step && (!here || step->phase != here->phase)) {
            seek(i);
            return;
        }
    if (frameCount() > 0)
        seek(frameCount() - 1);
}

void StagePlayer::previousPhase()
{
    if (frameCount() == 0 || m_frame == 0)
        return;
    std::size_t first = m_frame - 1;
    const Step *there = stepOf(*m_staged->recording, first);
    while (there && first > 0) {
        const Step *before = stepOf(*m_staged->recording, first - 1);
        if (!before || before->phase != there->phase)
            break;
        --first;
    }
    seek(first);
}

void StagePlayer::setSpeed(double speed) { m_speed = std::clamp(speed, 0.1, 16.0); }

void StagePlayer::setReducedMotion(bool reduced)
{
    m_reducedMotion = reduced;
    if (reduced)
        finishGlide();
}

void StagePlayer::toggleBreakpoint(const Step &step)
{
    if (m_breakpoints.erase(step.id) == 0)
        m_breakpoints.insert(step.id);
    emit breakpointsChanged();
}

void StagePlayer::setRoom(const SceneOptions &room)
{
    if (std::abs(room.width - m_room.width) < 0.5 && std::abs(room.height - m_room.height) < 0.5)
        return;
    m_room = room;
    forgetStills();
    layOut(Way::Cut, false);
}

/// The mount and all that stand on it now.
std::set<MountKey> StagePlayer::below(MountKey mount) const
{
    std::set<MountKey> found{mount};
    const Moment *now = moment();
    for (const Side side : {Side::Host, Side::Sandbox})
        if (const World *world = now ? now->world(side) : nullptr)
            for (const StoryMount &one : world->mounts) // parents come first
                if (found.contains(one.parent))
                    found.insert(one.key);
    return found;
}

void StagePlayer::unfold(MountKey mount)
{
    if (!m_staged || !moment())
        return;
    if (!m_unfolded.insert(mount).second) {
        const std::set<MountKey> here = below(mount);
        for (const Side side : {Side::Host, Side::Sandbox})
            if (const World *world = moment()->world(side))
                for (const StoryMount &one : world->mounts)
                    if (here.contains(one.parent) && !m_focus->shown.contains(one.key))
                        m_unfolded.insert(one.parent);
    }
    refocus();
}

void StagePlayer::fold(MountKey mount)
{
    if (!m_staged)
        return;
    for (const MountKey key : below(mount))
        m_unfolded.erase(key);
    refocus();
}

void StagePlayer::refocus()
{
    if (!isLarge()) {
        takeFocus(m_staged->focusWith(m_unfolded));
        return;
    }
    runBeside(
        this, [staged = m_staged, unfolded = m_unfolded] { return staged->focusWith(unfolded); },
        [this, staged = m_staged, unfolded = m_unfolded](Focus focus) {
            if (staged == m_staged && unfolded == m_unfolded)
                takeFocus(std::move(focus));
        });
}

void StagePlayer::takeFocus(Focus focus)
{
    m_focus = std::make_shared<const Focus>(std::move(focus));
    forgetStills();
    layOut(Way::Glide, false);
}

const Drawing &StagePlayer::stillDrawing() const
{
    static const Drawing none;
    return m_shown ? m_shown->drawing : none;
}

const Drawing &StagePlayer::drawing() const
{
    if (!m_from)
        return stillDrawing();
    if (m_nowIsStale) {
        const double part = QEasingCurve(QEasingCurve::InOutCubic).valueForProgress(m_part);
        m_now = m_backwards ? blend(m_shown->drawing, m_from->drawing, 1 - part)
                            : blend(m_from->drawing, m_shown->drawing, part);
        m_nowIsStale = false;
    }
    return m_now;
}

void StagePlayer::goTo(std::size_t frame, Way way)
{
    finishGlide();
    m_wantsMore = false;
    const bool backwards = frame < m_frame;
    m_frame = frame;
    m_rested = microseconds(0);
    emit frameChanged();
    layOut(way, backwards);
}

bool StagePlayer::isLarge() const { return m_staged && m_staged->mostMounts > largeMoment; }

void StagePlayer::forgetStills()
{
    m_stills.clear();
    ++m_generation;
    m_wanted = false;
}

std::shared_ptr<const StagePlayer::Still> StagePlayer::make(const Staged &staged, const Focus &focus, std::size_t frame,
                                                            const SceneOptions &room)
{
    const std::vector<Moment> &moments = staged.story.moments();
    auto still = std::make_shared<Still>();
    still->scene = makeScene(*staged.recording, moments[frame], frame > 0 ? &moments[frame - 1] : nullptr, focus, room);
    still->drawing = draw(still->scene);
    return still;
}

/// Shows the frame, at once where its scene is known or cheap.
void StagePlayer::layOut(Way way, bool backwards)
{
    if (m_frame >= frameCount())
        return;
    if (const auto found = m_stills.find(m_frame); found != m_stills.end()) {
        m_wanted = false;
        show(found->second, way, backwards);
        return;
    }
    if (m_stills.size() >= mostStills)
        m_stills.clear();
    if (!isLarge()) {
        show(m_stills[m_frame] = make(*m_staged, *m_focus, m_frame, m_room), way, backwards);
        return;
    }
    if (std::exchange(m_wanted, true))
        return; // the answer of the one before sees to this one
    runBeside(
        this,
        [staged = m_staged, focus = m_focus, frame = m_frame, room = m_room] {
            return make(*staged, *focus, frame, room);
        },
        [this, generation = m_generation, frame = m_frame, way, backwards](const std::shared_ptr<const Still> &still) {
            if (generation != m_generation)
                return;
            m_wanted = false;
            m_stills[frame] = still;
            layOut(frame == m_frame ? way : Way::Cut, frame == m_frame && backwards);
        });
}

void StagePlayer::show(const std::shared_ptr<const Still> &still, Way way, bool backwards)
{
    const std::shared_ptr<const Still> before = m_shown;
    m_shown = still;
    m_lively = before && before->drawing != still->drawing;
    m_from = way == Way::Glide && !m_reducedMotion && m_lively ? before : nullptr;
    m_backwards = backwards;
    m_part = 0;
    m_nowIsStale = true;
    emit sceneChanged();
    emit drawingChanged();
    schedule();
}

void StagePlayer::finishGlide()
{
    if (!m_from)
        return;
    m_from.reset();
    m_rested = microseconds(0);
    emit drawingChanged();
    schedule();
}

microseconds StagePlayer::pauseAfter() const { return m_lively ? livelyPause : quietPause; }

void StagePlayer::advance(microseconds time)
{
    const double passed = static_cast<double>(time.count()) * m_speed;
    if (m_from) {
        m_part += passed / static_cast<double>(glideTime.count());
        m_nowIsStale = true;
        if (m_part >= 1)
            finishGlide();
        else
            emit drawingChanged();
        return;
    }
    if (!m_playing || m_wanted || m_wantsMore)
        return;
    m_rested += microseconds(static_cast<microseconds::rep>(passed));
    const bool last = m_frame + 1 >= frameCount();
    const bool grows = m_staged && m_staged->foretold && !m_catchingUp;
    const bool stops = m_frame != m_startedAt && step() && hasBreakpoint(*step());
    if ((last && !grows) || stops) {
        pause();
        return;
    }
    if (m_rested < pauseAfter())
        return;
    if (last)
        askForMore();
    else
        goTo(m_frame + 1, Way::Glide);
}

void StagePlayer::schedule()
{
    if (m_clock == Clock::Given)
        return;
    if (!m_from && !m_playing) {
        m_timer.stop();
        return;
    }
    const milliseconds tick = m_from ? displayTick() : pauseTick;
    if (!m_timer.isActive())
        m_elapsed.start();
    if (!m_timer.isActive() || m_timer.intervalAsDuration() != tick)
        m_timer.start(tick);
}

} // namespace pivotbench::app
