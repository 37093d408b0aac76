// SPDX-License-Identifier: Apache-2.0
#include "helper/seccomp_filter.h"

#include <cerrno>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::helper {

core::Status install(const SeccompFilter &filter)
{
    const std::span<const sock_filter> program = filter.program();
    // The kernel takes a pointer to non-const, and only reads.
    const sock_fprog argument{.len = static_cast<unsigned short>(program.size()),
                              .filter = const_cast<sock_filter *>(program.data())};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags(), &argument) != 0)
        return core::systemError("seccomp(2)", errno);
    return {};
}

} // namespace pivotbench::helper
