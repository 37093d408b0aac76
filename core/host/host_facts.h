// SPDX-License-Identifier: Apache-2.0
//
// What the planner and the validation may know about this machine, as plain values, so that both stay pure. `probeHostFacts`
// reads them once (files under /proc, /sys and /etc, the environment); it changes nothing.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pivotbench::core {

struct HostFacts {
    std::uint32_t uid = 0; ///< effective ids of who launches
    std::uint32_t gid = 0;
    std::string userName;
    bool privileged = false;       ///< uid 0 with CAP_SYS_ADMIN in the present user namespace
    bool initialUserNamespace = true;
    int kernelMajor = 0;
    int kernelMinor = 0;

    std::string runtimeDirectory;  ///< "/run/user/1000/pivotbench": mount points and the socket
    std::string stateDirectory;    ///< "~/.local/state/pivotbench": kept layers
    std::string cacheDirectory;    ///< "~/.cache/pivotbench": built-in root filesystems

    bool idMapTools = false;       ///< newuidmap and newgidmap are installed
    std::vector<IdRange> subordinateUids; ///< from /etc/subuid; containerId unused
    std::vector<IdRange> subordinateGids;
    std::vector<IdRange> ownUidMap;       ///< /proc/self/uid_map, what root may hand on
    std::vector<IdRange> ownGidMap;

    bool userNamespaces = true;    ///< user.max_user_namespaces > 0 and no sysctl forbids them
    bool overlayLowerAppend = false; ///< fsconfig "lowerdir+" (kernel 6.8)
    bool tmpfsUserXattr = false;     ///< user.* attributes on tmpfs (kernel 6.6)
    std::string cgroupDirectory;     ///< own cgroup v2 directory; empty when there is none
    std::vector<std::string> cgroupControllers; ///< v2 controllers that may be handed to a child there
    std::string busyboxPath;         ///< a static BusyBox of the host; empty when there is none

    [[nodiscard]] bool kernelAtLeast(int major, int minor) const
    {
        return kernelMajor > major || (kernelMajor == major && kernelMinor >= minor);
    }
};

/// Never fails: what cannot be read keeps its cautious default.
[[nodiscard]] HostFacts probeHostFacts();

} // namespace pivotbench::core
