// SPDX-License-Identifier: Apache-2.0
//
// One row of a mount table, and the kernel's text of it (proc_pid_mountinfo(5)). Rows come from a hostile process too
// (a sandbox chooses names), so parsing trusts nothing. Plain values. Source: fs/proc_namespace.c (show_mountinfo).
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// One row of mountinfo. Names (root, mountPoint, type, source, tags) are decoded and may hold any byte but NUL. The
/// two lists of options are decoded too, except for the escapes of ',', '=' and '\' (\054, \075, \134): those keep a
/// value that holds them apart from the separators. Split first, then hand each value to unescapeOctal().
struct MountEntry {
    std::uint64_t id = 0; ///< (1) reused by the kernel after the mount is gone
    std::uint64_t parentId =
        0; ///< (2) may name a mount that is not in the table (outside the reader's root), or itself
    std::uint64_t uniqueId = 0; ///< never reused (statx STATX_MNT_ID_UNIQUE, kernel 6.8); 0 where unknown
    std::uint32_t deviceMajor = 0;
    std::uint32_t deviceMinor = 0;
    std::string
        root; ///< (4) root of the mount within its filesystem; "net:[4026531840]" for nsfs; may end in "//deleted"
    std::string mountPoint;          ///< (5) relative to the reader's root
    std::string options;             ///< (6) per-mount options, "rw,nosuid,relatime"
    std::uint64_t peerGroup = 0;     ///< shared:N; 0 when not shared
    std::uint64_t master = 0;        ///< master:N; 0 when not a slave
    std::uint64_t propagateFrom = 0; ///< propagate_from:N
    bool unbindable = false;
    std::vector<std::string> unknownTags; ///< optional fields this version does not know
    std::string type;                     ///< "ext4", "fuse.sshfs"
    std::string source;                   ///< may be empty
    std::string superOptions;             ///< per-superblock options
    bool operator==(const MountEntry &) const = default;
};

/// Parses one line without its newline. Fails with "mountinfo" and the field that is wrong.
[[nodiscard]] Result<MountEntry> parseMountinfoLine(std::string_view line);
/// The whole text. Fails on the first bad line, naming it; an empty text is an empty table.
[[nodiscard]] Result<std::vector<MountEntry>> parseMountinfo(std::string_view text);
/// The row as the kernel would print it, escapes included. The unique id has no place in it.
[[nodiscard]] std::string formatMountinfoLine(const MountEntry &entry);
/// The same in printable ASCII: every other byte is an octal escape too, which the parser takes back. For files and
/// terminals.
[[nodiscard]] std::string formatMountinfoLineAscii(const MountEntry &entry);
/// Any bytes as printable ASCII: a backslash, and every byte that is no ASCII or a control, as "\ooo".
[[nodiscard]] std::string escapeOctal(std::string_view text);
/// Resolves "\ooo"; a backslash that begins no such escape stays.
[[nodiscard]] std::string unescapeOctal(std::string_view text);

/// "shared", "private", "slave", "slave,shared", "unbindable".
[[nodiscard]] std::string propagationText(const MountEntry &entry);

} // namespace pivotbench::core
