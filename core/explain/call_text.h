// SPDX-License-Identifier: Apache-2.0
//
// A Step as the C calls that the executor makes (helper/executor.h), with their real arguments: the mount calls of
// Linux 5.2 to 5.12, places opened first and then named by descriptor. Pure text; names from outside become string
// literals in which every byte that could deceive is an octal escape, so the text is safe to show and to compile.
//
// Descriptors that the calls name without opening them: `new_root` (the sandbox's root before the switch),
// `builder_proc`
// (/proc/PID of the builder), `own_cgroup` (the helper's cgroup); and `builder`, the builder's process id as text.
#pragma once

#include "core/plan/operation.h"

#include <string>
#include <string_view>

namespace pivotbench::core {

/// One call a line, each ending in ';'.
[[nodiscard]] std::string callText(const Operation &operation);

/// The bytes as a C string literal, quotes included.
[[nodiscard]] std::string cString(std::string_view text);

} // namespace pivotbench::core
