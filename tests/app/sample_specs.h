// SPDX-License-Identifier: Apache-2.0
//
// Specs that the tests of the workbench edit.
#pragma once

#include "core/preset/presets.h"
#include "core/spec/spec_json.h"

#include <vector>

namespace pivotbench::test {

/// The presets, and one with every awkward thing in it.
inline std::vector<core::SandboxSpec> sampleSpecs()
{
    std::vector<core::SandboxSpec> specs;
    for (const core::Preset &preset : core::presets())
        specs.push_back(*core::findPreset(preset.id));
    core::SandboxSpec odd = specs.front();
    odd.name = "odd ' \" \\ ü";
    odd.process.args = {"sh", "-c", "echo one\necho two \\n", "", "''"};
    odd.process.env = {"A=", "B=x=y", "C=\n"};
    odd.mounts = {{.destination = "/a b", .type = "bind", .source = "/etc", .options = {"ro", "rslave", "x-odd=1"}},
                  {.destination = "/t", .type = "tmpfs", .source = "tmpfs", .options = {"size=1m"}}};
    odd.idMaps = {.mode = core::IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {{0, 1000, 1}, {1, 2000, 5}}};
    odd.process.rlimits = {{"RLIMIT_NOFILE", 10, 20}};
    odd.process.additionalGids = {3, 4};
    odd.process.capabilities = {.choice = core::CapabilityChoice::List, .names = {"CAP_CHOWN"}};
    odd.resources = {.memoryBytes = 1000, .pids = 7, .cpuQuota = 1500, .cpuWeight = 50};
    odd.files.hosts = {.mode = core::FileInjection::Text, .text = "127.0.0.1 localhost"};
    specs.push_back(odd);
    return specs;
}

} // namespace pivotbench::test
