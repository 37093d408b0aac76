// SPDX-License-Identifier: Apache-2.0
//
// The state of a machine as a frame of a recording tells it, with the builder where it stood then. What a frame does
// not tell (files, peers in other namespaces) is told by a HostTree, or unknown.
//
// Pure but for what the HostTree looks at. Any thread.
#pragma once

#include "core/kernel/from_table.h"
#include "core/recording/recording.h"

#include <memory>

namespace pivotbench::core::kernel {

/// The builder is the machine's reader, privileged in its user namespace. In a chroot, where the frame's table shows
/// only what lies below its root, the mounts are those of the last frame that showed all. `frame` is an index of
/// recording.frames.
[[nodiscard]] Machine machineOfFrame(const Recording &recording, std::size_t frame,
                                     std::shared_ptr<const HostTree> files);

} // namespace pivotbench::core::kernel
