// SPDX-License-Identifier: Apache-2.0
//
// A terminal without a face: bytes of a program go in, cells, a cursor and answers come out; keys and the mouse go in,
// bytes for the program come out. It owns libvterm's state machine, which knows what sequences mean, and keeps the
// cells itself: libvterm 0.1.4's own screen layer leaves the cursor above the screen after some shrinks and crashes on
// the next byte. What a program prints passes InputParser first; what can bring libvterm out of step is put right or
// not passed on.
//
// Whatever the bytes and the sizes: no crash, no hang, bounded memory. Never answered: what would repeat the program's
// own text (titles). Not done: reading or setting the clipboard (OSC 52), moving windows, double-size lines, the
// printer.
//
// Values, any one thread, no Qt. Follows ECMA-48, xterm's ctlseqs, and vterm.h.
#pragma once

#include "app/terminal/cell.h"
#include "app/terminal/keys.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::app::terminal {

enum class MouseMode : std::uint8_t { None, Click, Drag, Move };
enum class MouseButton : std::uint8_t { Left = 1, Middle = 2, Right = 3, WheelUp = 4, WheelDown = 5 };
enum class CursorShape : std::uint8_t { Block, Underline, Bar };

struct Cursor {
    Place place;
    CursorShape shape = CursorShape::Block;
    bool visible = true;
    bool blinks = true;

    bool operator==(const Cursor &) const = default;
};

/// A line's number since the beginning; it keeps its number when it scrolls off the screen.
using LineNumber = std::int64_t;

/// What happened since it was asked last.
struct Changes {
    std::vector<bool> rows;  ///< of the screen, that look different
    bool lines = false;      ///< screenTop() or firstLine() moved
    bool renumbered = false; ///< after a new width: line numbers mean other text
    bool title = false;
    bool modes = false; ///< mouse, alternate screen, reverse video
    int bells = 0;
};

class Screen {
public:
    static constexpr Size smallest{1, 2};
    static constexpr Size largest{1000, 1000};
    static constexpr std::size_t defaultScrollback = 10'000;
    static constexpr std::size_t longestTitle = 256; ///< characters

    explicit Screen(Size size = {}, std::size_t scrollbackLines = defaultScrollback);
    Screen(const Screen &) = delete;
    Screen &operator=(const Screen &) = delete;
    ~Screen();

    /// What the program printed; may end anywhere.
    void write(std::string_view bytes);
    /// Kept within smallest and largest.
    void resize(Size size);
    [[nodiscard]] Size size() const;

    /// The screen's rows are the lines from screenTop() to before endLine(); the alternate screen has no lines above.
    [[nodiscard]] LineNumber firstLine() const;
    [[nodiscard]] LineNumber screenTop() const;
    [[nodiscard]] LineNumber endLine() const;
    [[nodiscard]] const Line &row(int row) const;
    /// As many cells as there are columns; blank where there is no such line.
    void readLine(LineNumber number, Line &into) const;

    void setScrollbackCapacity(std::size_t lines);
    void clearScrollback();

    /// The default colours as they look, for programs that ask (OSC 10, 11) to choose theirs; nobody is told before.
    void setDefaultColours(Colour foreground, Colour background);

    [[nodiscard]] const Cursor &cursor() const;
    [[nodiscard]] const std::string &title() const; ///< UTF-8, made safe to show
    [[nodiscard]] bool alternateScreen() const;
    [[nodiscard]] bool reverseVideo() const;
    [[nodiscard]] bool bracketedPaste() const;
    [[nodiscard]] MouseMode mouseMode() const;
    [[nodiscard]] Changes takeChanges();

    // What the user does; the bytes it makes are fetched with takeOutput().
    void key(Key key, Modifiers modifiers);
    void character(char32_t character, Modifiers modifiers);
    /// UTF-8. Control characters but tab and line ends are left out, ESC first of all.
    void paste(std::string_view text);
    void mouseMoved(Place place, Modifiers modifiers);
    void mouseButton(MouseButton button, bool pressed, Place place, Modifiers modifiers);
    void focused(bool in);

    /// Answers and input for the program, in order.
    [[nodiscard]] std::string takeOutput();

private:
    class Machine;
    std::unique_ptr<Machine> m_machine;
};

} // namespace pivotbench::app::terminal
