// SPDX-License-Identifier: Apache-2.0
//
// A growing array of values, named by ids of their own type, that is cheap to copy: it is cut into chunks which copies
// share until one of them writes. So every frame of a prediction can keep the whole state, and what did not change is
// held once.
//
// A copy may be read in another thread; one object belongs to one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pivotbench::core::kernel {

/// `Id` is a scoped enumeration over std::uint32_t; its value 0 names nothing.
template <typename Id, typename T, std::size_t ChunkSize = 64> class Table {
public:
    [[nodiscard]] const T &operator[](Id id) const { return (*m_chunks[chunkOf(id)])[slotOf(id)]; }

    /// The value, to be changed: its chunk is this table's own afterwards. References to values of the same table, but
    /// none to those of copies, become invalid.
    [[nodiscard]] T &edit(Id id)
    {
        std::shared_ptr<Chunk> &chunk = m_chunks[chunkOf(id)];
        if (chunk.use_count() != 1)
            chunk = std::make_shared<Chunk>(*chunk);
        return (*chunk)[slotOf(id)];
    }

    Id add(T value)
    {
        const Id id{static_cast<std::uint32_t>(m_size)};
        if (chunkOf(id) == m_chunks.size())
            m_chunks.push_back(std::make_shared<Chunk>());
        ++m_size;
        edit(id) = std::move(value);
        return id;
    }

    /// One more than the highest id.
    [[nodiscard]] std::size_t end() const { return m_size; }

    /// Bytes held, shared or not; what the values hold outside of themselves is not in it.
    [[nodiscard]] std::size_t bytes() const { return m_chunks.size() * sizeof(Chunk); }

private:
    using Chunk = std::array<T, ChunkSize>;
    static std::size_t chunkOf(Id id) { return static_cast<std::size_t>(id) / ChunkSize; }
    static std::size_t slotOf(Id id) { return static_cast<std::size_t>(id) % ChunkSize; }

    std::vector<std::shared_ptr<Chunk>> m_chunks = {std::make_shared<Chunk>()}; ///< slot 0 stays empty
    std::size_t m_size = 1;
};

} // namespace pivotbench::core::kernel
