// SPDX-License-Identifier: Apache-2.0
//
// What this machine can do for sandboxes, and the fix for what it cannot. Pure: it judges the facts, and what the
// helper found when it tried a mount.
#pragma once

#include "core/host/host_facts.h"

#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core {

/// Limited: sandboxes run, with less; `detail` says what less is. Missing: without it some or all of them cannot run.
enum class CheckState { Ok, Limited, Missing };

struct Check {
    std::string id;    ///< stable word, "user-namespaces"
    std::string title; ///< "User namespaces"
    CheckState state = CheckState::Ok;
    std::string detail; ///< what was found
    std::string fix;    ///< what to do; empty where nothing is wrong
    bool operator==(const Check &) const = default;
};

/// `mountInside`: whether a mount in a new user namespace succeeded when it was tried. Absent: it was not tried, and
/// what the settings say has to do.
[[nodiscard]] std::vector<Check> runDoctor(const HostFacts &facts, std::optional<bool> mountInside = std::nullopt);

[[nodiscard]] const char *checkStateWord(CheckState state); ///< "ok", "limited", "missing"

/// A line or three for each check; ends in a newline.
[[nodiscard]] std::string doctorText(const std::vector<Check> &checks);
/// {"checks": [{"id", "title", "state", "detail", "fix"}]}, `fix` only where there is one; ends in a newline.
[[nodiscard]] std::string doctorJson(const std::vector<Check> &checks);

} // namespace pivotbench::core
