// SPDX-License-Identifier: Apache-2.0
//
// An error as a banner tells it: what, where, why, what now. Interface thread.
#pragma once

#include "app/widgets/banner.h"
#include "core/base/result.h"

namespace pivotbench::app {

[[nodiscard]] Message messageOf(const core::Error &error, Tone tone = Tone::Error);

} // namespace pivotbench::app
