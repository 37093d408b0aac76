// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/state.h"

#include <functional>

namespace pivotbench::core::kernel {
namespace {

std::pair<std::uint32_t, std::uint32_t> hashOf(std::string_view text)
{
    const std::size_t hash = std::hash<std::string_view>{}(text);
    return {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(hash)};
}

} // namespace

std::size_t State::bytes() const
{
    return names.bytes() + nodes.bytes() + superblocks.bytes() + mounts.bytes() + groups.bytes() +
           userNamespaces.bytes() + mountNamespaces.bytes() + otherNamespaces.bytes() + processes.bytes() +
           childMount.bytes() + entry.bytes() + nameByHash.bytes();
}

MountId mountedOn(const State &state, Place place)
{
    return MountId{
        state.childMount.find(static_cast<std::uint32_t>(place.mount), static_cast<std::uint32_t>(place.node))};
}

Place rootOf(const State &state, MountId mount) { return {mount, state.mounts[mount].root}; }

Place topOf(const State &state, Place place)
{
    for (MountId above = mountedOn(state, place); above != MountId::None; above = mountedOn(state, place))
        place = rootOf(state, above);
    return place;
}

NameId findName(const State &state, std::string_view text)
{
    const auto [high, low] = hashOf(text);
    NameId id{state.nameByHash.find(high, low)};
    while (id != NameId::None && state.names[id].text != text)
        id = state.names[id].sameHash;
    return id;
}

NameId intern(State &state, std::string_view text)
{
    if (const NameId known = findName(state, text); known != NameId::None)
        return known;
    const auto [high, low] = hashOf(text);
    const NameId before{state.nameByHash.find(high, low)};
    const NameId id = state.names.add({std::string(text), before});
    state.nameByHash.insert(high, low, static_cast<std::uint32_t>(id));
    return id;
}

const std::string &text(const State &state, NameId name) { return state.names[name].text; }

bool isCapable(const State &state, const Process &process, UserNamespaceId over, std::uint32_t bits)
{
    const std::uint32_t ownLevel = state.userNamespaces[process.user].level;
    for (UserNamespaceId id = over; id != UserNamespaceId::None; id = state.userNamespaces[id].parent) {
        if (id == process.user)
            return (process.capabilities & bits) == bits;
        const UserNamespace &space = state.userNamespaces[id];
        if (space.level <= ownLevel)
            return false;
        if (space.parent == process.user && space.owner == process.uid)
            return true;
    }
    return false;
}

} // namespace pivotbench::core::kernel
