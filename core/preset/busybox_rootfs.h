// SPDX-License-Identifier: Apache-2.0
//
// A root filesystem made from the host's static BusyBox: the program, a link for each of its applets, and the
// directories and few files that a root needs. It is made once below the cache directory and used by every sandbox
// afterwards; an upgraded BusyBox gets a new one, because size and time of the program are in its name.
//
// Runs `busybox --list` (posix_spawn(3)) and writes files. Blocking, a few milliseconds the first time; any thread.
#pragma once

#include "core/base/result.h"
#include "core/host/host_facts.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// Shared: the lower layer of overlays, never written after it is made. Direct: a copy of its own for sandboxes that
/// write into their root itself, so that their changes do not show in all others.
enum class RootUse { Shared, Direct };

/// Where that root is or would be; touches nothing. Fails with "busybox.missing".
[[nodiscard]] Result<std::string> busyboxRootPath(const HostFacts &facts, RootUse use);

/// The same, and makes the root where it is missing or damaged.
[[nodiscard]] Result<std::string> makeBusyboxRoot(const HostFacts &facts, RootUse use);

/// The words of `busybox --list` that can be names of links; bounded.
[[nodiscard]] std::vector<std::string> parseAppletList(std::string_view text);

} // namespace pivotbench::core
