// SPDX-License-Identifier: Apache-2.0
//
// The kernel's capabilities by name and number, so that core can speak of them without the kernel's headers or a
// library. Source: capabilities(7), include/uapi/linux/capability.h. Plain constants; any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// Every capability of Linux 6.18; the index is the number.
inline constexpr std::array<std::string_view, 41> capabilityNames = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

/// The number of a name; nothing for a word that is not exactly one of capabilityNames.
[[nodiscard]] std::optional<unsigned> capabilityNumber(std::string_view name);

/// What a sandbox keeps when its spec says nothing: Podman's eleven, in the kernel's order. Docker keeps three more,
/// each of which needs a fence that Docker has and a Pivotbench sandbox may lack: CAP_MKNOD makes a node of the host's
/// disk where no device cgroup stands before it, CAP_NET_RAW forges packets on a network that is shared,
/// CAP_AUDIT_WRITE writes into the host's one audit log.
[[nodiscard]] std::vector<std::string> defaultCapabilities();

/// All of capabilityNames, in order.
[[nodiscard]] std::vector<std::string> allCapabilities();

} // namespace pivotbench::core
