// SPDX-License-Identifier: Apache-2.0
#include "core/stage/player.h"

#include "core/base/text.h"
#include "core/stage/player_data.h"
#include "core/stage/player_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <string_view>

namespace pivotbench::core::stage {
namespace {

/// One pass, so that what is put in is never looked at again.
std::string filledIn(std::string_view page, const std::map<std::string_view, std::string> &pieces)
{
    std::string out;
    for (;;) {
        const std::size_t open = page.find("{{");
        const std::size_t close = open == std::string_view::npos ? open : page.find("}}", open);
        if (close == std::string_view::npos)
            return out.append(page);
        out += page.substr(0, open);
        if (const auto piece = pieces.find(page.substr(open + 2, close - open - 2)); piece != pieces.end())
            out += piece->second;
        page.remove_prefix(close + 2);
    }
}

std::string variables(const InkColors &colors, const PlayerData &data)
{
    std::string out = fmt::format("--background:{}", hexText(colors.background));
    for (std::size_t index = 0; index < inkCount; ++index)
        fmt::format_to(std::back_inserter(out), ";--{}:{}", inkWord(static_cast<Ink>(index)),
                       hexText(colors.inks[index]));
    for (const auto &[tint, name] : data.tints)
        fmt::format_to(std::back_inserter(out), ";--{}:{}", name,
                       hexText(colors.tinted(tint.first, tint.second / 100.0)));
    return out;
}

/// Light or dark as the reader's system wishes, until the reader chooses; light on paper.
std::string theme(const PlayerInput &input, const PlayerData &data)
{
    const std::string light = variables(input.light, data);
    const std::string dark = variables(input.dark, data);
    return fmt::format(
        ":root{{{0};color-scheme:light}}\n"
        "@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{1};color-scheme:dark}}}}\n"
        "@media screen{{:root[data-theme=dark]{{{1};color-scheme:dark}}}}",
        light, dark);
}

std::string symbols(const PlayerInput &input, const PlayerData &data)
{
    std::string out;
    for (std::size_t index = 0; input.icons && index < data.icons.size(); ++index) {
        const Icon icon = iconFrom(input.icons(data.icons[index]), "currentColor");
        if (!icon.inner.empty())
            fmt::format_to(std::back_inserter(out), "<symbol id=\"icon-{}\" viewBox=\"{} {} {} {}\"{}>{}</symbol>",
                           index, numberText(icon.view.x), numberText(icon.view.y), numberText(icon.view.width),
                           numberText(icon.view.height), icon.style, icon.inner);
    }
    return out;
}

std::string facts(const PlayerInput &input)
{
    std::size_t steps = 0;
    for (const PlayerFrame &frame : input.frames)
        steps = std::max(steps, frame.step);
    std::vector<std::string> parts{fmt::format("{} {}", steps, steps == 1 ? "step" : "steps")};
    if (!input.kernel.empty())
        parts.push_back("kernel " + input.kernel);
    if (!input.origin.empty())
        parts.push_back(input.origin);
    return join(parts, " · ");
}

} // namespace

std::string playerOf(const PlayerInput &input)
{
    const PlayerData data = playerData(input.frames);
    return filledIn(playerPage(), {{"name", markupText(input.name)},
                                   {"facts", markupText(facts(input))},
                                   {"theme", theme(input, data)},
                                   {"style", std::string(playerStyle())},
                                   {"icons", symbols(input, data)},
                                   {"data", data.json},
                                   {"script", std::string(playerScript())}});
}

} // namespace pivotbench::core::stage
