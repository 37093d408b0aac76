// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/reflow.h"

#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

bool isPlainBlank(const Cell &cell)
{
    static constexpr Pen plain;
    return cell.isBlank() && cell.width == 1 && cell.pen == plain;
}

/// Rows down to the last that has anything on it or the cursor.
int usedRows(const Grid &grid, Place cursor)
{
    int used = grid.size().rows;
    while (used > cursor.row + 1 && std::ranges::all_of(grid.line(used - 1).cells, isPlainBlank))
        --used;
    return used;
}

/// Cuts joined lines to a width, into a new scrollback, and remembers where two places of the old text have come to.
class Rewrap {
public:
    struct Mark {
        std::size_t offset = 0; ///< in the line being joined
        std::size_t line = 0;   ///< among those written
        std::size_t column = 0;
        bool pending = false;
    };

    Rewrap(std::size_t columns, Scrollback &into)
        : m_columns(columns)
        , m_into(into)
    {
    }

    Mark cursor;
    Mark screenTop;
    std::size_t written = 0;

    void setHere(Mark &mark, std::size_t column) const
    {
        mark.offset = m_joined.size() + column;
        mark.pending = true;
    }

    void add(const Line &line)
    {
        auto end = line.cells.end();
        while (end != line.cells.begin() && isPlainBlank(*(end - 1)))
            --end;
        m_joined.insert(m_joined.end(), line.cells.begin(), end);
        if (!line.wrapped || m_joined.size() > longestLine)
            finish();
    }

    void finish()
    {
        std::size_t start = 0;
        bool more = true;
        do {
            std::size_t end = std::min(start + m_columns, m_joined.size());
            if (end < m_joined.size() && m_joined[end].width == 0)
                --end; // a wide character does not fit any more
            // Behind a full line the cursor goes to the next one, where its text will go too.
            const bool full = end - start == m_columns && cursor.pending && cursor.offset >= end;
            const bool last = end == m_joined.size() && !full;
            m_line.cells.assign(m_joined.begin() + static_cast<std::ptrdiff_t>(start),
                                m_joined.begin() + static_cast<std::ptrdiff_t>(end));
            m_line.wrapped = !last;
            for (Mark *mark : {&cursor, &screenTop}) {
                if (mark->pending && (mark->offset < end || last)) {
                    mark->line = written;
                    mark->column = std::min(mark->offset - start, m_columns - 1);
                    mark->pending = false;
                }
            }
            m_into.push(m_line.cells, m_line.wrapped);
            ++written;
            start = end;
            more = !last;
        } while (more);
        m_joined.clear();
    }

    [[nodiscard]] bool hasOpenLine() const { return !m_joined.empty(); }

private:
    static constexpr std::size_t longestLine = 1'000'000;

    std::size_t m_columns;
    Scrollback &m_into;
    std::vector<Cell> m_joined;
    Line m_line;
};

Place changeColumns(Grid &grid, Scrollback &scrollback, int columns, Place cursor)
{
    const Size old = grid.size();
    const int used = usedRows(grid, cursor);
    const std::size_t most = scrollback.capacity() + at(old.rows) * at(old.columns / columns + 2);
    Scrollback all(most);
    Rewrap rewrap(at(columns), all);
    Line line;
    for (std::size_t i = 0; i < scrollback.size(); ++i) {
        scrollback.at(i).expandInto(line);
        rewrap.add(line);
    }
    for (int row = 0; row < used; ++row) {
        if (row == 0)
            rewrap.setHere(rewrap.screenTop, 0);
        if (row == cursor.row)
            rewrap.setHere(rewrap.cursor, at(cursor.column));
        rewrap.add(grid.line(row));
    }
    if (rewrap.hasOpenLine() || rewrap.cursor.pending)
        rewrap.finish();

    // The rows stay where they were as far as there is room: what grew takes blank rows first, what shrank at the
    // bottom of a full screen pulls lines down.
    const std::size_t end = rewrap.written;
    const std::size_t before = rewrap.screenTop.line;
    const auto back = [end](int rows) { return end > at(rows) ? end - at(rows) : 0; };
    std::size_t top = before;
    if (back(used) > before)
        top = std::max(before, back(old.rows));
    else if (used == old.rows)
        top = back(used);
    top = std::min(top, rewrap.cursor.line);

    const std::size_t dropped = rewrap.written - all.size();
    top = std::max(top, dropped);
    std::vector<Line> lines(end - top);
    for (std::size_t i = lines.size(); i-- > 0;) {
        all.newest().expandInto(lines[i]);
        all.popNewest();
    }
    const int row = static_cast<int>(std::min(rewrap.cursor.line - top, at(old.rows - 1)));
    all.setCapacity(scrollback.capacity());
    scrollback = std::move(all);
    grid.replace({old.rows, columns}, std::move(lines));
    return {row, static_cast<int>(rewrap.cursor.column)};
}

Place changeRows(Grid &grid, Scrollback &scrollback, int rows, Place cursor)
{
    const Size old = grid.size();
    std::vector<Line> lines = grid.lines();
    const int blankBelow = old.rows - usedRows(grid, cursor);
    if (rows < old.rows) {
        const int surplus = old.rows - rows - std::min(old.rows - rows, blankBelow);
        const int pushed = std::min(surplus, cursor.row);
        for (int row = 0; row < pushed; ++row)
            scrollback.push(lines[at(row)].cells, lines[at(row)].wrapped);
        lines.erase(lines.begin(), lines.begin() + pushed);
        cursor.row -= pushed;
    } else if (blankBelow == 0) {
        const std::size_t pulled = std::min(at(rows - old.rows), scrollback.size());
        std::vector<Line> above(pulled);
        for (std::size_t i = pulled; i-- > 0;) {
            scrollback.newest().expandInto(above[i]);
            scrollback.popNewest();
        }
        lines.insert(lines.begin(), std::make_move_iterator(above.begin()), std::make_move_iterator(above.end()));
        cursor.row += static_cast<int>(pulled);
    }
    grid.replace({rows, old.columns}, std::move(lines));
    cursor.row = std::clamp(cursor.row, 0, rows - 1);
    return cursor;
}

} // namespace

Place reflow(Grid &grid, Scrollback &scrollback, Size size, Place cursor)
{
    cursor.row = std::clamp(cursor.row, 0, grid.size().rows - 1);
    cursor.column = std::clamp(cursor.column, 0, grid.size().columns - 1);
    if (size.columns != grid.size().columns)
        cursor = changeColumns(grid, scrollback, size.columns, cursor);
    if (size.rows != grid.size().rows)
        cursor = changeRows(grid, scrollback, size.rows, cursor);
    return cursor;
}

} // namespace pivotbench::app::terminal
