// SPDX-License-Identifier: Apache-2.0
#include "core/changes/change.h"

#include "core/base/text.h"

#include <charconv>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

constexpr unsigned attributesOnly = 1;
constexpr unsigned opaque = 2;
constexpr unsigned byOpaque = 4;
constexpr unsigned ours = 8;

template <typename T> bool number(std::string_view text, T &out, T most)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && out <= most;
}

} // namespace

std::string encodeChange(const Change &change)
{
    const unsigned flags = (change.attributesOnly ? attributesOnly : 0) | (change.opaque ? opaque : 0) |
                           (change.byOpaque ? byOpaque : 0) | (change.ours ? ours : 0);
    std::string record =
        fmt::format("{} {} {} {} {} {} {} ", static_cast<unsigned>(change.kind), static_cast<unsigned>(change.type),
                    static_cast<unsigned>(change.former), change.size, change.formerSize, flags, change.problem);
    record += change.path;
    record += '\0';
    return record;
}

Result<Change> decodeChange(std::string_view record)
{
    const auto refused = [&] {
        return failure("changes.record", "the list of changes holds a record that cannot be read",
                       printable(record.substr(0, 200)), "the helper may be of another version: restart it");
    };
    std::string_view fields[7];
    for (std::string_view &field : fields) {
        const std::size_t space = record.find(' ');
        if (space == std::string_view::npos)
            return refused();
        field = record.substr(0, space);
        record.remove_prefix(space + 1);
    }
    constexpr auto lastKind = static_cast<unsigned>(ChangeKind::Deleted);
    constexpr auto lastType = static_cast<unsigned>(EntryKind::Unknown);
    unsigned kind = 0;
    unsigned type = 0;
    unsigned former = 0;
    unsigned flags = 0;
    Change change;
    if (!number(fields[0], kind, lastKind) || !number(fields[1], type, lastType) ||
        !number(fields[2], former, lastType) || !number(fields[3], change.size, UINT64_MAX) ||
        !number(fields[4], change.formerSize, UINT64_MAX) || !number(fields[5], flags, 15U) ||
        !number(fields[6], change.problem, 4095) || change.problem < 0 || !record.starts_with('/'))
        return refused();
    change.path = record;
    change.kind = static_cast<ChangeKind>(kind);
    change.type = static_cast<EntryKind>(type);
    change.former = static_cast<EntryKind>(former);
    change.attributesOnly = (flags & attributesOnly) != 0;
    change.opaque = (flags & opaque) != 0;
    change.byOpaque = (flags & byOpaque) != 0;
    change.ours = (flags & ours) != 0;
    return change;
}

} // namespace pivotbench::core
