// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/screen.h"

#include "app/terminal/key_bytes.h"
#include "app/terminal/machine.h"
#include "app/terminal/safe_text.h"

#include <algorithm>
#include <utility>

namespace pivotbench::app::terminal {

namespace {

Size bounded(Size size)
{
    return {std::clamp(size.rows, Screen::smallest.rows, Screen::largest.rows),
            std::clamp(size.columns, Screen::smallest.columns, Screen::largest.columns)};
}

} // namespace

Screen::Screen(Size size, std::size_t scrollbackLines)
    : m_machine(std::make_unique<Machine>(bounded(size), scrollbackLines))
{
}

Screen::~Screen() = default;

void Screen::write(std::string_view bytes)
{
    m_machine->parser.feed(bytes, *m_machine);
    m_machine->settle();
}

void Screen::resize(Size size)
{
    size = bounded(size);
    if (size != m_machine->canvas.current->size())
        m_machine->resize(size);
}

Size Screen::size() const { return m_machine->canvas.current->size(); }

LineNumber Screen::firstLine() const
{
    return alternateScreen() ? screenTop() : screenTop() - static_cast<LineNumber>(m_machine->canvas.scrollback.size());
}

LineNumber Screen::screenTop() const { return m_machine->canvas.scrolledOff; }

LineNumber Screen::endLine() const { return screenTop() + size().rows; }

const Line &Screen::row(int row) const { return m_machine->canvas.current->line(std::clamp(row, 0, size().rows - 1)); }

void Screen::readLine(LineNumber number, Line &into) const
{
    const auto columns = static_cast<std::size_t>(size().columns);
    if (number >= screenTop() && number < endLine()) {
        into = row(static_cast<int>(number - screenTop()));
    } else if (number >= firstLine() && number < screenTop()) {
        m_machine->canvas.scrollback.at(static_cast<std::size_t>(number - firstLine())).expandInto(into);
    } else {
        into.cells.clear();
        into.wrapped = false;
    }
    into.cells.resize(columns);
}

void Screen::setScrollbackCapacity(std::size_t lines)
{
    m_machine->canvas.scrollback.setCapacity(lines);
    m_machine->canvas.changes.lines = true;
}

void Screen::clearScrollback() { m_machine->canvas.clearScrollback(); }

void Screen::setDefaultColours(Colour foreground, Colour background)
{
    m_machine->foreground = foreground;
    m_machine->background = background;
}

const Cursor &Screen::cursor() const { return m_machine->canvas.cursor; }
const std::string &Screen::title() const { return m_machine->title; }
bool Screen::alternateScreen() const { return m_machine->canvas.current == &m_machine->canvas.alternate; }
bool Screen::reverseVideo() const { return m_machine->canvas.reverseVideo; }
bool Screen::bracketedPaste() const { return m_machine->bracketedPaste; }
MouseMode Screen::mouseMode() const { return m_machine->canvas.mouseMode; }

Changes Screen::takeChanges()
{
    Changes fresh;
    fresh.rows.assign(static_cast<std::size_t>(size().rows), false);
    return std::exchange(m_machine->canvas.changes, std::move(fresh));
}

void Screen::key(Key key, Modifiers modifiers) { sendKey(m_machine->term.get(), m_machine->output, key, modifiers); }

void Screen::character(char32_t character, Modifiers modifiers)
{
    sendCharacter(m_machine->output, character, modifiers);
}

void Screen::paste(std::string_view text)
{
    const std::string safe = pasteable(text);
    if (safe.empty())
        return;
    m_machine->output.send(bracketedPaste() ? "\x1b[200~" + safe + "\x1b[201~" : safe);
}

void Screen::mouseMoved(Place place, Modifiers modifiers)
{
    if (mouseMode() != MouseMode::None)
        vterm_mouse_move(m_machine->term.get(), place.row, place.column, libvtermModifiers(modifiers));
}

void Screen::mouseButton(MouseButton button, bool pressed, Place place, Modifiers modifiers)
{
    // Always told, so that libvterm does not believe in a button that was released while nobody asked.
    const bool wanted = mouseMode() != MouseMode::None;
    const std::size_t before = m_machine->output.bytes().size();
    vterm_mouse_move(m_machine->term.get(), place.row, place.column, libvtermModifiers(modifiers));
    vterm_mouse_button(m_machine->term.get(), static_cast<int>(button), pressed, libvtermModifiers(modifiers));
    if (!wanted)
        m_machine->output.cutTo(before);
}

void Screen::focused(bool in)
{
    if (in)
        vterm_state_focus_in(m_machine->state);
    else
        vterm_state_focus_out(m_machine->state);
}

std::string Screen::takeOutput() { return m_machine->output.take(); }

} // namespace pivotbench::app::terminal
