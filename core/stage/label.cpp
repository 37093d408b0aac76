// SPDX-License-Identifier: Apache-2.0
#include "core/stage/label.h"

#include <array>
#include <cstdint>
#include <vector>

namespace pivotbench::core::stage {

namespace {

/// Thousandths of an em, from U+0020 to U+007E.
constexpr std::array<std::uint16_t, 95> plainWidths{
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};
constexpr std::array<std::uint16_t, 95> boldWidths{
    348, 456,  521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415,  380, 365, 696, 696,  696,
    696, 696,  696, 696, 696, 696,  696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,  683,
    683, 821,  837, 372, 372, 775,  637, 995, 837, 850, 733, 850, 770, 720,  682, 812, 774, 1103, 771,
    724, 725,  457, 365, 457, 838,  500, 500, 675, 716, 593, 716, 678, 435,  716, 712, 343, 343,  665,
    343, 1042, 712, 687, 716, 716,  493, 595, 478, 712, 652, 924, 645, 652,  582, 712, 365, 712,  838};
/// Of every other character: no letter of a common script is wider.
constexpr std::uint16_t otherWidth = 1000;

constexpr std::string_view ellipsis = "…";

struct Character {
    std::size_t begin; ///< byte
    double width;
};

std::vector<Character> charactersOf(std::string_view text, double size, bool bold)
{
    const auto &widths = bold ? boldWidths : plainWidths;
    std::vector<Character> characters;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0U) == 0x80U)
            continue;
        const bool known = byte >= 0x20 && byte < 0x7f;
        characters.push_back({i, size * (known ? widths[byte - 0x20U] : otherWidth) / 1000});
    }
    return characters;
}

} // namespace

double labelWidth(std::string_view text, double size, bool bold)
{
    double width = 0;
    for (const Character &character : charactersOf(text, size, bold))
        width += character.width;
    return width;
}

std::string cutAtEnd(std::string_view text, double width, double size, bool bold)
{
    if (labelWidth(text, size, bold) <= width)
        return std::string(text);
    double room = width - size;
    for (const Character &character : charactersOf(text, size, bold)) {
        room -= character.width;
        if (room < 0)
            return std::string(text.substr(0, character.begin)) + std::string(ellipsis);
    }
    return std::string(text);
}

std::string cutInMiddle(std::string_view text, double width, double size, bool bold)
{
    if (labelWidth(text, size, bold) <= width)
        return std::string(text);
    const std::size_t slash = text.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
    const double lastWidth = labelWidth(last, size, bold);
    if (last.empty() || slash == 0 || lastWidth + size > width)
        return cutAtEnd(last.empty() ? text : last, width, size, bold);
    double room = width - size - lastWidth;
    std::size_t end = 0;
    for (const Character &character : charactersOf(text.substr(0, slash), size, bold)) {
        room -= character.width;
        end = character.begin;
        if (room < 0)
            break;
    }
    return std::string(text.substr(0, end)) + std::string(ellipsis) + std::string(last);
}

} // namespace pivotbench::core::stage
