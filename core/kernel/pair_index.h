// SPDX-License-Identifier: Apache-2.0
//
// Which id belongs to a pair of ids: the child mount on a directory of a mount, the entry of a name in a directory.
// Open addressing in a Table, so that copies share what did not change. Ids are given out by the model, never by what
// it reads, so nobody can choose keys that collide.
#pragma once

#include "core/kernel/table.h"

namespace pivotbench::core::kernel {

class PairIndex {
public:
    /// 0 where there is none.
    [[nodiscard]] std::uint32_t find(std::uint32_t first, std::uint32_t second) const;
    /// `value` is neither 0 nor `erased`; what the pair had before is replaced.
    void insert(std::uint32_t first, std::uint32_t second, std::uint32_t value);
    void erase(std::uint32_t first, std::uint32_t second);
    /// Room for so many pairs at once, instead of doubling until they fit.
    void reserve(std::size_t pairs);

    [[nodiscard]] std::size_t bytes() const { return m_slots.bytes(); }

private:
    struct Slot {
        std::uint32_t first = 0;
        std::uint32_t second = 0;
        std::uint32_t value = 0;
    };
    enum class SlotId : std::uint32_t {};
    static constexpr std::uint32_t erased = 0xffffffff;

    [[nodiscard]] static std::uint64_t hash(std::uint32_t first, std::uint32_t second);
    [[nodiscard]] SlotId at(std::uint64_t position) const;
    void grow(std::size_t slots);

    Table<SlotId, Slot, 128> m_slots;
    std::size_t m_capacity = 0; ///< a power of two
    std::size_t m_taken = 0;    ///< slots that are not free: with a value, or erased
    std::size_t m_live = 0;
};

} // namespace pivotbench::core::kernel
