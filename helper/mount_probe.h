// SPDX-License-Identifier: Apache-2.0
//
// Tries what every sandbox of an ordinary user begins with, because settings alone do not tell: security modules can
// grant a user namespace and then refuse each mount in it.
#pragma once

#include <optional>

namespace pivotbench::helper {

/// Whether a tmpfs can be mounted in a new user and mount namespace. It is done in a child, whose namespaces end with
/// it; nothing else changes. Nothing when no child could be made. Not for programs with several threads that hold
/// locks: it forks.
[[nodiscard]] std::optional<bool> tryMountInside();

} // namespace pivotbench::helper
