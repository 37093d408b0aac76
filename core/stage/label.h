// SPDX-License-Identifier: Apache-2.0
//
// How much room a line of text takes, without a font: the widths of DejaVu Sans, which few interface fonts exceed, so
// that a scene is the same on every machine. Who paints with a wider font squeezes it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace pivotbench::core::stage {

/// In units, for printable UTF-8 at this size of an em.
[[nodiscard]] double labelWidth(std::string_view text, double size, bool bold = false);

/// Cut at its end, with "…".
[[nodiscard]] std::string cutAtEnd(std::string_view text, double width, double size, bool bold = false);
/// A path, cut in the middle so that its last name stays: "/run/user/…/root".
[[nodiscard]] std::string cutInMiddle(std::string_view text, double width, double size, bool bold = false);

} // namespace pivotbench::core::stage
