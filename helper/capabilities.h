// SPDX-License-Identifier: Apache-2.0
//
// The capability sets of the calling thread: which of root's powers the payload keeps. Source: capabilities(7),
// prctl(2), capget(2), "Transformation of capabilities during execve()".
//
// The functions that change something are system calls and nothing else, and their errors hold only words short enough
// to need no memory: they may run in a child that shares its parent's memory (CLONE_VM), and in a half-built sandbox.
// That is why they do not use libcap-ng: it reads /proc/sys/kernel/cap_last_cap and /proc/PID/status through stdio,
// which allocates, and there may be no /proc after pivot_root; its per-thread state would be the parent's. The tests
// use it, as an independent witness of names and sets.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pivotbench::helper {

/// Bit n stands for capability number n.
using CapabilityMask = std::uint64_t;

/// Fails with code "capability.unknown" on a name that is none.
[[nodiscard]] core::Result<CapabilityMask> capabilityMask(const std::vector<std::string> &names);

/// Drops everything but `keep` from the bounding set, for good: an execve can no longer gain it. Needs CAP_SETPCAP when
/// there is something to drop, so it comes before the ids change.
[[nodiscard]] core::Status limitBoundingSet(CapabilityMask keep);

/// Lets the permitted set survive the next change from uid 0 to another uid (PR_SET_KEEPCAPS). Without it
/// setCapabilities fails with EPERM after such a change. execve switches it off again.
[[nodiscard]] core::Status keepCapabilitiesOverIdChange();

/// Makes `keep` the permitted and the effective set. With `ambient` it also becomes the inheritable and the ambient
/// set, so that a program run by another uid than 0 has it after execve; otherwise both are emptied. Bits outside the
/// bounding set are left out, because a host that lacks a capability cannot give it; bits inside it that the thread no
/// longer holds are an error (EPERM).
[[nodiscard]] core::Status setCapabilities(CapabilityMask keep, bool ambient);

} // namespace pivotbench::helper
