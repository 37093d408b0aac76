// SPDX-License-Identifier: Apache-2.0
#include "core/stage/markup.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <system_error>
#include <vector>

namespace pivotbench::core::stage {
namespace {

/// The two characters that UTF-8 can say and XML cannot: U+FFFE and U+FFFF.
bool isNoCharacter(std::string_view text)
{
    return text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
}

void replaceAll(std::string &text, std::string_view from, std::string_view to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// Of `viewBox` in ` viewBox="0 0 16 16"`.
std::string_view attribute(std::string_view tag, std::string_view name)
{
    const std::string opening = fmt::format(" {}=\"", name);
    const std::size_t at = tag.find(opening);
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = tag.substr(at + opening.size());
    return rest.substr(0, rest.find('"'));
}

/// Of "0 0 16 16".
bool readRect(std::string_view text, Rect &rect)
{
    const std::vector<std::string_view> words = split(text, ' ');
    const std::array numbers{&rect.x, &rect.y, &rect.width, &rect.height};
    if (words.size() != numbers.size())
        return false;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (std::from_chars(words[i].data(), words[i].data() + words[i].size(), *numbers[i]).ec != std::errc())
            return false;
    return rect.width > 0 && rect.height > 0;
}

} // namespace

std::string markupText(std::string_view text)
{
    const std::string safe = printable(text);
    std::string out;
    out.reserve(safe.size());
    for (std::size_t i = 0; i < safe.size(); ++i) {
        switch (safe[i]) {
        case '&': out += "&amp;"; continue;
        case '<': out += "&lt;"; continue;
        case '>': out += "&gt;"; continue;
        case '"': out += "&quot;"; continue;
        case '\'': out += "&#39;"; continue;
        default: break;
        }
        if (isNoCharacter(std::string_view(safe).substr(i))) {
            out += "\xef\xbf\xbd";
            i += 2;
        } else {
            out += safe[i];
        }
    }
    return out;
}

double rounded(double value)
{
    constexpr double most = 1e9;
    if (!std::isfinite(value))
        return 0;
    return std::round(std::clamp(value, -most, most) * 100) / 100 + 0.0; // not "-0"
}

std::string numberText(double value)
{
    std::string text = fmt::format("{:.2f}", rounded(value));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

Icon iconFrom(std::string_view svg, std::string_view ink)
{
    const std::size_t begin = svg.find("<svg");
    const std::size_t body = begin == std::string_view::npos ? begin : svg.find('>', begin);
    const std::size_t end = svg.rfind("</svg>");
    if (body == std::string_view::npos || end == std::string_view::npos || end < body)
        return {};
    const std::string_view tag = svg.substr(begin, body - begin);
    Icon icon;
    if (!readRect(attribute(tag, "viewBox"), icon.view))
        return {};
    for (const char *name : {"fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"})
        if (const std::string_view value = attribute(tag, name); !value.empty())
            icon.style += fmt::format(" {}=\"{}\"", name, value);
    // A file's lines and their indentation say nothing.
    for (std::string_view line : split(svg.substr(body + 1, end - body - 1), '\n')) {
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        icon.inner += line;
    }
    for (std::string *text : {&icon.style, &icon.inner}) {
        replaceAll(*text, "currentColor", ink);
        replaceAll(*text, "AccentColor", ink);
    }
    return icon;
}

} // namespace pivotbench::core::stage
