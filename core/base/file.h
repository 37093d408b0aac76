// SPDX-License-Identifier: Apache-2.0
//
// Whole files, read with a bound and replaced atomically. Blocking; any thread.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace pivotbench::core {

/// A regular file (also one of /proc, whose size says 0) of at most `maxBytes`. Never waits on a pipe or a device: such
/// a path is an error.
[[nodiscard]] Result<std::string> readFile(const std::string &path, std::size_t maxBytes);

/// All of the text, to a descriptor that blocks. `path` is for the error.
[[nodiscard]] Status writeAll(int fd, std::string_view text, const std::string &path);

/// Writes beside `path`, syncs, renames: whoever opens the file sees all of the old text or all of the new one, also
/// after a crash. A file that was there keeps its permissions, a symbolic link stays one.
[[nodiscard]] Status replaceFile(const std::string &path, std::string_view text);

} // namespace pivotbench::core
