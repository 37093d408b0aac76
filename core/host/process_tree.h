// SPDX-License-Identifier: Apache-2.0
//
// The processes of a sandbox and what they use, read from outside: its pid 1, and whatever descends from it (orphans of
// a PID namespace become its children, pid_namespaces(7)). Reads /proc/PID/{stat,status,cmdline} and
// task/*/children, which everybody may. Blocking, a few files for each process; any thread. Names come from the
// sandbox: show them with printable().
//
// Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_task(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pivotbench::core {

struct ProcessInfo {
    int pid = 0;       ///< as the reader sees it
    int insidePid = 0; ///< in the innermost PID namespace
    int parent = -1;   ///< index of the parent in the list; -1 for a root
    std::string name = {};
    std::string commandLine = {}; ///< arguments separated by spaces; empty for one that has none
    char state = '?';             ///< R, S, D, T, Z …
    std::uint32_t uid = 0;        ///< outside
    unsigned threads = 1;
    std::uint64_t residentBytes = 0;
    std::uint64_t cpuNanoseconds = 0; ///< user and system, of its whole life
    std::uint64_t startTicks = 0;     ///< since boot; with the pid it names the process for good
    bool operator==(const ProcessInfo &) const = default;
};

struct ProcessLimits {
    std::size_t processes = 4096; ///< more are not read
};

/// Parents before their children; empty when the process is gone. `joined` are processes outside whose children are in
/// the sandbox, too: those children follow as further roots (parent -1).
[[nodiscard]] std::vector<ProcessInfo> readProcessTree(int pid, const std::vector<int> &joined = {},
                                                       const ProcessLimits &limits = {});

struct Usage {
    std::uint64_t memoryBytes = 0;
    std::uint64_t cpuNanoseconds = 0;
    std::uint64_t processes = 0; ///< threads count, as for pids.max
};
/// The sum over a tree. Pages that processes share count for each, so memory is an upper bound.
[[nodiscard]] Usage usageOf(const std::vector<ProcessInfo> &processes);

} // namespace pivotbench::core
