// SPDX-License-Identifier: Apache-2.0
//
// The parts of /proc and /sys that Docker, containerd and Podman hide or protect, for presets and for specs made from
// command lines. Source: moby oci/defaults.go (DefaultLinuxSpec). Constants; any thread.
#pragma once

#include <string>
#include <vector>

namespace pivotbench::core {

/// Kernel memory, keys, timers and sensors: they tell about the machine or reach into it, and no program inside needs
/// them.
[[nodiscard]] std::vector<std::string> defaultMaskedPaths();
/// Settings of the whole machine.
[[nodiscard]] std::vector<std::string> defaultReadonlyPaths();

} // namespace pivotbench::core
