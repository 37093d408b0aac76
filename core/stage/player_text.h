// SPDX-License-Identifier: Apache-2.0
//
// The page of the player, embedded from resources/stage/ when the build is configured.
#pragma once

#include <string_view>

namespace pivotbench::core::stage {

[[nodiscard]] std::string_view playerPage(); ///< with "{{name}}" where something is to be put in
[[nodiscard]] std::string_view playerStyle();
[[nodiscard]] std::string_view playerScript();

} // namespace pivotbench::core::stage
