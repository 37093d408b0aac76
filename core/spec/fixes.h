// SPDX-License-Identifier: Apache-2.0
//
// What can be done about a finding by one change of the spec. Not every finding has such a fix: some ask for a
// decision, some for a change of the machine. Pure; any thread.
#pragma once

#include "core/spec/sandbox_spec.h"
#include "core/spec/validate.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

struct Fix {
    std::string label; ///< the verb of a button: "Make /proc private"
    SandboxSpec spec;  ///< the whole spec with the change
};

/// Nothing where the spec alone cannot mend it, or where the finding is not one of this spec (any longer).
[[nodiscard]] std::optional<Fix> fixOf(const Finding &finding, const SandboxSpec &spec);

/// The ids of all findings that can have one.
[[nodiscard]] std::vector<std::string_view> findingsWithFixes();

} // namespace pivotbench::core
