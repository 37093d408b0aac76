// SPDX-License-Identifier: Apache-2.0
//
// The cells of one screen, primary or alternate, and what may be done to them. Whole lines move by changing which row
// they are, and what was never written to is not cleared, so scrolling costs the same however wide the screen is.
// Keeps: every line has as many cells as there are columns, and a cell of width 2 is followed by one of width 0, which
// stands nowhere else. Values, any one thread.
#pragma once

#include "app/terminal/cell.h"

#include <cstdint>
#include <span>
#include <vector>

namespace pivotbench::app::terminal {

/// Rows and columns from the first to before the end.
struct Area {
    int top = 0;
    int bottom = 0;
    int left = 0;
    int right = 0;
};

class Grid {
public:
    explicit Grid(Size size);

    [[nodiscard]] Size size() const { return m_size; }
    [[nodiscard]] const Line &line(int row) const { return m_lines[slotAt(row).line]; }
    /// The row's cells, without some or all of the plain blanks at its end.
    [[nodiscard]] std::span<const Cell> written(int row) const
    {
        return std::span(line(row).cells).first(slotAt(row).written);
    }
    [[nodiscard]] std::vector<Line> lines() const;
    void setWrapped(int row, bool wrapped) { lineAt(row).wrapped = wrapped; }

    /// A glyph of one or two cells. What is cut in half by it goes. Outside the grid: nothing.
    void put(Place place, char32_t character, int width, const Pen &pen);
    /// A mark joins what stands there; the fourth is dropped.
    void join(Place place, char32_t mark);
    /// Blank, in the pen's background (as xterm's "bce"); `selective` spares the protected.
    void erase(const Area &area, const Pen &pen, bool selective);
    /// Moves what is in the area up by `downward` and left by `rightward`, or the other way where they are negative,
    /// and blanks what that leaves free.
    void scroll(Area area, int downward, int rightward, const Pen &pen);
    /// Cut or filled with blanks at the right and at the bottom.
    void resize(Size size);
    /// Takes lines of any length; they are cut and filled up.
    void replace(Size size, std::vector<Line> lines);

private:
    struct Slot {
        std::uint32_t line;    ///< among m_lines
        std::uint32_t written; ///< so many of its cells; those after them are plain blanks
    };

    [[nodiscard]] Slot &slotAt(int row) { return m_slots[static_cast<std::size_t>(row)]; }
    [[nodiscard]] const Slot &slotAt(int row) const { return m_slots[static_cast<std::size_t>(row)]; }
    [[nodiscard]] Line &lineAt(int row) { return m_lines[slotAt(row).line]; }
    void resetSlots();
    [[nodiscard]] Area clipped(Area area) const;
    void mendWide(Line &line) const;
    void cutWideAt(Line &line, int column) const;

    Size m_size;
    std::vector<Line> m_lines; ///< in any order
    std::vector<Slot> m_slots; ///< one for each row
};

} // namespace pivotbench::app::terminal
