// SPDX-License-Identifier: Apache-2.0
#include "core/explain/host_tools.h"

#include <fmt/format.h>

namespace pivotbench::core {

std::string findToolsFunctions(const std::vector<std::string_view> &tools)
{
    std::string assignments;
    std::string paths;
    for (const std::string_view tool : tools) {
        assignments += fmt::format("    {0}=$(host_path {0})\n", tool);
        paths += fmt::format(" \"/${}\"", tool);
    }
    constexpr std::string_view begin = R"sh(
# The host's tools and their loader, as paths below the host's "/".
host_path() {
    found=$(readlink -f "$(command -v "$1")") || fail "$1 is missing"
    echo "${found#/}"
}
find_tools() {
)sh";
    constexpr std::string_view loader =
        R"sh(    loader=$(ldd "/$setpriv" | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) (.*/\1/p' | head -n 1)
    [ -n "$loader" ] || fail "cannot find the dynamic loader of setpriv"
    loader=$(host_path "$loader")
    libraries=$(ldd)sh";
    constexpr std::string_view end = R"sh( | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p' | sort -u |
        while read -r library; do
            directory=$(readlink -f "${library%/*}")
            echo "${directory#/}"
        done | sort -u | paste -s -d : -)
}
)sh";
    return std::string(begin) + assignments + std::string(loader) + paths + std::string(end);
}

std::string hostToolWords(std::string_view tool)
{
    return fmt::format("\"$loader\" --library-path \"$libraries\" \"${}\"", tool);
}

std::string ToolChain::add(std::string_view tool, std::string_view options)
{
    const bool continued = tool == "setpriv" && m_last == tool;
    m_last = tool;
    return continued ? fmt::format("set -- \"$@\" {}", options)
                     : fmt::format("set -- \"$@\" {} {}", hostToolWords(tool), options);
}

} // namespace pivotbench::core
