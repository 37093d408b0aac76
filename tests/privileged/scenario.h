// SPDX-License-Identifier: Apache-2.0
//
// A sequence of system calls by several processes, to be run on the kernel and on the model of it.
#pragma once

#include "core/kernel/call.h"

#include <cstddef>
#include <string>
#include <vector>

namespace pivotbench::test {

namespace kernel = core::kernel;

inline constexpr std::size_t mostWorkers = 4; ///< processes of one scenario, the first is there from the start

/// One call. Worker n is the n-th process that was made; a call of one that does not exist is left out.
struct Act {
    std::size_t worker = 0;
    kernel::Call call;
};

struct Scenario {
    bool userNamespace = false; ///< begins in a user namespace, as an ordinary user; else as root
    std::vector<Act> acts;
    std::vector<std::string> samples; ///< paths that every process opens after every act
};

/// What every scenario begins with: a tmpfs with some directories, files and links.
[[nodiscard]] std::vector<kernel::Call> prelude(bool userNamespace);
inline constexpr const char *programPath = "/prog"; ///< a file of the prelude that can be executed

/// The call as a C-like line: "mount("a", "/b", "tmpfs", MS_RDONLY)".
[[nodiscard]] std::string describe(const kernel::Call &call);

/// The scenario as a shell script with util-linux, one shell for each worker.
[[nodiscard]] std::string shellScript(const Scenario &scenario);

} // namespace pivotbench::test
