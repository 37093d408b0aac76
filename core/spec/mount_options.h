// SPDX-License-Identifier: Apache-2.0
//
// The words of mount options (mount(8), OCI config.md "mounts") sorted into what the kernel takes in different calls:
// attributes of the mount (mount_setattr(2)), propagation (mount(2), MS_SHARED …), and parameters of the filesystem
// (fsconfig(2)). Pure values; the bits are the kernel's MOUNT_ATTR_*, which core names itself so as not to need its
// headers.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

/// Flags of one mount, with the bits of MOUNT_ATTR_* (mount_setattr(2)).
namespace mount_attr {
inline constexpr std::uint64_t readOnly = 0x01;
inline constexpr std::uint64_t noSuid = 0x02;
inline constexpr std::uint64_t noDev = 0x04;
inline constexpr std::uint64_t noExec = 0x08;
inline constexpr std::uint64_t atimeMask = 0x70; ///< the field below; relatime is 0
inline constexpr std::uint64_t noAtime = 0x10;
inline constexpr std::uint64_t strictAtime = 0x20;
inline constexpr std::uint64_t noDirAtime = 0x80;
inline constexpr std::uint64_t noSymFollow = 0x200000;
} // namespace mount_attr

struct MountAttributes {
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    bool operator==(const MountAttributes &) const = default;
    [[nodiscard]] bool empty() const { return set == 0 && clear == 0; }
};

enum class Propagation { Shared, Slave, Private, Unbindable };

struct PropagationChange {
    Propagation propagation = Propagation::Private;
    bool recursive = false;
    bool operator==(const PropagationChange &) const = default;
};

using FilesystemParameter = std::pair<std::string, std::string>; ///< "size" "64k"; a flag has an empty value

struct MountOptions {
    MountAttributes attributes;          ///< this mount
    MountAttributes recursiveAttributes; ///< this mount and all below it (rro, rnosuid, …)
    std::optional<PropagationChange> propagation;
    bool bind = false;                           ///< "bind" or "rbind" was among the words
    bool recursiveBind = false;                  ///< "rbind"
    std::vector<FilesystemParameter> parameters; ///< everything else, in order
    bool operator==(const MountOptions &) const = default;
};

/// Fails with code "options" on a word that contradicts another one of the same list (two propagations, "bind" and
/// "rbind"); later words win over earlier ones otherwise (ro,rw is rw), as in mount(8).
[[nodiscard]] Result<MountOptions> parseMountOptions(const std::vector<std::string> &words);

/// The words of attributes, as mountinfo prints them: "ro", "nosuid", …; cleared ones as "rw", "suid", ….
[[nodiscard]] std::vector<std::string> attributeWords(const MountAttributes &attributes);
/// The constants of attributes, as C: "MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID".
[[nodiscard]] std::string attributeConstants(std::uint64_t bits);
[[nodiscard]] std::string_view propagationWord(Propagation propagation);

} // namespace pivotbench::core
