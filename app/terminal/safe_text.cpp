// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/safe_text.h"

#include "app/terminal/utf8.h"

namespace pivotbench::app::terminal {

namespace {

bool isControl(char32_t character) { return character < 0x20 || (character >= 0x7f && character < 0xa0); }

/// Characters without a shape of their own, that turn or hide what is around them.
bool isFormat(char32_t character)
{
    return character == 0xad || character == 0x61c || character == 0x180e ||
           (character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
           (character >= 0xfff0 && character <= 0xfffb) || (character >= 0xe0000 && character <= 0xe0fff);
}

} // namespace

std::string pasteable(std::string_view text)
{
    std::string safe;
    safe.reserve(text.size());
    bool afterReturn = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t character = takeUtf8(text, at);
        if (character == '\n' || character == '\r') {
            if (character == '\r' || !afterReturn)
                safe += '\r';
        } else if (character == '\t' || !(isControl(character) || (character == 0xfffd && at - start == 1))) {
            safe += text.substr(start, at - start);
        }
        afterReturn = character == '\r';
    }
    return safe;
}

std::string presentable(std::string_view text, std::size_t most)
{
    std::string safe;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size() && count < most;) {
        const char32_t character = takeUtf8(text, at);
        if (isControl(character) || isFormat(character))
            continue;
        appendUtf8(safe, character);
        ++count;
    }
    return safe;
}

} // namespace pivotbench::app::terminal
