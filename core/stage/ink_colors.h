// SPDX-License-Identifier: Apache-2.0
//
// Which colour each ink is, as the caller says: core has no colour of its own. Plain values.
#pragma once

#include "core/stage/drawing.h"

#include <array>
#include <cstdint>
#include <string>

namespace pivotbench::core::stage {

/// sRGB.
struct Rgb {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    bool operator==(const Rgb &) const = default;
};

struct InkColors {
    std::array<Rgb, inkCount> inks; ///< by Ink
    Rgb background;                 ///< of the window, behind everything
    bool operator==(const InkColors &) const = default;

    [[nodiscard]] Rgb of(Ink ink) const { return inks[static_cast<std::size_t>(ink)]; }
    /// `part` of the ink over a card's ground, as tint() of app/widgets/palette.h lays it.
    [[nodiscard]] Rgb tinted(Ink ink, double part) const;
};

[[nodiscard]] std::string hexText(Rgb color); ///< "#0a6f8f"

[[nodiscard]] const char *inkWord(Ink ink); ///< "text", "card-border", …: a name for style sheets

} // namespace pivotbench::core::stage
