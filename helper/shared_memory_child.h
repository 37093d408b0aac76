// SPDX-License-Identifier: Apache-2.0
//
// What children that borrow the caller's memory for a moment have in common (clone(2), CLONE_VM | CLONE_VFORK).
#pragma once

#include <cstddef>
#include <sched.h>

namespace pivotbench::helper {

/// A page for what both sides write lies below it, where one is needed.
inline constexpr std::size_t childStackSize = std::size_t{256} * 1024;

// The address sanitizer cannot follow a second stack in one memory; there the child gets a copy, and all else stays.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int memorySharing = CLONE_VFORK;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr int memorySharing = CLONE_VFORK;
#else
inline constexpr int memorySharing = CLONE_VFORK | CLONE_VM;
#endif
#else
inline constexpr int memorySharing = CLONE_VFORK | CLONE_VM;
#endif

} // namespace pivotbench::helper
