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

constexpr std::size_t longestPiece = 4096; // libvterm has four times as much on its stack

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

Screen::Machine::Machine(Size size, std::size_t scrollbackLines)
    : canvas(size, scrollbackLines)
    , term(vterm_new(largest.rows, largest.columns))
{
    vterm_set_utf8(term.get(), 1);
    vterm_output_set_callback(term.get(), &Machine::push, this);
    state = vterm_obtain_state(term.get());
    // It was made as large as it may ever be: libvterm 0.3.3 writes behind its list of lines once there are more.
    vterm_set_size(term.get(), size.rows, size.columns);
    canvas.drawFrom(state);
    reset();
}

void Screen::Machine::push(const char *bytes, std::size_t length, void *user)
{
    static_cast<Machine *>(user)->output.send({bytes, length});
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
            m_scratch += std::to_string(sequence.parameters[i].value);
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
    const Size size = canvas.current->size();
    return {std::clamp(pos.row, 0, size.rows - 1), std::clamp(pos.col, 0, size.columns - 1)};
}

/// Absolute; only where the origin mode is off or the margins are the whole screen.
void Screen::Machine::moveTo(Place place)
{
    m_scratch = "\x1b[";
    m_scratch += std::to_string(place.row + 1);
    m_scratch += ';';
    m_scratch += std::to_string(place.column + 1);
    m_scratch += 'H';
    tell(m_scratch);
}

/// After a write: where the cursor is, for whoever looks.
void Screen::Machine::settle()
{
    const Place now = place();
    if (now != canvas.cursor.place) {
        canvas.touch(canvas.cursor.place.row);
        canvas.cursor.place = now;
    }
    canvas.touch(now.row);
}

void Screen::Machine::resize(Size size)
{
    Place now = place();
    canvas.forgetLast();
    // libvterm keeps margins that the new size has no room for, and scrolls a negative number of rows then.
    tell("\x1b[r\x1b[s");
    if (canvas.current == &canvas.alternate && m_primaryPlace)
        m_primaryPlace->place = reflow(canvas.primary, canvas.scrollback, size, m_primaryPlace->place);
    else if (canvas.current == &canvas.alternate)
        static_cast<void>(reflow(canvas.primary, canvas.scrollback, size, {}));
    else
        now = reflow(canvas.primary, canvas.scrollback, size, now);
    canvas.changes.renumbered = canvas.changes.renumbered || size.columns != canvas.alternate.size().columns;
    canvas.alternate.resize(size);
    canvas.scrolledOff = std::max(canvas.scrolledOff, static_cast<LineNumber>(canvas.scrollback.size()));
    vterm_set_size(term.get(), size.rows, size.columns);
    moveTo({std::min(now.row, size.rows - 1), std::min(now.column, size.columns - 1)});
    canvas.changes.rows.assign(static_cast<std::size_t>(size.rows), true);
    canvas.changes.lines = true;
    settle();
}

void Screen::Machine::reset()
{
    if (canvas.current == &canvas.alternate)
        tell("\x1b[?1047l");
    m_primaryPlace.reset();
    tell("\x1b[?1000l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?5l\x1b[0\"q");
    vterm_state_reset(state, 1);
    canvas.setExtras({});
    m_savedExtras = {};
    canvas.setProtects(false);
    m_margins = false;
    m_autowrap = true;
    bracketedPaste = false;
    m_last = 0;
    canvas.forgetLast();
    tell("\x1b"
         "7"); // libvterm restores black on black where nothing was saved
    canvas.touchAll();
}

/// DECSTR; libvterm 0.1.4 knows it but never gets there.
void Screen::Machine::softReset()
{
    const Place now = place();
    tell("\x1b[?25h\x1b[4l\x1b[?6l\x1b[?1l\x1b[?7h\x1b>\x1b[?69l\x1b[r\x1b[s\x1b[m\x1b(B\x1b)B\x0f\x1b[0\"q");
    canvas.setExtras({});
    canvas.setProtects(false);
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
        canvas.joinLast(character);
        return;
    }
    // Without wrapping, a wide character that does not fit is not written; libvterm would wrap it all the same.
    if (width == 2 && !m_autowrap && place().column >= canvas.current->size().columns - 1)
        return;
    m_last = character;
    m_scratch.clear();
    appendUtf8(m_scratch, canvas.standInFor(character, width));
    tell(m_scratch);
}

void Screen::Machine::control(char control)
{
    switch (control) {
    case '\a': canvas.changes.bells = std::min(canvas.changes.bells + 1, 1000); return;
    case '\b':
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r': canvas.forgetLast(); break;
    case '\x0e':
    case '\x0f': break;
    default: return;
    }
    tell({&control, 1});
}

void Screen::Machine::escape(char intermediate, char final)
{
    canvas.forgetLast();
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
    m_savedExtras = canvas.extras();
    tell("\x1b"
         "7");
}

void Screen::Machine::restoreCursor()
{
    canvas.setExtras(m_savedExtras);
    canvas.keepCursorLook = true;
    tell("\x1b"
         "8");
    canvas.keepCursorLook = false;
    // The place may be outside of what the screen is now; after any known control sequence libvterm puts the cursor
    // back inside. This one, TBC of line stops, does nothing.
    tell("\x1b[1g");
}

void Screen::Machine::controlSequence(const ControlSequence &sequence)
{
    if (sequence.final != 'm' && sequence.final != 'b') {
        canvas.forgetLast();
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
            canvas.setProtects(sequence.at(0, 0) == 1);
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
            canvas.clearScrollback();
        else
            pass(sequence, 1);
        return;
    case 'b': repeat(sequence.at(0, 1)); return;
    case 'h':
    case 'l':
        for (const Parameter &mode : sequence.parameters)
            setMode(mode.valueOr(0), sequence.final == 'h');
        return;
    case 'm': {
        ExtraRendition extras = canvas.extras();
        m_renditions.write(sequence.parameters, extras);
        canvas.setExtras(extras);
        return;
    }
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
    m_scratch += std::to_string(mode);
    m_scratch += on ? 'h' : 'l';
    tell(m_scratch);
}

/// libvterm has one saved cursor for both screens; xterm's 1049 has its own, and so has this.
void Screen::Machine::setAlternate(bool on, bool withCursor)
{
    if (on == (canvas.current == &canvas.alternate))
        return;
    if (on) {
        m_primaryPlace = SavedPlace{.place = place(), .pen = canvas.pen()};
        tell("\x1b[?1047h");
        return;
    }
    tell("\x1b[?1047l");
    if (withCursor && m_primaryPlace) {
        const SavedPlace saved = *m_primaryPlace;
        tell("\x1b[?6l");
        moveTo(saved.place);
        m_renditions.write(saved.pen);
        canvas.setExtras({.faint = saved.pen.faint, .concealed = saved.pen.concealed});
    }
    m_primaryPlace.reset();
}

/// REP. libvterm never ends where nothing was printed yet.
void Screen::Machine::repeat(int count)
{
    if (m_last == 0)
        return;
    const int most = std::clamp(count, 1, canvas.current->size().columns);
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
            output.send(colourAnswer(text.substr(0, 2), colour));
        return;
    }
    if (!text.starts_with("0;") && !text.starts_with("2;"))
        return;
    std::string safe = presentable(text.substr(2), longestTitle);
    if (safe != title) {
        title = std::move(safe);
        canvas.changes.title = true;
    }
}

/// DECRQSS of what has a short answer from libvterm's own state; anything else goes unanswered.
void Screen::Machine::deviceControl(std::string_view text)
{
    static constexpr std::array<std::string_view, 5> known{"$qm", "$qr", "$qs", "$q q", "$q\"q"};
    if (std::ranges::find(known, text) != known.end())
        tell(std::string("\x1bP").append(text).append("\x1b\\"));
}

} // namespace pivotbench::app::terminal
