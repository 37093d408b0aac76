// SPDX-License-Identifier: Apache-2.0
//
// One sandbox from the request to its end: building (observed or not), running, ended. It owns the builder and whatever
// else runs in its namespaces on a client's request. Everything it has to say goes to calls, whose clients may have
// gone. Lives on the event loop's thread; owned by the session.
#pragma once

#include "core/host/host_facts.h"
#include "core/wire/messages.h"
#include "helper/builder_link.h"
#include "helper/call.h"
#include "helper/cgroup.h"
#include "helper/changed_sandbox.h"
#include "helper/frame_recorder.h"
#include "helper/id_map_writer.h"

#include <functional>
#include <list>
#include <memory>
#include <set>

namespace pivotbench::helper {

class Sandbox {
public:
    struct Request {
        std::string id;
        core::SandboxSpec spec;
        core::HostFacts facts;
        BuildOrder order;
        std::optional<FrameRecorder> recorder;
        bool stopAtFirst = false;
        std::vector<std::string> breakpoints;
        bool holdChanges = false; ///< on the launching call's connection
    };

    struct Events {
        std::function<void()> running; ///< once, when the payload has been executed
        std::function<void()> ended;   ///< once, after the last reply; the sandbox stays, to be asked about
    };

    Sandbox(Request request, EventLoop &loop, Call launch, Events events);
    ~Sandbox();
    Sandbox(const Sandbox &) = delete;
    Sandbox &operator=(const Sandbox &) = delete;

    /// Begins. A failure has been said to the launching client already.
    void start();

    [[nodiscard]] core::wire::SandboxInfo info() const;
    [[nodiscard]] bool alive() const { return m_state != core::wire::SandboxState::Ended; }
    [[nodiscard]] bool building() const;
    [[nodiscard]] bool everRan() const { return m_ran; }
    /// Whether somebody may still want to look at its changes.
    [[nodiscard]] bool held() const { return !m_holders.empty(); }
    /// Whether the client that launched it has been told how it ended: then nobody else has to be.
    [[nodiscard]] bool endWasHeard() const { return m_endHeard; }
    [[nodiscard]] const BuildOrder &order() const { return m_request.order; }
    [[nodiscard]] const std::string &keepDirectory() const { return m_request.order.plan.keepDirectory; }

    // Requests of clients; each answers its call, at once or later.
    void continueWith(const core::wire::Continue &request, Call call);
    void signal(const core::wire::Signal &request, Call call);
    void wait(Call call);
    void exec(const core::wire::Exec &request, Call call);
    void peek(const core::wire::Peek &request, Call call);
    /// Keeps the changes over the end, as long as the call's connection lives.
    void hold(Call call);
    /// Lists, reads or takes changes; `job` has what it needs of the call.
    void workOnChanges(ChangesJob job, Call call);
    /// Nothing of that connection is held or worked on any more.
    void connectionClosed(ConnectionId connection);
    /// Ends the launch or the sandbox, at once.
    void abort();

private:
    struct Joined;     ///< another process in the namespaces, for exec or peek
    struct ChangesRun; ///< a process that works on the changes
    struct Pins {
        NamespaceSet namespaces;
        core::UniqueFd root;
        core::UniqueFd cwd;
    };

    void build();
    void heard(BuilderMessage &message);
    void stepDone(BuilderMessage &message);
    void takeUpper(BuilderMessage &message);
    void releaseChanges();
    void enterCgroup();
    void stop(std::optional<std::size_t> step);
    void goOn();
    void started(BuilderMessage &message);
    void failed(core::Error error);
    void finish(const siginfo_t &end);
    void recordFrame(const BuilderMessage &message, const core::Error *error);
    void recordingFailed(const core::Error &error);
    [[nodiscard]] BuildOrder joinOrder(std::vector<core::Step> steps, const Pins &pins) const;
    void join(BuildOrder order, Call call);
    void execInto(const core::wire::Exec &request, Call call, Pins pins);
    [[nodiscard]] std::size_t stepIndex(const std::string &idOrNumber) const;

    Request m_request;
    EventLoop &m_loop;
    Call m_launch;
    Events m_events;
    core::wire::SandboxState m_state = core::wire::SandboxState::Building;
    std::string m_startedAt;
    std::unique_ptr<BuilderLink> m_builder;
    std::unique_ptr<IdMapWriter> m_idMaps;
    std::optional<Cgroup> m_cgroup;
    core::UniqueFd m_terminal;
    std::optional<core::Error> m_error;
    std::optional<int> m_payloadSignal;
    core::wire::Exited m_end; ///< once it has ended
    bool m_aborted = false;
    bool m_ran = false;
    bool m_endHeard = false;

    // Stepping.
    bool m_single = false;
    std::optional<std::size_t> m_runTo;
    bool m_goesOnAlone = false; ///< as soon as nobody peeks any more
    std::set<std::size_t> m_breakpoints;
    std::optional<std::size_t> m_lastStep;
    Pins m_pins;

    std::vector<Call> m_waiters;
    std::list<std::pair<core::wire::Exec, Call>> m_waitingForPins;
    std::list<std::unique_ptr<Joined>> m_joined;

    std::optional<WritableLayer> m_writable; ///< absent: the root has no layer of its own for changes
    std::set<ConnectionId> m_holders;
    std::vector<Call> m_holds;
    std::list<std::unique_ptr<ChangesRun>> m_changesRuns;
};

} // namespace pivotbench::helper
