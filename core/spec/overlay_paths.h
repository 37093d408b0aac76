// SPDX-License-Identifier: Apache-2.0
//
// Paths in the options of overlayfs, where ':' separates layers, ',' options, and a backslash makes the next character
// plain (Documentation/filesystems/overlayfs.rst, "Multiple lower layers"). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// The layers of lowerdir=, the topmost first.
[[nodiscard]] std::vector<std::string> splitLowerdirs(std::string_view value);

/// The path with a backslash before every character of `special`: "\\:," in lowerdir=, "\\," in upperdir= and workdir=,
/// "\\" in a parameter of its own.
[[nodiscard]] std::string overlayEscaped(std::string_view path, std::string_view special);

} // namespace pivotbench::core
