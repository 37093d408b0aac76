// SPDX-License-Identifier: Apache-2.0
//
// The executor's last steps: terminal, session, limits, ids, capabilities, filters, and the program. From SpawnPayload
// on they run in a child that shares the builder's memory until it executes; the builder waits meanwhile.
#include "helper/builder_channel.h"
#include "helper/capabilities.h"
#include "helper/exec_program.h"
#include "helper/executor.h"
#include "helper/payload_process.h"
#include "helper/resource_limits.h"
#include "helper/terminal.h"

#include <cerrno>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

/// Group ids as the kernel takes them. The id calls below are raw: glibc's wrappers tell every thread of the process,
/// and this child shares the list of its parent's.
std::vector<gid_t> groupIds(const std::vector<std::uint32_t> &ids) { return {ids.begin(), ids.end()}; }

} // namespace

Result<Outcome> Executor::run(const OpenTerminal &)
{
    std::uint32_t owner = 0;
    for (const Step &step : m_order->plan.steps)
        if (const auto *ids = std::get_if<SetIds>(&step.operation))
            owner = ids->uid;
    Result<Terminal> terminal = openTerminal(m_order->window, owner);
    if (!terminal)
        return std::unexpected(terminal.error());
    const int master = terminal->master.get();
    if (const int error = sendMessage(m_channel, {.kind = BuilderMessageKind::Terminal}, {}, std::span(&master, 1));
        error != 0)
        return systemError("cannot hand over the terminal", error);
    const int slave = terminal->slave.get();
    if (Status placed = placeStreams(slave, slave, slave); !placed)
        return std::unexpected(placed.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SpawnPayload &) { return Outcome::Done; } // the builder has done it

Result<Outcome> Executor::run(const NewSession &step)
{
    if (::setsid() < 0)
        return systemError("cannot begin a new session", errno);
    if (step.controllingTerminal && ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
        return systemError("cannot make the terminal the controlling one", errno);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetResourceLimit &step)
{
    const std::optional<int> resource = resourceNumber(step.limit.type);
    if (!resource)
        return failure("rlimit", "unknown resource limit \"" + step.limit.type + "\"");
    const rlimit limit{step.limit.soft, step.limit.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(*resource), &limit) < 0) {
        auto error = systemError("cannot set the limit " + step.limit.type, errno);
        if (errno == EPERM)
            error.error().hint = "only root outside can raise a hard limit";
        return error;
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const LimitCapabilities &step)
{
    Result<CapabilityMask> mask = capabilityMask(step.keep);
    if (!mask)
        return std::unexpected(mask.error());
    if (Status limited = limitBoundingSet(*mask); !limited)
        return std::unexpected(limited.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetIds &step)
{
    if (Status kept = keepCapabilitiesOverIdChange(); !kept)
        return std::unexpected(kept.error());
    const std::vector<gid_t> groups = groupIds(step.additionalGids);
    if (step.setGroups && ::syscall(SYS_setgroups, groups.size(), groups.data()) < 0)
        return systemError("cannot set the supplementary groups", errno);
    if (::syscall(SYS_setresgid, step.gid, step.gid, step.gid) < 0)
        return systemError("cannot change the group id", errno);
    if (::syscall(SYS_setresuid, step.uid, step.uid, step.uid) < 0)
        return systemError("cannot change the user id", errno);
    dieWithParent();
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetCapabilities &step)
{
    Result<CapabilityMask> mask = capabilityMask(step.keep);
    if (!mask)
        return std::unexpected(mask.error());
    if (Status set = setCapabilities(*mask, step.ambient); !set)
        return std::unexpected(set.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetNoNewPrivileges &)
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return systemError("cannot set no_new_privs", errno);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const InstallSeccomp &)
{
    if (!m_order->seccomp)
        return failure("seccomp", "no filter was prepared");
    if (Status installed = install(*m_order->seccomp); !installed)
        return std::unexpected(installed.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const Execute &step) { return std::unexpected(executeProgram(step.args, step.env)); }

} // namespace pivotbench::helper
