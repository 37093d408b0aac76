// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/machine.h"

#include "app/terminal/character_width.h"
#include "app/terminal/reflow.h"
#include "app/terminal/safe_text.h"
#include "app/terminal/utf8.h"

#include <algorithm>
#include <array>

namespace pivotbench::app::terminal {

namespace {

// libvterm reckons with these instead of the characters they stand for, because its widths are old and its store for
// marks grows without end. Nothing else that it is given is above U+02FF or in a character set it translates to.
constexpr char32_t narrowPlaceholder = 0x0416;
constexpr char32_t widePlaceholder = 0x4e00;
constexpr char32_t firstReplaced = 0x300;

constexpr std::size_t longestPiece = 4096;      // libvterm has four times as much on its stack
constexpr std::size_t mostUnreadOutput = 65536; // answers nobody fetches are dropped

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

void appendNumber(std::string &text, int number) { text += std::to_string(number); }

/// The rendition that makes this colour; libvterm's pen is set through its own parser.
void appendColour(std::string &text, Colour colour, bool background)
{
    const int base = background ? 40 : 30;
    switch (colour.kind) {
    case Colour::Kind::Default: appendNumber(text, base + 9); return;
    case Colour::Kind::Indexed:
        appendNumber(text, base + 8);
        text += ";5;";
        appendNumber(text, colour.index());
        return;
    case Colour::Kind::Rgb:
        appendNumber(text, base + 8);
        text += ";2";
        for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) {
            text += ';';
            appendNumber(text, part);
        }
        return;
    }
}

/// xterm's way to say a colour: OSC number ; rgb: with four hexadecimal digits a part.
std::string colourAnswer(std::string_view number, Colour colour)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string answer = std::string("\x1b]").append(number).append(";rgb:");
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) {
        for (int i = 0; i < 2; ++i) {
            answer += digits[part >> 4U];
            answer += digits[part & 15U];
        }
        answer += '/';
    }
    answer.pop_back();
    return answer + "\x1b\\";
}

} // namespace

VTermModifier libvtermModifiers(Modifiers modifiers)
{
    return static_cast<VTermModifier>((modifiers.shift ? VTERM_MOD_SHIFT : 0) | (modifiers.alt ? VTERM_MOD_ALT : 0) |
                                      (modifiers.control ? VTERM_MOD_CTRL : 0));
}

const VTermStateCallbacks Screen::Machine::callbacks = {
    .putglyph = &Machine::putGlyph,
    .movecursor = &Machine::moveCursor,
    .scrollrect = &Machine::scrollArea,
    .moverect = nullptr,
    .erase = &Machine::eraseArea,
    .initpen = nullptr,
    .setpenattr = &Machine::setPen,
    .settermprop = &Machine::setProperty,
    .bell = nullptr,
    .resize = nullptr,
    .setlineinfo = nullptr,
};

Screen::Machine::Machine(Size size, std::size_t scrollbackLines)
    : term(vterm_new(size.rows, size.columns))
    , primary(size)
    , alternate(size)
    , scrollback(std::min(scrollbackLines, Scrollback::mostLines))
{
    changes.rows.assign(static_cast<std::size_t>(size.rows), true);
    vterm_set_utf8(term.get(), 1);
    vterm_output_set_callback(term.get(), &Machine::push, this);
    state = vterm_obtain_state(term.get());
    vterm_state_set_callbacks(state, &callbacks, this);
    reset();
}

// What libvterm tells

int Screen::Machine::putGlyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
    auto &self = *static_cast<Machine *>(user);
    const bool placeholder = info->chars[0] == narrowPlaceholder || info->chars[0] == widePlaceholder;
    const char32_t character = placeholder ? self.m_real : info->chars[0];
    if (pos.row < 0 || pos.row >= self.current->size().rows)
        return 1;
    const int columns = self.current->size().columns;
    if (pos.col == 0 && (self.m_lastEnd == columns || (info->width == 2 && self.m_lastEnd == columns - 1))) {
        if (pos.row > 0)
            self.current->setWrapped(pos.row - 1, true);
        else if (self.current == &self.primary && !self.scrollback.empty())
            self.scrollback.newest().setWrapped(true);
    }
    self.current->put({pos.row, pos.col}, character, info->width, self.pen());
    self.m_lastPlace = Place{pos.row, pos.col};
    self.m_lastEnd = pos.col + info->width;
    self.touch(pos.row);
    return 1;
}

int Screen::Machine::moveCursor(VTermPos, VTermPos, int, void *) { return 1; }

int Screen::Machine::scrollArea(VTermRect area, int downward, int rightward, void *user)
{
    auto &self = *static_cast<Machine *>(user);
    const Size size = self.current->size();
    if (self.current == &self.primary && downward > 0 && area.start_row == 0 && area.start_col == 0 &&
        area.end_col == size.columns) {
        for (int row = 0; row < std::min(downward, std::min(area.end_row, size.rows)); ++row) {
            self.scrollback.push(self.primary.line(row));
            ++self.scrolledOff;
        }
        self.changes.lines = true;
    }
    self.current->scroll(areaOf(area), downward, rightward, self.m_pen);
    for (int row = area.start_row; row < area.end_row; ++row)
        self.touch(row);
    return 1;
}

int Screen::Machine::eraseArea(VTermRect area, int selective, void *user)
{
    auto &self = *static_cast<Machine *>(user);
    self.current->erase(areaOf(area), self.m_pen, selective != 0);
    for (int row = area.start_row; row < area.end_row; ++row)
        self.touch(row);
    return 1;
}

int Screen::Machine::setPen(VTermAttr attribute, VTermValue *value, void *user)
{
    Pen &pen = static_cast<Machine *>(user)->m_pen;
    switch (attribute) {
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
    case VTERM_ATTR_FONT:
    case VTERM_N_ATTRS: break;
    }
    return 1;
}

int Screen::Machine::setProperty(VTermProp property, VTermValue *value, void *user)
{
    auto &self = *static_cast<Machine *>(user);
    switch (property) {
    case VTERM_PROP_CURSORVISIBLE:
        if (self.m_keepCursorLook)
            return 0;
        self.cursor.visible = value->boolean != 0;
        break;
    case VTERM_PROP_CURSORBLINK:
        if (self.m_keepCursorLook)
            return 0;
        self.cursor.blinks = value->boolean != 0;
        break;
    case VTERM_PROP_CURSORSHAPE:
        if (self.m_keepCursorLook)
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
    case VTERM_PROP_TITLE:
    case VTERM_PROP_ICONNAME:
    case VTERM_N_PROPS: break;
    }
    return 1;
}

void Screen::Machine::push(const char *bytes, std::size_t length, void *user)
{
    static_cast<Machine *>(user)->send({bytes, length});
}

void Screen::Machine::send(std::string_view bytes)
{
    if (output.size() + bytes.size() <= std::max(mostUnreadOutput, bytes.size()))
        output += bytes;
}

// What libvterm is told

void Screen::Machine::tell(std::string_view bytes)
{
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), longestPiece)))
        vterm_input_write(term.get(), bytes.data(), std::min(bytes.size(), longestPiece));
}

/// The sequence written anew, with at most so many parameters.
void Screen::Machine::pass(const ControlSequence &sequence, std::size_t parameters)
{
    m_scratch = "\x1b[";
    if (sequence.leader != 0)
        m_scratch += sequence.leader;
    for (std::size_t i = 0; i < std::min(parameters, sequence.parameters.size()); ++i) {
        if (i > 0)
            m_scratch += ';';
        if (sequence.parameters[i].value != Parameter::missing)
            appendNumber(m_scratch, sequence.parameters[i].value);
    }
    if (sequence.intermediate != 0)
        m_scratch += sequence.intermediate;
    m_scratch += sequence.final;
    tell(m_scratch);
}

Place Screen::Machine::place() const
{
    VTermPos pos{};
    vterm_state_get_cursorpos(state, &pos);
    const Size size = current->size();
    return {std::clamp(pos.row, 0, size.rows - 1), std::clamp(pos.col, 0, size.columns - 1)};
}

Pen Screen::Machine::pen() const
{
    Pen pen = m_pen;
    pen.faint = m_extras.faint;
    pen.concealed = m_extras.concealed;
    return pen;
}

/// Absolute; only where the origin mode is off or the margins are the whole screen.
void Screen::Machine::moveTo(Place place)
{
    m_scratch = "\x1b[";
    appendNumber(m_scratch, place.row + 1);
    m_scratch += ';';
    appendNumber(m_scratch, place.column + 1);
    m_scratch += 'H';
    tell(m_scratch);
}

void Screen::Machine::touch(int row)
{
    if (row >= 0 && static_cast<std::size_t>(row) < changes.rows.size())
        changes.rows[static_cast<std::size_t>(row)] = true;
}

void Screen::Machine::touchAll() { changes.rows.assign(changes.rows.size(), true); }

/// After a write: where the cursor is, for whoever looks.
void Screen::Machine::settle()
{
    const Place now = place();
    if (now != cursor.place) {
        touch(cursor.place.row);
        cursor.place = now;
    }
    touch(now.row);
}

void Screen::Machine::clearScrollback()
{
    scrollback.clear();
    changes.lines = true;
}

void Screen::Machine::resize(Size size)
{
    Place now = place();
    m_lastEnd = -1;
    m_lastPlace.reset();
    // libvterm keeps margins that the new size has no room for, and scrolls a negative number of rows then.
    tell("\x1b[r\x1b[s");
    if (current == &alternate && m_primaryPlace)
        m_primaryPlace->place = reflow(primary, scrollback, size, m_primaryPlace->place);
    else if (current == &alternate)
        static_cast<void>(reflow(primary, scrollback, size, {}));
    else
        now = reflow(primary, scrollback, size, now);
    changes.renumbered = changes.renumbered || size.columns != alternate.size().columns;
    alternate.resize(size);
    scrolledOff = std::max(scrolledOff, static_cast<LineNumber>(scrollback.size()));
    vterm_set_size(term.get(), size.rows, size.columns);
    moveTo({std::min(now.row, size.rows - 1), std::min(now.column, size.columns - 1)});
    changes.rows.assign(static_cast<std::size_t>(size.rows), true);
    changes.lines = true;
    settle();
}

void Screen::Machine::reset()
{
    if (current == &alternate)
        tell("\x1b[?1047l");
    m_primaryPlace.reset();
    tell("\x1b[?1000l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?5l\x1b[0\"q");
    vterm_state_reset(state, 1);
    m_extras = {};
    m_savedExtras = {};
    m_pen.isProtected = false;
    m_margins = false;
    m_autowrap = true;
    bracketedPaste = false;
    m_last = 0;
    m_lastEnd = -1;
    m_lastPlace.reset();
    tell("\x1b"
         "7"); // libvterm restores black on black where nothing was saved
    touchAll();
}

/// DECSTR; libvterm 0.1.4 knows it but never gets there.
void Screen::Machine::softReset()
{
    const Place now = place();
    tell("\x1b[?25h\x1b[4l\x1b[?6l\x1b[?1l\x1b[?7h\x1b>\x1b[?69l\x1b[r\x1b[s\x1b[m\x1b(B\x1b)B\x0f\x1b[0\"q");
    m_extras = {};
    m_pen.isProtected = false;
    m_margins = false;
    m_autowrap = true;
    moveTo(now);
}

// What the program says

void Screen::Machine::ascii(std::string_view run)
{
    m_last = static_cast<unsigned char>(run.back());
    tell(run);
}

void Screen::Machine::character(char32_t character)
{
    const int width = characterWidth(character);
    if (width == 0) {
        if (m_lastPlace) {
            current->join(*m_lastPlace, character);
            touch(m_lastPlace->row);
        }
        return;
    }
    // Without wrapping, a wide character that does not fit is not written; libvterm would wrap it all the same.
    if (width == 2 && !m_autowrap && place().column >= current->size().columns - 1)
        return;
    m_last = character;
    m_real = character;
    m_scratch.clear();
    appendUtf8(m_scratch, character < firstReplaced ? character : width == 2 ? widePlaceholder : narrowPlaceholder);
    tell(m_scratch);
}

void Screen::Machine::control(char control)
{
    switch (control) {
    case '\a': changes.bells = std::min(changes.bells + 1, 1000); return;
    case '\b':
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
        m_lastEnd = -1;
        m_lastPlace.reset();
        break;
    case '\x0e':
    case '\x0f': break;
    default: return;
    }
    tell({&control, 1});
}

void Screen::Machine::escape(char intermediate, char final)
{
    m_lastEnd = -1;
    m_lastPlace.reset();
    std::array<char, 3> bytes{'\x1b', intermediate, final};
    switch (intermediate) {
    case 0:
        switch (final) {
        case '7': saveCursor(); return;
        case '8': restoreCursor(); return;
        case 'c': reset(); return;
        case 'D':
        case 'E':
        case 'H':
        case 'M':
        case '=':
        case '>':
            bytes[1] = final;
            tell({bytes.data(), 2});
            return;
        default: return;
        }
    case '(':
    case ')':
        if (final == '0' || final == 'A' || final == 'B')
            tell({bytes.data(), bytes.size()});
        return;
    case '#':
        if (final == '8')
            tell({bytes.data(), bytes.size()});
        return;
    default: return;
    }
}

void Screen::Machine::saveCursor()
{
    m_savedExtras = m_extras;
    tell("\x1b"
         "7");
}

void Screen::Machine::restoreCursor()
{
    m_extras = m_savedExtras;
    m_keepCursorLook = true;
    tell("\x1b"
         "8");
    m_keepCursorLook = false;
    // The place may be outside of what the screen is now; after any known control sequence libvterm puts the cursor
    // back inside. This one, TBC of line stops, does nothing.
    tell("\x1b[1g");
}

void Screen::Machine::controlSequence(const ControlSequence &sequence)
{
    if (sequence.final != 'm' && sequence.final != 'b') {
        m_lastEnd = -1;
        m_lastPlace.reset();
    }
    switch (sequence.leader) {
    case 0: plainSequence(sequence); return;
    case '?': privateSequence(sequence); return;
    case '>':
        if (sequence.intermediate == 0 && sequence.final == 'c')
            pass(sequence, 1);
        return;
    default: return;
    }
}

void Screen::Machine::plainSequence(const ControlSequence &sequence)
{
    switch (sequence.intermediate) {
    case 0: break;
    case ' ':
        if (sequence.final == 'q')
            pass(sequence, 1);
        return;
    case '!':
        if (sequence.final == 'p')
            softReset();
        return;
    case '"':
        if (sequence.final == 'q') {
            m_pen.isProtected = sequence.at(0, 0) == 1;
            pass(sequence, 1);
        }
        return;
    case '\'':
        if (sequence.final == '}' || sequence.final == '~')
            pass(sequence, 1);
        return;
    default: return;
    }
    switch (sequence.final) {
    case '@':
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'G':
    case 'I':
    case 'K':
    case 'L':
    case 'M':
    case 'P':
    case 'S':
    case 'X':
    case 'Z':
    case '`':
    case 'a':
    case 'c':
    case 'd':
    case 'e':
    case 'g':
    case 'j':
    case 'k':
    case 'n': pass(sequence, 1); return;
    case 'H':
    case 'f':
    case 'r': pass(sequence, 2); return;
    case 'T':
        if (sequence.parameters.size() < 2) // with more it starts xterm's highlight tracking
            pass(sequence, 1);
        return;
    case 'J':
        if (sequence.at(0, 0) == 3)
            clearScrollback();
        else
            pass(sequence, 1);
        return;
    case 'b': repeat(sequence.at(0, 1)); return;
    case 'h':
    case 'l':
        for (const Parameter &mode : sequence.parameters)
            setMode(mode.valueOr(0), sequence.final == 'h');
        return;
    case 'm': rendition(sequence.parameters); return;
    case 's':
        if (m_margins)
            pass(sequence, 2);
        else
            saveCursor();
        return;
    case 'u': restoreCursor(); return;
    default: return;
    }
}

void Screen::Machine::privateSequence(const ControlSequence &sequence)
{
    if (sequence.intermediate == '$') {
        if (sequence.final == 'p' && sequence.at(0, 0) > 0)
            pass(sequence, 1);
        return;
    }
    if (sequence.intermediate != 0)
        return;
    switch (sequence.final) {
    case 'J':
    case 'K':
        if (sequence.at(0, 0) <= 2)
            pass(sequence, 1);
        return;
    case 'n': pass(sequence, 1); return;
    case 'h':
    case 'l':
        for (const Parameter &mode : sequence.parameters)
            setPrivateMode(mode.valueOr(0), sequence.final == 'h');
        return;
    default: return;
    }
}

void Screen::Machine::setMode(int mode, bool on)
{
    if (mode == 4) // IRM
        tell(on ? "\x1b[4h" : "\x1b[4l");
    else if (mode == 20) // LNM
        tell(on ? "\x1b[20h" : "\x1b[20l");
}

void Screen::Machine::setPrivateMode(int mode, bool on)
{
    switch (mode) {
    case 47:
    case 1047: setAlternate(on, false); return;
    case 1048: on ? saveCursor() : restoreCursor(); return;
    case 1049: setAlternate(on, true); return;
    case 7: m_autowrap = on; break;
    case 69: m_margins = on; break;
    case 2004: bracketedPaste = on; break;
    case 1:
    case 5:
    case 6:
    case 12:
    case 25:
    case 1000:
    case 1002:
    case 1003:
    case 1004:
    case 1005:
    case 1006:
    case 1015: break;
    default: return;
    }
    m_scratch = "\x1b[?";
    appendNumber(m_scratch, mode);
    m_scratch += on ? 'h' : 'l';
    tell(m_scratch);
}

/// libvterm has one saved cursor for both screens; xterm's 1049 has its own, and so has this.
void Screen::Machine::setAlternate(bool on, bool withCursor)
{
    if (on == (current == &alternate))
        return;
    if (on) {
        m_primaryPlace = SavedPlace{.place = place(), .pen = pen()};
        tell("\x1b[?1047h");
        return;
    }
    tell("\x1b[?1047l");
    if (withCursor && m_primaryPlace) {
        const SavedPlace saved = *m_primaryPlace;
        tell("\x1b[?6l");
        moveTo(saved.place);
        std::string sgr = "\x1b[0";
        const auto add = [&sgr](bool set, std::string_view code) {
            if (set)
                sgr.append(";").append(code);
        };
        add(saved.pen.bold, "1");
        add(saved.pen.italic, "3");
        add(saved.pen.underline == Underline::Single, "4");
        add(saved.pen.underline == Underline::Double, "21");
        add(saved.pen.underline == Underline::Curly, "4:3");
        add(saved.pen.blink, "5");
        add(saved.pen.reverse, "7");
        add(saved.pen.strike, "9");
        tell(sgr + "m");
        for (const bool behind : {false, true}) {
            sgr = "\x1b[";
            appendColour(sgr, behind ? saved.pen.background : saved.pen.foreground, behind);
            tell(sgr + "m");
        }
        m_extras = {.faint = saved.pen.faint, .concealed = saved.pen.concealed};
    }
    m_primaryPlace.reset();
}

/// SGR. Each rendition is passed on by itself: libvterm looks behind the parameters where a colour is cut short.
void Screen::Machine::rendition(std::span<const Parameter> parameters)
{
    if (parameters.empty()) {
        m_extras = {};
        tell("\x1b[m");
        return;
    }
    while (!parameters.empty()) {
        const int code = parameters.front().valueOr(0);
        std::size_t taken = 1;
        while (taken < parameters.size() && parameters[taken].joined)
            ++taken;
        m_scratch = "\x1b[";
        appendNumber(m_scratch, code);
        bool passed = true;
        switch (code) {
        case 0: m_extras = {}; break;
        case 2:
        case 8:
            (code == 2 ? m_extras.faint : m_extras.concealed) = true;
            passed = false;
            break;
        case 22: m_extras.faint = false; break;
        case 28:
            m_extras.concealed = false;
            passed = false;
            break;
        case 4:
            if (taken > 1) {
                m_scratch += ':';
                appendNumber(m_scratch, std::min(parameters[1].valueOr(1), 3));
            }
            break;
        case 38:
        case 48:
        case 58: {
            const std::size_t used = colour(parameters.first(taken > 1 ? taken : parameters.size()), m_scratch);
            passed = used > 0 && code != 58;
            taken = taken > 1 ? taken : std::max<std::size_t>(used, 1);
            // What is left of a colour that is no colour must not be taken for other renditions.
            if (used == 0 && taken == 1)
                return;
            break;
        }
        default:
            passed = (code >= 1 && code <= 9) || (code >= 21 && code <= 29) || (code >= 30 && code <= 49) ||
                     (code >= 90 && code <= 107);
            break;
        }
        if (passed) {
            m_scratch += 'm';
            tell(m_scratch);
        }
        parameters = parameters.subspan(taken);
    }
}

/// 5;index or 2;red;green;blue, with semicolons or colons; with colons there may be a colour space before the red.
/// Appends them and says how many parameters that were, with the first; 0 when it is no colour.
std::size_t Screen::Machine::colour(std::span<const Parameter> parameters, std::string &into)
{
    if (parameters.size() < 3)
        return 0;
    const int kind = parameters[1].valueOr(0);
    if (kind == 5) {
        into += ";5;";
        appendNumber(into, std::min(parameters[2].valueOr(0), 255));
        return 3;
    }
    if (kind != 2 || parameters.size() < 5)
        return 0;
    const std::size_t first = parameters[1].joined && parameters.size() >= 6 ? 3 : 2;
    into += ";2";
    for (std::size_t i = first; i < first + 3; ++i) {
        into += ';';
        appendNumber(into, std::min(parameters[i].valueOr(0), 255));
    }
    return first + 3;
}

/// REP. libvterm never ends where nothing was printed yet.
void Screen::Machine::repeat(int count)
{
    if (m_last == 0)
        return;
    const int most = std::clamp(count, 1, current->size().columns);
    if (m_last < 0x80) {
        ascii(std::string(static_cast<std::size_t>(most), static_cast<char>(m_last)));
        return;
    }
    for (int i = 0; i < most; ++i)
        character(m_last);
}

void Screen::Machine::systemCommand(std::string_view text)
{
    if (text == "10;?" || text == "11;?") {
        const Colour colour = text == "10;?" ? foreground : background;
        if (colour.kind == Colour::Kind::Rgb)
            send(colourAnswer(text.substr(0, 2), colour));
        return;
    }
    if (!text.starts_with("0;") && !text.starts_with("2;"))
        return;
    std::string safe = presentable(text.substr(2), longestTitle);
    if (safe != title) {
        title = std::move(safe);
        changes.title = true;
    }
}

/// DECRQSS of what has a short answer from libvterm's own state; anything else goes unanswered.
void Screen::Machine::deviceControl(std::string_view text)
{
    static constexpr std::array<std::string_view, 5> known{"$qm", "$qr", "$qs", "$q q", "$q\"q"};
    if (std::ranges::find(known, text) != known.end())
        tell(std::string("\x1bP").append(text).append("\x1b\\"));
}

// What the user does

void Screen::Machine::key(Key key, Modifiers modifiers)
{
    // Programs take the plain byte from these keys with any modifier but Alt; libvterm would send "CSI u".
    const auto plain = [this, modifiers](std::string_view bytes) {
        if (modifiers.alt)
            send("\x1b");
        send(bytes);
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
    const std::size_t before = output.size();
    vterm_keyboard_key(term.get(), code, libvtermModifiers(modifiers));
    if (key == Key::KeypadEnter && output.ends_with('\n') && output.size() > before)
        output.back() = '\r';
}

void Screen::Machine::character(char32_t character, Modifiers modifiers)
{
    if (modifiers.alt)
        send("\x1b");
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
        send({"\0", 1});
        return;
    }
    std::string bytes;
    appendUtf8(bytes, character);
    send(bytes);
}

} // namespace pivotbench::app::terminal
