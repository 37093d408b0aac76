// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mount_view.h"

#include "app/cli/text_columns.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::app::cli {
namespace {

using core::MountEntry;
using core::MountTable;
using core::printable;

/// A forged chain of mounts can be as deep as the table is long; deeper rows are told apart by a number instead.
constexpr std::size_t deepestIndent = 32;

/// The mount's own options, then those of its filesystem that say something new. The pair is as writable as both allow.
std::string optionsText(const MountEntry &entry)
{
    std::vector<std::string_view> options = core::split(entry.options, ',');
    for (const std::string_view option : core::split(entry.superOptions, ',')) {
        if (option == "ro")
            std::ranges::replace(options, std::string_view("rw"), option);
        else if (!option.empty() && option != "rw" && std::ranges::find(options, option) == options.end())
            options.push_back(option);
    }
    return printable(fmt::format("{}", fmt::join(options, ",")));
}

TextRow rowOf(const MountTable &table, std::size_t index, const std::string &indent)
{
    const MountEntry &entry = table.entries()[index];
    const bool hidden = !table.isVisible(index);
    return {{indent + printable(entry.mountPoint) + (hidden ? " (hidden)" : ""), printable(entry.type),
             printable(entry.source), optionsText(entry), core::propagationText(entry)},
            hidden};
}

std::vector<TextRow> withHeading() { return {{{"TARGET", "TYPE", "SOURCE", "OPTIONS", "PROPAGATION"}, false}}; }

/// Lines of the tree without recursion: a table decides how deep it is.
class TreeLines {
public:
    TreeLines(const MountTable &table, std::vector<TextRow> &rows)
        : m_table(table)
        , m_rows(rows)
    {
    }

    void add(std::size_t root)
    {
        m_rows.push_back(rowOf(m_table, root, ""));
        m_open.push_back({root, 0});
        while (!m_open.empty()) {
            Level &level = m_open.back();
            const auto &children = m_table.childrenOf(level.row);
            if (level.next == children.size()) {
                m_open.pop_back();
                if (!m_guides.empty())
                    m_guides.pop_back();
                continue;
            }
            const std::size_t child = children[level.next++];
            const bool last = level.next == children.size();
            m_rows.push_back(rowOf(m_table, child, indent(last)));
            m_guides.push_back(!last);
            m_open.push_back({child, 0});
        }
    }

private:
    struct Level {
        std::size_t row;
        std::size_t next; ///< child to show next
    };

    [[nodiscard]] std::string indent(bool last) const
    {
        std::string out;
        for (std::size_t i = 0; i < std::min(m_guides.size(), deepestIndent); ++i)
            out += m_guides[i] ? "│ " : "  ";
        if (m_guides.size() > deepestIndent)
            out += fmt::format("[{}] ", m_guides.size() + 2);
        return out + (last ? "└─" : "├─");
    }

    const MountTable &m_table;
    std::vector<TextRow> &m_rows;
    std::vector<Level> m_open;
    std::vector<bool>
        m_guides; ///< whether a line goes on downwards, for each level between the root and the present one
};

} // namespace

std::string mountTree(const MountTable &table, const MountViewStyle &style)
{
    if (table.size() == 0)
        return {};
    std::vector<TextRow> rows = withHeading();
    TreeLines lines(table, rows);
    for (const std::size_t root : table.roots())
        lines.add(root);
    return textColumns(rows, style.width, style.colours);
}

std::string mountList(const MountTable &table, const MountViewStyle &style)
{
    if (table.size() == 0)
        return {};
    std::vector<TextRow> rows = withHeading();
    for (std::size_t i = 0; i < table.size(); ++i)
        rows.push_back(rowOf(table, i, ""));
    return textColumns(rows, style.width, style.colours);
}

std::string mountJson(const MountTable &table)
{
    using nlohmann::ordered_json;
    ordered_json mounts = ordered_json::array();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const MountEntry &entry = table.entries()[i];
        ordered_json tags = ordered_json::array();
        for (const std::string &tag : entry.unknownTags)
            tags.push_back(printable(tag));
        mounts.push_back({{"id", entry.id},
                          {"parentId", entry.parentId},
                          {"uniqueId", entry.uniqueId},
                          {"device", fmt::format("{}:{}", entry.deviceMajor, entry.deviceMinor)},
                          {"root", printable(entry.root)},
                          {"mountPoint", printable(entry.mountPoint)},
                          {"options", printable(entry.options)},
                          {"propagation", core::propagationText(entry)},
                          {"peerGroup", entry.peerGroup},
                          {"master", entry.master},
                          {"propagateFrom", entry.propagateFrom},
                          {"unbindable", entry.unbindable},
                          {"unknownTags", std::move(tags)},
                          {"type", printable(entry.type)},
                          {"source", printable(entry.source)},
                          {"superOptions", printable(entry.superOptions)},
                          {"visible", table.isVisible(i)}});
    }
    ordered_json document;
    document["mounts"] = std::move(mounts);
    return document.dump(2) + '\n';
}

std::string mountinfoText(const MountTable &table)
{
    std::string out;
    for (const MountEntry &entry : table.entries()) {
        const std::string line = core::formatMountinfoLine(entry);
        out += core::isPlain(line) ? line : core::formatMountinfoLineAscii(entry);
        out += '\n';
    }
    return out;
}

} // namespace pivotbench::app::cli
