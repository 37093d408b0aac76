// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/grid.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

std::ptrdiff_t offset(int index) { return index; }

Cell blankOf(const Pen &pen)
{
    Cell blank;
    blank.pen.background = pen.background;
    return blank;
}

} // namespace

Grid::Grid(Size size)
    : m_size(size)
    , m_lines(at(size.rows), Line{.cells = std::vector<Cell>(at(size.columns))})
{
    resetSlots();
}

std::vector<Line> Grid::lines() const
{
    std::vector<Line> lines;
    lines.reserve(m_slots.size());
    for (const Slot &slot : m_slots)
        lines.push_back(m_lines[slot.line]);
    return lines;
}

/// The lines are in the order of the rows, and any cell may have been written to.
void Grid::resetSlots()
{
    m_slots.resize(m_lines.size());
    for (std::uint32_t row = 0; Slot & slot : m_slots)
        slot = {.line = row++, .written = static_cast<std::uint32_t>(m_size.columns)};
}

void Grid::put(Place place, char32_t character, int width, const Pen &pen)
{
    if (place.row < 0 || place.row >= m_size.rows || place.column < 0 || place.column + width > m_size.columns)
        return;
    Line &line = lineAt(place.row);
    cutWideAt(line, place.column);
    cutWideAt(line, place.column + width);
    if (place.column + width == m_size.columns)
        line.wrapped = false;
    Slot &slot = slotAt(place.row);
    slot.written = std::max(slot.written, static_cast<std::uint32_t>(place.column + width));
    Cell &cell = line.cells[at(place.column)];
    cell.text = {character};
    cell.pen = pen;
    cell.width = static_cast<std::uint8_t>(width);
    if (width == 2) {
        Cell &second = line.cells[at(place.column + 1)];
        second.text = {};
        second.pen = pen;
        second.width = 0;
    }
}

void Grid::join(Place place, char32_t mark)
{
    if (place.row < 0 || place.row >= m_size.rows || place.column < 0 || place.column >= m_size.columns)
        return;
    Cell &cell = lineAt(place.row).cells[at(place.column)];
    if (cell.isBlank())
        return;
    const auto free = std::ranges::find(cell.text, U'\0');
    if (free != cell.text.end())
        *free = mark;
}

void Grid::erase(const Area &area, const Pen &pen, bool selective)
{
    const Area inside = clipped(area);
    const Cell blank = blankOf(pen);
    const bool plain = blank == Cell{};
    for (int row = inside.top; row < inside.bottom; ++row) {
        Line &line = lineAt(row);
        cutWideAt(line, inside.left);
        cutWideAt(line, inside.right);
        if (inside.right == m_size.columns)
            line.wrapped = false;
        auto &written = slotAt(row).written;
        const int right = plain ? std::clamp(static_cast<int>(written), inside.left, inside.right) : inside.right;
        const auto begin = line.cells.begin() + offset(inside.left);
        const auto end = line.cells.begin() + offset(right);
        if (selective) {
            std::replace_if(begin, end, [](const Cell &cell) { return !cell.pen.isProtected; }, blank);
            mendWide(line);
        } else {
            std::fill(begin, end, blank);
        }
        if (!plain)
            written = std::max(written, static_cast<std::uint32_t>(inside.right));
        else if (!selective && inside.right >= static_cast<int>(written))
            written = std::min(written, static_cast<std::uint32_t>(inside.left));
    }
}

void Grid::scroll(Area area, int downward, int rightward, const Pen &pen)
{
    area = clipped(area);
    const int height = area.bottom - area.top;
    const int width = area.right - area.left;
    if (height <= 0 || width <= 0)
        return;
    downward = std::clamp(downward, -height, height);
    rightward = std::clamp(rightward, -width, width);
    const bool wholeLines = area.left == 0 && area.right == m_size.columns;
    if (downward != 0 && wholeLines) {
        const auto begin = m_slots.begin() + offset(area.top);
        const auto end = m_slots.begin() + offset(area.bottom);
        std::rotate(begin, downward > 0 ? begin + offset(downward) : end + offset(downward), end);
    } else if (downward != 0) {
        for (int i = 0; i < height; ++i) {
            const int row = downward > 0 ? area.top + i : area.bottom - 1 - i;
            const int from = row + downward;
            cutWideAt(lineAt(row), area.left);
            cutWideAt(lineAt(row), area.right);
            if (from < area.top || from >= area.bottom)
                continue;
            cutWideAt(lineAt(from), area.left);
            cutWideAt(lineAt(from), area.right);
            std::copy_n(lineAt(from).cells.begin() + offset(area.left), width,
                        lineAt(row).cells.begin() + offset(area.left));
            slotAt(row).written = static_cast<std::uint32_t>(m_size.columns);
        }
    }
    if (rightward != 0) {
        for (int row = area.top; row < area.bottom; ++row) {
            Line &line = lineAt(row);
            cutWideAt(line, area.left);
            cutWideAt(line, area.right);
            line.wrapped = line.wrapped && area.right < m_size.columns;
            slotAt(row).written = static_cast<std::uint32_t>(m_size.columns);
            const auto begin = line.cells.begin() + offset(area.left);
            const auto end = line.cells.begin() + offset(area.right);
            std::rotate(begin, rightward > 0 ? begin + offset(rightward) : end + offset(rightward), end);
        }
    }
    Area freed = area;
    if (downward > 0)
        freed.top = area.bottom - downward;
    else if (downward < 0)
        freed.bottom = area.top - downward;
    if (rightward > 0)
        freed.left = area.right - rightward;
    else if (rightward < 0)
        freed.right = area.left - rightward;
    erase(freed, pen, false);
    if (rightward != 0)
        for (int row = area.top; row < area.bottom; ++row)
            mendWide(lineAt(row));
}

void Grid::resize(Size size)
{
    m_lines = lines();
    m_lines.resize(at(size.rows));
    for (Line &line : m_lines) {
        line.cells.resize(at(size.columns));
        line.wrapped = line.wrapped && size.columns == m_size.columns;
        mendWide(line);
    }
    m_size = size;
    resetSlots();
}

void Grid::replace(Size size, std::vector<Line> lines)
{
    m_lines = std::move(lines);
    m_lines.resize(at(size.rows));
    m_size = size;
    for (Line &line : m_lines) {
        line.cells.resize(at(size.columns));
        mendWide(line);
    }
    resetSlots();
}

Area Grid::clipped(Area area) const
{
    area.top = std::clamp(area.top, 0, m_size.rows);
    area.bottom = std::clamp(area.bottom, area.top, m_size.rows);
    area.left = std::clamp(area.left, 0, m_size.columns);
    area.right = std::clamp(area.right, area.left, m_size.columns);
    return area;
}

/// Makes blanks of what is left of wide characters that something ran through.
void Grid::mendWide(Line &line) const
{
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
        Cell &cell = line.cells[i];
        if (cell.width == 2 && i + 1 < line.cells.size() && line.cells[i + 1].width == 0) {
            ++i;
        } else if (cell.width != 1) {
            cell.text = {};
            cell.width = 1;
        }
    }
}

/// A wide character that reaches across this column's left edge becomes two blanks.
void Grid::cutWideAt(Line &line, int column) const
{
    if (column <= 0 || column >= m_size.columns || line.cells[at(column)].width != 0)
        return;
    for (Cell *half : {&line.cells[at(column - 1)], &line.cells[at(column)]}) {
        half->text = {};
        half->width = 1;
    }
}

} // namespace pivotbench::app::terminal
