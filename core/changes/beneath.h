// SPDX-License-Identifier: Apache-2.0
//
// Paths beneath a directory that somebody hostile may write to meanwhile: no link is followed and nothing above the
// directory is reached (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS). Paths are absolute
// and normal ("/etc/motd"), "/" is the directory itself. Blocking; any thread.
#pragma once

#include "core/base/unique_fd.h"

#include <dirent.h>
#include <memory>
#include <string>
#include <sys/types.h>

namespace pivotbench::core {

/// The parent's path and the last name: "/etc/motd" → "/etc", "motd".
struct SplitPath {
    std::string parent;
    std::string name;
};
[[nodiscard]] SplitPath splitPath(const std::string &path);

/// Empty on failure; errno says why. O_CLOEXEC and O_NOFOLLOW are added.
[[nodiscard]] UniqueFd openBeneath(int root, const std::string &path, int flags, mode_t mode = 0);

struct CloseDirectory {
    void operator()(DIR *directory) const { ::closedir(directory); }
};
using OpenDirectory = std::unique_ptr<DIR, CloseDirectory>;
/// Takes the descriptor; null on failure, errno says why.
[[nodiscard]] OpenDirectory listOf(UniqueFd directory);

/// Removes an entry with everything below it. Returns 0 or the errno of what could not be removed; an entry that is not
/// there is no error.
[[nodiscard]] int removeTree(int directory, const std::string &name);

} // namespace pivotbench::core
