// SPDX-License-Identifier: Apache-2.0
#include "core/mount/table_diff.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pivotbench::core {
namespace {

constexpr std::size_t none = MountTable::none;

/// Finds rows by a number. One that stands twice (only in a forged table) names its rows one after the other.
class RowIndex {
public:
    RowIndex(const MountTable &table, std::uint64_t MountEntry::*number)
    {
        for (std::size_t i = 0; i < table.size(); ++i)
            m_rows.push_back({table.entries()[i].*number, i});
        std::ranges::sort(m_rows);
        m_skip.resize(m_rows.size());
    }

    /// The first row with this number that is not matched yet, or none.
    std::size_t find(std::uint64_t number, const std::vector<bool> &matched)
    {
        const auto first = std::ranges::lower_bound(m_rows, number, {}, &Row::first);
        const auto begin = static_cast<std::size_t>(first - m_rows.begin());
        if (begin == m_rows.size())
            return none;
        std::size_t &skip = m_skip[begin]; // what is matched stays so: nothing is looked at twice
        while (begin + skip < m_rows.size() && m_rows[begin + skip].first == number &&
               matched[m_rows[begin + skip].second])
            ++skip;
        const std::size_t at = begin + skip;
        return at < m_rows.size() && m_rows[at].first == number ? m_rows[at].second : none;
    }

private:
    using Row = std::pair<std::uint64_t, std::size_t>;
    std::vector<Row> m_rows;
    std::vector<std::size_t> m_skip; ///< matched rows behind the first one of each number
};

/// The root without the mark that the kernel adds when its directory is deleted.
std::string_view undeleted(std::string_view root)
{
    constexpr std::string_view mark = "//deleted";
    return root.ends_with(mark) ? root.substr(0, root.size() - mark.size()) : root;
}

bool looksTheSame(const MountEntry &a, const MountEntry &b)
{
    return a.deviceMajor == b.deviceMajor && a.deviceMinor == b.deviceMinor && a.type == b.type &&
           undeleted(a.root) == undeleted(b.root);
}

std::vector<std::string> changedFields(const MountEntry &a, const MountEntry &b)
{
    std::vector<std::string> fields;
    const auto add = [&](bool differs, const char *field) {
        if (differs)
            fields.emplace_back(field);
    };
    add(a.id != b.id, "id");
    add(a.parentId != b.parentId, "parentId");
    add(a.deviceMajor != b.deviceMajor || a.deviceMinor != b.deviceMinor, "device");
    add(a.root != b.root, "root");
    add(a.mountPoint != b.mountPoint, "mountPoint");
    add(a.options != b.options, "options");
    add(a.peerGroup != b.peerGroup || a.master != b.master || a.propagateFrom != b.propagateFrom ||
            a.unbindable != b.unbindable || a.unknownTags != b.unknownTags,
        "propagation");
    add(a.type != b.type, "type");
    add(a.source != b.source, "source");
    add(a.superOptions != b.superOptions, "superOptions");
    return fields;
}

std::string propagationDetail(const MountEntry &entry)
{
    std::vector<std::string> parts;
    if (entry.peerGroup)
        parts.push_back(fmt::format("shared:{}", entry.peerGroup));
    if (entry.master)
        parts.push_back(fmt::format("master:{}", entry.master));
    if (entry.propagateFrom)
        parts.push_back(fmt::format("propagate_from:{}", entry.propagateFrom));
    if (entry.unbindable)
        parts.emplace_back("unbindable");
    parts.insert(parts.end(), entry.unknownTags.begin(), entry.unknownTags.end());
    return parts.empty() ? "private" : join(parts, ",");
}

std::string rowText(const MountEntry &entry)
{
    return fmt::format("{}  {}  {}", printable(entry.mountPoint), printable(entry.type), printable(entry.options));
}

std::string changeText(const MountChange &change, const MountEntry &before, const MountEntry &after)
{
    std::vector<std::string> parts;
    for (const std::string &field : change.fields)
        if (field != "parentId" || change.fields.size() == 1)
            parts.push_back(fmt::format("{}: {} → {}", field, printable(fieldText(before, field)),
                                        printable(fieldText(after, field))));
    return fmt::format("{}  {}", printable(after.mountPoint), join(parts, "; "));
}

} // namespace

std::string fieldText(const MountEntry &entry, std::string_view field)
{
    if (field == "id")
        return fmt::to_string(entry.id);
    if (field == "parentId")
        return fmt::to_string(entry.parentId);
    if (field == "device")
        return fmt::format("{}:{}", entry.deviceMajor, entry.deviceMinor);
    if (field == "propagation")
        return propagationDetail(entry);
    const std::string &text = field == "root"         ? entry.root
                              : field == "mountPoint" ? entry.mountPoint
                              : field == "options"    ? entry.options
                              : field == "type"       ? entry.type
                              : field == "source"     ? entry.source
                                                      : entry.superOptions;
    return text;
}

TableDiff diffTables(const MountTable &before, const MountTable &after)
{
    TableDiff diff;
    RowIndex byUniqueId(before, &MountEntry::uniqueId);
    RowIndex byId(before, &MountEntry::id);
    std::vector<bool> matched(before.size(), false);
    const auto match = [&](const MountEntry &entry) {
        if (entry.uniqueId != 0)
            if (const std::size_t same = byUniqueId.find(entry.uniqueId, matched); same != none)
                return same;
        const std::size_t sameId = byId.find(entry.id, matched);
        if (sameId == none)
            return none;
        const MountEntry &candidate = before.entries()[sameId];
        const bool bothKnow = entry.uniqueId != 0 && candidate.uniqueId != 0; // and differ, or it had been found above
        return !bothKnow && looksTheSame(entry, candidate) ? sameId : none;
    };
    for (std::size_t i = 0; i < after.size(); ++i) {
        const MountEntry &entry = after.entries()[i];
        const std::size_t old = match(entry);
        if (old == none) {
            diff.added.push_back(i);
            continue;
        }
        matched[old] = true;
        if (std::vector<std::string> fields = changedFields(before.entries()[old], entry); !fields.empty())
            diff.changed.push_back({old, i, std::move(fields)});
    }
    for (std::size_t i = 0; i < before.size(); ++i)
        if (!matched[i])
            diff.removed.push_back(i);
    return diff;
}

std::string formatDiff(const TableDiff &diff, const MountTable &before, const MountTable &after)
{
    std::string out;
    for (const std::size_t row : diff.added)
        out += fmt::format("+ {}\n", rowText(after.entries()[row]));
    for (const std::size_t row : diff.removed)
        out += fmt::format("- {}\n", rowText(before.entries()[row]));
    for (const MountChange &change : diff.changed)
        out +=
            fmt::format("~ {}\n", changeText(change, before.entries()[change.before], after.entries()[change.after]));
    return out;
}

} // namespace pivotbench::core
