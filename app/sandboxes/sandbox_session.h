// SPDX-License-Identifier: Apache-2.0
//
// One sandbox as the workbench deals with it: launched here, or found in the list. Owned by its parent; interface
// thread. Deleting it leaves the sandbox alone, except that a terminal which nobody holds hangs up.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/spec/sandbox_spec.h"
#include "core/wire/messages.h"

#include <QObject>
#include <QString>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::app {

class HelperCall;

/// How a launch is watched while it is made: the kernel waits before the first step, and then where it is told to.
struct Observation {
    core::UniqueFd recording;                  ///< a regular file: frames are appended to it (recording.h)
    std::vector<std::string> breakpoints = {}; ///< ids of steps
};

class SandboxSession : public QObject {
    Q_OBJECT

public:
    /// Waiting: it is observed, and the kernel waits at a step for goOn().
    enum class State { Starting, Waiting, Running, Ended, Failed };
    Q_ENUM(State)

    /// Launches the spec in a terminal of this size: one of the sandbox's own devpts where it has one, otherwise one of
    /// ours. Built-in layers are made, host paths opened and the helper started in the background.
    SandboxSession(core::SandboxSpec spec, core::wire::WindowSize window, std::optional<Observation> observation = {},
                   QObject *parent = nullptr);
    /// One that runs already.
    explicit SandboxSession(const core::wire::SandboxInfo &info, QObject *parent = nullptr);

    [[nodiscard]] State state() const { return m_state; }
    /// Neither has it run yet nor failed to.
    [[nodiscard]] bool isBuilding() const { return m_state == State::Starting || m_state == State::Waiting; }
    /// Failed after it had run: nobody can tell how it goes on with it.
    [[nodiscard]] bool isLost() const { return m_state == State::Failed && m_pid != 0; }
    /// The helper's name for it; empty while it starts.
    [[nodiscard]] const std::string &name() const { return m_name; }
    [[nodiscard]] int pid() const { return m_pid; }
    /// Which user namespace was chosen, in words; empty where it was not launched here.
    [[nodiscard]] const QString &userNamespace() const { return m_userNamespace; }
    /// How it ended: "exited with status 3", "ended by SIGKILL".
    [[nodiscard]] QString ending() const;
    [[nodiscard]] const std::optional<core::wire::Exited> &exited() const { return m_exited; }
    /// Why it failed; absent otherwise.
    [[nodiscard]] const std::optional<core::Error> &error() const { return m_error; }
    /// What it was launched from; absent for one that runs already.
    [[nodiscard]] const std::optional<core::SandboxSpec> &spec() const { return m_spec; }

    /// SIGTERM to its main process; a second stop, or one that is forced, is SIGKILL to all. One that is still being
    /// made is taken down.
    void stop(bool force);
    /// What waits goes on: as the request says, whose `sandbox` is filled in.
    void goOn(core::wire::Continue how);
    /// A command in what waits, where its builder stands, in a terminal of ours; peekOpened() or peekFailed() follows.
    void peek(const std::vector<std::string> &args, core::wire::WindowSize window);
    /// A signal to the main process, or to every one.
    void sendSignal(int number, bool everyProcess);
    /// Another command in it, with a terminal; terminalOpened() follows.
    void openTerminal(const std::vector<std::string> &args, core::wire::WindowSize window);

signals:
    void stateChanged();
    /// The master end. `main` is that of the sandbox's own command.
    void terminalOpened(pivotbench::core::UniqueFd &master, const QString &title, bool main);
    void peekOpened(pivotbench::core::UniqueFd &master);
    void peekFailed(const pivotbench::core::Error &error);
    /// Something that was asked for did not work; the sandbox goes on.
    void problem(const pivotbench::core::Error &error);

private:
    void take(const core::wire::Reply &reply, std::vector<core::UniqueFd> &descriptors);
    void fail(const core::Error &error);
    void follow();
    void setState(State state);
    /// `refused` is told, beside problem(), what could not be had.
    void ask(core::wire::Method method, const std::function<void()> &refused = {});

    HelperCall *m_call = nullptr;
    core::UniqueFd m_ownTerminal; ///< the master end, until the sandbox runs
    State m_state = State::Starting;
    std::string m_name;
    int m_pid = 0;
    QString m_userNamespace;
    std::optional<core::wire::Exited> m_exited;
    std::optional<core::SandboxSpec> m_spec;
    std::optional<core::Error> m_error;
    bool m_stopped = false;
};

/// "SIGTERM" for 15; "signal 77" for one without a name.
[[nodiscard]] QString signalName(int number);

} // namespace pivotbench::app
