// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/canvas.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

// libvterm reckons with these instead of the characters they stand for, because its widths are old and its store for
// marks grows without end. Nothing else that it is given is above U+02FF or in a character set it translates to.
constexpr char32_t narrowStandIn = 0x0416;
constexpr char32_t wideStandIn = 0x4e00;
constexpr char32_t firstReplaced = 0x300;

Colour colourOf(const VTermColor &colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour))
        return {};
    if (VTERM_COLOR_IS_INDEXED(&colour))
        return Colour::indexed(colour.indexed.idx);
    return Colour::rgb(colour.rgb.red, colour.rgb.green, colour.rgb.blue);
}

Area areaOf(VTermRect area)
{
    return {.top = area.start_row, .bottom = area.end_row, .left = area.start_col, .right = area.end_col};
}

} // namespace

// By assignment, and the switches below over int: later versions of libvterm have more callbacks, attributes and
// properties than the first that is supported.
const VTermStateCallbacks Canvas::callbacks = [] {
    VTermStateCallbacks callbacks{};
    callbacks.putglyph = &Canvas::putGlyph;
    callbacks.movecursor = &Canvas::moveCursor;
    callbacks.scrollrect = &Canvas::scrollArea;
    callbacks.erase = &Canvas::eraseArea;
    callbacks.setpenattr = &Canvas::setPen;
    callbacks.settermprop = &Canvas::setProperty;
    return callbacks;
}();

Canvas::Canvas(Size size, std::size_t scrollbackLines)
    : primary(size)
    , alternate(size)
    , scrollback(std::min(scrollbackLines, Scrollback::mostLines))
{
    changes.rows.assign(static_cast<std::size_t>(size.rows), true);
}

void Canvas::drawFrom(VTermState *state) { vterm_state_set_callbacks(state, &callbacks, this); }

void Canvas::touch(int row)
{
    if (row >= 0 && static_cast<std::size_t>(row) < changes.rows.size())
        changes.rows[static_cast<std::size_t>(row)] = true;
}

void Canvas::touchRows(int from, int to)
{
    const auto rows = static_cast<int>(changes.rows.size());
    from = std::clamp(from, 0, rows);
    std::fill(changes.rows.begin() + from, changes.rows.begin() + std::clamp(to, from, rows), true);
}

void Canvas::touchAll() { changes.rows.assign(changes.rows.size(), true); }

void Canvas::clearScrollback()
{
    scrollback.clear();
    changes.lines = true;
}

char32_t Canvas::standInFor(char32_t character, int width)
{
    m_real = character;
    return character < firstReplaced ? character : width == 2 ? wideStandIn : narrowStandIn;
}

void Canvas::joinLast(char32_t mark)
{
    if (!m_lastPlace)
        return;
    current->join(*m_lastPlace, mark);
    touch(m_lastPlace->row);
}

void Canvas::forgetLast()
{
    m_lastEnd = -1;
    m_lastPlace.reset();
}

void Canvas::setExtras(ExtraRendition extras)
{
    m_pen.faint = extras.faint;
    m_pen.concealed = extras.concealed;
}

int Canvas::putGlyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
    auto &self = *static_cast<Canvas *>(user);
    const bool standsIn = info->chars[0] == narrowStandIn || info->chars[0] == wideStandIn;
    const char32_t character = standsIn ? self.m_real : info->chars[0];
    if (pos.row < 0 || pos.row >= self.current->size().rows)
        return 1;
    const int columns = self.current->size().columns;
    if (pos.col == 0 && (self.m_lastEnd == columns || (info->width == 2 && self.m_lastEnd == columns - 1))) {
        if (pos.row > 0)
            self.current->setWrapped(pos.row - 1, true);
        else if (self.current == &self.primary && !self.scrollback.empty())
            self.scrollback.newest().setWrapped(true);
    }
    self.current->put({pos.row, pos.col}, character, info->width, self.m_pen);
    self.m_lastPlace = Place{pos.row, pos.col};
    self.m_lastEnd = pos.col + info->width;
    self.touch(pos.row);
    return 1;
}

int Canvas::moveCursor(VTermPos, VTermPos, int, void *) { return 1; }

int Canvas::scrollArea(VTermRect area, int downward, int rightward, void *user)
{
    auto &self = *static_cast<Canvas *>(user);
    const Size size = self.current->size();
    if (self.current == &self.primary && downward > 0 && area.start_row == 0 && area.start_col == 0 &&
        area.end_col == size.columns) {
        for (int row = 0; row < std::min(downward, std::min(area.end_row, size.rows)); ++row) {
            self.scrollback.push(self.primary.written(row), self.primary.line(row).wrapped);
            ++self.scrolledOff;
        }
        self.changes.lines = true;
    }
    self.current->scroll(areaOf(area), downward, rightward, self.m_pen);
    self.touchRows(area.start_row, area.end_row);
    return 1;
}

int Canvas::eraseArea(VTermRect area, int selective, void *user)
{
    auto &self = *static_cast<Canvas *>(user);
    self.current->erase(areaOf(area), self.m_pen, selective != 0);
    self.touchRows(area.start_row, area.end_row);
    return 1;
}

int Canvas::setPen(VTermAttr attribute, VTermValue *value, void *user)
{
    Pen &pen = static_cast<Canvas *>(user)->m_pen;
    switch (static_cast<int>(attribute)) {
    case VTERM_ATTR_BOLD: pen.bold = value->boolean != 0; break;
    case VTERM_ATTR_ITALIC: pen.italic = value->boolean != 0; break;
    case VTERM_ATTR_BLINK: pen.blink = value->boolean != 0; break;
    case VTERM_ATTR_REVERSE: pen.reverse = value->boolean != 0; break;
    case VTERM_ATTR_STRIKE: pen.strike = value->boolean != 0; break;
    case VTERM_ATTR_UNDERLINE:
        pen.underline = value->number == VTERM_UNDERLINE_SINGLE   ? Underline::Single
                        : value->number == VTERM_UNDERLINE_DOUBLE ? Underline::Double
                        : value->number == VTERM_UNDERLINE_CURLY  ? Underline::Curly
                                                                  : Underline::None;
        break;
    case VTERM_ATTR_FOREGROUND: pen.foreground = colourOf(value->color); break;
    case VTERM_ATTR_BACKGROUND: pen.background = colourOf(value->color); break;
    default: break;
    }
    return 1;
}

int Canvas::setProperty(VTermProp property, VTermValue *value, void *user)
{
    auto &self = *static_cast<Canvas *>(user);
    switch (static_cast<int>(property)) {
    case VTERM_PROP_CURSORVISIBLE:
        if (self.keepCursorLook)
            return 0;
        self.cursor.visible = value->boolean != 0;
        break;
    case VTERM_PROP_CURSORBLINK:
        if (self.keepCursorLook)
            return 0;
        self.cursor.blinks = value->boolean != 0;
        break;
    case VTERM_PROP_CURSORSHAPE:
        if (self.keepCursorLook)
            return 0;
        self.cursor.shape = value->number == VTERM_PROP_CURSORSHAPE_UNDERLINE  ? CursorShape::Underline
                            : value->number == VTERM_PROP_CURSORSHAPE_BAR_LEFT ? CursorShape::Bar
                                                                               : CursorShape::Block;
        break;
    case VTERM_PROP_ALTSCREEN:
        self.current = value->boolean != 0 ? &self.alternate : &self.primary;
        self.changes.modes = true;
        self.changes.lines = true;
        self.touchAll();
        break;
    case VTERM_PROP_REVERSE:
        self.reverseVideo = value->boolean != 0;
        self.changes.modes = true;
        self.touchAll();
        break;
    case VTERM_PROP_MOUSE:
        self.mouseMode = value->number == VTERM_PROP_MOUSE_CLICK  ? MouseMode::Click
                         : value->number == VTERM_PROP_MOUSE_DRAG ? MouseMode::Drag
                         : value->number == VTERM_PROP_MOUSE_MOVE ? MouseMode::Move
                                                                  : MouseMode::None;
        self.changes.modes = true;
        break;
    default: break;
    }
    return 1;
}

} // namespace pivotbench::app::terminal
