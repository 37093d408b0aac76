// SPDX-License-Identifier: Apache-2.0
//
// Plays two staged recordings abreast: one moment of their alignment at a time, and a player for each side that
// follows. A side in which nothing happens holds its frame. Knows no widget. Owned by its page; interface thread.
#pragma once

#include "app/stage/stage_player.h"
#include "core/stage/alignment.h"
#include "core/stage/effect.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace pivotbench::app {

class Duet : public QObject {
    Q_OBJECT

public:
    /// Given: time passes only by advance(), for tests.
    explicit Duet(StagePlayer::Clock clock = StagePlayer::Clock::Display, QObject *parent = nullptr);

    /// Both, or null both. Stays at the step that is shown where the left one has it still.
    void setStaged(std::shared_ptr<const Staged> left, std::shared_ptr<const Staged> right);
    [[nodiscard]] const Staged *staged(core::stage::Lane lane) const { return playerOf(lane).staged(); }
    /// Follows; who wants another frame asks here.
    [[nodiscard]] StagePlayer &player(core::stage::Lane lane);

    [[nodiscard]] std::size_t momentCount() const { return m_alignment.moments().size(); }
    [[nodiscard]] std::size_t moment() const { return m_moment; }
    [[nodiscard]] const core::stage::Alignment &alignment() const { return m_alignment; }
    /// What is beside each other there; only for a moment that is there.
    [[nodiscard]] const core::stage::Abreast &abreast(std::size_t moment) const
    {
        return m_alignment.moments()[moment];
    }
    /// The step that happens there in a lane; null where it holds, and before the first step.
    [[nodiscard]] const core::Step *stepOf(core::stage::Lane lane, std::size_t moment) const;
    /// Of whichever lane has one; absent before the first step.
    [[nodiscard]] std::optional<core::Phase> phaseOf(std::size_t moment) const;
    /// What happens there in a lane; nothing where it holds.
    [[nodiscard]] core::stage::Effect effectOf(core::stage::Lane lane, std::size_t moment) const;

    void play();
    void pause();
    [[nodiscard]] bool isPlaying() const { return m_playing; }
    void next();
    void back();
    void seek(std::size_t moment);
    /// Of the left one, or where that has no such step of the right one; by its id, or its number from 1.
    bool seekStep(const std::string &idOrNumber);
    /// To the first moment of the next phase, or of this one and then the one before.
    void nextPhase();
    void previousPhase();

    void setSpeed(double speed);
    void setReducedMotion(bool reduced);
    [[nodiscard]] bool reducedMotion() const { return m_left.reducedMotion(); }

    /// Playing stops after a moment with one. They belong to the steps' ids.
    void toggleBreakpoint(std::size_t moment);
    [[nodiscard]] bool hasBreakpoint(std::size_t moment) const;

    /// Nothing glides and nothing is being laid out.
    [[nodiscard]] bool isAtRest() const { return m_left.isAtRest() && m_right.isAtRest(); }
    /// Lets time pass.
    void advance(std::chrono::microseconds time);

signals:
    void stagedChanged();
    void momentChanged();
    void playingChanged();
    void breakpointsChanged();

private:
    [[nodiscard]] const StagePlayer &playerOf(core::stage::Lane lane) const
    {
        return lane == core::stage::Lane::Left ? m_left : m_right;
    }
    void goTo(std::size_t moment);
    void rest(std::chrono::microseconds time);
    void schedule();

    StagePlayer::Clock m_clock;
    StagePlayer m_left;
    StagePlayer m_right;
    core::stage::Alignment m_alignment;
    QTimer m_timer;
    QElapsedTimer m_elapsed;
    std::size_t m_moment = 0;
    bool m_playing = false;
    bool m_lively = false; ///< the moment changed what is seen
    double m_speed = 1;
    std::chrono::microseconds m_rested{0};
};

} // namespace pivotbench::app
