// SPDX-License-Identifier: Apache-2.0
//
// A profile of one's own: the object `linux.seccomp` of an OCI runtime configuration, in a file of its own, compiled by
// libseccomp. Source: OCI runtime specification, config-linux.md "Seccomp"; seccomp_rule_add(3).
//
// Hostile input: bounded and strictly decoded; an error names line and field. What the profile says and this host
// cannot do is said in `notes` where it only makes the profile smaller (other architectures, calls that do not exist
// here), and is an error where it would change what it means (SCMP_ACT_NOTIFY needs an agent that Pivotbench does not
// have). Pure; any thread. Compiling costs milliseconds.
#pragma once

#include "core/base/result.h"
#include "helper/seccomp_filter.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::helper {

struct OciSeccomp {
    SeccompFilter filter;
    std::vector<std::string> notes; ///< for people
};

[[nodiscard]] core::Result<OciSeccomp> compileOciSeccomp(std::string_view json);

} // namespace pivotbench::helper
