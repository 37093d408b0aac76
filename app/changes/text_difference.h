// SPDX-License-Identifier: Apache-2.0
//
// What is different between two texts, in the unified format of diff(1), which does the work. Blocking; any thread.
#pragma once

#include "core/base/result.h"

#include <QString>
#include <string>

namespace pivotbench::app {

/// Empty when they are the same. Neither may hold a NUL. Code "diff.absent" where there is no diff(1).
[[nodiscard]] core::Result<QString> textDifference(const std::string &before, const std::string &now);

/// Whether one can look at it as text: UTF-8 without NUL.
[[nodiscard]] bool isText(const std::string &bytes);

} // namespace pivotbench::app
