// SPDX-License-Identifier: Apache-2.0
//
// The helper's own command line, and its disappearance from the builder: /proc/1/cmdline is readable in every sandbox
// and would tell it paths of the host.
#pragma once

#include "core/base/result.h"

#include <string>

namespace pivotbench::helper {

struct Options {
    std::string socketPath; ///< empty: core::helperSocket()
    int readyFd = -1;       ///< a byte is written here once the socket listens
    int idleSeconds = 30;
    bool help = false;
    bool version = false;
    bool tryMount = false; ///< only say, by the exit status, whether a mount in new namespaces succeeds
};

/// Also remembers where the kernel reads the command line from.
[[nodiscard]] core::Result<Options> parseCommandLine(int argc, char **argv);
[[nodiscard]] const char *helpText();

/// Overwrites the arguments with `title`. For the builder; no allocation.
void concealCommandLine(const char *title);

} // namespace pivotbench::helper
