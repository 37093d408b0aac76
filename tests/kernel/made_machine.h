// SPDX-License-Identifier: Apache-2.0
//
// A made-up machine for predictions: four shared mounts, and an ordinary user.
#pragma once

#include "core/kernel/predict.h"
#include "core/kernel/tree.h"
#include "core/plan/planner.h"
#include "core/preset/builtins.h"
#include "core/preset/presets.h"

#include <QtGlobal>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pivotbench::tests {

using namespace pivotbench::core;
using namespace pivotbench::core::kernel;

/// Everything is there, and a directory, but for a few files.
class EverythingExists : public HostTree {
public:
    /// `made`: also what a launch makes.
    explicit EverythingExists(bool made = false)
        : m_made(made)
    {
    }
    Seen look(const std::string &directory, std::uint64_t, std::string_view name) const override
    {
        if (directory == "/dev")
            return {Kind::Device};
        if (directory.ends_with("/bin") || directory.ends_with("/etc") || directory == "/etc")
            return {.kind = Kind::File, .executable = true};
        if (!m_made && (name == ".put_old" || name == "upper" || name == "work" || name == "scratch"))
            return {Kind::Absent};
        return {Kind::Directory};
    }
    std::optional<bool> isEmpty(const std::string &, std::uint64_t) const override { return true; }

private:
    bool m_made;
};

inline constexpr const char *smallTable =
    "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "21 20 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw\n"
    "22 20 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:3 - sysfs sysfs rw\n"
    "23 20 0:6 / /dev rw,nosuid,relatime shared:4 - devtmpfs dev rw\n";

inline HostFacts someFacts()
{
    HostFacts facts;
    facts.uid = facts.gid = 1000;
    facts.userName = "somebody";
    facts.kernelRelease = "6.18.0";
    facts.kernelMajor = 6;
    facts.kernelMinor = 18;
    facts.runtimeDirectory = "/run/user/1000/pivotbench";
    facts.stateDirectory = "/home/somebody/.local/state/pivotbench";
    facts.cacheDirectory = "/home/somebody/.cache/pivotbench";
    facts.busyboxPath = "/bin/busybox";
    facts.idMapTools = true;
    facts.subordinateUids = {{0, 100000, 65536}};
    facts.subordinateGids = {{0, 100000, 65536}};
    return facts;
}

inline Machine machineWith(const std::string &table)
{
    auto rows = parseMountinfo(table);
    if (!rows)
        qFatal("%s", rows.error().what.c_str());
    return machineOf(MountTable(std::move(*rows)), Reader{.uid = 1000, .privileged = false},
                     std::make_shared<const EverythingExists>());
}

inline Plan planOf(const char *preset, const std::function<void(SandboxSpec &)> &change = {})
{
    auto spec = findPreset(preset);
    if (spec && change)
        change(*spec);
    if (spec)
        spec = nameBuiltins(std::move(*spec), someFacts());
    auto plan = spec ? makePlan(*spec, someFacts()) : Result<Plan>(std::unexpected(spec.error()));
    if (!plan)
        qFatal("%s", plan.error().what.c_str());
    return std::move(*plan);
}

} // namespace pivotbench::tests
