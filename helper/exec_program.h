// SPDX-License-Identifier: Apache-2.0
//
// The last step: the program itself. Searches PATH as execvp(3) does, but in the environment the program will have, and
// when the kernel refuses, finds out why: execve(2) says ENOENT both for a missing program and for a missing
// interpreter.
#pragma once

#include "core/base/result.h"

#include <string>
#include <vector>

namespace pivotbench::helper {

/// Error codes of a refused execution; pivotctl turns them into the exit statuses 127 and 126 of the shell.
inline constexpr const char *execNotFound = "exec.notFound";
inline constexpr const char *execNotRunnable = "exec.notRunnable";

/// Puts signals and the umask back to their defaults and executes. Every descriptor but 0, 1 and 2 is close-on-exec or
/// closed by then. Returns only to say why not.
[[nodiscard]] core::Error executeProgram(const std::vector<std::string> &args, const std::vector<std::string> &env);

/// Makes `input`, `output` and `error` the descriptors 0, 1 and 2.
[[nodiscard]] core::Status placeStreams(int input, int output, int error);

} // namespace pivotbench::helper
