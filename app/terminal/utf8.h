// SPDX-License-Identifier: Apache-2.0
//
// UTF-8 of scalar values, RFC 3629; for text the terminal wrote itself, or has checked. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pivotbench::app::terminal {

inline void appendUtf8(std::string &text, char32_t character)
{
    const auto byte = [&text](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
    if (character < 0x80) {
        byte(character);
    } else if (character < 0x800) {
        byte(0xc0U | character >> 6U);
        byte(0x80U | (character & 0x3fU));
    } else if (character < 0x10000) {
        byte(0xe0U | character >> 12U);
        byte(0x80U | (character >> 6U & 0x3fU));
        byte(0x80U | (character & 0x3fU));
    } else {
        byte(0xf0U | character >> 18U);
        byte(0x80U | (character >> 12U & 0x3fU));
        byte(0x80U | (character >> 6U & 0x3fU));
        byte(0x80U | (character & 0x3fU));
    }
}

/// The character at `at`, which is moved behind it; U+FFFD, and one byte further, for what is none.
inline char32_t takeUtf8(std::string_view text, std::size_t &at)
{
    const auto byte = [text](std::size_t place) -> char32_t { return static_cast<unsigned char>(text[place]); };
    const char32_t first = byte(at);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 1 || length == 0 || at + length > text.size()) {
        ++at;
        return length == 1 ? first : 0xfffd;
    }
    char32_t character = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0U) != 0x80) {
            ++at;
            return 0xfffd;
        }
        character = character << 6U | (byte(at + i) & 0x3fU);
    }
    at += length;
    const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    const bool scalar = character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
    return overlong || !scalar ? 0xfffd : character;
}

} // namespace pivotbench::app::terminal
