// SPDX-License-Identifier: Apache-2.0
//
// Environment lists ("KEY=VALUE"), in which a name may stand only once: getenv(3) would see the first one, other
// programs the last.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// Adds an entry, in place of one with the same name.
inline void setVariable(std::vector<std::string> &environment, const std::string &entry)
{
    const std::string_view name = std::string_view(entry).substr(0, entry.find('=') + 1);
    for (std::string &present : environment) {
        if (!name.empty() && present.starts_with(name)) {
            present = entry;
            return;
        }
    }
    environment.push_back(entry);
}

} // namespace pivotbench::core
