// SPDX-License-Identifier: Apache-2.0
//
// The picture of a filesystem that is mounted. Interface thread.
#pragma once

#include "app/widgets/icons.h"

#include <string_view>

namespace pivotbench::app {

/// Icon::Mount for a type that has none of its own.
[[nodiscard]] Icon mountIcon(std::string_view type);

} // namespace pivotbench::app
