// SPDX-License-Identifier: Apache-2.0
//
// Arrangements of mounts made on the real kernel, in a mount namespace of their own, to hold MountTable against it.
// Runs in a process of its own (the test program, started again with arguments), because namespaces cannot be left.
#pragma once

#include <string>
#include <vector>

namespace pivotbench::test {

/// Exit status of a scenario that cannot run here; 77 is what ctest takes for a skip.
inline constexpr int cannotRun = 77;

[[nodiscard]] std::vector<std::string> scenarioNames();

/// Makes the namespaces and the mounts on `directory`, then asks the kernel (statx) for every mount path, the
/// directories above it and a directory in it, on which mount they are, and compares with the table. Prints one line
/// for each disagreement, and last "probed N paths, M hidden mounts". Returns the exit status.
[[nodiscard]] int runScenario(const std::string &name, const std::string &directory);

} // namespace pivotbench::test
