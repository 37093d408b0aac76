// SPDX-License-Identifier: Apache-2.0
//
// Random scenarios. The model is asked what is there, so that most calls name something; a good part is wrong on
// purpose.
#pragma once

#include "scenario.h"

#include <cstdint>

namespace pivotbench::test {

[[nodiscard]] Scenario generate(std::uint64_t seed, bool userNamespace);

} // namespace pivotbench::test
