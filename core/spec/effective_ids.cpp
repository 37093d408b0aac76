// SPDX-License-Identifier: Apache-2.0
#include "core/spec/effective_ids.h"

#include <algorithm>

namespace pivotbench::core {
namespace {

bool isOwnIdAlone(const std::vector<IdRange> &map, std::uint32_t own)
{
    return map.size() == 1 && map.front().size == 1 && map.front().hostId == own;
}

std::vector<IdRange> identity(std::vector<IdRange> map)
{
    for (IdRange &range : map)
        range.hostId = range.containerId;
    return map;
}

std::vector<IdRange> followedBy(std::uint32_t own, const std::vector<IdRange> &granted)
{
    std::vector<IdRange> map{{.containerId = 0, .hostId = own, .size = 1}};
    std::uint32_t next = 1;
    for (const IdRange &range : granted) {
        map.push_back({.containerId = next, .hostId = range.hostId, .size = range.size});
        next += range.size;
    }
    return map;
}

bool needsNewUserNamespace(const SandboxSpec &spec, const HostFacts &facts)
{
    switch (spec.namespaces.user) {
    case UserNamespaceChoice::New: return true;
    case UserNamespaceChoice::Host: return false;
    case UserNamespaceChoice::Auto: break;
    }
    return !facts.privileged;
}

} // namespace

EffectiveIds effectiveIds(const SandboxSpec &spec, const HostFacts &facts)
{
    EffectiveIds ids;
    ids.newUserNamespace = needsNewUserNamespace(spec, facts);
    ids.inUserNamespace = ids.newUserNamespace || !facts.initialUserNamespace;
    const bool subordinates = facts.idMapTools && !facts.subordinateUids.empty() && !facts.subordinateGids.empty();
    if (!ids.newUserNamespace || (spec.idMaps.mode == IdMapMode::Auto && facts.privileged)) {
        ids.uid = identity(facts.ownUidMap);
        ids.gid = identity(facts.ownGidMap);
    } else if (spec.idMaps.mode == IdMapMode::Explicit) {
        ids.uid = spec.idMaps.uid;
        ids.gid = spec.idMaps.gid;
        ids.single = !facts.privileged && isOwnIdAlone(ids.uid, facts.uid) && isOwnIdAlone(ids.gid, facts.gid);
    } else if (spec.idMaps.mode == IdMapMode::Auto && subordinates) {
        ids.uid = followedBy(facts.uid, facts.subordinateUids);
        ids.gid = followedBy(facts.gid, facts.subordinateGids);
    } else {
        ids.uid = {{.containerId = spec.process.uid, .hostId = facts.uid, .size = 1}};
        ids.gid = {{.containerId = spec.process.gid, .hostId = facts.gid, .size = 1}};
        ids.single = true;
    }
    ids.groupsDenied = ids.single || facts.setgroupsDenied;
    return ids;
}

bool mapsInside(const std::vector<IdRange> &map, std::uint32_t id)
{
    return std::ranges::any_of(
        map, [id](const IdRange &range) { return id >= range.containerId && id - range.containerId < range.size; });
}

bool mapsOutside(const std::vector<IdRange> &map, std::uint32_t id)
{
    return std::ranges::any_of(
        map, [id](const IdRange &range) { return id >= range.hostId && id - range.hostId < range.size; });
}

} // namespace pivotbench::core
