// SPDX-License-Identifier: Apache-2.0
//
// A launch that is watched on the stage: the kernel waits at a step, its frames are read and made ready, and it is told
// to go on. The sandbox is that of a session, which somebody else owns and which may go at any time; so does what it is
// recorded into, a file in memory. Owned by its parent; interface thread.
#pragma once

#include "app/sandboxes/sandbox_session.h"
#include "app/stage/staged.h"
#include "core/recording/recording_match.h"

#include <QObject>
#include <QPointer>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace pivotbench::app {

class LiveLaunch : public QObject {
    Q_OBJECT

public:
    enum class State {
        Building, ///< the kernel works, or the helper has not begun
        Waiting,  ///< at the last frame
        Running,  ///< the program runs, the recording is over
        Over,     ///< ended, failed, or removed
    };
    Q_ENUM(State)

    /// Where the frames go; the session's launch has a duplicate of it (Observation).
    [[nodiscard]] static core::Result<core::UniqueFd> makeFile();

    /// `file` is what makeFile() made.
    LiveLaunch(SandboxSession &session, core::UniqueFd file, QObject *parent = nullptr);
    ~LiveLaunch() override;

    /// Of what has been told by advanced().
    [[nodiscard]] State state() const { return m_state; }
    /// Null once it was removed.
    [[nodiscard]] SandboxSession *session() const { return m_session; }
    [[nodiscard]] const std::shared_ptr<const Staged> &staged() const { return m_staged; }
    /// Where the kernel did something else than the model says, as far as it is; absent where that cannot be told.
    [[nodiscard]] const std::optional<std::vector<core::FrameMismatch>> &mismatches() const { return m_mismatches; }
    /// Nothing is being read.
    [[nodiscard]] bool isAtRest() const { return !m_looking && !m_again; }

    // What waits goes on. Breakpoints are ids of steps.
    void step();
    void runOn(const std::set<std::string> &breakpoints);
    void runTo(const QString &step, const std::set<std::string> &breakpoints);
    /// A shell where the kernel waits; peekOpened() or problem() follows.
    void peek();
    /// Takes down what is being made. What runs already goes on.
    void abort();

    /// All that was recorded, as a file; saved() or problem() follows.
    void save(const QString &path);

signals:
    /// There is more, or another state.
    void advanced();
    void peekOpened(pivotbench::core::UniqueFd &master);
    void saved(const QString &path);
    void problem(const pivotbench::core::Error &error);

private:
    struct Watch;
    void look();
    void tryShell(std::size_t index);

    QPointer<SandboxSession> m_session;
    std::shared_ptr<Watch> m_watch; ///< a job's while m_looking
    std::shared_ptr<const Staged> m_staged;
    std::optional<std::vector<core::FrameMismatch>> m_mismatches;
    State m_state = State::Building;
    std::size_t m_shell = 0; ///< the one that is tried
    bool m_looking = false;
    bool m_again = false;
};

} // namespace pivotbench::app
