// SPDX-License-Identifier: Apache-2.0
//
// Text that came from outside (file names, specs, mount tables) made safe to show, and small string tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// The text with everything that could fool a terminal or a reader replaced by a visible escape: C0 and C1 controls,
/// DEL, bytes that are not UTF-8 (`\x1b`), and bidirectional or invisible format characters (`\u{202e}`). A newline
/// stays only where `keepNewlines` is set. The result is always valid UTF-8.
[[nodiscard]] std::string printable(std::string_view text, bool keepNewlines = false);

/// Whether a name holds something `printable` would escape: such names are refused where they would be shown as a
/// title.
[[nodiscard]] bool isPlain(std::string_view text);

[[nodiscard]] bool isUtf8(std::string_view text);

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string> &parts, std::string_view separator);

/// One word for a POSIX shell, quoted only where it has to be.
[[nodiscard]] std::string shellQuote(std::string_view word);

} // namespace pivotbench::core
