// SPDX-License-Identifier: Apache-2.0
//
// The ready-made sandboxes: resources/presets/ID.pbox, built into the program so that it works from wherever it stands.
// Constants; any thread.
#pragma once

#include "core/base/result.h"
#include "core/preset/builtins.h"
#include "core/spec/sandbox_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

struct Preset {
    std::string id;   ///< the word for command lines: "busybox"
    std::string name; ///< "BusyBox playground"
    std::string description;
};

/// In the order in which they are offered.
[[nodiscard]] std::vector<Preset> presets();

/// By id or by name, letters of either case. Its built-in layers are not resolved yet (resolveBuiltins). Fails with
/// "preset.unknown" and the ids that exist.
[[nodiscard]] Result<SandboxSpec> findPreset(std::string_view idOrName);

/// The text of the file; empty for an unknown id.
[[nodiscard]] std::string_view presetText(std::string_view id);

} // namespace pivotbench::core
