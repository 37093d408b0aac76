// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/key_translation.h"

#include <QKeyEvent>
#include <optional>

namespace pivotbench::app::terminal {

namespace {

std::optional<Key> keypadKey(int key)
{
    if (key >= Qt::Key_0 && key <= Qt::Key_9)
        return static_cast<Key>(static_cast<int>(Key::Keypad0) + key - Qt::Key_0);
    // Only those of Qt's hundreds of keys that are on a keypad.
    static constexpr std::pair<Qt::Key, Key> known[] = {
        {Qt::Key_Asterisk, Key::KeypadMultiply}, {Qt::Key_Plus, Key::KeypadPlus},
        {Qt::Key_Comma, Key::KeypadComma},       {Qt::Key_Minus, Key::KeypadMinus},
        {Qt::Key_Period, Key::KeypadPeriod},     {Qt::Key_Slash, Key::KeypadDivide},
        {Qt::Key_Enter, Key::KeypadEnter},       {Qt::Key_Equal, Key::KeypadEqual},
    };
    for (const auto &[qt, own] : known)
        if (qt == key)
            return own;
    return std::nullopt;
}

std::optional<Key> namedKey(int key)
{
    if (key >= Qt::Key_F1 && key <= Qt::Key_F12)
        return static_cast<Key>(static_cast<int>(Key::F1) + key - Qt::Key_F1);
    static constexpr std::pair<Qt::Key, Key> known[] = {
        {Qt::Key_Return, Key::Enter},
        {Qt::Key_Enter, Key::Enter},
        {Qt::Key_Tab, Key::Tab},
        {Qt::Key_Backtab, Key::Tab},
        {Qt::Key_Backspace, Key::Backspace},
        {Qt::Key_Escape, Key::Escape},
        {Qt::Key_Up, Key::Up},
        {Qt::Key_Down, Key::Down},
        {Qt::Key_Left, Key::Left},
        {Qt::Key_Right, Key::Right},
        {Qt::Key_Insert, Key::Insert},
        {Qt::Key_Delete, Key::Delete},
        {Qt::Key_Home, Key::Home},
        {Qt::Key_End, Key::End},
        {Qt::Key_PageUp, Key::PageUp},
        {Qt::Key_PageDown, Key::PageDown},
    };
    for (const auto &[qt, own] : known)
        if (qt == key)
            return own;
    return std::nullopt;
}

} // namespace

Modifiers modifiersOf(Qt::KeyboardModifiers modifiers)
{
    return {.shift = modifiers.testFlag(Qt::ShiftModifier),
            .alt = modifiers.testFlag(Qt::AltModifier),
            .control = modifiers.testFlag(Qt::ControlModifier)};
}

bool pressKey(Screen &screen, const QKeyEvent &event)
{
    Modifiers modifiers = modifiersOf(event.modifiers());
    if (event.modifiers().testFlag(Qt::KeypadModifier)) {
        if (const std::optional<Key> key = keypadKey(event.key())) {
            screen.key(*key, modifiers);
            return true;
        }
    }
    if (const std::optional<Key> key = namedKey(event.key())) {
        modifiers.shift = modifiers.shift || event.key() == Qt::Key_Backtab;
        screen.key(*key, modifiers);
        return true;
    }
    const QList<uint> text = event.text().toUcs4();
    // With Ctrl the text is a control character or nothing, and depends on the platform; the key does not.
    if (modifiers.control && !event.modifiers().testFlag(Qt::GroupSwitchModifier) && event.key() >= Qt::Key_Space &&
        event.key() <= Qt::Key_AsciiTilde && (text.isEmpty() || text.first() < 0x80)) {
        char32_t character = static_cast<char32_t>(event.key());
        if (character >= 'A' && character <= 'Z')
            character += 'a' - 'A';
        screen.character(character, modifiers);
        return true;
    }
    modifiers.control = false;
    bool any = false;
    for (const uint character : text) {
        screen.character(character, modifiers);
        any = true;
    }
    return any;
}

} // namespace pivotbench::app::terminal
