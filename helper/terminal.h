// SPDX-License-Identifier: Apache-2.0
//
// A pseudoterminal of the sandbox's own devpts: not the user's terminal, into which a program could push input
// (CVE-2017-5226). Sources: pts(4), ioctl_tty(2) TIOCGPTPEER, mount options of devpts in the kernel's
// filesystems/devpts document. Runs in the builder, or in a process that has joined a sandbox.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/wire/messages.h"

#include <cstdint>

namespace pivotbench::helper {

struct Terminal {
    core::UniqueFd master;
    core::UniqueFd slave;
};

/// Opens /dev/pts/ptmx of the present root, refusing anything that is not the multiplexer of a devpts. The slave
/// belongs to `owner`.
[[nodiscard]] core::Result<Terminal> openTerminal(const core::wire::WindowSize &window, std::uint32_t owner);

} // namespace pivotbench::helper
