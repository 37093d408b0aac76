// SPDX-License-Identifier: Apache-2.0
#include "core/spec/capability_names.h"

#include <algorithm>

namespace pivotbench::core {

std::optional<unsigned> capabilityNumber(std::string_view name)
{
    const auto found = std::ranges::find(capabilityNames, name);
    if (found == capabilityNames.end())
        return std::nullopt;
    return static_cast<unsigned>(found - capabilityNames.begin());
}

std::vector<std::string> defaultCapabilities()
{
    return {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FOWNER",           "CAP_FSETID",     "CAP_KILL",   "CAP_SETGID",
            "CAP_SETUID", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_SETFCAP"};
}

std::vector<std::string> allCapabilities() { return {capabilityNames.begin(), capabilityNames.end()}; }

} // namespace pivotbench::core
