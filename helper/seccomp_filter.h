// SPDX-License-Identifier: Apache-2.0
//
// A compiled system call filter, and its installation. Whoever launches compiles once (seccomp_profile.h,
// oci_seccomp.h) and keeps the filter; builders only install it. Source: seccomp(2),
// Documentation/userspace-api/seccomp_filter.rst.
//
// An immutable value; any thread.
#pragma once

#include "core/base/result.h"

#include <linux/filter.h>
#include <span>
#include <utility>
#include <vector>

namespace pivotbench::helper {

class SeccompFilter {
public:
    /// `flags` are SECCOMP_FILTER_FLAG_* for its installation.
    explicit SeccompFilter(std::vector<sock_filter> program, unsigned flags = 0)
        : m_program(std::move(program))
        , m_flags(flags)
    {
    }

    [[nodiscard]] std::span<const sock_filter> program() const { return m_program; }
    [[nodiscard]] unsigned flags() const { return m_flags; }

private:
    std::vector<sock_filter> m_program;
    unsigned m_flags;
};

/// Puts the calling thread, and all it will ever start, behind the filter. Needs no_new_privs or CAP_SYS_ADMIN
/// (EACCES). One system call: usable in a child that shares its parent's memory (CLONE_VM); the error's words need no
/// memory either.
[[nodiscard]] core::Status install(const SeccompFilter &filter);

} // namespace pivotbench::helper
