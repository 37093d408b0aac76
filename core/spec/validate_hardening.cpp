// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"
#include "core/spec/capability_names.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace pivotbench::core {
namespace {

/// Each of these is a way to root of the machine for a process that no user namespace holds.
constexpr std::string_view strongCapabilities[] = {
    "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE",   "CAP_SYS_BOOT", "CAP_DAC_READ_SEARCH",
    "CAP_BPF",       "CAP_PERFMON",    "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE", "CAP_SYS_TIME", "CAP_MKNOD"};

/// setrlimit(2).
constexpr std::string_view limitTypes[] = {"RLIMIT_AS",     "RLIMIT_CORE",   "RLIMIT_CPU",        "RLIMIT_DATA",
                                           "RLIMIT_FSIZE",  "RLIMIT_LOCKS",  "RLIMIT_MEMLOCK",    "RLIMIT_MSGQUEUE",
                                           "RLIMIT_NICE",   "RLIMIT_NOFILE", "RLIMIT_NPROC",      "RLIMIT_RSS",
                                           "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK"};

constexpr std::uint64_t smallMemory = 1 << 20;
constexpr std::uint64_t smallestQuota =
    1000; ///< microseconds; less is EINVAL (kernel/sched/core.c, min_cfs_quota_period)
constexpr std::uint64_t largestWeight = 10000;

void checkCapabilities(const Examined &examined, Findings &findings)
{
    const CapabilitiesSpec &capabilities = examined.spec.process.capabilities;
    const std::string field = "process.capabilities";
    if (capabilities.choice == CapabilityChoice::All)
        findings.add(
            "process.capabilities.all", field,
            examined.inUserNamespace()
                ? "the command keeps every capability; they hold in its user namespace only, but open more of the "
                  "kernel "
                  "to attack"
                : "the command keeps every capability of root of this machine, which no mount or filter can hold in",
            "choose \"default\", or list those that are needed");
    if (capabilities.choice != CapabilityChoice::List)
        return;
    for (std::size_t i = 0; i < capabilities.names.size(); ++i) {
        const std::string &name = capabilities.names[i];
        const std::string place = fmt::format("{}[{}]", field, i);
        if (!capabilityNumber(name))
            findings.add("process.capabilities.unknown", place, fmt::format("\"{}\" is no capability", printable(name)),
                         "write a name of capabilities(7) in full and in capitals, such as \"CAP_NET_BIND_SERVICE\"");
        else if (!examined.inUserNamespace() &&
                 std::ranges::find(strongCapabilities, name) != std::end(strongCapabilities))
            findings.add(
                "process.capabilities.strong", place,
                fmt::format("without a user namespace {} is a way out of the sandbox and to root of the machine", name),
                "remove it, or choose \"namespaces\": {\"user\": \"new\"}");
    }
}

void checkSeccomp(const SeccompSpec &seccomp, Findings &findings)
{
    if (seccomp.choice == SeccompChoice::None)
        findings.add("seccomp.none", "seccomp.profile",
                     "no system call is refused, not even those that only kernel developers and attackers use",
                     "choose \"profile\": \"default\"");
    if (seccomp.choice == SeccompChoice::File && seccomp.path.empty())
        findings.add("seccomp.path.missing", "seccomp.path", "the filter is to come from a file, and none is named",
                     "write the absolute path of an OCI seccomp profile, or choose \"profile\": \"default\"");
    else if (seccomp.choice == SeccompChoice::File)
        checkPath("seccomp.path", seccomp.path, findings);
    else if (!seccomp.path.empty())
        findings.add("seccomp.path.unused", "seccomp.path",
                     "a file is named, but the choice of profile does not use it",
                     "choose \"profile\": \"file\", or remove the path");
}

void checkLimits(const std::vector<ResourceLimit> &limits, Findings &findings)
{
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const ResourceLimit &limit = limits[i];
        const std::string field = fmt::format("process.rlimits[{}]", i);
        if (std::ranges::find(limitTypes, limit.type) == std::end(limitTypes))
            findings.add("process.rlimits.type", field + ".type",
                         fmt::format("\"{}\" is no resource limit", printable(limit.type)),
                         "write a name of setrlimit(2), such as \"RLIMIT_NOFILE\"");
        if (limit.soft > limit.hard)
            findings.add("process.rlimits.order", field,
                         fmt::format("the soft limit {} is above the hard limit {}, which it may never be: EINVAL",
                                     limit.soft, limit.hard),
                         "raise the hard limit, or lower the soft one");
        if (!seen.insert(limit.type).second)
            findings.add("process.rlimits.duplicate", field + ".type",
                         fmt::format("{} is set above already, and only one can be meant", printable(limit.type)),
                         "remove one of the two");
    }
}

std::string whyNoController(const HostFacts &facts)
{
    if (facts.cgroupLayout == CgroupLayout::Hybrid || facts.cgroupLayout == CgroupLayout::Legacy)
        return "this machine gives its controllers to cgroup v1";
    if (facts.cgroupDirectory.empty())
        return "there is no cgroup v2 directory of your own";
    return "it is not delegated to you";
}

std::string howToGetController(const HostFacts &facts, std::string_view controller)
{
    if (facts.cgroupLayout == CgroupLayout::Hybrid || facts.cgroupLayout == CgroupLayout::Legacy)
        return "boot with systemd.unified_cgroup_hierarchy=1, or remove the limit";
    return fmt::format(
        "run it below systemd with delegation: systemd-run --user --scope -p Delegate=yes …; where \"{}\" is still "
        "missing, set Delegate=cpu memory pids in a drop-in of user@.service; or remove the limit",
        controller);
}

void checkController(const HostFacts &facts, std::string_view field, std::string_view controller, Findings &findings)
{
    if (std::ranges::find(facts.cgroupControllers, controller) == facts.cgroupControllers.end())
        findings.add("resources.controller", fmt::format("resources.{}", field),
                     fmt::format("the limit needs the cgroup v2 controller \"{}\", and {}: it would not be enforced",
                                 controller, whyNoController(facts)),
                     howToGetController(facts, controller));
}

void checkValue(std::string_view field, std::uint64_t value, std::uint64_t low, std::uint64_t high, Findings &findings)
{
    if (value < low || value > high)
        findings.add("resources.value", fmt::format("resources.{}", field),
                     fmt::format("{} is outside of {} to {}, which is what the kernel takes", value, low, high),
                     "write a value within, or remove the limit");
}

void checkResources(const Examined &examined, Findings &findings)
{
    const ResourcesSpec &resources = examined.spec.resources;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    constexpr std::uint64_t mostPids = 4194304; // PID_MAX_LIMIT
    const auto check = [&](const std::optional<std::uint64_t> &value, const char *field, const char *controller,
                           std::uint64_t low, std::uint64_t high) {
        if (!value)
            return;
        checkController(examined.facts, field, controller, findings);
        checkValue(field, *value, low, high, findings);
    };
    check(resources.memoryBytes, "memoryBytes", "memory", 4096, most);
    check(resources.pids, "pids", "pids", 1, mostPids);
    check(resources.cpuQuota, "cpuQuota", "cpu", smallestQuota, most / 1000);
    check(resources.cpuWeight, "cpuWeight", "cpu", 1, largestWeight);
    if (resources.memoryBytes && *resources.memoryBytes < smallMemory)
        findings.add(
            "resources.memoryBytes.small", "resources.memoryBytes",
            fmt::format(
                "{} bytes is less than most programs need to start; it would be killed for want of memory at once",
                *resources.memoryBytes),
            "the number is in bytes: 64 MiB is 67108864");
}

} // namespace

void checkHardening(const Examined &examined, Findings &findings)
{
    checkCapabilities(examined, findings);
    checkSeccomp(examined.spec.seccomp, findings);
    if (!examined.spec.process.noNewPrivileges)
        findings.add("process.noNewPrivileges.off", "process.noNewPrivileges",
                     "set-user-ID programs in the layers can raise the command's privileges again",
                     "leave it on unless sudo or the like is to work inside");
    checkLimits(examined.spec.process.rlimits, findings);
    checkResources(examined, findings);
}

} // namespace pivotbench::core
