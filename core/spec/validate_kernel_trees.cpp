// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace pivotbench::core {
namespace {

/// What a minimal /dev holds already.
constexpr std::string_view minimalNames[] = {"null",  "zero",   "full",   "random", "urandom", "tty", "fd",
                                             "stdin", "stdout", "stderr", "ptmx",   "pts",     "shm"};
/// Devices behind which lies all of the machine's storage or memory.
constexpr std::string_view rawPrefixes[] = {"/dev/sd",     "/dev/nvme",    "/dev/vd",  "/dev/hd",
                                            "/dev/dm-",    "/dev/mapper/", "/dev/md",  "/dev/loop",
                                            "/dev/mmcblk", "/dev/disk/",   "/dev/xvd", "/dev/block/"};
constexpr std::string_view rawNames[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg"};

void checkProc(const Examined &examined, Findings &findings)
{
    switch (examined.spec.proc) {
    case ProcPolicy::Private:
        if (!examined.newPids() && examined.inUserNamespace())
            findings.add(
                "proc.pid-namespace", "proc",
                "in a user namespace procfs can be mounted only with a PID namespace that belongs to it: EPERM",
                "choose \"namespaces\": {\"pid\": \"new\"}, or \"proc\": \"host\"");
        else if (!examined.newPids())
            findings.add("proc.host-processes", "proc",
                         "procfs shows the processes of the PID namespace it is mounted in, and that is the machine's",
                         "choose \"namespaces\": {\"pid\": \"new\"}");
        break;
    case ProcPolicy::Host:
        findings.add("proc.host", "proc",
                     "the machine's /proc is bound: all its processes are listed inside, and /proc/sys and "
                     "/proc/PID/root of the "
                     "same user can be used",
                     "choose \"proc\": \"private\"");
        break;
    case ProcPolicy::None:
        findings.add("proc.none", "proc",
                     "there is no /proc: ps, mount, and programs that look themselves up there will not work",
                     "choose \"proc\": \"private\" unless that is the point");
        break;
    }
}

void checkSys(const Examined &examined, Findings &findings)
{
    const SysPolicy sys = examined.spec.sys;
    const bool fresh = sys == SysPolicy::ReadOnly || sys == SysPolicy::Private;
    if (fresh && examined.inUserNamespace() && examined.spec.namespaces.network == NetworkChoice::Host)
        findings.add("sys.network-namespace", "sys",
                     "in a user namespace sysfs can be mounted only with a network namespace that belongs to it, and "
                     "the network "
                     "is the machine's: EPERM",
                     "choose \"sys\": \"masked\", \"none\" or \"host\", or \"namespaces\": {\"network\": \"none\"}");
    if (sys == SysPolicy::Private && !examined.inUserNamespace())
        findings.add("sys.writable", "sys",
                     "sysfs is writable, and root inside is root outside: it can set up the machine's devices",
                     "choose \"sys\": \"readonly\"");
    if (sys == SysPolicy::Host)
        findings.add(
            "sys.host", "sys",
            "the machine's /sys is bound, writable as far as your rights go, cgroups and security settings included",
            "choose \"sys\": \"readonly\"");
}

void checkDevice(const std::string &path, const std::string &field, Findings &findings)
{
    checkPath(field, path, findings);
    const std::string device = normalPath(path);
    if (device == "/dev" || !isWithin(device, "/dev"))
        findings.add("dev.devices.place", field,
                     fmt::format("{} is not below /dev, and a device node keeps its place inside", printable(device)),
                     "name a node of the host's /dev, such as \"/dev/fuse\"");
    if (std::ranges::find(rawNames, device) != std::end(rawNames) ||
        std::ranges::any_of(rawPrefixes, [&](std::string_view prefix) { return device.starts_with(prefix); }))
        findings.add(
            "dev.devices.raw", field,
            fmt::format(
                "{} is the machine's storage or memory itself: whoever can open it needs no filesystem to leave "
                "the sandbox",
                printable(device)),
            "leave it out, or bind a directory of the mounted filesystem");
}

void checkDevices(const DevSpec &dev, Findings &findings)
{
    if (dev.policy != DevPolicy::Minimal && !dev.devices.empty())
        findings.add("dev.devices.unused", "dev.devices",
                     "single devices are added to a minimal /dev only, and this one is another",
                     "choose \"policy\": \"minimal\", or remove the devices");
    std::set<std::string> taken;
    for (const std::string_view name : minimalNames)
        taken.insert(fmt::format("/dev/{}", name));
    for (std::size_t i = 0; i < dev.devices.size(); ++i) {
        const std::string field = fmt::format("dev.devices[{}]", i);
        checkDevice(dev.devices[i], field, findings);
        if (!taken.insert(normalPath(dev.devices[i])).second)
            findings.add("dev.devices.duplicate", field,
                         fmt::format("{} is in the sandbox's /dev already", printable(dev.devices[i])), "remove it");
    }
}

void checkDev(const Examined &examined, Findings &findings)
{
    const DevSpec &dev = examined.spec.dev;
    if (dev.policy == DevPolicy::Devtmpfs && examined.inUserNamespace())
        findings.add("dev.devtmpfs.user-namespace", "dev.policy",
                     "devtmpfs cannot be mounted in a user namespace: EPERM", "choose \"policy\": \"minimal\"");
    else if (dev.policy == DevPolicy::Devtmpfs)
        findings.add("dev.devtmpfs.shared", "dev.policy",
                     "a fresh mount of devtmpfs is not a fresh /dev: there is one instance in the kernel, with every "
                     "device of the "
                     "machine, and what is removed in it is gone for all",
                     "choose \"policy\": \"minimal\"");
    if (dev.policy == DevPolicy::Host)
        findings.add(
            "dev.host", "dev.policy",
            "the machine's /dev is bound: every device that your user may open is reachable, its terminals included",
            "choose \"policy\": \"minimal\" and name the devices that are needed");
    checkDevices(dev, findings);
}

} // namespace

void checkKernelTrees(const Examined &examined, Findings &findings)
{
    checkProc(examined, findings);
    checkSys(examined, findings);
    checkDev(examined, findings);
}

} // namespace pivotbench::core
