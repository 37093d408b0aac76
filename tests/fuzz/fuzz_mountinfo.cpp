// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a mount table: parsing, both trees, differences and every view of it.
#include "app/cli/mount_view.h"
#include "check.h"
#include "core/base/text.h"
#include "core/mount/table_diff.h"

#include <algorithm>

using namespace pivotbench;
using core::MountEntry;
using core::MountTable;
using fuzz::check;

namespace {

void checkRow(const MountEntry &entry)
{
    for (const std::string &line : {core::formatMountinfoLine(entry), core::formatMountinfoLineAscii(entry)}) {
        const auto again = core::parseMountinfoLine(line);
        check(again.has_value() && *again == entry);
    }
}

void checkTrees(const MountTable &table)
{
    std::size_t reached = table.roots().size();
    for (std::size_t i = 0; i < table.size(); ++i) {
        for (const std::size_t child : table.childrenOf(i)) {
            check(table.parentOf(child) == i);
            ++reached;
        }
        const std::string &path = table.entries()[i].mountPoint;
        const std::size_t visible = table.visibleAt(path);
        check(table.isVisible(i) == (visible == i));
        check(visible == MountTable::none || table.covering(path) == visible);
        const auto stack = table.stackAt(path);
        check(std::ranges::find(stack, i) != stack.end());
        check(visible == MountTable::none || path == "/" || stack.back() == visible);
        for (const std::size_t peer : table.peersOf(i))
            check(peer != i);
        (void)table.slavesOf(i);
    }
    check(reached == table.size());
}

void checkDiff(const MountTable &table)
{
    check(core::diffTables(table, table).empty());
    const auto half = static_cast<std::ptrdiff_t>(table.size() / 2);
    const MountTable part(std::vector<MountEntry>(table.entries().begin() + half, table.entries().end()));
    const core::TableDiff diff = core::diffTables(table, part);
    check(diff.removed.size() - diff.added.size() == table.size() - part.size());
    for (const std::string_view line : core::split(core::formatDiff(diff, table, part), '\n'))
        check(core::isPlain(line));
}

void checkViews(const MountTable &table)
{
    using namespace app::cli;
    for (const std::string &text :
         {mountTree(table), mountTree(table, {.width = 40}), mountList(table), mountJson(table), mountinfoText(table)})
        check(core::printable(text, true) == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    auto entries = core::parseMountinfo({reinterpret_cast<const char *>(data), size});
    if (!entries) {
        check(entries.error().code == "mountinfo" && core::isPlain(entries.error().what));
        return 0;
    }
    for (const MountEntry &entry : *entries)
        checkRow(entry);
    const MountTable table(std::move(*entries));
    checkTrees(table);
    checkDiff(table);
    checkViews(table);
    return 0;
}
