// SPDX-License-Identifier: Apache-2.0
#include "core/recording/table_delta.h"

#include "core/base/json.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace pivotbench::core {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t none = MountTable::none;

// Encoding ------------------------------------------------------------------------------------------------------------

bool idsAreUnique(const MountTable &table)
{
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table.indexOf(table.entries()[i].id) != i)
            return false;
    return true;
}

/// Rows of a difference, as text and unique ids.
struct Rows {
    ordered_json lines = ordered_json::array();
    ordered_json unique = ordered_json::array();

    void add(const MountEntry &entry)
    {
        lines.push_back(formatMountinfoLineAscii(entry));
        unique.push_back(entry.uniqueId);
    }
    void put(ordered_json &out, const char *member) const
    {
        if (!lines.empty())
            out[member] = lines;
    }
};

void putUnique(ordered_json &out, ordered_json unique)
{
    if (std::ranges::any_of(unique, [](const ordered_json &id) { return id != 0; }))
        out["unique"] = std::move(unique);
}

ordered_json encodeWhole(const MountTable &table)
{
    Rows all;
    for (const MountEntry &entry : table.entries())
        all.add(entry);
    ordered_json out;
    out["all"] = std::move(all.lines);
    putUnique(out, std::move(all.unique));
    return out;
}

// Decoding ------------------------------------------------------------------------------------------------------------

std::vector<std::uint64_t> readIds(ObjectReader &reader, const char *member)
{
    std::vector<std::uint64_t> ids;
    const JsonValue::Array *array = reader.children(member);
    if (!array)
        return ids;
    ids.reserve(array->size());
    for (const JsonValue &element : *array) {
        const auto *id = std::get_if<std::uint64_t>(&element.data);
        if (!id) {
            reader.fail(member, "must hold mount ids, whole numbers");
            return {};
        }
        ids.push_back(*id);
    }
    return ids;
}

std::vector<MountEntry> readRows(ObjectReader &reader, const char *member)
{
    std::vector<MountEntry> rows;
    const JsonValue::Array *array = reader.children(member);
    if (!array)
        return rows;
    rows.reserve(array->size());
    for (const JsonValue &element : *array) {
        const std::string *line = element.string();
        Result<MountEntry> row = line ? parseMountinfoLine(*line) : failure("mountinfo", "a row must be a string");
        if (!row) {
            reader.fail(member, fmt::format("holds a bad row: {}", row.error().what));
            return {};
        }
        rows.push_back(std::move(*row));
    }
    return rows;
}

/// Gives rows their unique ids, in the order of the lists.
void readUnique(ObjectReader &reader, std::initializer_list<std::vector<MountEntry> *> lists)
{
    if (!reader.child("unique"))
        return;
    const std::vector<std::uint64_t> unique = readIds(reader, "unique");
    std::size_t rows = 0;
    for (const auto *list : lists)
        rows += list->size();
    if (unique.size() != rows)
        return reader.fail("unique", fmt::format("must hold {} ids, one for each row", rows));
    auto id = unique.begin();
    for (auto *list : lists)
        for (MountEntry &row : *list)
            row.uniqueId = *id++;
}

/// Ids and places of rows, sorted; empty when an id stands twice.
std::optional<std::vector<std::pair<std::uint64_t, std::size_t>>> placesOf(const std::vector<SharedRow> &rows)
{
    std::vector<std::pair<std::uint64_t, std::size_t>> places;
    places.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        places.emplace_back(rows[i]->id, i);
    std::ranges::sort(places);
    constexpr auto id = &std::pair<std::uint64_t, std::size_t>::first;
    if (std::ranges::adjacent_find(places, {}, id) != places.end())
        return std::nullopt;
    return places;
}

/// The rows in this order of ids; fails unless it names each of them once.
bool reorder(std::vector<SharedRow> &rows, const std::vector<std::uint64_t> &order,
             std::vector<std::pair<std::uint64_t, std::size_t>> places)
{
    if (order.size() != rows.size())
        return false;
    std::vector<SharedRow> ordered;
    ordered.reserve(rows.size());
    for (const std::uint64_t id : order) {
        const auto place = std::ranges::lower_bound(places, id, {}, &std::pair<std::uint64_t, std::size_t>::first);
        if (place == places.end() || place->first != id || place->second == none)
            return false;
        ordered.push_back(std::move(rows[place->second]));
        place->second = none;
    }
    rows = std::move(ordered);
    return true;
}

} // namespace

ordered_json encodeTableDelta(const MountTable &before, const MountTable &after)
{
    if (!idsAreUnique(before) || !idsAreUnique(after))
        return encodeWhole(after);

    ordered_json removed = ordered_json::array();
    std::vector<std::uint64_t> order; // as a reader will find it without being told
    for (const MountEntry &entry : before.entries()) {
        if (after.indexOf(entry.id) == none)
            removed.push_back(entry.id);
        else
            order.push_back(entry.id);
    }
    Rows added;
    Rows changed;
    for (const MountEntry &entry : after.entries()) {
        const std::size_t old = before.indexOf(entry.id);
        if (old == none) {
            added.add(entry);
            order.push_back(entry.id);
        } else if (&before.entries()[old] != &entry && before.entries()[old] != entry) {
            changed.add(entry);
        }
    }

    ordered_json out = ordered_json::object();
    if (!removed.empty())
        out["removed"] = std::move(removed);
    changed.put(out, "changed");
    added.put(out, "added");
    if (!std::ranges::equal(order, after.entries(), {}, {}, &MountEntry::id)) {
        order.clear();
        std::ranges::transform(after.entries(), std::back_inserter(order), &MountEntry::id);
        out["order"] = order;
    }
    for (ordered_json &id : changed.unique)
        added.unique.push_back(std::move(id));
    putUnique(out, std::move(added.unique));
    return out;
}

Result<MountRows> applyTableDelta(const MountTable &before, const JsonValue &delta, std::string field)
{
    ObjectReader reader(delta, std::move(field));
    if (reader.child("all")) {
        std::vector<MountEntry> rows = readRows(reader, "all");
        readUnique(reader, {&rows});
        if (Status status = reader.finish(); !status)
            return std::unexpected(std::move(status.error()));
        return MountRows(std::move(rows));
    }

    std::vector<MountEntry> added = readRows(reader, "added");
    std::vector<MountEntry> changed = readRows(reader, "changed");
    readUnique(reader, {&added, &changed});

    constexpr std::size_t keep = none;
    constexpr std::size_t drop = none - 1;
    std::vector<std::size_t> fate(before.size(), keep); // or the place in `changed`
    const auto setFate = [&](const char *member, std::uint64_t id, std::size_t value) {
        const std::size_t row = before.indexOf(id);
        if (row == none || fate[row] != keep)
            reader.fail(member, fmt::format("names mount {}, which is not there or was named already", id));
        else
            fate[row] = value;
    };
    for (const std::uint64_t id : readIds(reader, "removed"))
        setFate("removed", id, drop);
    for (std::size_t i = 0; i < changed.size(); ++i)
        setFate("changed", changed[i].id, i);
    const bool reordered = reader.child("order") != nullptr;
    const std::vector<std::uint64_t> order = readIds(reader, "order");
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));

    const auto share = [](MountEntry &row) { return std::make_shared<const MountEntry>(std::move(row)); };
    std::vector<SharedRow> rows;
    rows.reserve(before.size() + added.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (fate[i] == keep)
            rows.push_back(before.entries().share(i));
        else if (fate[i] != drop)
            rows.push_back(share(changed[fate[i]]));
    }
    std::ranges::transform(added, std::back_inserter(rows), share);
    auto places = placesOf(rows);
    if (!places)
        reader.fail("added", "names a mount that is there already");
    else if (reordered && !reorder(rows, order, std::move(*places)))
        reader.fail("order", "does not name every mount once");
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return MountRows(std::move(rows));
}

} // namespace pivotbench::core
