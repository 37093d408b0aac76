// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/pair_index.h"

namespace pivotbench::core::kernel {

std::uint64_t PairIndex::hash(std::uint32_t first, std::uint32_t second)
{
    std::uint64_t key = (std::uint64_t{first} << 32) | second;
    key ^= key >> 31;
    key *= 0x7fb5d329728ea185ULL;
    key ^= key >> 27;
    key *= 0x81dadef4bc2dd44dULL;
    return key ^ (key >> 33);
}

/// Slot ids begin at 1.
PairIndex::SlotId PairIndex::at(std::uint64_t position) const
{
    return SlotId{static_cast<std::uint32_t>(1 + (position & (m_capacity - 1)))};
}

std::uint32_t PairIndex::find(std::uint32_t first, std::uint32_t second) const
{
    if (m_capacity == 0)
        return 0;
    for (std::uint64_t position = hash(first, second);; ++position) {
        const Slot &slot = m_slots[at(position)];
        if (slot.value == 0)
            return 0;
        if (slot.value != erased && slot.first == first && slot.second == second)
            return slot.value;
    }
}

void PairIndex::insert(std::uint32_t first, std::uint32_t second, std::uint32_t value)
{
    if (2 * (m_taken + 1) > m_capacity)
        grow(4 * (m_live + 1));
    for (std::uint64_t position = hash(first, second);; ++position) {
        const SlotId id = at(position);
        const Slot &slot = m_slots[id];
        const bool same = slot.value != erased && slot.first == first && slot.second == second;
        if (slot.value != 0 && !same)
            continue;
        if (slot.value == 0) {
            ++m_taken;
            ++m_live;
        }
        m_slots.edit(id) = {first, second, value};
        return;
    }
}

void PairIndex::erase(std::uint32_t first, std::uint32_t second)
{
    if (m_capacity == 0)
        return;
    for (std::uint64_t position = hash(first, second);; ++position) {
        const SlotId id = at(position);
        const Slot &slot = m_slots[id];
        if (slot.value == 0)
            return;
        if (slot.value != erased && slot.first == first && slot.second == second) {
            m_slots.edit(id).value = erased;
            --m_live;
            return;
        }
    }
}

void PairIndex::reserve(std::size_t pairs)
{
    if (2 * (pairs + 1) > m_capacity && pairs > m_live)
        grow(2 * (pairs + 1));
}

void PairIndex::grow(std::size_t slots)
{
    const Table<SlotId, Slot, 128> old = std::move(m_slots);
    std::size_t capacity = 64;
    while (capacity < slots)
        capacity *= 2;
    m_slots = {};
    m_capacity = capacity;
    m_taken = m_live = 0;
    for (std::size_t i = 0; i < capacity; ++i)
        m_slots.add({});
    for (std::uint32_t i = 1; i < old.end(); ++i) {
        const Slot &slot = old[SlotId{i}];
        if (slot.value != 0 && slot.value != erased)
            insert(slot.first, slot.second, slot.value);
    }
}

} // namespace pivotbench::core::kernel
