// SPDX-License-Identifier: Apache-2.0
#include "core/mount/mount_table.h"

#include "core/mount/mount_index.h"

namespace pivotbench::core {

MountTable::MountTable(const MountTable &other)
    : m_entries(other.m_entries)
    , m_index(other.m_index.load())
{
}

MountTable::MountTable(MountTable &&other) noexcept
    : m_entries(std::move(other.m_entries))
    , m_index(other.m_index.exchange(nullptr))
{
}

MountTable &MountTable::operator=(MountTable other) noexcept
{
    m_entries = std::move(other.m_entries);
    m_index.store(other.m_index.exchange(nullptr));
    return *this;
}

/// Two threads may both build it; one of the two is kept.
const MountIndex &MountTable::index() const
{
    if (const std::shared_ptr<const MountIndex> ready = m_index.load())
        return *ready;
    std::shared_ptr<const MountIndex> absent;
    m_index.compare_exchange_strong(absent, std::make_shared<const MountIndex>(m_entries));
    return *m_index.load();
}

std::size_t MountTable::indexOf(std::uint64_t id) const { return index().indexOf(id); }
std::size_t MountTable::parentOf(std::size_t row) const { return index().parentOf(row); }
const std::vector<std::size_t> &MountTable::childrenOf(std::size_t row) const { return index().childrenOf(row); }
const std::vector<std::size_t> &MountTable::roots() const { return index().roots(); }
std::size_t MountTable::visibleAt(std::string_view path) const { return index().visibleAt(path); }
std::size_t MountTable::covering(std::string_view path) const { return index().covering(path); }
std::vector<std::size_t> MountTable::stackAt(std::string_view path) const { return index().stackAt(path); }
bool MountTable::isVisible(std::size_t row) const { return index().isVisible(row); }
std::vector<std::size_t> MountTable::peersOf(std::size_t row) const { return index().peersOf(row); }
std::vector<std::size_t> MountTable::slavesOf(std::size_t row) const { return index().slavesOf(row); }
const std::map<std::uint64_t, std::vector<std::size_t>> &MountTable::peerGroups() const { return index().peerGroups(); }

} // namespace pivotbench::core
