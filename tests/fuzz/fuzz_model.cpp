// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a mount table and, after a line "%%", operations on it: the kernel model is built from forged tables and
// goes on from there.
#include "check.h"
#include "core/base/text.h"
#include "core/kernel/whatif.h"

#include <algorithm>
#include <unordered_set>

using namespace pivotbench;
using namespace core::kernel;
using fuzz::check;

namespace {

constexpr std::size_t mostRows = 200;
constexpr std::size_t operationsTried = 12;

/// What the model says of a namespace is a tree: every row once, below its parent, no two on one place.
void checkTable(const core::MountTable &table)
{
    std::unordered_set<std::uint64_t> ids;
    for (const core::MountEntry &row : table.entries()) {
        check(ids.insert(row.id).second);
        check(row.mountPoint.starts_with('/'));
    }
    std::size_t reached = table.roots().size();
    for (std::size_t i = 0; i < table.size(); ++i)
        reached += table.childrenOf(i).size();
    check(reached == table.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t cut = std::min(text.find("%%\n"), text.size());
    auto rows = core::parseMountinfo(text.substr(0, cut));
    if (!rows || rows->size() > mostRows)
        return 0;
    Machine machine = machineOf(core::MountTable(std::move(*rows)), Reader{});
    machine.state.mountLimit = 1000;
    WhatIf world(std::move(machine));
    for (const NamespaceView &view : world.namespaces())
        checkTable(*view.table);
    std::size_t operations = 0;
    for (const std::string_view line : core::split(text.substr(std::min(cut + 3, text.size())), '\n')) {
        const auto operation = parseOperation(line);
        if (!operation || ++operations > operationsTried)
            continue;
        if (!world.run(*operation))
            break;
        for (const NamespaceView &view : world.namespaces())
            checkTable(*view.table);
    }
    return 0;
}
