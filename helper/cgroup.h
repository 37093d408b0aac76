// SPDX-License-Identifier: Apache-2.0
//
// A cgroup v2 of one sandbox, below the helper's own where that has been delegated to it
// (Documentation/admin-guide/cgroup-v2.rst, "Delegation"). Nothing outside of the helper's own cgroup is touched.
// The directory goes with this object, once its processes have gone.
#pragma once

#include "core/base/result.h"
#include "core/spec/sandbox_spec.h"

#include <string>
#include <sys/types.h>

namespace pivotbench::helper {

class Cgroup {
public:
    /// Makes "pivotbench-ID" below `parent` (HostFacts::cgroupDirectory) and writes the limits. A limit that cannot be
    /// set is an error: nothing is dropped silently.
    [[nodiscard]] static core::Result<Cgroup> create(const std::string &parent, const std::string &id,
                                                     const core::ResourcesSpec &limits);
    Cgroup(Cgroup &&other) noexcept;
    Cgroup &operator=(Cgroup &&other) noexcept;
    ~Cgroup();

    [[nodiscard]] core::Status add(pid_t pid);
    /// Whether the kernel killed something in it for want of memory (memory.events, oom_kill).
    [[nodiscard]] bool ranOutOfMemory() const;

private:
    explicit Cgroup(std::string path)
        : m_path(std::move(path))
    {
    }
    std::string m_path;
};

} // namespace pivotbench::helper
