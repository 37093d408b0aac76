// SPDX-License-Identifier: Apache-2.0
#include "app/cli/text_columns.h"

#include <algorithm>
#include <numeric>

namespace pivotbench::app::cli {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::size_t legible = 8;      ///< a column is not cut below this
constexpr std::size_t mostPadding = 64; ///< nor padded beyond this for the sake of one long cell
constexpr std::string_view dimOn = "\x1b[2m";
constexpr std::string_view dimOff = "\x1b[0m";

/// Takes one code point off valid UTF-8.
char32_t takeCodePoint(std::string_view &text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t value = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && i < text.size(); ++i)
        value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3fU);
    text.remove_prefix(std::min(length, text.size()));
    return value;
}

/// After Unicode's EastAsianWidth.txt, by whole blocks; a rare misjudgement costs one column of alignment.
std::size_t widthOf(char32_t c)
{
    if (c >= 0x300 && c <= 0x36f)
        return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                      (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

std::vector<std::size_t> columnWidths(const std::vector<TextRow> &rows, std::size_t width)
{
    std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().cells.size());
    for (const TextRow &row : rows)
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], displayWidth(row.cells[i]));
    if (width == 0) {
        for (std::size_t &column : widths)
            column = std::min(column, mostPadding);
        return widths;
    }
    const std::size_t gaps = widths.empty() ? 0 : gap.size() * (widths.size() - 1);
    std::size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
    while (total > width) {
        const auto widest = std::ranges::max_element(widths);
        if (widest == widths.end() || *widest <= legible)
            break;
        // Down to the next widest at most, so that several long columns share the loss.
        std::size_t next = legible;
        for (const std::size_t column : widths)
            if (column < *widest)
                next = std::max(next, column);
        const std::size_t loss = std::min(total - width, std::max<std::size_t>(*widest - next, 1));
        *widest -= loss;
        total -= loss;
    }
    return widths;
}

} // namespace

std::size_t displayWidth(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty())
        width += widthOf(takeCodePoint(text));
    return width;
}

std::string fitted(std::string_view text, std::size_t width)
{
    if (displayWidth(text) <= width)
        return std::string(text);
    if (width == 0)
        return {};
    std::string_view rest = text;
    std::size_t used = 0;
    std::size_t kept = 0;
    while (!rest.empty()) {
        used += widthOf(takeCodePoint(rest));
        if (used > width - 1)
            break;
        kept = text.size() - rest.size();
    }
    return std::string(text.substr(0, kept)) + "…";
}

std::string textColumns(const std::vector<TextRow> &rows, std::size_t width, bool colours)
{
    const std::vector<std::size_t> widths = columnWidths(rows, width);
    std::string out;
    for (const TextRow &row : rows) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            std::string cell = width == 0 ? row.cells[i] : fitted(row.cells[i], widths[i]);
            const std::size_t used = displayWidth(cell);
            line += cell;
            line.append(widths[i] - std::min(used, widths[i]), ' ');
            if (i + 1 < widths.size())
                line += gap;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        if (width != 0)
            line = fitted(line, width);
        const bool dim = colours && row.dim;
        out += dim ? dimOn : "";
        out += line;
        out += dim ? dimOff : "";
        out += '\n';
    }
    return out;
}

} // namespace pivotbench::app::cli
