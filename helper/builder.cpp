// SPDX-License-Identifier: Apache-2.0
#include "helper/builder.h"

#include "helper/builder_channel.h"
#include "helper/fork_inside.h"
#include "helper/init_process.h"
#include "helper/linux_system.h"
#include "helper/payload_process.h"
#include "helper/settled_child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

std::uint64_t monotonicNanoseconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

class Builder {
public:
    Builder(BuildOrder &order, int channel)
        : m_order(order)
        , m_channel(channel)
    {
    }

    [[noreturn]] void run()
    {
        if (Status ready = settle(); !ready)
            giveUp(ready.error(), 0);
        Result<Executor> executor = Executor::prepare(m_order, m_channel);
        if (!executor)
            giveUp(executor.error(), 0);
        m_executor = &*executor;
        if (m_order.join)
            if (Status joined = join(*m_order.join); !joined)
                giveUp(joined.error(), 0);
        const std::vector<Step> &steps = m_order.plan.steps;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (std::holds_alternative<SpawnPayload>(steps[i].operation))
                becomeInit(i);
            carryOut(i);
        }
        if (m_order.onlyNamespaces)
            handOver();
        giveUp(Error{.code = "plan", .what = "the plan never executes a program"}, steps.size());
    }

private:
    /// Nothing of the helper but what the order names may be reachable from here on.
    Status settle()
    {
        std::vector<int> kept{m_channel};
        if (m_order.keepLock)
            kept.push_back(m_order.keepLock.get());
        for (const auto &[path, fd] : m_order.sources)
            kept.push_back(fd.get());
        for (const auto &[pin, fd] : m_order.prepared)
            kept.push_back(fd.get());
        if (m_order.join) {
            for (const auto &[pin, fd] : m_order.join->namespaces)
                kept.push_back(fd.get());
            kept.push_back(m_order.join->root.get());
            kept.push_back(m_order.join->cwd.get());
        }
        return settleChild("pivot-init", std::move(kept),
                           {m_order.input.get(), m_order.output.get(), m_order.error.get()});
    }

    /// setns(2) resets root and working directory to those of the joined mount namespace, so both are set afterwards.
    static Status join(const JoinTarget &target)
    {
        for (const auto &[pin, fd] : target.namespaces)
            if (::setns(fd.get(), 0) < 0)
                return systemError(std::string("cannot join the sandbox's namespace \"") + pinOrder[pin] + "\"", errno);
        if (::fchdir(target.root.get()) < 0 || ::chroot(".") < 0)
            return systemError("cannot enter the sandbox's root", errno);
        if (target.cwd && ::fchdir(target.cwd.get()) < 0)
            return systemError("cannot enter the working directory", errno);
        return {};
    }

    void carryOut(std::size_t index)
    {
        const Step &step = m_order.plan.steps[index];
        const std::uint64_t started = monotonicNanoseconds();
        Result<Outcome> outcome = m_executor->execute(step, index);
        BuilderMessageHeader header{.kind = BuilderMessageKind::StepDone,
                                    .step = static_cast<std::uint32_t>(index),
                                    .startedNanoseconds = started,
                                    .durationNanoseconds = monotonicNanoseconds() - started};
        if (!outcome)
            fail(header, outcome.error());
        if (!m_order.observed)
            return;
        header.flag = *outcome == Outcome::Skipped;
        barrier(header, step);
    }

    /// Tells the helper where this process stands and waits for its word. Paths and mounts are read by the helper, from
    /// the descriptors: the kernel's answer, not this process's.
    void barrier(BuilderMessageHeader &header, const Step &step)
    {
        const bool namespacesChanged =
            std::holds_alternative<CreateProcess>(step.operation) || std::holds_alternative<Unshare>(step.operation);
        std::vector<UniqueFd> held = anchors();
        if (namespacesChanged)
            header.value = addPins(held);
        send(header, {}, held);
        awaitGo();
    }

    void awaitGo() const
    {
        const Result<std::optional<BuilderMessage>> answer = receiveMessage(m_channel, true);
        if (!answer || !*answer || (*answer)->header.kind != BuilderMessageKind::Go)
            leaveUnexecuted();
    }

    /// Descriptors of the root and of the working directory.
    static std::vector<UniqueFd> anchors()
    {
        std::vector<UniqueFd> held;
        for (const char *path : {"/", "."})
            if (sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path, O_PATH | O_DIRECTORY))
                held.push_back(std::move(*fd));
        return held;
    }

    /// Appends descriptors of the namespaces that the plan made; returns which, as bits of pinOrder.
    std::int32_t addPins(std::vector<UniqueFd> &held) const
    {
        std::int32_t which = 0;
        for (const std::size_t pin : pinsOf(m_order.plan)) {
            const std::string path = std::string("self/ns/") + pinOrder[pin];
            if (sys::OutcomeFd fd = sys::openAt(m_executor->hostProc(), path.c_str(), O_RDONLY)) {
                held.push_back(std::move(*fd));
                which |= 1 << pin;
            }
        }
        return which;
    }

    void send(BuilderMessageHeader &header, std::initializer_list<std::string_view> strings,
              const std::vector<UniqueFd> &held) const
    {
        header.uid = static_cast<std::uint32_t>(::geteuid());
        header.gid = static_cast<std::uint32_t>(::getegid());
        std::vector<int> numbers;
        for (const UniqueFd &fd : held)
            numbers.push_back(fd.get());
        if (sendMessage(m_channel, header, strings, numbers) != 0)
            leaveUnexecuted();
    }

    [[noreturn]] void fail(BuilderMessageHeader header, const Error &error) const
    {
        header.kind = BuilderMessageKind::Failed;
        header.errnum = error.errnum;
        std::string context;
        for (const std::string &doing : error.context)
            context += (context.empty() ? "" : "\n") + doing;
        send(header, {error.code, error.what, error.path, error.hint, context}, anchors());
        // Where the launch is recorded, the helper looks at this process once more.
        (void)receiveMessage(m_channel, true);
        leaveUnexecuted();
    }

    [[noreturn]] void giveUp(const Error &error, std::size_t index) const
    {
        fail({.step = static_cast<std::uint32_t>(index)}, error);
    }

    [[noreturn]] void handOver()
    {
        std::vector<UniqueFd> held;
        BuilderMessageHeader pins{.kind = BuilderMessageKind::Pins, .value = addPins(held)};
        send(pins, {}, held);
        ::_exit(0);
    }

    /// Starts the payload, which carries out the rest of the plan, and goes on as pid 1.
    [[noreturn]] void becomeInit(std::size_t index)
    {
        const bool ownPids = makesPidNamespace(m_order.plan);
        // Where no PID namespace ends with this process, it has to live long enough to end its descendants itself, also
        // when the helper dies: the channel tells then.
        if (!ownPids) {
            ::prctl(PR_SET_CHILD_SUBREAPER, 1);
            ::prctl(PR_SET_PDEATHSIG, 0);
        }
        const Result<pid_t> payload = spawnSharing([this, index] {
            closeAllBut({m_channel});
            dieWithParent();
            for (std::size_t i = index; i < m_order.plan.steps.size(); ++i)
                carryOut(i);
        });
        if (!payload)
            giveUp(payload.error(), index);
        if (*payload == 0) // it has said why itself
            leaveUnexecuted();
        InitProcess init(m_channel, *payload, ownPids, m_executor->hostProc(), [this] {
            std::vector<UniqueFd> held;
            BuilderMessageHeader pins{.kind = BuilderMessageKind::Pins, .value = addPins(held)};
            if (sys::OutcomeFd root = sys::openAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY))
                held.push_back(std::move(*root));
            send(pins, {}, held);
        });
        const BuilderMessageHeader header{.kind = BuilderMessageKind::Running, .value = *payload};
        bool heard = sendMessage(m_channel, header) == 0;
        if (heard && m_order.observed) { // the frame of the execution is taken before this process can end
            const Result<std::optional<BuilderMessage>> answer = receiveMessage(m_channel, true);
            heard = answer && *answer && (*answer)->header.kind == BuilderMessageKind::Go;
        }
        if (!heard)
            init.abandon();
        init.run();
    }

    BuildOrder &m_order;
    int m_channel;
    Executor *m_executor = nullptr;
};

} // namespace

bool makesPidNamespace(const Plan &plan)
{
    return std::ranges::any_of(pinsOf(plan), [](std::size_t pin) { return std::string_view(pinOrder[pin]) == "pid"; });
}

std::vector<std::size_t> pinsOf(const Plan &plan)
{
    std::vector<std::size_t> pins;
    for (std::size_t i = 0; i < pinCount; ++i) {
        const bool made = std::ranges::any_of(plan.steps, [i](const Step &step) {
            const std::vector<Namespace> *namespaces = nullptr;
            if (const auto *create = std::get_if<CreateProcess>(&step.operation))
                namespaces = &create->namespaces;
            else if (const auto *unshare = std::get_if<Unshare>(&step.operation))
                namespaces = &unshare->namespaces;
            return namespaces && std::ranges::any_of(*namespaces, [i](Namespace ns) {
                       return std::string_view(namespaceFile(ns)) == pinOrder[i];
                   });
        });
        if (made)
            pins.push_back(i);
    }
    return pins;
}

Result<BuilderProcess> startBuilder(BuildOrder &order)
{
    const auto *create =
        order.plan.steps.empty() ? nullptr : std::get_if<CreateProcess>(&order.plan.steps.front().operation);
    if (!create)
        return failure("plan", "a plan has to begin with the making of a process");
    auto channel = makeBuilderChannel();
    if (!channel)
        return std::unexpected(channel.error());
    int pidfd = -1;
    const auto build = [&order, &channel] { Builder(order, channel->second.get()).run(); };
    const std::uint64_t flags = cloneFlags(create->namespaces);
    sys::Outcome<pid_t> pid = std::unexpected(0);
    if (!order.prepared.empty()) {
        pid = forkInside(order.prepared.front().second.get(), flags & ~std::uint64_t{CLONE_NEWUSER}, &pidfd, build);
        if (!pid)
            order.prepared.clear(); // without
    }
    if (!pid)
        pid = sys::forkWith(flags, &pidfd);
    if (!pid) {
        auto error = systemError("cannot make the builder's process and namespaces", pid.error());
        error.error().step = order.plan.steps.front().id;
        if (pid.error() == EPERM)
            error.error().hint = "this machine may forbid user namespaces to ordinary users; \"pivotctl doctor\" tells";
        if (pid.error() == ENOSPC)
            error.error().hint = "a limit of /proc/sys/user/max_*_namespaces is reached";
        return error;
    }
    if (*pid == 0)
        build();
    return BuilderProcess{*pid, UniqueFd(pidfd), std::move(channel->first)};
}

} // namespace pivotbench::helper
