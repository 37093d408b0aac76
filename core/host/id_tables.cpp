// SPDX-License-Identifier: Apache-2.0
#include "core/host/id_tables.h"

#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace pivotbench::core {
namespace {

constexpr std::uint64_t idSpace = std::numeric_limits<std::uint32_t>::max(); ///< the last id, -1, is none

bool overlaps(const IdRange &a, const IdRange &b)
{
    return a.hostId < std::uint64_t{b.hostId} + b.size && b.hostId < std::uint64_t{a.hostId} + a.size;
}

} // namespace

std::optional<std::uint32_t> parseId(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::vector<IdRange> parseSubordinateIds(std::string_view table, std::string_view userName, std::uint32_t uid)
{
    std::vector<IdRange> ranges;
    std::uint64_t total = 1; // id 0 inside is the user itself
    for (const std::string_view line : split(table, '\n')) {
        const std::vector<std::string_view> fields = split(line, ':');
        if (fields.size() != 3 || ((userName.empty() || fields[0] != userName) && parseId(fields[0]) != uid))
            continue;
        const auto first = parseId(fields[1]);
        const auto count = parseId(fields[2]);
        if (!first || !count || *count == 0 || std::uint64_t{*first} + *count > idSpace || total + *count > idSpace)
            continue;
        const IdRange range{.containerId = 0, .hostId = *first, .size = *count};
        if (std::ranges::any_of(ranges, [&](const IdRange &other) { return overlaps(range, other); }))
            continue;
        if (ranges.size() + 1 == maxIdMapLines)
            break;
        total += *count;
        ranges.push_back(range);
    }
    return ranges;
}

std::vector<IdRange> parseIdMap(std::string_view table)
{
    std::vector<IdRange> ranges;
    for (const std::string_view line : split(table, '\n')) {
        std::vector<std::uint32_t> numbers;
        for (const std::string_view word : split(line, ' '))
            if (const auto number = parseId(word))
                numbers.push_back(*number);
        if (numbers.size() == 3 && numbers[2] != 0 && ranges.size() < maxIdMapLines)
            ranges.push_back({.containerId = numbers[0], .hostId = numbers[1], .size = numbers[2]});
    }
    return ranges;
}

} // namespace pivotbench::core
