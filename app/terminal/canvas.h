// SPDX-License-Identifier: Apache-2.0
//
// What libvterm draws on: the two grids of the screen, what scrolled off it, the pen, and what the program made of
// cursor and mouse. libvterm's callbacks end here, and nothing here calls libvterm. Owned by the Machine, on its
// thread.
#pragma once

#include "app/terminal/grid.h"
#include "app/terminal/rendition.h"
#include "app/terminal/screen.h"
#include "app/terminal/scrollback.h"

#include <optional>
#include <vterm.h>

namespace pivotbench::app::terminal {

class Canvas {
public:
    Canvas(Size size, std::size_t scrollbackLines);
    Canvas(const Canvas &) = delete;
    Canvas &operator=(const Canvas &) = delete;
    ~Canvas() = default;

    /// From now on the state draws here; the canvas has to outlive it.
    void drawFrom(VTermState *state);

    void touch(int row);
    void touchRows(int from, int to); ///< to before the end
    void touchAll();
    void clearScrollback();

    /// What libvterm is given for a character, of one cell or two, that is put where it draws the stand-in.
    [[nodiscard]] char32_t standInFor(char32_t character, int width);
    /// A mark joins the last glyph, where nothing came between.
    void joinLast(char32_t mark);
    void forgetLast();

    [[nodiscard]] const Pen &pen() const { return m_pen; }
    [[nodiscard]] ExtraRendition extras() const { return {.faint = m_pen.faint, .concealed = m_pen.concealed}; }
    void setExtras(ExtraRendition extras);
    void setProtects(bool protects) { m_pen.isProtected = protects; } ///< DECSCA

    Grid primary;
    Grid alternate;
    Grid *current = &primary;
    Scrollback scrollback;
    LineNumber scrolledOff = 0;

    Cursor cursor;
    MouseMode mouseMode = MouseMode::None;
    bool reverseVideo = false;
    Changes changes;

    bool keepCursorLook = false; ///< while libvterm restores more than xterm does

private:
    // Called by libvterm; `user` is the Canvas.
    static int putGlyph(VTermGlyphInfo *info, VTermPos pos, void *user);
    static int moveCursor(VTermPos pos, VTermPos old, int visible, void *user);
    static int scrollArea(VTermRect area, int downward, int rightward, void *user);
    static int eraseArea(VTermRect area, int selective, void *user);
    static int setPen(VTermAttr attribute, VTermValue *value, void *user);
    static int setProperty(VTermProp property, VTermValue *value, void *user);
    static const VTermStateCallbacks callbacks;

    Pen m_pen; ///< as libvterm has it, and what it does not know

    // The last glyph, for marks, and to see whether the next one wraps.
    char32_t m_real = 0; ///< what the stand-in stands for
    std::optional<Place> m_lastPlace;
    int m_lastEnd = -1; ///< the column after it; -1 when something moved the cursor since
};

} // namespace pivotbench::app::terminal
