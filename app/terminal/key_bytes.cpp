// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/key_bytes.h"

#include "app/terminal/utf8.h"

#include <string>
#include <string_view>

namespace pivotbench::app::terminal {

VTermModifier libvtermModifiers(Modifiers modifiers)
{
    return static_cast<VTermModifier>((modifiers.shift ? VTERM_MOD_SHIFT : 0) | (modifiers.alt ? VTERM_MOD_ALT : 0) |
                                      (modifiers.control ? VTERM_MOD_CTRL : 0));
}

void sendKey(VTerm *term, Output &output, Key key, Modifiers modifiers)
{
    // Programs take the plain byte from these keys with any modifier but Alt; libvterm would send "CSI u".
    const auto plain = [&output, modifiers](std::string_view bytes) {
        if (modifiers.alt)
            output.send("\x1b");
        output.send(bytes);
    };
    VTermKey code = VTERM_KEY_NONE;
    switch (key) {
    case Key::Enter:
        modifiers.shift = modifiers.control = false;
        code = VTERM_KEY_ENTER;
        break;
    case Key::Tab:
        modifiers.control = false;
        code = VTERM_KEY_TAB;
        break;
    case Key::Backspace: plain(modifiers.control ? "\b" : "\x7f"); return;
    case Key::Escape: plain("\x1b"); return;
    case Key::Up: code = VTERM_KEY_UP; break;
    case Key::Down: code = VTERM_KEY_DOWN; break;
    case Key::Left: code = VTERM_KEY_LEFT; break;
    case Key::Right: code = VTERM_KEY_RIGHT; break;
    case Key::Insert: code = VTERM_KEY_INS; break;
    case Key::Delete: code = VTERM_KEY_DEL; break;
    case Key::Home: code = VTERM_KEY_HOME; break;
    case Key::End: code = VTERM_KEY_END; break;
    case Key::PageUp: code = VTERM_KEY_PAGEUP; break;
    case Key::PageDown: code = VTERM_KEY_PAGEDOWN; break;
    case Key::F1:
    case Key::F2:
    case Key::F3:
    case Key::F4:
    case Key::F5:
    case Key::F6:
    case Key::F7:
    case Key::F8:
    case Key::F9:
    case Key::F10:
    case Key::F11:
    case Key::F12:
        code = static_cast<VTermKey>(VTERM_KEY_FUNCTION(static_cast<int>(key) - static_cast<int>(Key::F1) + 1));
        break;
    case Key::Keypad0:
    case Key::Keypad1:
    case Key::Keypad2:
    case Key::Keypad3:
    case Key::Keypad4:
    case Key::Keypad5:
    case Key::Keypad6:
    case Key::Keypad7:
    case Key::Keypad8:
    case Key::Keypad9:
    case Key::KeypadMultiply:
    case Key::KeypadPlus:
    case Key::KeypadComma:
    case Key::KeypadMinus:
    case Key::KeypadPeriod:
    case Key::KeypadDivide:
    case Key::KeypadEnter:
    case Key::KeypadEqual:
        code = static_cast<VTermKey>(VTERM_KEY_KP_0 + static_cast<int>(key) - static_cast<int>(Key::Keypad0));
        modifiers.shift = modifiers.control = false;
        break;
    }
    const std::size_t before = output.bytes().size();
    vterm_keyboard_key(term, code, libvtermModifiers(modifiers));
    if (key == Key::KeypadEnter && output.bytes().ends_with('\n') && output.bytes().size() > before)
        output.replaceLast('\r');
}

void sendCharacter(Output &output, char32_t character, Modifiers modifiers)
{
    if (modifiers.alt)
        output.send("\x1b");
    // As on a DEC keyboard: the five low bits, and the digits that stand for the rest (VT220 manual, table 3-5).
    if (modifiers.control && character < 0x80) {
        static constexpr std::string_view digits = "2345678/";
        static constexpr std::string_view meant{"\0\x1b\x1c\x1d\x1e\x1f\x7f\x1f", 8};
        const auto digit = digits.find(static_cast<char>(character));
        if (digit != std::string_view::npos)
            character = static_cast<unsigned char>(meant[digit]);
        else if (character == ' ' || (character >= '@' && character <= '~'))
            character &= 0x1fU;
    }
    if (character == 0) {
        output.send({"\0", 1});
        return;
    }
    std::string bytes;
    appendUtf8(bytes, character);
    output.send(bytes);
}

} // namespace pivotbench::app::terminal
