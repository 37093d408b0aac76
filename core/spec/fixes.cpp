// SPDX-License-Identifier: Apache-2.0
#include "core/spec/fixes.h"

#include "core/spec/environment.h"
#include "core/spec/validation.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <vector>

namespace pivotbench::core {
namespace {

constexpr const char *usualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The first index of a field: 2 of "mounts[2].options"; none where it has no list.
std::optional<std::size_t> indexIn(std::string_view field)
{
    const std::size_t open = field.find('[');
    if (open == std::string_view::npos)
        return std::nullopt;
    std::size_t index = 0;
    const std::string_view digits = field.substr(open + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end == digits.data() + digits.size() || *end != ']')
        return std::nullopt;
    return index;
}

/// Where a change is made: the spec, and the entry of a list that the finding names.
struct Place {
    SandboxSpec &spec;
    std::size_t index = 0;
};

/// Removes the entry that the field names; false where there is none.
template <typename T> bool removeAt(std::vector<T> &list, std::size_t index)
{
    if (index >= list.size())
        return false;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    return true;
}

bool addOption(const Place &at, const char *option)
{
    if (at.index >= at.spec.mounts.size())
        return false;
    std::vector<std::string> &options = at.spec.mounts[at.index].options;
    std::erase(options, "rw");
    if (std::ranges::find(options, option) == options.end())
        options.emplace_back(option);
    return true;
}

bool isRecursiveBind(const MountSpec &mount)
{
    return mount.type == "rbind" || std::ranges::find(mount.options, "rbind") != mount.options.end();
}

/// Before the first of the list below it. What a policy mounts comes before the whole list, and stays hidden.
bool moveBeforeHidden(const Place &at)
{
    if (at.index >= at.spec.mounts.size())
        return false;
    const auto moved = at.spec.mounts.begin() + static_cast<std::ptrdiff_t>(at.index);
    const std::string folder = normalPath(moved->destination);
    const auto first = std::find_if(at.spec.mounts.begin(), moved, [&](const MountSpec &mount) {
        const std::string path = normalPath(mount.destination);
        return path != folder && isWithin(path, folder);
    });
    std::rotate(first, moved, moved + 1);
    return true;
}

struct Change {
    std::string_view id;
    const char *label;
    bool (*apply)(const Place &at); ///< false: not this spec's finding
};

template <auto Member, auto Value> bool setTo(const Place &at)
{
    at.spec.*Member = Value;
    return true;
}
template <auto Outer, auto Member, auto Value> bool setIn(const Place &at)
{
    at.spec.*Outer.*Member = Value;
    return true;
}

constexpr Change changes[] = {
    {"root.layers.none", "Use the BusyBox root",
     [](const Place &at) {
         at.spec.root.layers = {Layer{.path = {}, .builtin = "busybox"}};
         return true;
     }},
    {"root.layers.empty", "Remove the layer",
     [](const Place &at) { return removeAt(at.spec.root.layers, at.index); }},
    {"root.layers.duplicate", "Remove the second one",
     [](const Place &at) { return removeAt(at.spec.root.layers, at.index); }},
    {"root.layers.builtin", "Use the directory alone",
     [](const Place &at) {
         if (at.index >= at.spec.root.layers.size() || at.spec.root.layers[at.index].path.empty())
             return false;
         at.spec.root.layers[at.index].builtin.clear();
         return true;
     }},
    {"root.direct.layers", "Discard changes instead", setIn<&SandboxSpec::root, &RootSpec::writable, Writable::Discard>},
    {"root.direct.host", "Discard changes instead", setIn<&SandboxSpec::root, &RootSpec::writable, Writable::Discard>},
    {"root.scratchBytes.unused", "Remove the size limit", setIn<&SandboxSpec::root, &RootSpec::scratchBytes, 0U>},
    {"root.keepName.unused", "Remove the name",
     [](const Place &at) {
         at.spec.root.keepName.clear();
         return true;
     }},
    {"root.keepName.missing", "Call it “kept”",
     [](const Place &at) {
         at.spec.root.keepName = "kept";
         return true;
     }},
    {"root.keepName.invalid", "Call it “kept”",
     [](const Place &at) {
         at.spec.root.keepName = "kept";
         return true;
     }},
    {"root.putOld.root", "Use pivot_root(\".\", \".\")",
     setIn<&SandboxSpec::root, &RootSpec::switchRoot, SwitchRoot::PivotRootDot>},
    {"root.putOld.kernel-tree", "Use pivot_root(\".\", \".\")",
     setIn<&SandboxSpec::root, &RootSpec::switchRoot, SwitchRoot::PivotRootDot>},
    {"root.putOld.read-only", "Use pivot_root(\".\", \".\")",
     setIn<&SandboxSpec::root, &RootSpec::switchRoot, SwitchRoot::PivotRootDot>},
    {"root.switchRoot.chroot", "Use pivot_root",
     setIn<&SandboxSpec::root, &RootSpec::switchRoot, SwitchRoot::PivotRootDot>},
    {"root.switchRoot.none", "Use pivot_root",
     setIn<&SandboxSpec::root, &RootSpec::switchRoot, SwitchRoot::PivotRootDot>},
    {"root.switchRoot.mount-namespace", "Give it a mount namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::mount, NamespaceChoice::New>},
    {"root.propagation.slave", "Make it private",
     setIn<&SandboxSpec::root, &RootSpec::propagation, RootPropagation::Private>},
    {"root.propagation.shared", "Make it private",
     setIn<&SandboxSpec::root, &RootSpec::propagation, RootPropagation::Private>},
    {"root.propagation.unbindable", "Make it private",
     setIn<&SandboxSpec::root, &RootSpec::propagation, RootPropagation::Private>},
    {"root.propagation.unchanged", "Make it private",
     setIn<&SandboxSpec::root, &RootSpec::propagation, RootPropagation::Private>},
    {"kernel.put-old-shared", "Make the tree private",
     setIn<&SandboxSpec::root, &RootSpec::propagation, RootPropagation::Private>},
    {"mounts.source.writable", "Make it read-only",
     [](const Place &at) {
         return at.index < at.spec.mounts.size() &&
                addOption(at, isRecursiveBind(at.spec.mounts[at.index]) ? "rro" : "ro");
     }},
    {"mounts.options.read-only-top", "Make all of it read-only", [](const Place &at) { return addOption(at, "rro"); }},
    {"mounts.cgroup2.writable", "Make it read-only", [](const Place &at) { return addOption(at, "ro"); }},
    {"mounts.source.control-socket", "Remove the mount",
     [](const Place &at) { return removeAt(at.spec.mounts, at.index); }},
    {"mounts.source.kernel-tree", "Remove the mount",
     [](const Place &at) { return removeAt(at.spec.mounts, at.index); }},
    {"mounts.destination.root", "Remove the mount", [](const Place &at) { return removeAt(at.spec.mounts, at.index); }},
    {"mounts.destination.proc", "Remove the mount", [](const Place &at) { return removeAt(at.spec.mounts, at.index); }},
    {"mounts.destination.duplicate", "Remove the mount",
     [](const Place &at) { return removeAt(at.spec.mounts, at.index); }},
    {"mounts.destination.hidden", "Move it before what it hides", moveBeforeHidden},
    {"mounts.proc.pid-namespace", "Give it a PID namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::pid, NamespaceChoice::New>},
    {"mounts.sysfs.network-namespace", "Give it a network namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::network, NetworkChoice::None>},
    {"mounts.mqueue.ipc-namespace", "Give it an IPC namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::ipc, NamespaceChoice::New>},
    {"mounts.mqueue.host", "Give it an IPC namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::ipc, NamespaceChoice::New>},
    {"mounts.cgroup2.cgroup-namespace", "Give it a cgroup namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::cgroup, NamespaceChoice::New>},
    {"namespaces.mount.host", "Give it a mount namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::mount, NamespaceChoice::New>},
    {"namespaces.mount.needed", "Give it a mount namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::mount, NamespaceChoice::New>},
    {"namespaces.pid.host", "Give it a PID namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::pid, NamespaceChoice::New>},
    {"namespaces.ipc.host", "Give it an IPC namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::ipc, NamespaceChoice::New>},
    {"namespaces.cgroup.host", "Give it a cgroup namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::cgroup, NamespaceChoice::New>},
    {"namespaces.network.host", "Cut it off the network",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::network, NetworkChoice::None>},
    {"namespaces.time.kernel", "Use the machine's clock",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::time, NamespaceChoice::Host>},
    {"namespaces.user.privilege", "Give it a user namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::user, UserNamespaceChoice::Auto>},
    {"namespaces.user.root", "Give it a user namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::user, UserNamespaceChoice::New>},
    {"idMaps.empty", "Choose the map by itself", setIn<&SandboxSpec::idMaps, &IdMapSpec::mode, IdMapMode::Auto>},
    {"idMaps.granted", "Choose the map by itself", setIn<&SandboxSpec::idMaps, &IdMapSpec::mode, IdMapMode::Auto>},
    {"idMaps.overlap", "Choose the map by itself", setIn<&SandboxSpec::idMaps, &IdMapSpec::mode, IdMapMode::Auto>},
    {"idMaps.tools", "Map your own id alone", setIn<&SandboxSpec::idMaps, &IdMapSpec::mode, IdMapMode::Single>},
    {"idMaps.ranges.unused", "Remove the ranges",
     [](const Place &at) {
         at.spec.idMaps.uid.clear();
         at.spec.idMaps.gid.clear();
         return true;
     }},
    {"proc.pid-namespace", "Give it a PID namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::pid, NamespaceChoice::New>},
    {"proc.host-processes", "Give it a PID namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::pid, NamespaceChoice::New>},
    {"proc.host", "Make /proc private", setTo<&SandboxSpec::proc, ProcPolicy::Private>},
    {"proc.none", "Mount a private /proc", setTo<&SandboxSpec::proc, ProcPolicy::Private>},
    {"sys.network-namespace", "Give it a network namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::network, NetworkChoice::None>},
    {"sys.writable", "Make /sys read-only", setTo<&SandboxSpec::sys, SysPolicy::ReadOnly>},
    {"sys.host", "Make /sys private and read-only", setTo<&SandboxSpec::sys, SysPolicy::ReadOnly>},
    {"dev.devtmpfs.user-namespace", "Use a minimal /dev",
     setIn<&SandboxSpec::dev, &DevSpec::policy, DevPolicy::Minimal>},
    {"dev.devtmpfs.shared", "Use a minimal /dev", setIn<&SandboxSpec::dev, &DevSpec::policy, DevPolicy::Minimal>},
    {"dev.host", "Use a minimal /dev", setIn<&SandboxSpec::dev, &DevSpec::policy, DevPolicy::Minimal>},
    {"dev.devices.unused", "Use a minimal /dev", setIn<&SandboxSpec::dev, &DevSpec::policy, DevPolicy::Minimal>},
    {"dev.devices.place", "Remove the device", [](const Place &at) { return removeAt(at.spec.dev.devices, at.index); }},
    {"dev.devices.duplicate", "Remove the device",
     [](const Place &at) { return removeAt(at.spec.dev.devices, at.index); }},
    {"dev.devices.raw", "Remove the device", [](const Place &at) { return removeAt(at.spec.dev.devices, at.index); }},
    {"hostname.namespace", "Give it a UTS namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::uts, NamespaceChoice::New>},
    {"domainname.namespace", "Give it a UTS namespace",
     setIn<&SandboxSpec::namespaces, &NamespacesSpec::uts, NamespaceChoice::New>},
    {"seccomp.none", "Use the default filter",
     setIn<&SandboxSpec::seccomp, &SeccompSpec::choice, SeccompChoice::Default>},
    {"seccomp.path.missing", "Use the default filter",
     setIn<&SandboxSpec::seccomp, &SeccompSpec::choice, SeccompChoice::Default>},
    {"seccomp.path.unused", "Remove the path",
     [](const Place &at) {
         at.spec.seccomp.path.clear();
         return true;
     }},
    {"process.capabilities.all", "Keep the usual ones",
     [](const Place &at) {
         at.spec.process.capabilities = {};
         return true;
     }},
    {"process.capabilities.unknown", "Remove it",
     [](const Place &at) { return removeAt(at.spec.process.capabilities.names, at.index); }},
    {"process.capabilities.strong", "Remove it",
     [](const Place &at) { return removeAt(at.spec.process.capabilities.names, at.index); }},
    {"process.noNewPrivileges.off", "Switch it on",
     [](const Place &at) {
         at.spec.process.noNewPrivileges = true;
         return true;
     }},
    {"process.rlimits.order", "Lower the soft limit",
     [](const Place &at) {
         if (at.index >= at.spec.process.rlimits.size())
             return false;
         at.spec.process.rlimits[at.index].soft = at.spec.process.rlimits[at.index].hard;
         return true;
     }},
    {"process.rlimits.type", "Remove it",
     [](const Place &at) { return removeAt(at.spec.process.rlimits, at.index); }},
    {"process.rlimits.duplicate", "Remove it",
     [](const Place &at) { return removeAt(at.spec.process.rlimits, at.index); }},
    {"process.args.missing", "Run a shell",
     [](const Place &at) {
         at.spec.process.args = {"/bin/sh"};
         return true;
     }},
    {"process.args.empty", "Run a shell",
     [](const Place &at) {
         at.spec.process.args = {"/bin/sh"};
         return true;
     }},
    {"process.env.form", "Remove it", [](const Place &at) { return removeAt(at.spec.process.env, at.index); }},
    {"process.env.duplicate", "Remove it", [](const Place &at) { return removeAt(at.spec.process.env, at.index); }},
    {"process.env.path", "Set the usual PATH",
     [](const Place &at) {
         setVariable(at.spec.process.env, usualPath);
         return true;
     }},
    {"process.cwd.proc", "Start in /",
     [](const Place &at) {
         at.spec.process.cwd = "/";
         return true;
     }},
    {"process.terminal.devpts", "Use a minimal /dev",
     setIn<&SandboxSpec::dev, &DevSpec::policy, DevPolicy::Minimal>},
    {"process.user.setgroups", "Remove the groups",
     [](const Place &at) {
         at.spec.process.additionalGids.clear();
         return true;
     }},
    {"process.user.unmapped", "Run as root inside",
     [](const Place &at) {
         at.spec.process.uid = at.spec.process.gid = 0;
         return true;
     }},
    {"resources.controller", "Remove the limits",
     [](const Place &at) {
         at.spec.resources = {};
         return true;
     }},
};

} // namespace

std::optional<Fix> fixOf(const Finding &finding, const SandboxSpec &spec)
{
    const auto *change = std::ranges::find(changes, std::string_view(finding.id), &Change::id);
    if (change == std::end(changes))
        return std::nullopt;
    Fix fix{.label = change->label, .spec = spec};
    // A finding without an index is none of a list; no list is so long that its place would be taken for one.
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    if (!change->apply({fix.spec, indexIn(finding.field).value_or(none)}) || fix.spec == spec)
        return std::nullopt;
    return fix;
}

std::vector<std::string_view> findingsWithFixes()
{
    std::vector<std::string_view> ids;
    for (const Change &change : changes)
        ids.push_back(change.id);
    return ids;
}

} // namespace pivotbench::core
