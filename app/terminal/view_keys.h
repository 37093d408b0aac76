// SPDX-License-Identifier: Apache-2.0
//
// The keys that a terminal's view keeps for itself, of all that are pressed in it: the rest is the program's or the
// window's. Pure.
#pragma once

#include <cstdint>

class QKeyEvent;

namespace pivotbench::app::terminal {

enum class ViewKey : std::uint8_t {
    None,
    Copy,
    Paste,
    PastePrimary,
    Find,
    Leave, ///< to the next control, because Tab is the program's
    ZoomIn,
    ZoomOut,
    ZoomReset,
    PageUp,
    PageDown,
    ToTop,
    ToBottom,
};

[[nodiscard]] ViewKey viewKeyOf(const QKeyEvent &event);

/// Ctrl+Shift with what is not the view's: the window's shortcuts come first.
[[nodiscard]] bool mayBeShortcut(const QKeyEvent &event);
/// Ctrl+Shift with a letter: the program never gets it, shortcut or not.
[[nodiscard]] bool isForTheWindow(const QKeyEvent &event);

} // namespace pivotbench::app::terminal
