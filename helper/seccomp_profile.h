// SPDX-License-Identifier: Apache-2.0
//
// The default profile: which system calls a sandbox may make when its spec does not say. An allow-list in the manner of
// Docker's and Podman's (moby/profiles seccomp/default.json; containers/common pkg/seccomp), for one ABI: the native
// one.
//
// Three answers instead of one:
// - ENOSYS for everything the profile does not know, for calls of other ABIs (x32, 32 bit), and for clone3, whose flags
// lie
//   in memory where a filter cannot look. The C library takes it for an older kernel and falls back; EPERM would make
//   programs fail on every kernel newer than the profile.
// - EPERM for calls that are known and refused: what a program expects that lacks the right, and reports as such.
// - For socket(2), what a kernel built without that address family or protocol says.
//
// Pure; any thread. Making the filter costs about 0.1 ms, so whoever launches often keeps it.
#pragma once

#include "core/base/result.h"
#include "helper/seccomp_filter.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::helper {

/// The Check… verdicts look at arguments: namespaces among the flags of clone; terminal injection; execution domains;
/// address families.
enum class Verdict { Allow, Refuse, Absent, CheckClone, CheckIoctl, CheckPersonality, CheckSocket };

struct SyscallRule {
    std::string_view name;
    std::uint32_t number = 0;
    Verdict verdict = Verdict::Absent;
};

/// The profile for a process that keeps these capabilities, for the native architecture, in no particular order; what
/// is not in it is Absent. Fails with "capability.unknown", or "seccomp.architecture" where no profile has been
/// written.
[[nodiscard]] core::Result<std::vector<SyscallRule>> defaultRules(const std::vector<std::string> &capabilities);

/// The same, compiled.
[[nodiscard]] core::Result<SeccompFilter> defaultFilter(const std::vector<std::string> &capabilities);

} // namespace pivotbench::helper
