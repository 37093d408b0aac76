// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <set>

namespace pivotbench::core {
namespace {

constexpr std::size_t maxStringBytes = std::size_t{128} * 1024 - 1; ///< MAX_ARG_STRLEN without its NUL, execve(2)
constexpr std::uint32_t noId = std::numeric_limits<std::uint32_t>::max();

void checkLengths(const std::vector<std::string> &strings, const char *field, Findings &findings)
{
    for (std::size_t i = 0; i < strings.size(); ++i)
        if (strings[i].size() > maxStringBytes)
            findings.add("process.strings.long", fmt::format("{}[{}]", field, i),
                         fmt::format("it has {} bytes; execve(2) takes {} in one string: E2BIG", strings[i].size(),
                                     maxStringBytes),
                         "pass it in a file");
}

void checkArgs(const ProcessSpec &process, Findings &findings)
{
    checkLengths(process.args, "process.args", findings);
    if (process.args.empty())
        findings.add("process.args.missing", "process.args", "there is no command to run",
                     "write a program and its arguments: [\"/bin/sh\"]");
    else if (process.args.front().empty())
        findings.add("process.args.empty", "process.args[0]", "the name of the program is empty",
                     "write the program's name or absolute path");
}

void checkEnvironment(const ProcessSpec &process, Findings &findings)
{
    checkLengths(process.env, "process.env", findings);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < process.env.size(); ++i) {
        const std::string_view variable = process.env[i];
        const std::string field = fmt::format("process.env[{}]", i);
        const std::size_t equals = variable.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            findings.add("process.env.form", field,
                         fmt::format("\"{}\" is not of the form NAME=VALUE", printable(variable.substr(0, 64))),
                         "write NAME=VALUE; nothing is taken from your own environment");
            continue;
        }
        const std::string_view name = variable.substr(0, equals);
        if (!names.insert(name).second)
            findings.add(
                "process.env.duplicate", field,
                fmt::format("{} is set above already, and programs differ in which one they take", printable(name)),
                "remove one of the two");
    }
    const bool searched = !process.args.empty() && !process.args.front().empty() && !process.args.front().contains('/');
    if (searched && !names.contains("PATH"))
        findings.add(
            "process.env.path", "process.env",
            fmt::format("\"{}\" has to be searched, and the environment has no PATH", printable(process.args.front())),
            "add PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin, or write the program's absolute "
            "path");
}

void checkWorkingDirectory(const ProcessSpec &process, Findings &findings)
{
    checkPath("process.cwd", process.cwd, findings);
    const std::string cwd = normalPath(process.cwd);
    if (isWithin(cwd, "/proc") || isWithin(cwd, "/dev/fd"))
        findings.add(
            "process.cwd.proc", "process.cwd",
            fmt::format("{} can lead through /proc/self/fd to a directory outside of the sandbox (CVE-2024-21626)",
                        printable(cwd)),
            "start in a directory of the root, and let the command change to it");
}

/// A pseudoterminal comes from the sandbox's own devpts, so there has to be one.
void checkTerminal(const SandboxSpec &spec, Findings &findings)
{
    const bool mounted = std::ranges::any_of(spec.mounts, [](const MountSpec &mount) {
        return mount.type == "devpts" && normalPath(mount.destination) == "/dev/pts";
    });
    if (spec.process.terminal && spec.dev.policy != DevPolicy::Minimal && !mounted)
        findings.add("process.terminal.devpts", "process.terminal",
                     "a terminal of the sandbox's own needs a devpts of its own on /dev/pts, and there is none",
                     "choose \"dev\": {\"policy\": \"minimal\"}, or run it without a terminal");
}

void checkId(const std::vector<IdRange> &map, std::uint32_t id, const std::string &field, Findings &findings)
{
    if (id == noId)
        findings.add("process.user.invalid", field, "4294967295 means \"no id\" to the kernel: EINVAL",
                     "write another id");
    else if (!map.empty() && !mapsInside(map, id))
        findings.add("process.user.unmapped", field,
                     fmt::format("id {} does not exist inside, because no range of the id map holds it: EINVAL", id),
                     "use an id of the map, or add a range to idMaps");
}

void checkUser(const Examined &examined, Findings &findings)
{
    const ProcessSpec &process = examined.spec.process;
    checkId(examined.ids.uid, process.uid, "process.user.uid", findings);
    checkId(examined.ids.gid, process.gid, "process.user.gid", findings);
    if (examined.ids.groupsDenied && !process.additionalGids.empty()) {
        findings.add("process.user.setgroups", "process.user.additionalGids",
                     "the kernel denies setgroups(2) in this user namespace, because leaving a group could gain access "
                     "(CVE-2014-8989)",
                     "remove the groups, or get subordinate ids (newuidmap, /etc/subuid)");
        return;
    }
    for (std::size_t i = 0; i < process.additionalGids.size(); ++i)
        checkId(examined.ids.gid, process.additionalGids[i], fmt::format("process.user.additionalGids[{}]", i),
                findings);
}

} // namespace

void checkProcess(const Examined &examined, Findings &findings)
{
    const ProcessSpec &process = examined.spec.process;
    checkArgs(process, findings);
    checkEnvironment(process, findings);
    checkWorkingDirectory(process, findings);
    checkTerminal(examined.spec, findings);
    checkUser(examined, findings);
}

} // namespace pivotbench::core
