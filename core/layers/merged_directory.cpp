// SPDX-License-Identifier: Apache-2.0
#include "core/layers/merged_directory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace pivotbench::core {
namespace {

/// Eight bytes of a name as a number that sorts like them; a shorter name is padded with zeroes, which no name holds.
std::uint64_t sortKey(std::string_view name)
{
    std::uint64_t key = 0;
    std::memcpy(&key, name.data(), std::min<std::size_t>(name.size(), sizeof key));
    if constexpr (std::endian::native == std::endian::little)
        key = __builtin_bswap64(key);
    return key;
}

std::size_t commonPrefix(std::string_view a, std::string_view b)
{
    const std::size_t most = std::min(a.size(), b.size());
    std::size_t length = 0;
    while (length < most && a[length] == b[length])
        ++length;
    return length;
}

} // namespace

bool continuesBelow(EntryKind kind, std::uint8_t flags)
{
    return kind == EntryKind::Directory && (flags & (entry_flag::opaque | entry_flag::redirected)) == 0;
}

MergedEntry MergedDirectory::at(std::size_t index) const
{
    const Record &record = m_records[index];
    MergedEntry entry{
        .name = nameOf(record),
        .target = std::string_view(m_text).substr(record.text + record.nameLength, record.targetLength),
        .kind = record.kind,
        .flags = record.flags,
        .layer = record.layer,
        .mode = record.mode,
        .size = record.size,
        .modified = record.modified,
        .problem = record.problem,
        .mergedFrom = {},
        .hides = {},
    };
    if (record.lists != 0) {
        const std::span<const LayerIndex> lists = std::span(m_lists).subspan(record.lists - 1);
        entry.mergedFrom = lists.subspan(2, lists[0]);
        entry.hides = lists.subspan(2 + std::size_t{lists[0]}, lists[1]);
    } else if (record.kind == EntryKind::Directory) {
        entry.mergedFrom = std::span(&record.layer, 1);
    }
    return entry;
}

std::optional<std::size_t> MergedDirectory::find(std::string_view name) const
{
    const auto at =
        std::ranges::lower_bound(m_records, name, {}, [this](const Record &record) { return nameOf(record); });
    if (at == m_records.end() || nameOf(*at) != name)
        return std::nullopt;
    return static_cast<std::size_t>(at - m_records.begin());
}

bool MergedDirectoryBuilder::add(const Found &found)
{
    constexpr std::size_t longestName = std::numeric_limits<std::uint8_t>::max();
    const std::size_t begin = m_made.m_text.size();
    if (m_made.m_records.size() >= MergedDirectory::maxEntries ||
        begin > std::numeric_limits<std::uint32_t>::max() - 2 * 65536) {
        m_made.m_truncated = true;
        return false;
    }
    const std::string_view name = found.name.substr(0, longestName);
    const std::string_view target = found.target.substr(0, std::numeric_limits<std::uint16_t>::max());
    m_made.m_text.append(name);
    m_made.m_text.append(target);
    m_made.m_records.push_back({
        .size = found.size,
        .modified = found.modified,
        .text = static_cast<std::uint32_t>(begin),
        .lists = 0,
        .targetLength = static_cast<std::uint16_t>(target.size()),
        .layer = m_made.m_layers.back(),
        .mode = found.mode,
        .problem = static_cast<std::uint16_t>(found.problem),
        .nameLength = static_cast<std::uint8_t>(name.size()),
        .kind = found.kind,
        .flags = found.flags,
    });
    return true;
}

/// By name, and within a name topmost first. Sorted, not hashed: a hostile tree can choose names that collide, and the
/// result is wanted in order. What all names begin with is skipped, so that "image-000001" … compare as numbers.
void MergedDirectoryBuilder::sort()
{
    using Record = MergedDirectory::Record;
    std::vector<Record> &records = m_made.m_records;
    if (records.empty())
        return;
    const std::string_view first = m_made.nameOf(records.front());
    std::size_t skip = first.size();
    for (const Record &record : records)
        skip = std::min(skip, commonPrefix(first.substr(0, skip), m_made.nameOf(record)));

    struct Key {
        std::uint64_t start;
        std::uint32_t record;
    };
    std::vector<Key> keys;
    keys.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
        keys.push_back({sortKey(m_made.nameOf(records[i]).substr(skip)), static_cast<std::uint32_t>(i)});
    std::ranges::sort(keys, [&](const Key &a, const Key &b) {
        if (a.start != b.start)
            return a.start < b.start;
        const int order = m_made.nameOf(records[a.record]).compare(m_made.nameOf(records[b.record]));
        return order != 0 ? order < 0 : a.record < b.record; // records were added topmost layer first
    });
    std::vector<Record> sorted;
    sorted.reserve(records.size());
    for (const Key &key : keys)
        sorted.push_back(records[key.record]);
    records = std::move(sorted);
}

/// Documentation/filesystems/overlayfs.rst: only directories merge, and the first layer below that has a whiteout or
/// anything but a directory ends it; an opaque directory is the last one that is merged.
void MergedDirectoryBuilder::mergeSameName(std::size_t first, std::size_t last,
                                           std::vector<MergedDirectory::Record> &out)
{
    const std::vector<MergedDirectory::Record> &records = m_made.m_records;
    MergedDirectory::Record shown = records[first];
    if (last - first > 1) {
        std::vector<LayerIndex> merged;
        std::vector<LayerIndex> hidden;
        bool open = continuesBelow(shown.kind, shown.flags);
        if (shown.kind == EntryKind::Directory)
            merged.push_back(shown.layer);
        for (std::size_t i = first + 1; i < last; ++i) {
            const MergedDirectory::Record &below = records[i];
            if (open && below.kind == EntryKind::Directory) {
                merged.push_back(below.layer);
            } else if (below.kind != EntryKind::Whiteout) {
                hidden.push_back(below.layer);
                if (below.kind == EntryKind::Directory)
                    shown.flags |= entry_flag::hidesDirectory;
            }
            open = open && continuesBelow(below.kind, below.flags);
        }
        std::vector<LayerIndex> &lists = m_made.m_lists;
        shown.lists = static_cast<std::uint32_t>(lists.size() + 1);
        lists.push_back(static_cast<LayerIndex>(merged.size()));
        lists.push_back(static_cast<LayerIndex>(hidden.size()));
        lists.insert(lists.end(), merged.begin(), merged.end());
        lists.insert(lists.end(), hidden.begin(), hidden.end());
    }
    out.push_back(shown);
}

MergedDirectory MergedDirectoryBuilder::finish()
{
    sort();
    if (m_made.m_layers.size() > 1) {
        std::vector<MergedDirectory::Record> merged;
        merged.reserve(m_made.m_records.size());
        for (std::size_t i = 0; i < m_made.m_records.size();) {
            std::size_t end = i + 1;
            while (end < m_made.m_records.size() &&
                   m_made.nameOf(m_made.m_records[end]) == m_made.nameOf(m_made.m_records[i]))
                ++end;
            mergeSameName(i, end, merged);
            i = end;
        }
        m_made.m_records = std::move(merged);
    }
    m_made.m_records.shrink_to_fit();
    m_made.m_text.shrink_to_fit();
    return std::move(m_made);
}

} // namespace pivotbench::core
