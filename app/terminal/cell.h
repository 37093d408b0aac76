// SPDX-License-Identifier: Apache-2.0
//
// What stands in one place of a terminal: plain values.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pivotbench::app::terminal {

/// As the program named it; what it looks like is up to who paints.
struct Colour {
    enum class Kind : std::uint8_t { Default, Indexed, Rgb };

    Kind kind = Kind::Default;
    std::uint8_t red = 0; ///< the index, when Indexed
    std::uint8_t green = 0;
    std::uint8_t blue = 0;

    [[nodiscard]] static constexpr Colour indexed(std::uint8_t index) { return {Kind::Indexed, index, 0, 0}; }
    [[nodiscard]] static constexpr Colour rgb(std::uint8_t r, std::uint8_t g, std::uint8_t b)
    {
        return {Kind::Rgb, r, g, b};
    }
    [[nodiscard]] constexpr std::uint8_t index() const { return red; }
    bool operator==(const Colour &) const = default;
};

enum class Underline : std::uint8_t { None, Single, Double, Curly };

/// How a cell is drawn: the rendition of ECMA-48 (8.3.117, SGR).
struct Pen {
    Colour foreground;
    Colour background;
    bool bold : 1 = false;
    bool faint : 1 = false;
    bool italic : 1 = false;
    bool blink : 1 = false;
    bool reverse : 1 = false;
    bool concealed : 1 = false;
    bool strike : 1 = false;
    bool isProtected : 1 = false; ///< DECSCA: selective erasing leaves it
    Underline underline = Underline::None;

    /// All at once: every line that scrolls off is searched for its last cell that is not plain.
    friend bool operator==(const Pen &a, const Pen &b) { return std::bit_cast<Bytes>(a) == std::bit_cast<Bytes>(b); }

private:
    using Bytes = std::array<std::uint8_t, 10>;
};
static_assert(sizeof(Pen) == 10); // no padding

struct Cell {
    /// One character and the marks on it, up to the first 0; nothing at all where nothing was written.
    std::array<char32_t, 4> text{};
    Pen pen;
    std::uint8_t width = 1; ///< 2, and the cell after it has 0

    [[nodiscard]] bool isBlank() const { return text[0] == 0; }
    bool operator==(const Cell &) const = default;
};

struct Line {
    std::vector<Cell> cells;
    bool wrapped = false; ///< its text goes on in the next line

    bool operator==(const Line &) const = default;
};

struct Size {
    int rows = 24;
    int columns = 80;

    bool operator==(const Size &) const = default;
};

/// A place on the screen, from 0.
struct Place {
    int row = 0;
    int column = 0;

    bool operator==(const Place &) const = default;
};

/// Rows and columns are int, indexes are not.
[[nodiscard]] constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

} // namespace pivotbench::app::terminal
