// SPDX-License-Identifier: Apache-2.0
//
// How a shell script goes on with the host's tools after the host's root has gone from its view: it stands in the
// host's "/" and runs dynamic loader and program by paths relative to it, each program executing the next, the last
// one the command. Pure text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// The functions host_path and find_tools; the second one, run while the host is in view, sets a variable for each tool
/// (named as the tool), and "loader" and "libraries". They call `fail MESSAGE`, which has to end the script.
[[nodiscard]] std::string findToolsFunctions(const std::vector<std::string_view> &tools);

/// The words that run one of these tools from the host's "/".
[[nodiscard]] std::string hostToolWords(std::string_view tool);

/// Lines that add programs to "$@". Options of setpriv(1) that follow each other go to one process: it keeps its
/// capabilities over the change of ids, as two would not.
class ToolChain {
public:
    [[nodiscard]] std::string add(std::string_view tool, std::string_view options);

private:
    std::string m_last;
};

} // namespace pivotbench::core
