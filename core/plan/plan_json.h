// SPDX-License-Identifier: Apache-2.0
//
// The JSON form of a Plan: `pivotctl plan --format json`, and the header of a recording. Decoding is strict, as for specs.
#pragma once

#include "core/base/result.h"
#include "core/plan/plan.h"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace pivotbench::core {

struct JsonValue;

[[nodiscard]] nlohmann::ordered_json planToJson(const Plan &plan);
[[nodiscard]] Result<Plan> decodePlan(const JsonValue &value, std::string field);

} // namespace pivotbench::core
