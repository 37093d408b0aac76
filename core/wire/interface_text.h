// SPDX-License-Identifier: Apache-2.0
//
// The Varlink descriptions that the helper gives out, embedded from resources/ when the build is configured.
#pragma once

#include <string_view>

namespace pivotbench::core::wire {

/// The text of "org.pivotbench.Helper" or "org.varlink.service"; empty for any other interface.
[[nodiscard]] std::string_view interfaceText(std::string_view interface);

} // namespace pivotbench::core::wire
