// SPDX-License-Identifier: Apache-2.0
#include "helper/sandbox.h"

#include "core/base/text.h"
#include "core/spec/environment.h"
#include "core/spec/spec_json.h"
#include "helper/linux_system.h"

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>

namespace pivotbench::helper {

using namespace core;

namespace {

std::string utcNow()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Error wrongState(std::string what, std::string hint = {})
{
    return {.code = "sandbox.state", .what = std::move(what), .hint = std::move(hint)};
}

/// What a builder said of its failure, in the shape it gave it.
Error errorOf(const BuilderMessage &message, const Plan &plan)
{
    const auto text = [&](std::size_t i) { return i < message.strings.size() ? message.strings[i] : std::string(); };
    Error error{.code = text(0), .what = text(1), .errnum = message.header.errnum, .path = text(2), .hint = text(3)};
    if (message.header.step < plan.steps.size())
        error.step = plan.steps[message.header.step].id;
    const std::string context = text(4);
    for (const std::string_view doing : split(context, '\n'))
        if (!doing.empty())
            error.context.emplace_back(doing);
    return error;
}

/// How a payload ended, by the end of its builder: that takes over an exit status, tells of a signal, and may be killed
/// itself.
wire::Exited exitedOf(const std::string &id, bool ran, std::optional<int> payloadSignal, const siginfo_t &builder)
{
    wire::Exited end{.sandbox = id};
    if (payloadSignal)
        end.signal = *payloadSignal;
    else if (ran && builder.si_code == CLD_EXITED)
        end.status = builder.si_status;
    else
        end.signal = SIGKILL;
    return end;
}

} // namespace

/// Another process in the sandbox's namespaces.
struct Sandbox::Joined {
    explicit Joined(Call client)
        : call(std::move(client))
    {
    }
    Call call;
    std::unique_ptr<BuilderLink> link;
    UniqueFd terminal;
    bool ran = false;
    std::optional<int> payloadSignal;
    std::optional<Error> error;
};

/// Somebody's look at the changes, or work on them.
struct Sandbox::ChangesRun {
    explicit ChangesRun(Call client)
        : call(std::move(client))
    {
    }
    Call call;
    std::unique_ptr<BuilderLink> link;
    std::optional<Error> error;
    std::optional<TakenChanges> taken;
};

Sandbox::Sandbox(Request request, EventLoop &loop, Call launch, Events events)
    : m_request(std::move(request))
    , m_loop(loop)
    , m_launch(std::move(launch))
    , m_events(std::move(events))
    , m_startedAt(utcNow())
{
    for (const std::string &breakpoint : m_request.breakpoints)
        m_breakpoints.insert(stepIndex(breakpoint));
    m_writable = writableLayerOf(m_request.order.plan);
    if (m_request.holdChanges)
        m_holders.insert(m_launch.connection);
}

Sandbox::~Sandbox()
{
    for (Call &hold : m_holds)
        hold.reply({wire::Done{}, false});
}

std::size_t Sandbox::stepIndex(const std::string &idOrNumber) const { return m_request.order.plan.find(idOrNumber); }

bool Sandbox::building() const
{
    return m_state == wire::SandboxState::Building || m_state == wire::SandboxState::Stopped;
}

// Building ------------------------------------------------------------------------------------------------------------

void Sandbox::start()
{
    if (m_request.recorder) {
        RecordingHeader header{.tool = "pivotbench " PIVOTBENCH_VERSION,
                               .kernel = fmt::format("{}.{}", m_request.facts.kernelMajor, m_request.facts.kernelMinor),
                               .origin = "kernel",
                               .started = m_startedAt,
                               .plan = m_request.order.plan,
                               .spec = writeSpecCompact(m_request.spec)};
        if (Status begun = m_request.recorder->begin(header); !begun)
            return failed(begun.error());
        if (m_request.stopAtFirst)
            return stop(std::nullopt);
    }
    build();
}

void Sandbox::build()
{
    auto builder = BuilderLink::start(m_request.order, m_loop,
                                      {.message = [this](BuilderMessage &message) { heard(message); },
                                       .gone = [this](const siginfo_t &end) { finish(end); }});
    // The builder has its own copies now.
    m_request.order.sources.clear();
    m_request.order.prepared.clear();
    m_request.order.input.reset();
    m_request.order.output.reset();
    m_request.order.error.reset();
    if (!builder)
        return failed(builder.error());
    m_builder = std::move(*builder);
}

void Sandbox::heard(BuilderMessage &message)
{
    switch (message.header.kind) {
    case BuilderMessageKind::WriteIdMaps:
        m_idMaps = answerWriteIdMaps(m_request.order.plan.steps, *m_builder, m_loop);
        return;
    case BuilderMessageKind::EnterCgroup: return enterCgroup();
    case BuilderMessageKind::StepDone: return stepDone(message);
    case BuilderMessageKind::Failed: {
        m_error = errorOf(message, m_request.order.plan);
        recordFrame(message, &*m_error);
        m_builder->send({.kind = BuilderMessageKind::Go}); // its /proc has been read
        return;
    }
    case BuilderMessageKind::Terminal:
        if (!message.descriptors.empty())
            m_terminal = std::move(message.descriptors.front());
        return;
    case BuilderMessageKind::Upper: return takeUpper(message);
    case BuilderMessageKind::Running: return started(message);
    case BuilderMessageKind::Killed: m_payloadSignal = message.header.value; return;
    case BuilderMessageKind::Pins: {
        auto waiting = std::move(m_waitingForPins);
        m_waitingForPins.clear();
        for (auto &[request, call] : waiting) {
            Pins pins;
            std::size_t next = 0;
            for (std::size_t pin = 0; pin < pinCount; ++pin)
                if ((message.header.value & (1 << pin)) != 0 && next < message.descriptors.size())
                    pins.namespaces.emplace_back(pin, UniqueFd(::dup(message.descriptors[next++].get())));
            if (next < message.descriptors.size())
                pins.root = UniqueFd(::dup(message.descriptors[next].get()));
            execInto(request, std::move(call), std::move(pins));
        }
        return;
    }
    case BuilderMessageKind::Taken:
    case BuilderMessageKind::Go:
    case BuilderMessageKind::SendSignal:
    case BuilderMessageKind::GivePins:
    case BuilderMessageKind::End: return; // never said by a builder
    }
}

void Sandbox::enterCgroup()
{
    Result<Cgroup> cgroup = Cgroup::create(m_request.facts.cgroupDirectory, m_request.id, m_request.spec.resources);
    Status entered = cgroup ? cgroup->add(m_builder->pid()) : Status(std::unexpected(cgroup.error()));
    if (entered) {
        m_cgroup = std::move(*cgroup);
        return m_builder->send({.kind = BuilderMessageKind::Go});
    }
    m_builder->send({.kind = BuilderMessageKind::Go, .errnum = entered.error().errnum},
                    {entered.error().what, entered.error().path, entered.error().hint});
}

void Sandbox::stepDone(BuilderMessage &message)
{
    recordFrame(message, nullptr);
    if (message.descriptors.size() >= 2) {
        if (message.header.value != 0) {
            m_pins.namespaces.clear();
            std::size_t next = 2;
            for (std::size_t pin = 0; pin < pinCount && next < message.descriptors.size(); ++pin)
                if ((message.header.value & (1 << pin)) != 0)
                    m_pins.namespaces.emplace_back(pin, std::move(message.descriptors[next++]));
        }
        m_pins.root = std::move(message.descriptors[0]);
        m_pins.cwd = std::move(message.descriptors[1]);
    }
    const std::size_t step = message.header.step;
    m_lastStep = step;
    if (m_single || m_runTo == step || m_breakpoints.contains(step))
        return stop(step);
    m_builder->send({.kind = BuilderMessageKind::Go});
}

void Sandbox::recordFrame(const BuilderMessage &message, const Error *error)
{
    if (!m_request.recorder)
        return;
    if (Status recorded = m_request.recorder->frame(message, m_builder->pid(), error); !recorded)
        recordingFailed(recorded.error());
}

/// An observed launch that cannot be observed is not what was asked for.
void Sandbox::recordingFailed(const Error &error)
{
    m_request.recorder.reset();
    if (!m_error)
        m_error = error;
    m_builder->kill();
}

void Sandbox::stop(std::optional<std::size_t> step)
{
    m_state = wire::SandboxState::Stopped;
    m_single = false;
    m_runTo.reset();
    m_launch.reply(
        {wire::Stopped{m_request.id, step, step ? m_request.order.plan.steps[*step].id : std::string()}, true});
}

/// A peek has the builder's powers, and may stand in the old root: the program does not meet it. It ends before a step
/// that is not followed by a stop, or is the last one.
void Sandbox::goOn()
{
    m_state = wire::SandboxState::Building;
    const std::size_t next = m_lastStep ? *m_lastStep + 1 : 0;
    const bool mayRun = !m_single || next + 1 >= m_request.order.plan.steps.size();
    if (mayRun && !m_joined.empty()) {
        m_goesOnAlone = true;
        for (const auto &joined : m_joined)
            joined->link->kill();
        return;
    }
    m_goesOnAlone = false;
    if (m_builder)
        m_builder->send({.kind = BuilderMessageKind::Go});
    else
        build();
}

void Sandbox::continueWith(const wire::Continue &request, Call call)
{
    if (m_state != wire::SandboxState::Stopped)
        return call.reply(
            failureReply(wire::error_name::wrongState, wrongState("the launch is not stopped at a step")));
    const std::size_t stepCount = m_request.order.plan.steps.size();
    std::set<std::size_t> breakpoints;
    for (const std::string &breakpoint : request.breakpoints.value_or(std::vector<std::string>{})) {
        breakpoints.insert(stepIndex(breakpoint));
        if (stepIndex(breakpoint) == stepCount)
            return call.reply(
                failureReply(wire::error_name::wrongState, wrongState("there is no step \"" + breakpoint + "\"")));
    }
    if (!request.to.empty() && stepIndex(request.to) == stepCount)
        return call.reply(
            failureReply(wire::error_name::wrongState, wrongState("there is no step \"" + request.to + "\"")));
    if (request.breakpoints)
        m_breakpoints = std::move(breakpoints);
    m_single = request.single;
    if (!request.to.empty())
        m_runTo = stepIndex(request.to);
    call.reply({wire::Done{}, false});
    goOn();
}

// Running -------------------------------------------------------------------------------------------------------------

void Sandbox::started(BuilderMessage &)
{
    if (!makesPidNamespace(m_request.order.plan))
        m_builder->endsItsDescendants();
    if (m_request.recorder) {
        const std::size_t last = m_request.order.plan.steps.size() - 1;
        if (Status recorded = m_request.recorder->executed(last, m_builder->pid()); !recorded)
            return recordingFailed(recorded.error());
        m_lastStep = last;
        m_request.recorder.reset();
        m_builder->send({.kind = BuilderMessageKind::Go});
    }
    m_pins = {};
    m_ran = true;
    m_state = wire::SandboxState::Running;
    wire::Started reply{m_request.id, m_builder->pid(), m_request.order.plan.userNamespace, std::nullopt};
    std::vector<UniqueFd> descriptors;
    if (m_terminal) {
        reply.terminal = 0;
        descriptors.push_back(std::move(m_terminal));
    }
    m_launch.reply({std::move(reply), true}, std::move(descriptors));
    m_events.running();
}

void Sandbox::signal(const wire::Signal &request, Call call)
{
    if (m_state != wire::SandboxState::Running)
        return call.reply(failureReply(wire::error_name::wrongState, wrongState("the sandbox does not run")));
    // With a PID namespace of its own this needs no pid 1 that listens.
    if (request.signal == SIGKILL && request.everyProcess)
        m_builder->kill();
    else
        m_builder->send(
            {.kind = BuilderMessageKind::SendSignal, .value = request.signal, .flag = request.everyProcess ? 1U : 0U});
    call.reply({wire::Done{}, false});
}

void Sandbox::wait(Call call)
{
    if (!alive())
        return call.reply({m_end, false});
    m_waiters.push_back(std::move(call));
}

void Sandbox::abort()
{
    m_aborted = true;
    if (m_builder)
        m_builder->kill();
    else if (alive())
        failed(wrongState("the launch was aborted"));
}

// Joining -------------------------------------------------------------------------------------------------------------

BuildOrder Sandbox::joinOrder(std::vector<Step> steps, const Pins &pins) const
{
    BuildOrder order;
    order.plan.name = m_request.order.plan.name;
    order.plan.steps = std::move(steps);
    order.seccomp = m_request.order.seccomp;
    JoinTarget target;
    for (const auto &[pin, fd] : pins.namespaces)
        target.namespaces.emplace_back(pin, UniqueFd(::dup(fd.get())));
    target.root = UniqueFd(::dup(pins.root.get()));
    if (pins.cwd)
        target.cwd = UniqueFd(::dup(pins.cwd.get()));
    order.join = std::move(target);
    return order;
}

void Sandbox::join(BuildOrder order, Call call)
{
    m_joined.push_back(std::make_unique<Joined>(std::move(call)));
    Joined *joined = m_joined.back().get();
    auto link = BuilderLink::start(
        order, m_loop,
        {.message =
             [this, joined, plan = order.plan](BuilderMessage &message) {
                 if (message.header.kind == BuilderMessageKind::Failed) {
                     joined->error = errorOf(message, plan);
                     joined->link->send({.kind = BuilderMessageKind::Go});
                 } else if (message.header.kind == BuilderMessageKind::Terminal && !message.descriptors.empty()) {
                     joined->terminal = std::move(message.descriptors.front());
                 } else if (message.header.kind == BuilderMessageKind::Killed) {
                     joined->payloadSignal = message.header.value;
                 } else if (message.header.kind == BuilderMessageKind::Running) {
                     joined->ran = true;
                     joined->link->endsItsDescendants();
                     wire::Started reply{m_request.id, joined->link->pid(), {}, std::nullopt};
                     std::vector<UniqueFd> descriptors;
                     if (joined->terminal) {
                         reply.terminal = 0;
                         descriptors.push_back(std::move(joined->terminal));
                     }
                     joined->call.reply({std::move(reply), true}, std::move(descriptors));
                 }
             },
         .gone =
             [this, joined](const siginfo_t &end) {
                 if (joined->error)
                     joined->call.reply(failureReply(wire::error_name::launchFailed, *joined->error));
                 else
                     joined->call.reply({exitedOf(m_request.id, joined->ran, joined->payloadSignal, end), false});
                 m_joined.remove_if([joined](const auto &candidate) { return candidate.get() == joined; });
                 if (m_goesOnAlone && m_joined.empty() && alive())
                     goOn();
             }});
    if (!link) {
        joined->call.reply(failureReply(wire::error_name::launchFailed, link.error()));
        m_joined.pop_back();
        return;
    }
    joined->link = std::move(*link);
}

void Sandbox::exec(const wire::Exec &request, Call call)
{
    if (m_state != wire::SandboxState::Running)
        return call.reply(failureReply(wire::error_name::wrongState, wrongState("the sandbox does not run")));
    if (request.args.empty())
        return call.reply(failureReply(wire::error_name::wrongState, wrongState("no command was given")));
    m_waitingForPins.emplace_back(request, std::move(call));
    m_builder->send({.kind = BuilderMessageKind::GivePins});
}

/// The same hardening steps as the sandbox's own process went through, from the same plan.
void Sandbox::execInto(const wire::Exec &request, Call call, Pins pins)
{
    std::vector<Step> steps{{"create-process", Phase::Namespaces, "exec", CreateProcess{}}};
    if (request.terminal)
        steps.push_back({"terminal", Phase::Process, "exec", OpenTerminal{}});
    bool payload = false;
    for (const Step &step : m_request.order.plan.steps) {
        payload = payload || std::holds_alternative<SpawnPayload>(step.operation);
        if (!payload)
            continue;
        Step copy = step;
        if (auto *session = std::get_if<NewSession>(&copy.operation))
            session->controllingTerminal = request.terminal;
        if (auto *directory = std::get_if<ChangeDirectory>(&copy.operation); directory && !request.cwd.empty())
            directory->target.path = request.cwd;
        if (auto *execute = std::get_if<Execute>(&copy.operation)) {
            execute->args = request.args;
            for (const std::string &variable : request.env)
                setVariable(execute->env, variable);
        }
        steps.push_back(std::move(copy));
    }
    BuildOrder order = joinOrder(std::move(steps), pins);
    order.window = request.window;
    if (request.streams && !request.terminal) {
        order.input = std::move(call.descriptors[request.streams->input]);
        order.output = std::move(call.descriptors[request.streams->output]);
        order.error = std::move(call.descriptors[request.streams->error]);
    }
    join(std::move(order), std::move(call));
}

/// As the builder itself: all its powers, and it stands where the builder stands.
void Sandbox::peek(const wire::Peek &request, Call call)
{
    if (m_state != wire::SandboxState::Stopped || !m_pins.root)
        return call.reply(
            failureReply(wire::error_name::wrongState,
                         wrongState("there is nothing to look into yet: the launch is not stopped after a step")));
    if (request.args.empty())
        return call.reply(failureReply(wire::error_name::wrongState, wrongState("no command was given")));
    Execute execute{request.args,
                    {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm-256color",
                     "PS1=peek:\\w# ", "HOME=/"}};
    BuildOrder order =
        joinOrder({{"create-process", Phase::Namespaces, "peek", CreateProcess{}},
                   {"payload", Phase::Process, "peek", SpawnPayload{}},
                   {"session", Phase::Process, "peek", NewSession{.controllingTerminal = request.terminal}},
                   {"execute", Phase::Process, "peek", std::move(execute)}},
                  m_pins);
    order.input = std::move(call.descriptors[request.streams.input]);
    order.output = std::move(call.descriptors[request.streams.output]);
    order.error = std::move(call.descriptors[request.streams.error]);
    join(std::move(order), std::move(call));
}

// Changes -------------------------------------------------------------------------------------------------------------

void Sandbox::takeUpper(BuilderMessage &message)
{
    const std::size_t upper = message.header.value == 1 ? 1 : 0;
    if (!m_writable || message.descriptors.size() != upper + (message.header.flag == 1 ? 1 : 0))
        return;
    if (upper == 1)
        m_writable->upper = std::move(message.descriptors.front());
    else if (sys::OutcomeFd kept = sys::openAt(AT_FDCWD, (m_writable->keepDirectory + "/upper").c_str(),
                                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        m_writable->upper = std::move(*kept);
    if (message.header.flag == 1)
        m_writable->userNamespace = std::move(message.descriptors.back());
}

/// A layer that vanishes holds memory until nobody looks at it. One that is kept holds none and stays within reach.
void Sandbox::releaseChanges()
{
    if (alive() || held() || !m_writable || !m_writable->keepDirectory.empty() || !m_changesRuns.empty())
        return;
    m_writable->upper.reset();
    m_writable->userNamespace.reset();
}

void Sandbox::hold(Call call)
{
    if (!m_writable || (!alive() && !m_writable->upper))
        return call.reply(
            failureReply(wire::error_name::wrongState,
                         m_writable ? wrongState("the sandbox has ended, and its changes with it")
                                    : wrongState("the sandbox has no changes of its own",
                                                 "its root is read-only, or it writes into its layer directly")));
    m_holders.insert(call.connection);
    call.reply({wire::Done{}, true});
    m_holds.push_back(std::move(call));
}

void Sandbox::workOnChanges(ChangesJob job, Call call)
{
    const bool discards = job.kind == ChangesJob::Kind::Take && job.action == wire::TakeAction::Discard;
    if (!m_writable)
        return call.reply(failureReply(wire::error_name::wrongState,
                                       wrongState("the sandbox has no changes of its own",
                                                  "its root is read-only, or it writes into its layer directly")));
    if (!m_writable->upper)
        return call.reply(failureReply(wire::error_name::wrongState,
                                       alive() ? wrongState("the sandbox has no root yet")
                                               : wrongState("the sandbox has ended, and its changes with it")));
    if (discards && alive())
        return call.reply(failureReply(
            wire::error_name::wrongState,
            wrongState("the changes of a sandbox that runs cannot be taken from under it", "stop it first")));
    m_changesRuns.push_back(std::make_unique<ChangesRun>(std::move(call)));
    ChangesRun *run = m_changesRuns.back().get();
    auto link = startChangesJob(
        *m_writable, job, m_loop,
        {.message =
             [run](BuilderMessage &message) {
                 if (message.header.kind == BuilderMessageKind::Failed)
                     run->error = errorOf(message, Plan{});
                 else if (message.header.kind == BuilderMessageKind::Taken)
                     run->taken = takenOf(message);
             },
         .gone =
             [this, run, takes = job.kind == ChangesJob::Kind::Take](const siginfo_t &end) {
                 const bool well = end.si_code == CLD_EXITED && end.si_status == 0 && run->taken.has_value() == takes;
                 if (!well && !run->error)
                     run->error =
                         Error{.code = "changes.ended", .what = "the process that worked on the changes was ended"};
                 if (run->error)
                     run->call.reply(failureReply(wire::error_name::failed, *run->error));
                 else if (takes)
                     run->call.reply({wire::ChangesTaken{*run->taken}, false});
                 else
                     run->call.reply({wire::Done{}, false});
                 m_changesRuns.remove_if([run](const auto &candidate) { return candidate.get() == run; });
                 releaseChanges();
             }});
    if (!link) {
        run->call.reply(failureReply(wire::error_name::failed, link.error()));
        m_changesRuns.pop_back();
        return;
    }
    run->link = std::move(*link);
}

void Sandbox::connectionClosed(ConnectionId connection)
{
    m_holders.erase(connection);
    std::erase_if(m_holds, [&](const Call &hold) { return hold.connection == connection; });
    for (const auto &run : m_changesRuns)
        if (run->call.connection == connection)
            run->link->kill();
    releaseChanges();
}

// The end -------------------------------------------------------------------------------------------------------------

void Sandbox::failed(Error error)
{
    m_error = std::move(error);
    siginfo_t none{};
    finish(none);
}

void Sandbox::finish(const siginfo_t &end)
{
    m_state = wire::SandboxState::Ended;
    if (!m_ran && !m_error) {
        m_error = Error{.code = "builder.ended", .what = "the builder ended before the program ran"};
        if (m_aborted)
            m_error->what = "the launch was aborted";
        else if (end.si_code == CLD_KILLED || end.si_code == CLD_DUMPED)
            m_error->what = fmt::format("the builder was killed by signal {} before the program ran", end.si_status);
    }
    m_end = exitedOf(m_request.id, m_ran, m_payloadSignal, end);
    m_end.outOfMemory = m_cgroup && m_cgroup->ranOutOfMemory();
    if (!m_ran && m_lastStep && m_error->step.empty() && *m_lastStep + 1 < m_request.order.plan.steps.size())
        m_error->context.push_back(
            fmt::format("doing what comes after the step \"{}\"", m_request.order.plan.steps[*m_lastStep].id));
    m_endHeard = m_launch.request.more && m_launch.open();
    if (m_ran)
        m_launch.reply({m_end, false});
    else
        m_launch.reply(failureReply(wire::error_name::launchFailed, *m_error));
    for (Call &waiter : m_waiters)
        waiter.reply({m_end, false});
    m_waiters.clear();
    for (auto &[request, call] : m_waitingForPins)
        call.reply(failureReply(wire::error_name::wrongState, wrongState("the sandbox has ended")));
    m_waitingForPins.clear();
    m_cgroup.reset();
    m_request.order.keepLock.reset();
    m_terminal.reset();
    m_pins = {};
    m_idMaps.reset();
    m_builder.reset(); // its last call is what brought us here
    releaseChanges();
    m_events.ended();
}

wire::SandboxInfo Sandbox::info() const
{
    wire::SandboxInfo info{.sandbox = m_request.id,
                           .specName = m_request.spec.name,
                           .state = m_state,
                           .pid = alive() && m_builder ? m_builder->pid() : 0,
                           .args = m_request.spec.process.args,
                           .started = m_startedAt,
                           .status = std::nullopt,
                           .signal = std::nullopt,
                           .joined = {}};
    for (const auto &joined : m_joined)
        if (joined->link)
            info.joined.push_back(static_cast<std::uint32_t>(joined->link->pid()));
    if (!alive()) {
        if (m_end.signal != 0)
            info.signal = m_end.signal;
        else
            info.status = m_end.status;
    }
    return info;
}

} // namespace pivotbench::helper
