// SPDX-License-Identifier: Apache-2.0
//
// The JSON form of a Plan: `pivotctl plan --format json`, and the header of a recording. Decoding is strict, as for
// specs: every field has to be there, and no other.
//
//   {"name", "newRoot", "userNamespace", "keepDirectory", "steps": [
//       {"id", "phase": phaseWord, "cause", "kind": operationWord, "operation": {the fields of its struct, same
//       names}}]}
//
// Enumerators are words, a Location is {"base": "host" | "new-root" | "root", "path"}, attributes are the bits of
// MOUNT_ATTR_* (mount_setattr(2)). A limit that is absent in ResourcesSpec is left out.
#pragma once

#include "core/base/result.h"
#include "core/plan/plan.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pivotbench::core {

struct JsonValue;

/// Strings are taken as they are. Paths are bytes: whoever dumps the result has to choose an error handler for text
/// that is not UTF-8, because nlohmann's default one throws.
[[nodiscard]] nlohmann::ordered_json planToJson(const Plan &plan);
/// Fails with "json.field"; `field` is the dotted name of this object for messages.
[[nodiscard]] Result<Plan> decodePlan(const JsonValue &value, std::string field);

} // namespace pivotbench::core
