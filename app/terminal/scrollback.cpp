// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/scrollback.h"

#include "app/terminal/character_width.h"
#include "app/terminal/utf8.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

constexpr Pen plain;

bool isPlainBlank(const Cell &cell) { return cell.isBlank() && cell.pen == plain; }

} // namespace

void CompactLine::assign(std::span<const Cell> cells, bool wrapped)
{
    m_text.clear();
    m_stretches.clear();
    m_wrapped = wrapped;
    while (!cells.empty() && isPlainBlank(cells.back()))
        cells = cells.first(cells.size() - 1);
    bool allPlain = true;
    for (const Cell &cell : cells) {
        allPlain = allPlain && cell.pen == plain;
        if (cell.width == 0)
            continue;
        if (cell.isBlank()) {
            m_text += ' ';
            continue;
        }
        for (const char32_t character : cell.text) {
            if (character == 0)
                break;
            appendUtf8(m_text, character);
        }
    }
    if (allPlain)
        return;
    for (const Cell &cell : cells) {
        if (m_stretches.empty() || m_stretches.back().pen != cell.pen)
            m_stretches.push_back({.pen = cell.pen, .cells = 0});
        ++m_stretches.back().cells;
    }
}

void CompactLine::expandInto(Line &line) const
{
    line.cells.clear();
    line.wrapped = m_wrapped;
    for (std::size_t at = 0; at < m_text.size();) {
        const char32_t character = takeUtf8(m_text, at);
        const int width = characterWidth(character);
        if (width == 0 && !line.cells.empty()) {
            Cell &owner = line.cells.back().width == 0 && line.cells.size() > 1 ? line.cells[line.cells.size() - 2]
                                                                                : line.cells.back();
            const auto free = std::ranges::find(owner.text, U'\0');
            if (free != owner.text.end())
                *free = character;
            continue;
        }
        Cell &cell = line.cells.emplace_back();
        cell.text[0] = character;
        if (width == 2) {
            cell.width = 2;
            line.cells.emplace_back().width = 0;
        }
    }
    std::size_t at = 0;
    for (const Stretch &stretch : m_stretches)
        for (std::uint16_t i = 0; i < stretch.cells && at < line.cells.size(); ++i)
            line.cells[at++].pen = stretch.pen;
}

void Scrollback::push(std::span<const Cell> cells, bool wrapped)
{
    if (m_capacity == 0)
        return;
    if (m_lines.size() < m_capacity) {
        straighten();
        m_lines.emplace_back().assign(cells, wrapped);
        return;
    }
    m_lines[m_oldest].assign(cells, wrapped); // in the space of the oldest
    m_oldest = m_oldest + 1 == m_lines.size() ? 0 : m_oldest + 1;
}

void Scrollback::popNewest()
{
    straighten();
    if (!m_lines.empty())
        m_lines.pop_back();
}

void Scrollback::clear()
{
    m_lines.clear();
    m_lines.shrink_to_fit();
    m_oldest = 0;
}

void Scrollback::setCapacity(std::size_t capacity)
{
    straighten();
    m_capacity = std::min(capacity, mostLines);
    if (m_lines.size() > m_capacity) {
        m_lines.erase(m_lines.begin(), m_lines.end() - static_cast<std::ptrdiff_t>(m_capacity));
        m_lines.shrink_to_fit();
    }
}

void Scrollback::straighten()
{
    if (m_oldest == 0)
        return;
    std::ranges::rotate(m_lines, m_lines.begin() + static_cast<std::ptrdiff_t>(m_oldest));
    m_oldest = 0;
}

} // namespace pivotbench::app::terminal
