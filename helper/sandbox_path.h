// SPDX-License-Identifier: Apache-2.0
//
// Paths inside a root that nobody trusts. Every lookup goes through openat2(2) with RESOLVE_IN_ROOT and
// RESOLVE_NO_MAGICLINKS, so a symbolic link, absolute or with "..", planted or raced, stays inside (CVE-2019-16884,
// CVE-2021-30465 and their kin). What is missing is made one component at a time, each opened without following links.
// Runs in the builder, whose umask is 0: modes are meant as they are written.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "helper/linux_system.h"

#include <cstdint>
#include <string>

namespace pivotbench::helper {

using core::Result;
using core::UniqueFd;

/// O_PATH descriptor of `path` inside `root`; links are followed inside. The error's path is `path`.
[[nodiscard]] Result<UniqueFd> openInside(int root, const std::string &path);

/// The same where a failure is no error: only the errno.
[[nodiscard]] sys::OutcomeFd lookInside(int root, const std::string &path);

enum class MadeNode { Existed, Made };
enum class NodeKind { Directory, File };

/// Makes a directory, or an empty file, with every missing parent (mode 0755). A dangling link is followed inside the
/// root and its target is made. Existed when something of any kind is there already.
[[nodiscard]] Result<MadeNode> makeInside(int root, const std::string &path, NodeKind kind, std::uint32_t mode);

/// The parent directory of `path`, made if missing, as an O_PATH descriptor; `name` receives the last component.
[[nodiscard]] Result<UniqueFd> parentInside(int root, const std::string &path, std::string &name);

} // namespace pivotbench::helper
