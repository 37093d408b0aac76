// SPDX-License-Identifier: Apache-2.0
//
// A drawing as a picture for documents and web pages: one SVG file that needs nothing else. Any drawing gives a
// well-formed document, whatever its texts are. Pure. Source: SVG 1.1 (Second Edition).
#pragma once

#include "core/stage/drawing.h"
#include "core/stage/ink_colors.h"
#include "core/stage/markup.h"

#include <string>

namespace pivotbench::core::stage {

struct SvgOptions {
    InkColors colors;
    IconSource icons;        ///< may be empty: then there are none
    std::string title;       ///< what a screen reader says first
    std::string description; ///< and then
    double millimetres = 0;  ///< how wide it is on paper; 0: a unit is 1/96 inch, as a pixel of CSS
};

[[nodiscard]] std::string svgOf(const Drawing &drawing, const SvgOptions &options);

} // namespace pivotbench::core::stage
