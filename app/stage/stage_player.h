// SPDX-License-Identifier: Apache-2.0
//
// Plays a staged recording: which frame is shown, how far the way to it is gone, when the next one is due. Knows no
// widget. Scenes are laid out when they are first wanted and kept; those of large hosts in another thread, and until
// one is there the one before stays. Owned by the page; interface thread.
#pragma once

#include "app/stage/staged.h"
#include "core/stage/drawing.h"
#include "core/stage/scene.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace pivotbench::app {

class StagePlayer : public QObject {
    Q_OBJECT

public:
    /// Given: time passes only by advance(), for tests and films.
    enum class Clock { Display, Given };
    explicit StagePlayer(Clock clock = Clock::Display, QObject *parent = nullptr);

    /// Null empties it. Stays at the step that is shown where the plan has it still.
    void setStaged(std::shared_ptr<const Staged> staged);
    /// The same recording, grown. Whoever plays or stepped at its end goes on.
    void extend(std::shared_ptr<const Staged> staged);
    /// Another telling whose mounts have the same keys as far as both go: glides to this frame of it, and what is
    /// unfolded stays so.
    void goOn(std::shared_ptr<const Staged> staged, std::size_t frame);
    [[nodiscard]] const Staged *staged() const { return m_staged.get(); }
    /// The same, to be held by who works on it beside the interface.
    [[nodiscard]] std::shared_ptr<const Staged> shareStaged() const { return m_staged; }
    [[nodiscard]] std::size_t frameCount() const { return m_staged ? m_staged->size() : 0; }
    /// The one that is shown, or on its way.
    [[nodiscard]] std::size_t frame() const { return m_frame; }
    [[nodiscard]] const core::Step *step() const { return m_staged ? stepOf(*m_staged->recording, m_frame) : nullptr; }
    [[nodiscard]] const core::stage::Moment *moment() const;

    /// At the end of a recording that still grows it waits for more.
    void play();
    /// Plays what there is, and no more.
    void catchUp();
    void pause();
    [[nodiscard]] bool isPlaying() const { return m_playing; }
    /// At the end of a recording that still grows: as soon as there is more.
    void next();
    void back();
    /// Without gliding there, unless it is the next or the one before.
    void seek(std::size_t frame);
    /// By its id or its number from 1; false where the plan has no such step, or nothing was recorded of it.
    bool seekStep(const std::string &idOrNumber);
    /// To the first step of the next phase, or of this one and then the one before.
    void nextPhase();
    void previousPhase();

    [[nodiscard]] double speed() const { return m_speed; }
    void setSpeed(double speed);
    [[nodiscard]] bool reducedMotion() const { return m_reducedMotion; }
    void setReducedMotion(bool reduced);

    /// Playing stops after a step with one. They belong to the steps' ids, so another plan with these has them, too.
    void toggleBreakpoint(const core::Step &step);
    [[nodiscard]] bool hasBreakpoint(const core::Step &step) const { return m_breakpoints.contains(step.id); }
    [[nodiscard]] const std::set<std::string> &breakpoints() const { return m_breakpoints; }

    /// What there is to fill.
    void setRoom(const core::stage::SceneOptions &room);
    /// Shows the children of a mount that a fold counts; where those are shown already, what is hidden further below.
    void unfold(core::stage::MountKey mount);
    /// All that was unfolded at it and below it.
    void fold(core::stage::MountKey mount);
    [[nodiscard]] bool isUnfolded(core::stage::MountKey mount) const { return m_unfolded.contains(mount); }

    /// What is shown at rest: of frame(), or of the one before while that one is being laid out. Null while there is
    /// nothing at all.
    [[nodiscard]] const core::stage::Scene *scene() const { return m_shown ? &m_shown->scene : nullptr; }
    [[nodiscard]] const core::stage::Drawing &stillDrawing() const;
    /// As of now, perhaps on its way.
    [[nodiscard]] const core::stage::Drawing &drawing() const;
    [[nodiscard]] bool isGliding() const { return m_from != nullptr; }
    /// Nothing glides and nothing is being laid out.
    [[nodiscard]] bool isAtRest() const { return !m_from && !m_wanted; }

    /// Lets time pass.
    void advance(std::chrono::microseconds time);

signals:
    void stagedChanged();
    void frameChanged();
    /// scene() is another one.
    void sceneChanged();
    void drawingChanged();
    void playingChanged();
    void breakpointsChanged();
    /// The recording still grows, and what comes next in it is waited for.
    void moreWanted();

private:
    struct Still {
        core::stage::Scene scene;
        core::stage::Drawing drawing;
    };
    enum class Way { Cut, Glide };

    void goTo(std::size_t frame, Way way);
    void askForMore();
    void show(const std::shared_ptr<const Still> &still, Way way, bool backwards);
    void layOut(Way way, bool backwards);
    void forgetStills();
    void refocus();
    void takeFocus(core::stage::Focus focus);
    [[nodiscard]] std::set<core::stage::MountKey> below(core::stage::MountKey mount) const;
    void finishGlide();
    void schedule();
    [[nodiscard]] bool isLarge() const;
    [[nodiscard]] std::chrono::microseconds pauseAfter() const;
    [[nodiscard]] static std::shared_ptr<const Still> make(const Staged &staged, const core::stage::Focus &focus,
                                                           std::size_t frame, const core::stage::SceneOptions &room);

    Clock m_clock;
    QTimer m_timer;
    QElapsedTimer m_elapsed;
    std::shared_ptr<const Staged> m_staged;
    std::shared_ptr<const core::stage::Focus> m_focus; ///< with what is unfolded
    std::set<core::stage::MountKey> m_unfolded;
    std::set<std::string> m_breakpoints;
    std::size_t m_frame = 0;
    core::stage::SceneOptions m_room;
    double m_speed = 1;
    bool m_playing = false;
    bool m_catchingUp = false;   ///< playing, to the last frame there is
    std::size_t m_startedAt = 0; ///< playing: the breakpoint there has been met
    bool m_wantsMore = false;    ///< moreWanted() was said, and there is no more yet
    bool m_reducedMotion = false;

    std::map<std::size_t, std::shared_ptr<const Still>> m_stills;
    std::shared_ptr<const Still> m_shown;
    std::shared_ptr<const Still> m_from; ///< while gliding
    bool m_backwards = false;            ///< the glide is that from m_shown to m_from, seen from its end
    bool m_wanted = false;               ///< the still of m_frame is being laid out
    bool m_lively = false;               ///< the last glide changed something
    double m_part = 0;                   ///< of the glide
    std::chrono::microseconds m_rested{0};
    std::uint64_t m_generation = 0; ///< of what stills depend on: an older answer is stale
    mutable core::stage::Drawing m_now;
    mutable bool m_nowIsStale = true;
};

} // namespace pivotbench::app
