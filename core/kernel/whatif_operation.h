// SPDX-License-Identifier: Apache-2.0
//
// The operations of "pivotctl whatif" as lines of text: each is one system call, written nearly as in a shell, or names
// the process that goes on. A line is made of words apart by blanks; "…" keeps blanks in a word (\" and \\ stand for
// themselves there), and a word that begins with '#' ends the line.
//
// Pure; the text may be hostile.
#pragma once

#include "core/base/result.h"
#include "core/kernel/call.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pivotbench::core::kernel {

inline constexpr std::size_t longestOperation = 65536; ///< bytes: an overlay may have many layers
inline constexpr std::size_t mostOperations = 10000;   ///< of one text

/// "as N": the next calls are those of another process.
struct SwitchProcess {
    std::size_t number = 0;
    bool operator==(const SwitchProcess &) const = default;
};

struct WhatIfOperation {
    std::string text; ///< as it was written
    std::variant<Call, SwitchProcess> what;
};

/// Fails with "arguments": the word that is wrong, and as hint what is accepted there.
[[nodiscard]] Result<WhatIfOperation> parseOperation(std::string_view line);
/// One operation a line; blank lines and comments are none. The error names the line.
[[nodiscard]] Result<std::vector<WhatIfOperation>> parseOperations(std::string_view text);

/// Every form, one a line, for a help text.
[[nodiscard]] std::string operationForms();

} // namespace pivotbench::core::kernel
