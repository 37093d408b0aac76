// SPDX-License-Identifier: Apache-2.0
//
// The pieces that SVG and HTML are written with: text and numbers as they may stand there, and the icons of
// resources/icons taken apart. Pure. Source: XML 1.0, 2.2 "Characters" and 2.4 "Character Data and Markup".
#pragma once

#include "core/stage/geometry.h"

#include <functional>
#include <string>
#include <string_view>

namespace pivotbench::core::stage {

/// For element content and quoted attributes, of XML and HTML. What could fool a reader is made visible (printable() of
/// core/base/text.h), so any bytes may come in, and every character that comes out is one that XML allows.
[[nodiscard]] std::string markupText(std::string_view text);

/// To a hundredth, without an exponent; 0 for what is no number.
[[nodiscard]] double rounded(double value);
[[nodiscard]] std::string numberText(double value);

/// The text of resources/icons/NAME.svg; empty where there is none. It is trusted: it ends up in documents as it is.
using IconSource = std::function<std::string(std::string_view name)>;

struct Icon {
    Rect view;
    std::string style; ///< presentation attributes of the root element, with a blank before each
    std::string inner; ///< its elements; empty: there is no such icon
};

/// In it, currentColor and AccentColor are both replaced by `ink`.
[[nodiscard]] Icon iconFrom(std::string_view svg, std::string_view ink);

} // namespace pivotbench::core::stage
