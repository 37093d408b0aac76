// SPDX-License-Identifier: Apache-2.0
//
// What goes to the program: answers and input, in order, until somebody fetches it. Bounded: what nobody fetches is
// dropped, a whole piece at a time. Values, any one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pivotbench::app::terminal {

class Output {
public:
    static constexpr std::size_t mostUnread = 65536; ///< bytes

    void send(std::string_view bytes)
    {
        if (m_bytes.size() + bytes.size() <= std::max(mostUnread, bytes.size()))
            m_bytes += bytes;
    }
    [[nodiscard]] std::string take() { return std::exchange(m_bytes, {}); }
    [[nodiscard]] const std::string &bytes() const { return m_bytes; }

    /// Takes back what was sent since there were so many.
    void cutTo(std::size_t size) { m_bytes.resize(std::min(size, m_bytes.size())); }
    void replaceLast(char byte) { m_bytes.back() = byte; }

private:
    std::string m_bytes;
};

} // namespace pivotbench::app::terminal
