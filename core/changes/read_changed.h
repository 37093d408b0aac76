// SPDX-License-Identifier: Apache-2.0
//
// The content of one changed file, now or before, for a comparison. Blocking; any thread.
#pragma once

#include "core/changes/list_changes.h"

#include <cstddef>

namespace pivotbench::core {

/// Writes at most `limit` bytes to `output`. Only of regular files; no link is followed. Code "changes.notFile" for
/// anything else.
[[nodiscard]] Status readChanged(const ChangedRoot &root, const std::string &path, bool before, std::size_t limit,
                                 int output);

} // namespace pivotbench::core
