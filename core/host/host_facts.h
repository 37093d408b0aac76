// SPDX-License-Identifier: Apache-2.0
//
// What the planner and the validation may know about this machine, as plain values, so that both stay pure.
// `probeHostFacts` reads them once (a few small files under /proc, /sys and /etc, the environment); it changes nothing,
// and its cost does not grow with the host's mounts or processes.
//
// Sources: user_namespaces(7), subuid(5), cgroups(7), Documentation/admin-guide/cgroup-v2.rst, XDG Base Directory 0.8.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::core {

/// Unified: /sys/fs/cgroup is cgroup v2. Hybrid: v2 exists beside v1, which has the controllers. Legacy: v1 alone.
enum class CgroupLayout { None, Legacy, Hybrid, Unified };

struct HostFacts {
    std::uint32_t uid = 0; ///< effective ids of who launches
    std::uint32_t gid = 0;
    std::string userName;
    bool privileged = false; ///< uid 0 with CAP_SYS_ADMIN in the present user namespace
    bool initialUserNamespace = true;
    bool setgroupsDenied = false; ///< in the present user namespace (/proc/self/setgroups), and so in every new one
    int kernelMajor = 0;
    int kernelMinor = 0;
    std::string kernelRelease; ///< "6.1.0-31-amd64", for people

    // Absolute, or empty where the user has neither a home nor a runtime directory. None of them is made by the probe.
    std::string runtimeDirectory; ///< "/run/user/1000/pivotbench": mount points and the socket
    std::string stateDirectory;   ///< "~/.local/state/pivotbench": kept layers
    std::string cacheDirectory;   ///< "~/.cache/pivotbench": built-in root filesystems

    bool idMapTools = false;              ///< newuidmap and newgidmap are installed
    std::vector<IdRange> subordinateUids; ///< from /etc/subuid; containerId unused
    std::vector<IdRange> subordinateGids;
    std::vector<IdRange> ownUidMap; ///< /proc/self/uid_map, what root may hand on
    std::vector<IdRange> ownGidMap;

    bool userNamespaces = true;        ///< user.max_user_namespaces > 0 and no sysctl forbids them
    std::string userNamespaceObstacle; ///< what forbids them: "user.max_user_namespaces is 0"; empty when nothing does
    bool appArmorRestricts =
        false; ///< kernel.apparmor_restrict_unprivileged_userns: they exist, but without capabilities
    bool overlayLowerAppend = false; ///< fsconfig "lowerdir+" (kernel 6.8)
    bool tmpfsUserXattr = false;     ///< user.* attributes on tmpfs (kernel 6.6)
    CgroupLayout cgroupLayout = CgroupLayout::None;
    std::string cgroupDirectory;                ///< own cgroup v2 directory; empty when there is none
    std::vector<std::string> cgroupControllers; ///< v2 controllers that may be handed to a child there
    std::string busyboxPath;                    ///< a static BusyBox of the host; empty when there is none

    [[nodiscard]] bool kernelAtLeast(int major, int minor) const
    {
        return kernelMajor > major || (kernelMajor == major && kernelMinor >= minor);
    }
};

/// Where the probe looks; tests hand it a prepared tree.
struct HostSources {
    std::string root; ///< put before every absolute path that is read; facts hold paths without it
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::function<std::optional<std::string>(const char *name)> environment;
};

/// HostFacts::runtimeDirectory alone, for who only wants to find the helper: a hundredth of the work.
[[nodiscard]] std::string probeRuntimeDirectory();
/// Where the session helper of this user listens.
[[nodiscard]] std::string helperSocket(const std::string &runtimeDirectory = probeRuntimeDirectory());

/// Never fails: what cannot be read keeps its cautious default.
[[nodiscard]] HostFacts probeHostFacts();
[[nodiscard]] HostFacts probeHostFacts(const HostSources &sources);

} // namespace pivotbench::core
