// SPDX-License-Identifier: Apache-2.0
//
// What may pass between the user and a program as text. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pivotbench::app::terminal {

/// Clipboard text as keystrokes: line ends are carriage returns; control characters but tab are gone, so that no pasted
/// text can end a bracketed paste (xterm's ctlseqs, mode 2004) or press Ctrl+C. What is no UTF-8 is gone too.
[[nodiscard]] std::string pasteable(std::string_view text);

/// A program's title to be shown: no control, format or bidirectional characters (UAX #9), at most `most` characters.
[[nodiscard]] std::string presentable(std::string_view text, std::size_t most);

} // namespace pivotbench::app::terminal
