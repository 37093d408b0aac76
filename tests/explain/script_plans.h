// SPDX-License-Identifier: Apache-2.0
//
// Plans whose scripts are checked and, by root, run: what the presets do, and what makes scripts difficult (a root that
// holds a single program and no /proc, a read-only root, other ids). The root of each is made from one static BusyBox.
#pragma once

#include "core/plan/planner.h"
#include "core/preset/presets.h"

#include <string>
#include <utility>
#include <vector>

namespace script_plans {

using namespace pivotbench::core;

struct Place {
    std::string layer;   ///< holds bin/busybox
    std::string runtime; ///< mount points are made here
};

struct Row {
    std::string name;
    SandboxSpec spec;
    bool privileged = true; ///< planned for root; otherwise for user 1000 with subordinate ids
    bool cgroup = false; ///< with a step into a cgroup of its own, without limits: not every host hands out controllers
};

inline SandboxSpec bare(const Place &place)
{
    SandboxSpec spec;
    spec.name = "bare";
    spec.root.layers = {{place.layer, {}}};
    spec.root.switchRoot = SwitchRoot::PivotRoot;
    spec.proc = ProcPolicy::None;
    spec.sys = SysPolicy::None;
    spec.dev.policy = DevPolicy::None;
    spec.process.args = {"busybox", "true"};
    spec.process.env = {"PATH=/bin", "GREETING=it's me"};
    return spec;
}

inline SandboxSpec playground(const Place &place)
{
    SandboxSpec spec = bare(place);
    spec.name = "playground";
    spec.root.switchRoot = SwitchRoot::PivotRootDot;
    spec.proc = ProcPolicy::Private;
    spec.sys = SysPolicy::ReadOnly;
    spec.dev.policy = DevPolicy::Minimal;
    spec.hostname = "play";
    spec.files.hosts = {FileInjection::Text, "127.0.0.1 play\n"};
    spec.mounts = {{"/data", "tmpfs", "data", {"size=64k", "nosuid", "noexec", "ro"}},
                   {"/layer", "bind", place.layer, {"rbind", "rro", "nodev", "rslave"}}};
    spec.maskedPaths = {"/proc/acpi", "/proc/kcore", "/proc/absent"};
    spec.readonlyPaths = {"/proc/sys", "/proc/absent"};
    spec.process.rlimits = {{"RLIMIT_NOFILE", 100, 200}};
    return spec;
}

inline std::vector<Row> rows(const Place &place)
{
    std::vector<Row> rows;
    const auto add = [&](const char *name, SandboxSpec spec, bool privileged = true) {
        rows.push_back({name, std::move(spec), privileged, false});
    };
    add("the playground", playground(place));
    SandboxSpec spec = playground(place);
    spec.root.switchRoot = SwitchRoot::PivotRoot;
    add("the playground with put_old", spec);
    spec.namespaces.user = UserNamespaceChoice::New;
    add("the playground in a user namespace of root's", spec);
    spec = playground(place);
    spec.process.uid = 1000;
    spec.process.gid = 1000;
    spec.process.additionalGids = {5};
    spec.process.capabilities = {CapabilityChoice::List, {"CAP_NET_BIND_SERVICE"}};
    add("an ordinary user with one ambient capability", spec);
    spec = playground(place);
    spec.namespaces.time = NamespaceChoice::New;
    spec.namespaces.pid = NamespaceChoice::Host;
    add("a time namespace and the host's processes", spec);
    add("the playground as an ordinary user plans it", playground(place), false);
    add("the bare pivot", bare(place));
    add("the bare pivot as an ordinary user plans it", bare(place), false);
    spec = bare(place);
    spec.root.switchRoot = SwitchRoot::PivotRootDot;
    spec.root.writable = Writable::None;
    add("a read-only root without /proc", spec);
    spec = playground(place);
    spec.root.switchRoot = SwitchRoot::Chroot;
    add("the chroot jail", spec);
    spec = bare(place);
    spec.root.switchRoot = SwitchRoot::None;
    spec.namespaces = {.mount = NamespaceChoice::Host,
                       .pid = NamespaceChoice::Host,
                       .uts = NamespaceChoice::Host,
                       .ipc = NamespaceChoice::Host,
                       .network = NetworkChoice::Host,
                       .cgroup = NamespaceChoice::Host};
    spec.process.env = {"PATH=/usr/bin:/bin"};
    add("nothing but a command", spec);
    spec = playground(place);
    spec.namespaces.cgroup = NamespaceChoice::Host;
    rows.push_back({"a cgroup of its own", spec, true, true});
    for (const Preset &preset : presets()) {
        spec = findPreset(preset.id).value_or(bare(place));
        for (Layer &layer : spec.root.layers)
            layer.path = layer.builtin == "system" ? "/" : place.layer;
        rows.push_back({"preset " + preset.name, spec, true, false});
    }
    return rows;
}

inline Result<Plan> planOf(const Place &place, const Row &row)
{
    HostFacts facts;
    facts.kernelMajor = 6;
    facts.kernelMinor = 6;
    facts.runtimeDirectory = place.runtime;
    facts.stateDirectory = place.runtime + "/state";
    facts.privileged = row.privileged;
    if (row.privileged) {
        facts.ownUidMap = facts.ownGidMap = {{0, 0, 4294967295U}};
    } else {
        facts.uid = facts.gid = 1000;
        facts.idMapTools = true;
        facts.subordinateUids = facts.subordinateGids = {{0, 100000, 65536}};
    }
    Result<Plan> plan = makePlan(row.spec, facts);
    if (plan && row.cgroup)
        plan->steps.insert(
            plan->steps.begin() + 1,
            {.id = "cgroup", .phase = Phase::Namespaces, .cause = "resources", .operation = EnterCgroup{}});
    return plan;
}

} // namespace script_plans
