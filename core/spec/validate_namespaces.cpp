// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include <fmt/format.h>

namespace pivotbench::core {
namespace {

/// Every field that asks for a mount, which without a mount namespace would be made on the machine itself.
std::vector<std::string> fieldsThatMount(const SandboxSpec &spec)
{
    std::vector<std::string> fields;
    const auto add = [&](bool mounts, const char *field) {
        if (mounts)
            fields.emplace_back(field);
    };
    add(spec.root.writable != Writable::Direct || spec.root.layers.size() > 1, "root.writable");
    add(!spec.mounts.empty(), "mounts");
    add(spec.proc != ProcPolicy::None, "proc");
    add(spec.sys != SysPolicy::None, "sys");
    add(spec.dev.policy != DevPolicy::None, "dev.policy");
    add(spec.files.resolvConf.mode != FileInjection::None, "files.resolvConf");
    add(spec.files.hosts.mode != FileInjection::None, "files.hosts");
    add(spec.files.hostnameFile.mode != FileInjection::None, "files.hostnameFile");
    add(!spec.maskedPaths.empty(), "maskedPaths");
    add(!spec.readonlyPaths.empty(), "readonlyPaths");
    return fields;
}

void checkMountNamespace(const Examined &examined, Findings &findings)
{
    if (examined.newMounts())
        return;
    findings.add(
        "namespaces.mount.host", "namespaces.mount",
        "the sandbox shares the machine's mount namespace: it sees every mount, and nothing that it does to them is "
        "undone when it ends",
        "choose \"mount\": \"new\" for anything but showing what chroot(2) alone does");
    for (const std::string &field : fieldsThatMount(examined.spec))
        findings.add("namespaces.mount.needed", field,
                     "this needs a mount, and without a mount namespace of its own the sandbox would mount it over the "
                     "machine's "
                     "own tree",
                     "choose \"namespaces\": {\"mount\": \"new\"}, or ask for no mount here (\"none\", \"direct\", an "
                     "empty list)");
}

void checkUserNamespace(const Examined &examined, Findings &findings)
{
    const HostFacts &facts = examined.facts;
    const std::string field = "namespaces.user";
    if (!examined.newUser()) {
        if (facts.privileged && !examined.inUserNamespace())
            findings.add(
                "namespaces.user.root", field,
                "there is no user namespace: root inside is root outside, and only capabilities, seccomp and the "
                "mounts "
                "keep it in",
                "choose \"user\": \"new\" with explicit idMaps, so that root inside is an ordinary id outside");
        else if (!facts.privileged)
            findings.add(
                "namespaces.user.privilege", field,
                "without a user namespace of its own the sandbox needs root: unshare(2) and mount(2) are EPERM for an "
                "ordinary user",
                "choose \"user\": \"auto\" or \"new\", or run it as root");
        return;
    }
    if (!facts.userNamespaces)
        findings.add("namespaces.user.unavailable", field,
                     fmt::format("a user namespace is needed and this machine allows none{}{}",
                                 facts.userNamespaceObstacle.empty() ? "" : ": ", facts.userNamespaceObstacle),
                     "let an administrator allow them (sysctl user.max_user_namespaces=15000, "
                     "kernel.unprivileged_userns_clone=1), or run it as root");
    if (facts.appArmorRestricts)
        findings.add(
            "namespaces.user.apparmor", field,
            "AppArmor on this machine takes the capabilities away in a user namespace of a program without a profile: "
            "the first mount would fail with EACCES or EPERM",
            "install the AppArmor profile of the package, or let an administrator set "
            "kernel.apparmor_restrict_unprivileged_userns=0");
}

} // namespace

void checkNamespaces(const Examined &examined, Findings &findings)
{
    const NamespacesSpec &namespaces = examined.spec.namespaces;
    checkMountNamespace(examined, findings);
    checkUserNamespace(examined, findings);
    if (!examined.newPids())
        findings.add(
            "namespaces.pid.host", "namespaces.pid",
            "the sandbox shares the machine's PID namespace: it sees all processes, can signal those of its user, and "
            "what it starts can outlive it",
            "choose \"pid\": \"new\"");
    if (namespaces.ipc == NamespaceChoice::Host)
        findings.add("namespaces.ipc.host", "namespaces.ipc",
                     "the sandbox reaches the machine's System V shared memory, semaphores and message queues",
                     "choose \"ipc\": \"new\"");
    if (namespaces.cgroup == NamespaceChoice::Host)
        findings.add("namespaces.cgroup.host", "namespaces.cgroup",
                     "/proc/self/cgroup inside shows where in the machine's tree of cgroups the sandbox is",
                     "choose \"cgroup\": \"new\" to hide that");
    if (namespaces.network == NetworkChoice::Host)
        findings.add(
            "namespaces.network.host", "namespaces.network",
            "the sandbox has the machine's network: services on 127.0.0.1 and abstract sockets trust it like a local "
            "user",
            "choose \"network\": \"none\"");
    if (namespaces.time == NamespaceChoice::New && !examined.facts.kernelAtLeast(5, 6))
        findings.add("namespaces.time.kernel", "namespaces.time",
                     fmt::format("time namespaces came with Linux 5.6, and this is {}", examined.facts.kernelRelease),
                     "choose \"time\": \"host\"");
}

} // namespace pivotbench::core
