// SPDX-License-Identifier: Apache-2.0
#include "core/spec/overlay_paths.h"

namespace pivotbench::core {

std::vector<std::string> splitLowerdirs(std::string_view value)
{
    std::vector<std::string> lowers(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size())
            lowers.back() += value[++i];
        else if (value[i] == ':')
            lowers.emplace_back();
        else
            lowers.back() += value[i];
    }
    return lowers;
}

std::string overlayEscaped(std::string_view path, std::string_view special)
{
    std::string out;
    for (const char c : path) {
        if (special.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

} // namespace pivotbench::core
