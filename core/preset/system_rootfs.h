// SPDX-License-Identifier: Apache-2.0
//
// The host's own userland as a root for an ordinary user. An overlay with "/" as its lower layer is what root uses; in
// a user namespace the kernel refuses it with EINVAL, because /proc and other mounts on "/" are locked there and a
// private clone without them would uncover what they hide (mount_namespaces(7), fs/namespace.c clone_private_mount). So
// a skeleton directory with the host's top-level links takes the place of "/", and the directories of the userland are
// bound read-only.
//
// Looks at the top level of the host's tree and writes a few directories below the cache. Blocking; any thread.
#pragma once

#include "core/base/result.h"
#include "core/host/host_facts.h"

#include <string>
#include <vector>

namespace pivotbench::core {

struct SystemRoot {
    std::string layer;            ///< the skeleton
    std::vector<MountSpec> binds; ///< go before all other mounts
};

/// Where it is or would be; makes nothing. `hostRoot` is "" but in tests.
[[nodiscard]] Result<SystemRoot> describeSystemRoot(const HostFacts &facts, const std::string &hostRoot = {});

/// The same, and makes the skeleton where it is missing.
[[nodiscard]] Result<SystemRoot> makeSystemRoot(const HostFacts &facts, const std::string &hostRoot = {});

} // namespace pivotbench::core
