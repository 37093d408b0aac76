// SPDX-License-Identifier: Apache-2.0
//
// The keys that have no character, and the modifiers, in the terminal's own terms.
#pragma once

#include <cstdint>

namespace pivotbench::app::terminal {

enum class Key : std::uint8_t {
    Enter,
    Tab,
    Backspace,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Insert,
    Delete,
    Home,
    End,
    PageUp,
    PageDown,
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11,
    F12,
    Keypad0,
    Keypad1,
    Keypad2,
    Keypad3,
    Keypad4,
    Keypad5,
    Keypad6,
    Keypad7,
    Keypad8,
    Keypad9,
    KeypadMultiply,
    KeypadPlus,
    KeypadComma,
    KeypadMinus,
    KeypadPeriod,
    KeypadDivide,
    KeypadEnter,
    KeypadEqual,
};

struct Modifiers {
    bool shift = false;
    bool alt = false;
    bool control = false;

    bool operator==(const Modifiers &) const = default;
};

} // namespace pivotbench::app::terminal
