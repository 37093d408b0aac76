// SPDX-License-Identifier: Apache-2.0
//
// Numbers of system calls by name, for the native architecture: libseccomp's, and those that are younger than the
// libseccomp of Debian 12 (2.5.4, which ends with Linux 6.0). Since 424 all architectures share their numbers
// (Documentation/process/adding-syscalls.rst). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace pivotbench::helper {

struct SyscallLookup {
    bool known = false;  ///< some architecture has a call of this name
    bool exists = false; ///< this one has
    std::uint32_t number = 0;
};

[[nodiscard]] SyscallLookup lookUpSyscall(const std::string &name);

} // namespace pivotbench::helper
