// SPDX-License-Identifier: Apache-2.0
#include "core/stage/effect.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace pivotbench::core::stage {

namespace {

using Mounts = std::unordered_map<MountKey, const StoryMount *>;

Mounts mountsOf(const World &world)
{
    Mounts mounts;
    for (const StoryMount &mount : world.mounts)
        mounts.emplace(mount.key, &mount);
    return mounts;
}

auto tagsOf(const MountEntry &row) { return std::tie(row.peerGroup, row.master, row.unbindable); }

void countMounts(Effect &effect, const World &now, const Mounts &before, const Mounts &after)
{
    for (const StoryMount &mount : now.mounts) {
        const auto found = before.find(mount.key);
        if (found == before.end()) {
            effect.added.push_back(mount.row->mountPoint);
            continue;
        }
        const StoryMount &was = *found->second;
        if (was.parent != mount.parent)
            effect.moved.push_back({was.row->mountPoint, mount.row->mountPoint});
        else if (was.row->mountPoint != mount.row->mountPoint)
            ++effect.alongside;
        if (was.row->options != mount.row->options || was.row->superOptions != mount.row->superOptions)
            ++effect.remounted;
        if (tagsOf(*was.row) != tagsOf(*mount.row))
            ++effect.repropagated;
        if (mount.outside && !was.outside)
            ++effect.outOfReach;
    }
    for (const auto &[key, mount] : before)
        if (!after.contains(key))
            effect.gone.push_back(mount->row->mountPoint);
    std::ranges::sort(effect.gone);
}

std::optional<Retied> retied(const Knot &before, const Knot &now, const Mounts &mounts, bool copied)
{
    // In a copy of the tree it stands where it stood.
    const bool sameMount = copied || before.mount == now.mount;
    if (sameMount && before.path == now.path)
        return std::nullopt;
    Retied retied{.from = before.path, .to = now.path, .mount = {}};
    if (const auto found = mounts.find(now.mount); !sameMount && found != mounts.end())
        retied.mount = found->second->row->mountPoint;
    return retied;
}

} // namespace

bool Effect::leavesMounts() const
{
    return copied == 0 && added.empty() && gone.empty() && moved.empty() && alongside == 0 && repropagated == 0 &&
           remounted == 0;
}

Effect effectOf(const Recording &recording, const Story &story, std::size_t frame)
{
    Effect effect;
    if (frame == 0 || frame >= story.moments().size() || frame >= recording.frames.size())
        return effect;
    const Moment &before = story.moments()[frame - 1];
    const Moment &now = story.moments()[frame];
    const World &worldBefore = *before.world(before.side);
    const World &world = *now.world(now.side);
    const bool entered = before.side != now.side || worldBefore.number != world.number;
    const Mounts mounts = mountsOf(worldBefore);
    if (entered)
        effect.copied = world.mounts.size();
    else if (&worldBefore != &world)
        countMounts(effect, world, mounts, mountsOf(world));
    effect.root = retied(before.root, now.root, mounts, entered);
    effect.cwd = retied(before.cwd, now.cwd, mounts, entered);
    const Frame &frameBefore = recording.frames[frame - 1];
    const Frame &frameNow = recording.frames[frame];
    for (const auto &[name, inode] : frameNow.namespaces)
        if (const auto was = frameBefore.namespaces.find(name);
            was != frameBefore.namespaces.end() && was->second != inode)
            effect.namespaces.push_back(name);
    effect.ids = frameBefore.uid != frameNow.uid || frameBefore.gid != frameNow.gid;
    return effect;
}

Reach reachOf(const Moment &moment)
{
    const World &world = *moment.world(moment.side);
    Reach reach{.mounts = world.mounts.size()};
    for (const StoryMount &mount : world.mounts)
        reach.reachable += mount.visible && !mount.outside ? 1 : 0;
    return reach;
}

} // namespace pivotbench::core::stage
