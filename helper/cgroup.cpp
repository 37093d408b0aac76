// SPDX-License-Identifier: Apache-2.0
#include "helper/cgroup.h"

#include "core/base/text.h"
#include "helper/linux_system.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::helper {

using namespace core;

namespace {

Status writeFile(const std::string &path, const std::string &text)
{
    const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path.c_str(), O_WRONLY);
    if (!fd)
        return systemError("cannot open the cgroup's file", fd.error(), path);
    if (::write(fd->get(), text.data(), text.size()) < 0)
        return systemError(fmt::format("cannot write \"{}\" to the cgroup's file", text), errno, path);
    return {};
}

std::string readFile(const std::string &path)
{
    const sys::OutcomeFd fd = sys::openAt(AT_FDCWD, path.c_str(), O_RDONLY);
    char text[4096];
    const ssize_t size = fd ? ::read(fd->get(), text, sizeof text) : -1;
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

bool holds(const std::string &words, std::string_view wanted)
{
    std::string flat = words;
    for (char &c : flat)
        c = c == '\n' ? ' ' : c;
    for (const std::string_view word : split(flat, ' '))
        if (word == wanted)
            return true;
    return false;
}

/// A cgroup with processes of its own cannot hand controllers on ("no internal processes"), so the helper first moves
/// itself into a leaf. It does that only when it is alone there: other people's processes are not moved.
Status handOn(const std::string &parent, const std::string &controllers)
{
    if (writeFile(parent + "/cgroup.subtree_control", controllers))
        return {};
    const std::string own = std::to_string(::getpid()) + "\n";
    const std::string leaf = parent + "/pivotbench-helper";
    if (readFile(parent + "/cgroup.procs") == own && (::mkdir(leaf.c_str(), 0755) == 0 || errno == EEXIST))
        if (Status moved = writeFile(leaf + "/cgroup.procs", own); !moved)
            return moved;
    Status handed = writeFile(parent + "/cgroup.subtree_control", controllers);
    if (!handed)
        handed.error().hint = "start the helper in a cgroup of its own: systemd-run --user --scope -p Delegate=yes "
                              "pivotctl run …";
    return handed;
}

} // namespace

Result<Cgroup> Cgroup::create(const std::string &parent, const std::string &id, const ResourcesSpec &limits)
{
    struct Setting {
        const char *controller;
        const char *file;
        std::string value;
    };
    std::vector<Setting> settings;
    if (limits.memoryBytes) {
        settings.push_back({"memory", "memory.max", std::to_string(*limits.memoryBytes)});
        settings.push_back({"memory", "memory.oom.group", "1"});
    }
    if (limits.pids)
        settings.push_back({"pids", "pids.max", std::to_string(*limits.pids)});
    if (limits.cpuQuota)
        settings.push_back({"cpu", "cpu.max", fmt::format("{} 100000", *limits.cpuQuota)});
    if (limits.cpuWeight)
        settings.push_back({"cpu", "cpu.weight", std::to_string(*limits.cpuWeight)});

    const std::string present = readFile(parent + "/cgroup.controllers");
    std::string wanted;
    for (const Setting &setting : settings) {
        if (!holds(present, setting.controller))
            return failure("cgroup.controller",
                           fmt::format("the cgroup v2 controller \"{}\" is not available here", setting.controller),
                           parent, "leave the limit out, or boot with cgroup v2 alone and a delegated cgroup");
        wanted += fmt::format("{}+{}", wanted.empty() ? "" : " ", setting.controller);
    }
    if (Status handed = handOn(parent, wanted); !handed)
        return wrap(handed.error(), "handing controllers on to the sandbox's cgroup");
    Cgroup cgroup(fmt::format("{}/pivotbench-{}", parent, id));
    if (::mkdir(cgroup.m_path.c_str(), 0755) < 0) {
        const int error = errno;
        cgroup.m_path.clear();
        return systemError("cannot make the sandbox's cgroup", error, parent);
    }
    for (const Setting &setting : settings)
        if (Status set = writeFile(fmt::format("{}/{}", cgroup.m_path, setting.file), setting.value); !set)
            return std::unexpected(set.error());
    return cgroup;
}

Cgroup::Cgroup(Cgroup &&other) noexcept
    : m_path(std::exchange(other.m_path, {}))
{
}

Cgroup &Cgroup::operator=(Cgroup &&other) noexcept
{
    std::swap(m_path, other.m_path);
    return *this;
}

Cgroup::~Cgroup()
{
    if (m_path.empty())
        return;
    (void)writeFile(m_path + "/cgroup.kill", "1");
    (void)::rmdir(m_path.c_str());
}

Status Cgroup::add(pid_t pid) { return writeFile(m_path + "/cgroup.procs", std::to_string(pid)); }

bool Cgroup::ranOutOfMemory() const
{
    const std::string events = readFile(m_path + "/memory.events");
    const std::size_t at = events.find("oom_kill ");
    return at != std::string::npos && events[at + 9] != '0';
}

} // namespace pivotbench::helper
