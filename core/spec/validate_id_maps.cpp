// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/host/id_tables.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace pivotbench::core {
namespace {

constexpr std::uint64_t idSpace = std::numeric_limits<std::uint32_t>::max(); ///< the last id, -1, is none

bool meet(std::uint32_t first, std::uint32_t firstSize, std::uint32_t second, std::uint32_t secondSize)
{
    return first < std::uint64_t{second} + secondSize && second < std::uint64_t{first} + firstSize;
}

bool contains(std::uint32_t first, std::uint32_t size, const IdRange &range)
{
    return range.hostId >= first && std::uint64_t{range.hostId} + range.size <= std::uint64_t{first} + size;
}

/// One of the two maps, with what its owner may map.
struct MapCheck {
    const char *name; ///< "uid" or "gid"
    const std::vector<IdRange> &map;
    std::uint32_t own;
    const std::vector<IdRange> &subordinate;
    const std::vector<IdRange> &ownMap;
};

/// newuidmap(1): a range has to lie within one granted range, or be one's own id alone. Root may hand on what it has.
bool isGranted(const MapCheck &check, const IdRange &range, bool privileged)
{
    if (privileged)
        return check.ownMap.empty() || std::ranges::any_of(check.ownMap, [&](const IdRange &mine) {
                   return contains(mine.containerId, mine.size, range);
               });
    return (range.hostId == check.own && range.size == 1) ||
           std::ranges::any_of(check.subordinate,
                               [&](const IdRange &granted) { return contains(granted.hostId, granted.size, range); });
}

void checkRange(const Examined &examined, const MapCheck &check, std::size_t index, Findings &findings)
{
    const IdRange &range = check.map[index];
    const std::string field = fmt::format("idMaps.{}[{}]", check.name, index);
    if (range.size == 0 || std::uint64_t{range.containerId} + range.size > idSpace ||
        std::uint64_t{range.hostId} + range.size > idSpace) {
        findings.add("idMaps.size", field,
                     "the range is empty or leaves the space of ids, which ends before 4294967295: EINVAL",
                     "write a size of at least 1 that stays below it");
        return;
    }
    for (std::size_t i = 0; i < index; ++i) {
        const IdRange &other = check.map[i];
        if (meet(range.containerId, range.size, other.containerId, other.size) ||
            meet(range.hostId, range.size, other.hostId, other.size)) {
            findings.add(
                "idMaps.overlap", field,
                fmt::format(
                    "it overlaps idMaps.{}[{}]; an id inside stands for one id outside and the other way round, "
                    "and the kernel refuses anything else with EINVAL",
                    check.name, i),
                "give each id to one range");
            break;
        }
    }
    if (!isGranted(check, range, examined.facts.privileged))
        findings.add(
            "idMaps.granted", field,
            fmt::format("ids {} to {} of the machine are not yours to map", range.hostId,
                        std::uint64_t{range.hostId} + range.size - 1),
            fmt::format("use your own id {} alone and the ranges of /etc/sub{}, or have an administrator grant more: "
                        "usermod --add-sub{}s {}-{} {}",
                        check.own, check.name, check.name, range.hostId, std::uint64_t{range.hostId} + range.size - 1,
                        examined.facts.userName.empty() ? "USER" : examined.facts.userName));
}

void checkMap(const Examined &examined, const MapCheck &check, Findings &findings)
{
    const std::string field = fmt::format("idMaps.{}", check.name);
    if (check.map.empty()) {
        findings.add("idMaps.empty", field, "the map is explicit and has no range, so that no id would exist inside",
                     "write at least one range, or choose \"mode\": \"auto\"");
        return;
    }
    if (check.map.size() > maxIdMapLines) {
        findings.add("idMaps.many", field,
                     fmt::format("{} ranges; the kernel takes {} in one map", check.map.size(), maxIdMapLines),
                     "join ranges that follow each other");
        return;
    }
    for (std::size_t i = 0; i < check.map.size(); ++i)
        checkRange(examined, check, i, findings);
    if (!mapsOutside(check.map, examined.facts.privileged ? 0 : check.own))
        findings.add(
            "idMaps.own", field,
            "the id that builds the sandbox is not mapped, so it can create no file or directory inside: EOVERFLOW",
            fmt::format("map {} as well", examined.facts.privileged ? 0 : check.own));
}

void checkExplicit(const Examined &examined, Findings &findings)
{
    const HostFacts &facts = examined.facts;
    const IdMapSpec &maps = examined.spec.idMaps;
    checkMap(examined, {"uid", maps.uid, facts.uid, facts.subordinateUids, facts.ownUidMap}, findings);
    checkMap(examined, {"gid", maps.gid, facts.gid, facts.subordinateGids, facts.ownGidMap}, findings);
    if (!facts.privileged && !examined.ids.single && !facts.idMapTools)
        findings.add("idMaps.tools", "idMaps",
                     "only newuidmap(1) and newgidmap(1) may map more than your own id, and they are not installed",
                     "install them (Debian: apt install uidmap), or choose \"mode\": \"single\"");
}

void explainSingle(const HostFacts &facts, Findings &findings)
{
    const std::string why = !facts.idMapTools ? "newuidmap and newgidmap are not installed"
                                              : "/etc/subuid and /etc/subgid grant you no ids";
    const std::string user = facts.userName.empty() ? "USER" : facts.userName;
    const std::string fix =
        !facts.idMapTools ? "install them (Debian: apt install uidmap)"
                          : fmt::format("have an administrator run: usermod --add-subuids 100000-165535 --add-subgids "
                                        "100000-165535 {}",
                                        user);
    findings.add(
        "idMaps.single", "idMaps",
        fmt::format("{}, so your id alone exists inside: files of others show as nobody, and programs that change to "
                    "another user fail",
                    why),
        fix);
}

} // namespace

void checkIdMaps(const Examined &examined, Findings &findings)
{
    const IdMapSpec &maps = examined.spec.idMaps;
    if (!examined.newUser()) {
        if (maps.mode != IdMapMode::Auto)
            findings.add("idMaps.unused", "idMaps",
                         "ids are mapped only in a user namespace of its own, and there is none",
                         "choose \"namespaces\": {\"user\": \"new\"}, or remove idMaps");
        return;
    }
    if (maps.mode != IdMapMode::Explicit && (!maps.uid.empty() || !maps.gid.empty()))
        findings.add("idMaps.ranges.unused", "idMaps", "ranges are written down, but the mode does not use them",
                     "choose \"mode\": \"explicit\", or remove the ranges");
    if (maps.mode == IdMapMode::Explicit)
        checkExplicit(examined, findings);
    else if (maps.mode == IdMapMode::Auto && examined.ids.single)
        explainSingle(examined.facts, findings);
}

} // namespace pivotbench::core
