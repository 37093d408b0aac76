// SPDX-License-Identifier: Apache-2.0
//
// What the executor's parts share, and the steps that make the process and its ids. Mount steps: executor_mounts.cpp.
// Steps on files and on the root: executor_files.cpp. Steps of the payload: executor_payload.cpp.
#include "helper/executor.h"

#include "core/base/overloaded.h"
#include "helper/builder_channel.h"
#include "helper/linux_system.h"
#include "helper/sandbox_path.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

std::uint64_t cloneFlag(Namespace ns)
{
    switch (ns) {
    case Namespace::User: return CLONE_NEWUSER;
    case Namespace::Mount: return CLONE_NEWNS;
    case Namespace::Pid: return CLONE_NEWPID;
    case Namespace::Uts: return CLONE_NEWUTS;
    case Namespace::Ipc: return CLONE_NEWIPC;
    case Namespace::Network: return CLONE_NEWNET;
    case Namespace::Cgroup: return CLONE_NEWCGROUP;
    case Namespace::Time: return 0x00000080; // CLONE_NEWTIME, not in every <sched.h>
    }
    return 0;
}

/// The process file system itself, not something mounted over it (CVE-2025-52881).
Result<UniqueFd> openHostProc()
{
    sys::OutcomeFd fd = sys::openAt(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!fd)
        return systemError("cannot open the process file system", fd.error(), "/proc");
    struct statfs status{};
    if (::fstatfs(fd->get(), &status) < 0 || status.f_type != PROC_SUPER_MAGIC)
        return failure("builder.proc", "is not a process file system", "/proc", "mount proc on /proc");
    return std::move(*fd);
}

} // namespace

std::uint64_t cloneFlags(const std::vector<Namespace> &namespaces)
{
    std::uint64_t flags = 0;
    for (const Namespace ns : namespaces)
        flags |= cloneFlag(ns);
    return flags;
}

Result<Executor> Executor::prepare(BuildOrder &order, int channel)
{
    Executor executor(order, channel);
    Result<UniqueFd> proc = openHostProc();
    if (!proc)
        return std::unexpected(proc.error());
    executor.m_proc = std::move(*proc);
    return executor;
}

Result<core::UniqueFd> Executor::open(const Location &location)
{
    switch (location.base) {
    case Location::Base::Host: {
        sys::OutcomeFd fd = sys::openAt(AT_FDCWD, location.path.c_str(), O_PATH);
        if (!fd)
            return systemError("cannot open the path", fd.error(), location.path);
        return std::move(*fd);
    }
    case Location::Base::NewRoot: {
        Result<NewRoot *> root = newRoot();
        if (!root)
            return std::unexpected(root.error());
        return (*root)->open(location.path);
    }
    case Location::Base::Root: {
        sys::OutcomeFd root = sys::openAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
        if (!root)
            return systemError("cannot open the root", root.error(), "/");
        return openInside(root->get(), location.path);
    }
    }
    std::unreachable();
}

Result<NewRoot *> Executor::newRoot()
{
    if (!m_newRoot) {
        sys::OutcomeFd fd = sys::openAt(AT_FDCWD, m_order->plan.newRoot.c_str(), O_PATH | O_DIRECTORY);
        if (!fd)
            return systemError("cannot open the new root", fd.error(), m_order->plan.newRoot);
        m_newRoot.emplace(std::move(*fd));
    }
    return &*m_newRoot;
}

/// Writes a file of the builder's own /proc directory. RESOLVE_NO_XDEV: something mounted over it ends the launch; the
/// one link on the way is the kernel's "self".
Status Executor::writeProc(const char *file, std::string_view text)
{
    const std::string path = fmt::format("self/{}", file);
    sys::OutcomeFd fd =
        sys::openAt2(m_proc.get(), path.c_str(), O_WRONLY, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    if (!fd)
        return systemError("cannot open the file for writing", fd.error(), "/proc/" + path);
    if (::write(fd->get(), text.data(), text.size()) < 0)
        return systemError("cannot write the file", errno, "/proc/" + path);
    return {};
}

Result<Outcome> Executor::execute(const Step &step, std::size_t)
{
    Result<Outcome> outcome = std::visit([this](const auto &operation) { return run(operation); }, step.operation);
    if (!outcome)
        outcome.error().step = step.id;
    return outcome;
}

// The process and its ids ---------------------------------------------------------------------------------------------

Result<Outcome> Executor::run(const CreateProcess &) { return Outcome::Done; } // this very process

Result<Outcome> Executor::run(const DenySetgroups &)
{
    if (!m_order->prepared.empty())
        return Outcome::Done; // when the namespace was made
    // The files of a process that cannot be dumped belong to root; an ordinary user has to open them a moment
    // before. See WriteIdMaps for the other end of that moment.
    ::prctl(PR_SET_DUMPABLE, 1);
    if (Status status = writeProc("setgroups", "deny"); !status)
        return std::unexpected(status.error());
    return Outcome::Done;
}

/// Asks for something that only the helper can do to this process, and waits until it is done.
Status Executor::askHelper(bool maps)
{
    const BuilderMessageKind kind = maps ? BuilderMessageKind::WriteIdMaps : BuilderMessageKind::EnterCgroup;
    if (const int error = sendMessage(m_channel, {.kind = kind}); error != 0)
        return systemError("cannot ask the helper", error);
    Result<std::optional<BuilderMessage>> answer = receiveMessage(m_channel, true);
    if (!answer)
        return std::unexpected(answer.error());
    if (!*answer || (*answer)->header.kind != BuilderMessageKind::Go)
        return failure("builder.gone", "the helper went away");
    if ((*answer)->header.errnum != 0 || !(*answer)->strings.empty()) {
        const std::vector<std::string> &strings = (*answer)->strings;
        Error error{.code = "builder.refused",
                    .what = strings.empty() ? "the helper could not do it" : strings[0],
                    .errnum = (*answer)->header.errnum};
        if (strings.size() > 1)
            error.path = strings[1];
        if (strings.size() > 2)
            error.hint = strings[2];
        return std::unexpected(std::move(error));
    }
    return {};
}

Result<Outcome> Executor::run(const WriteIdMaps &maps)
{
    if (!m_order->prepared.empty())
        return Outcome::Done; // likewise
    ::prctl(PR_SET_DUMPABLE, 1);
    Status status;
    if (m_order->helperWritesMaps) {
        status = askHelper(true);
    } else {
        const auto line = [](const IdRange &range) {
            return fmt::format("{} {} {}\n", range.containerId, range.hostId, range.size);
        };
        status = writeProc("uid_map", line(maps.uid.front()));
        if (status)
            status = writeProc("gid_map", line(maps.gid.front()));
    }
    ::prctl(PR_SET_DUMPABLE, 0);
    if (!status)
        return std::unexpected(status.error());
    // From here on nobody can attach (ptrace(2), PTRACE_MODE checks); who attached in the moment before is found out.
    sys::OutcomeFd fd = sys::openAt(m_proc.get(), "self/status", O_RDONLY);
    char text[1024];
    const ssize_t size = fd ? ::read(fd->get(), text, sizeof text) : -1;
    if (size <= 0)
        return systemError("cannot read the builder's own status", fd ? errno : fd.error(), "/proc/self/status");
    if (std::string_view(text, static_cast<std::size_t>(size)).find("\nTracerPid:\t0\n") == std::string_view::npos)
        return failure("builder.traced", "another process traces the builder", {}, "end the tracer and launch again");
    return Outcome::Done;
}

Result<Outcome> Executor::run(const EnterCgroup &)
{
    if (Status status = askHelper(false); !status)
        return std::unexpected(status.error());
    return Outcome::Done;
}

Result<Outcome> Executor::run(const Unshare &unshare)
{
    std::vector<Namespace> made;
    for (const Namespace ns : unshare.namespaces) {
        const auto ready = std::ranges::find_if(m_order->prepared, [ns](const auto &entry) {
            return std::string_view(pinOrder[entry.first]) == namespaceFile(ns);
        });
        if (ready == m_order->prepared.end())
            made.push_back(ns);
        else if (::setns(ready->second.get(), 0) < 0)
            return systemError(fmt::format("cannot enter the {} namespace", namespaceWord(ns)), errno);
    }
    if (!made.empty() && ::unshare(static_cast<int>(cloneFlags(made))) < 0) {
        auto error = systemError("cannot make the new namespaces", errno);
        if (error.error().errnum == ENOSPC)
            error.error().hint = "a limit of /proc/sys/user/max_*_namespaces is reached";
        return error;
    }
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetHostname &hostname)
{
    if (::sethostname(hostname.name.data(), hostname.name.size()) < 0)
        return systemError("cannot set the host name", errno);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const SetDomainname &domainname)
{
    if (::setdomainname(domainname.name.data(), domainname.name.size()) < 0)
        return systemError("cannot set the domain name", errno);
    return Outcome::Done;
}

Result<Outcome> Executor::run(const BringUpLoopback &)
{
    // Any socket reaches the interfaces, and a local one is the cheapest to make.
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP;
    if (!socket || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) < 0)
        return systemError("cannot bring up the loopback interface", errno);
    return Outcome::Done;
}

} // namespace pivotbench::helper
