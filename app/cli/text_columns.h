// SPDX-License-Identifier: Apache-2.0
//
// Text in aligned columns on a terminal. Pure; UTF-8 that has been through core::printable() is expected.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::app::cli {

/// Columns of a terminal that the text takes: wide East Asian characters and emoji two, combining marks none.
[[nodiscard]] std::size_t displayWidth(std::string_view text);

/// The longest beginning that fits, with "…" in the last column when something was cut.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);

struct TextRow {
    std::vector<std::string> cells; ///< as many as there are columns
    bool dim = false;
};

/// Rows below a heading, columns two spaces apart. With a `width` the widest columns give way first, each down to a
/// legible rest; without one nothing is cut, and a cell that is far longer than usual pushes its own row aside only.
[[nodiscard]] std::string textColumns(const std::vector<TextRow> &rows, std::size_t width, bool colours);

} // namespace pivotbench::app::cli
