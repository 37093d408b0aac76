// SPDX-License-Identifier: Apache-2.0
//
// The lines that left the screen at its top, oldest first, as many as are kept. A line is held as its text in UTF-8 and
// the stretches of equal pens, without the blanks at its end: some ten to hundred bytes where cells would take two
// thousand. Values, any one thread.
#pragma once

#include "app/terminal/cell.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace pivotbench::app::terminal {

/// A line in little space. What is lost: whether a blank was written as a space or never written.
class CompactLine {
public:
    void assign(std::span<const Cell> cells, bool wrapped);
    /// Into exactly as many cells as the line had text for; the rest of `line` is cleared.
    void expandInto(Line &line) const;

    [[nodiscard]] bool wrapped() const { return m_wrapped; }
    void setWrapped(bool wrapped) { m_wrapped = wrapped; }

private:
    struct Stretch {
        Pen pen;
        std::uint16_t cells = 0;
    };

    std::string m_text;
    std::vector<Stretch> m_stretches; ///< empty: every cell has the plain pen
    bool m_wrapped = false;
};

class Scrollback {
public:
    static constexpr std::size_t mostLines = 1'000'000;

    explicit Scrollback(std::size_t capacity)
        : m_capacity(capacity)
    {
    }

    void push(std::span<const Cell> cells, bool wrapped);
    void popNewest();
    void clear();
    /// Drops the oldest where there are more.
    void setCapacity(std::size_t capacity);

    [[nodiscard]] std::size_t capacity() const { return m_capacity; }
    [[nodiscard]] std::size_t size() const { return m_lines.size(); }
    [[nodiscard]] bool empty() const { return m_lines.empty(); }
    /// 0 is the oldest.
    [[nodiscard]] const CompactLine &at(std::size_t index) const { return m_lines[slot(index)]; }
    [[nodiscard]] CompactLine &newest() { return m_lines[slot(m_lines.size() - 1)]; }

private:
    [[nodiscard]] std::size_t slot(std::size_t index) const
    {
        const std::size_t place = m_oldest + index;
        return place < m_lines.size() ? place : place - m_lines.size();
    }
    void straighten();

    std::size_t m_capacity;
    std::vector<CompactLine> m_lines; ///< a ring once it is full
    std::size_t m_oldest = 0;
};

} // namespace pivotbench::app::terminal
