// SPDX-License-Identifier: Apache-2.0
//
// The catalogue of everything validate() can find, and the list that its parts fill. An id outside the catalogue does
// not compile, so the catalogue is complete; the tests reach each entry. To add a finding: a line here, a row in
// tst_validate. Used inside core/spec only.
#pragma once

#include "core/spec/validate.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

struct FindingKind {
    Severity severity;
    std::string_view id;
};

inline constexpr auto findingCatalogue = std::to_array<FindingKind>({
    // Text of every field
    {Severity::Error, "text.nul"},
    {Severity::Error, "text.encoding"},
    {Severity::Error, "spec.size"},
    {Severity::Warning, "spec.unknown"},
    {Severity::Error, "name.invalid"},
    {Severity::Error, "name.long"},
    {Severity::Error, "description.invalid"},
    {Severity::Error, "description.long"},
    {Severity::Error, "path.empty"},
    {Severity::Error, "path.relative"},
    {Severity::Error, "path.dots"},
    {Severity::Error, "path.control"},
    {Severity::Error, "path.long"},
    // root
    {Severity::Error, "root.layers.none"},
    {Severity::Error, "root.layers.many"},
    {Severity::Error, "root.layers.empty"},
    {Severity::Error, "root.layers.builtin"},
    {Severity::Error, "root.layers.busybox"},
    {Severity::Error, "root.layers.duplicate"},
    {Severity::Warning, "root.layers.nested"},
    {Severity::Error, "root.overlay.kernel"},
    {Severity::Error, "root.direct.layers"},
    {Severity::Warning, "root.direct.host"},
    {Severity::Note, "root.discard.xattr"},
    {Severity::Warning, "root.scratchBytes.unused"},
    {Severity::Warning, "root.keepName.unused"},
    {Severity::Error, "root.keepName.missing"},
    {Severity::Error, "root.keepName.invalid"},
    {Severity::Error, "root.keep.directory"},
    {Severity::Error, "root.putOld.root"},
    {Severity::Error, "root.putOld.kernel-tree"},
    {Severity::Warning, "root.putOld.read-only"},
    {Severity::Warning, "root.switchRoot.chroot"},
    {Severity::Warning, "root.switchRoot.none"},
    {Severity::Error, "root.switchRoot.mount-namespace"},
    {Severity::Note, "root.propagation.slave"},
    {Severity::Warning, "root.propagation.shared"},
    {Severity::Warning, "root.propagation.unbindable"},
    {Severity::Warning, "root.propagation.unchanged"},
    // mounts
    {Severity::Error, "mounts.many"},
    {Severity::Error, "mounts.type.unknown"},
    {Severity::Error, "mounts.source.missing"},
    {Severity::Warning, "mounts.source.kernel-tree"},
    {Severity::Warning, "mounts.source.writable"},
    {Severity::Warning, "mounts.source.control-socket"},
    {Severity::Error, "mounts.destination.root"},
    {Severity::Error, "mounts.destination.proc"},
    {Severity::Warning, "mounts.destination.duplicate"},
    {Severity::Warning, "mounts.destination.hidden"},
    {Severity::Error, "mounts.options.invalid"},
    {Severity::Error, "mounts.options.bind"},
    {Severity::Error, "mounts.options.parameters"},
    {Severity::Warning, "mounts.options.unknown"},
    {Severity::Warning, "mounts.options.read-only-top"},
    {Severity::Error, "mounts.overlay.lowerdir"},
    {Severity::Error, "mounts.overlay.workdir"},
    {Severity::Error, "mounts.proc.pid-namespace"},
    {Severity::Error, "mounts.sysfs.network-namespace"},
    {Severity::Error, "mounts.mqueue.ipc-namespace"},
    {Severity::Warning, "mounts.mqueue.host"},
    {Severity::Error, "mounts.cgroup2.cgroup-namespace"},
    {Severity::Warning, "mounts.cgroup2.writable"},
    // namespaces, ids
    {Severity::Warning, "namespaces.mount.host"},
    {Severity::Error, "namespaces.mount.needed"},
    {Severity::Warning, "namespaces.pid.host"},
    {Severity::Warning, "namespaces.ipc.host"},
    {Severity::Note, "namespaces.cgroup.host"},
    {Severity::Warning, "namespaces.network.host"},
    {Severity::Error, "namespaces.time.kernel"},
    {Severity::Error, "namespaces.user.privilege"},
    {Severity::Error, "namespaces.user.unavailable"},
    {Severity::Warning, "namespaces.user.apparmor"},
    {Severity::Warning, "namespaces.user.root"},
    {Severity::Warning, "idMaps.unused"},
    {Severity::Warning, "idMaps.ranges.unused"},
    {Severity::Error, "idMaps.empty"},
    {Severity::Error, "idMaps.many"},
    {Severity::Error, "idMaps.size"},
    {Severity::Error, "idMaps.overlap"},
    {Severity::Error, "idMaps.granted"},
    {Severity::Error, "idMaps.tools"},
    {Severity::Warning, "idMaps.own"},
    {Severity::Note, "idMaps.single"},
    // /proc, /sys, /dev, names, files
    {Severity::Error, "proc.pid-namespace"},
    {Severity::Warning, "proc.host-processes"},
    {Severity::Warning, "proc.host"},
    {Severity::Note, "proc.none"},
    {Severity::Error, "sys.network-namespace"},
    {Severity::Warning, "sys.writable"},
    {Severity::Warning, "sys.host"},
    {Severity::Error, "dev.devtmpfs.user-namespace"},
    {Severity::Warning, "dev.devtmpfs.shared"},
    {Severity::Warning, "dev.host"},
    {Severity::Warning, "dev.devices.unused"},
    {Severity::Error, "dev.devices.place"},
    {Severity::Error, "dev.devices.duplicate"},
    {Severity::Warning, "dev.devices.raw"},
    {Severity::Error, "hostname.long"},
    {Severity::Error, "hostname.invalid"},
    {Severity::Error, "hostname.namespace"},
    {Severity::Error, "domainname.long"},
    {Severity::Error, "domainname.invalid"},
    {Severity::Error, "domainname.namespace"},
    {Severity::Warning, "files.text.unused"},
    {Severity::Error, "files.text.long"},
    {Severity::Warning, "files.hostnameFile.empty"},
    {Severity::Note, "files.bind"},
    {Severity::Warning, "files.bind-writable"},
    {Severity::Error, "maskedPaths.root"},
    // hardening, process, resources
    {Severity::Warning, "seccomp.none"},
    {Severity::Error, "seccomp.path.missing"},
    {Severity::Warning, "seccomp.path.unused"},
    {Severity::Error, "process.capabilities.unknown"},
    {Severity::Warning, "process.capabilities.all"},
    {Severity::Warning, "process.capabilities.strong"},
    {Severity::Warning, "process.noNewPrivileges.off"},
    {Severity::Error, "process.rlimits.type"},
    {Severity::Error, "process.rlimits.order"},
    {Severity::Error, "process.rlimits.duplicate"},
    {Severity::Error, "process.args.missing"},
    {Severity::Error, "process.args.empty"},
    {Severity::Error, "process.strings.long"},
    {Severity::Error, "process.env.form"},
    {Severity::Warning, "process.env.duplicate"},
    {Severity::Warning, "process.env.path"},
    {Severity::Error, "process.cwd.proc"},
    {Severity::Error, "process.terminal.devpts"},
    {Severity::Error, "process.user.invalid"},
    {Severity::Error, "process.user.unmapped"},
    {Severity::Error, "process.user.setgroups"},
    {Severity::Error, "resources.controller"},
    {Severity::Error, "resources.value"},
    {Severity::Warning, "resources.memoryBytes.small"},
});

/// A word of the catalogue, looked up by the compiler.
class FindingId {
public:
    consteval FindingId(const char *id) // NOLINT(google-explicit-constructor): written as a plain word
    {
        const std::string_view wanted = id;
        while (m_index < findingCatalogue.size() && findingCatalogue[m_index].id != wanted)
            ++m_index;
        if (m_index == findingCatalogue.size())
            throw "this id is not in the catalogue"; // stops the compiler
    }
    [[nodiscard]] const FindingKind &kind() const { return findingCatalogue[m_index]; }

private:
    std::size_t m_index = 0;
};

class Findings {
public:
    void add(FindingId id, std::string field, std::string reason, std::string fix)
    {
        m_findings.push_back({.severity = id.kind().severity,
                              .id = std::string(id.kind().id),
                              .field = std::move(field),
                              .reason = std::move(reason),
                              .fix = std::move(fix)});
    }
    /// Errors, then warnings, then notes, each in the order in which they were found.
    [[nodiscard]] std::vector<Finding> takeGravestFirst()
    {
        std::vector<Finding> sorted;
        sorted.reserve(m_findings.size());
        for (const Severity severity : {Severity::Error, Severity::Warning, Severity::Note})
            for (Finding &finding : m_findings)
                if (finding.severity == severity)
                    sorted.push_back(std::move(finding));
        m_findings.clear();
        return sorted;
    }

private:
    std::vector<Finding> m_findings;
};

} // namespace pivotbench::core
