// SPDX-License-Identifier: Apache-2.0
//
// A Step as the command line that does the same: util-linux 2.38 and coreutils (mount(8), pivot_root(8), unshare(1),
// setpriv(1), prlimit(1)). What no command does is a comment. Steps that only change what the command inherits stand as
// a wrapper around "$@". Pure text; every word from outside is quoted for a POSIX shell, with control characters
// spelled out.
#pragma once

#include "core/plan/operation.h"

#include <functional>
#include <string>
#include <string_view>

namespace pivotbench::core {

/// Writes a place as one shell word: where a path leads depends on the view of the process that runs the line.
using PathWriter = std::function<std::string(const Location &)>;

/// `builder` is, in the lines that write to another process, a shell variable with its process id; `cgroup` one with
/// its cgroup's directory.
[[nodiscard]] std::string shellLine(const Operation &operation, const PathWriter &path);

/// shellQuote(), and for a word that could deceive a terminal "$(printf …)" with octal escapes.
[[nodiscard]] std::string shellWord(std::string_view word);

/// The text as the format of printf(1), in single quotes.
[[nodiscard]] std::string printfFormat(std::string_view text);

/// The options of the wrapper that a step stands for ("--no-new-privs" of setpriv), and the namespaces' of unshare(1)
/// and nsenter(1).
[[nodiscard]] std::string setprivOptions(const LimitCapabilities &operation);
[[nodiscard]] std::string setprivOptions(const SetIds &operation);
[[nodiscard]] std::string setprivOptions(const SetCapabilities &operation);
[[nodiscard]] std::string prlimitOption(const SetResourceLimit &operation);
[[nodiscard]] const char *namespaceOption(Namespace ns); ///< "--mount"

/// "printf '0 1000 1\n' >/proc/"$builder"/uid_map" and the same for groups, a line each: what root may write without
/// tools.
[[nodiscard]] std::string writeIdMapLines(const WriteIdMaps &maps);

/// The words of env(1): "env -i 'PATH=/bin' sh -c …"; `directory` adds --chdir.
[[nodiscard]] std::string environmentWords(const Execute &operation, std::string_view directory = {});

} // namespace pivotbench::core
