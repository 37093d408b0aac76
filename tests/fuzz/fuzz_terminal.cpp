// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as what a program prints, with changes of size, keys, pastes and the mouse in between: a screen stays
// whole, and it is all the same to it where a write ends.
//
// 0xff RR CC resizes, 0xfe K presses a key or moves the mouse, 0xfd ends a write; those bytes are never part of UTF-8.
#include "app/terminal/screen.h"
#include "check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace pivotbench::app::terminal;
using pivotbench::fuzz::check;

namespace {

constexpr std::size_t scrollbackLines = 60;

void checkLine(const Line &line, int columns)
{
    check(line.cells.size() == static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
        const Cell &cell = line.cells[i];
        check(cell.width <= 2);
        check((cell.width == 0) == (i > 0 && line.cells[i - 1].width == 2));
        check(cell.width != 2 || i + 1 < line.cells.size());
        for (const char32_t character : cell.text)
            check(character == 0 ||
                  (character >= 0x20 && character <= 0x10ffff && (character < 0x7f || character >= 0xa0)));
    }
}

void checkScreen(Screen &screen)
{
    const Size size = screen.size();
    check(size.rows >= Screen::smallest.rows && size.columns >= Screen::smallest.columns);
    const Place cursor = screen.cursor().place;
    check(cursor.row >= 0 && cursor.row < size.rows && cursor.column >= 0 && cursor.column < size.columns);
    check(screen.endLine() - screen.screenTop() == size.rows);
    check(screen.firstLine() >= 0 && screen.firstLine() <= screen.screenTop());
    check(screen.screenTop() - screen.firstLine() <= static_cast<LineNumber>(scrollbackLines));
    check(screen.title().size() <= 4 * Screen::longestTitle);
    for (const char character : screen.title())
        check(static_cast<unsigned char>(character) >= 0x20 && character != 0x7f);
    Line line;
    for (LineNumber number = screen.firstLine(); number < screen.endLine(); ++number) {
        screen.readLine(number, line);
        line.cells.resize(std::max(line.cells.size(), static_cast<std::size_t>(size.columns)));
        if (number >= screen.screenTop())
            checkLine(line, size.columns);
    }
    check(screen.takeChanges().rows.size() == static_cast<std::size_t>(size.rows));
    check(screen.takeOutput().size() <= std::size_t{1} << 20U);
}

void act(Screen &screen, std::uint8_t what)
{
    const Modifiers modifiers{.shift = (what & 1U) != 0, .alt = (what & 2U) != 0, .control = (what & 4U) != 0};
    switch (what >> 5U) {
    case 0: screen.key(static_cast<Key>(what % 44), modifiers); break;
    case 1: screen.character(what, modifiers); break;
    case 2: screen.paste("a\x1b[201~\r\nb\xc2\x9b"); break;
    case 3: screen.mouseMoved({what % 30, what % 90}, modifiers); break;
    case 4:
        screen.mouseButton(static_cast<MouseButton>(1 + what % 5), (what & 8U) != 0, {what % 30, what % 90}, modifiers);
        break;
    case 5: screen.focused((what & 1U) != 0); break;
    case 6: screen.clearScrollback(); break;
    default: screen.setScrollbackCapacity(std::min<std::size_t>(what, scrollbackLines)); break;
    }
}

/// `piece`: how many bytes a write has at most.
void run(Screen &screen, std::string_view bytes, std::size_t piece)
{
    std::size_t start = 0;
    const auto writeUntil = [&](std::size_t end) {
        for (; start < end; start += std::min(piece, end - start))
            screen.write(bytes.substr(start, std::min(piece, end - start)));
    };
    for (std::size_t at = 0; at < bytes.size();) {
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        const auto argument = [&](std::size_t offset) {
            return at + offset < bytes.size() ? static_cast<std::uint8_t>(bytes[at + offset]) : std::uint8_t{0};
        };
        if (byte < 0xfd) {
            ++at;
            continue;
        }
        writeUntil(at);
        if (byte == 0xff) {
            screen.resize({argument(1) % 40, argument(2) % 100});
            at += 3;
        } else if (byte == 0xfe) {
            act(screen, argument(1));
            at += 2;
        } else {
            ++at;
        }
        checkScreen(screen);
        start = std::min(at, bytes.size());
    }
    writeUntil(bytes.size());
    checkScreen(screen);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    Screen whole({24, 80}, scrollbackLines);
    Screen pieces({24, 80}, scrollbackLines);
    run(whole, bytes, bytes.size() + 1);
    run(pieces, bytes, 1);
    check(whole.size() == pieces.size() && whole.cursor() == pieces.cursor() && whole.title() == pieces.title());
    check(whole.firstLine() == pieces.firstLine() && whole.screenTop() == pieces.screenTop());
    Line one;
    Line other;
    for (LineNumber number = whole.firstLine(); number < whole.endLine(); ++number) {
        whole.readLine(number, one);
        pieces.readLine(number, other);
        check(one == other);
    }
    return 0;
}
