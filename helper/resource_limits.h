// SPDX-License-Identifier: Apache-2.0
//
// The names of resource limits (getrlimit(2)) as the kernel's numbers.
#pragma once

#include <optional>
#include <string_view>
#include <sys/resource.h>

namespace pivotbench::helper {

/// "RLIMIT_NOFILE" → RLIMIT_NOFILE.
[[nodiscard]] inline std::optional<int> resourceNumber(std::string_view name)
{
    static constexpr std::pair<std::string_view, int> table[] = {
        {"RLIMIT_AS", RLIMIT_AS},
        {"RLIMIT_CORE", RLIMIT_CORE},
        {"RLIMIT_CPU", RLIMIT_CPU},
        {"RLIMIT_DATA", RLIMIT_DATA},
        {"RLIMIT_FSIZE", RLIMIT_FSIZE},
        {"RLIMIT_LOCKS", RLIMIT_LOCKS},
        {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
        {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
        {"RLIMIT_NICE", RLIMIT_NICE},
        {"RLIMIT_NOFILE", RLIMIT_NOFILE},
        {"RLIMIT_NPROC", RLIMIT_NPROC},
        {"RLIMIT_RSS", RLIMIT_RSS},
        {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
        {"RLIMIT_RTTIME", RLIMIT_RTTIME},
        {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
        {"RLIMIT_STACK", RLIMIT_STACK},
    };
    for (const auto &[word, number] : table)
        if (word == name)
            return number;
    return std::nullopt;
}

} // namespace pivotbench::helper
