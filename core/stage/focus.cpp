// SPDX-License-Identifier: Apache-2.0
#include "core/stage/focus.h"

#include "core/base/overloaded.h"
#include "core/mount/mount_entry.h"
#include "core/plan/operation.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace pivotbench::core::stage {

namespace {

constexpr std::size_t fewMounts = 8;  ///< a world of so many needs no fold
constexpr std::size_t fewChanges = 4; ///< more at once are no change of one mount by itself
constexpr std::size_t mostSiblings = 60;
constexpr std::size_t leastChips = 4; ///< of one parent
constexpr std::size_t fewLeaves = 8;  ///< of a world; where there are more, all are chips

/// The worlds of a story, each once.
std::vector<const World *> worldsOf(const Story &story)
{
    std::vector<const World *> worlds;
    const World *host = nullptr;
    const World *sandbox = nullptr;
    for (const Moment &moment : story.moments()) {
        if (moment.host.get() != host)
            worlds.push_back(host = moment.host.get());
        if (moment.sandbox.get() != sandbox)
            worlds.push_back(sandbox = moment.sandbox.get());
    }
    return worlds;
}

std::vector<std::string> hostPathsOf(const Plan &plan)
{
    std::vector<std::string> paths{plan.newRoot};
    const auto add = [&paths](const Location &location) {
        if (location.base == Location::Base::Host)
            paths.push_back(location.path);
    };
    for (const Step &step : plan.steps) {
        std::visit(Overloaded{
                       [&](const BindMount &bind) {
                           add(bind.source);
                           add(bind.target);
                       },
                       [&](const MountOverlay &overlay) {
                           paths.insert(paths.end(), overlay.lowers.begin(), overlay.lowers.end());
                           paths.push_back(overlay.upper);
                           add(overlay.target);
                       },
                       [&](const MountFilesystem &mount) { add(mount.target); },
                       [&](const SetMountAttributes &change) { add(change.target); },
                       [&](const MaskPath &mask) { add(mask.target); },
                       [](const auto &) {},
                   },
                   step.operation);
    }
    std::ranges::sort(paths);
    paths.erase(std::ranges::unique(paths).begin(), paths.end());
    std::erase(paths, std::string());
    return paths;
}

bool leadsTo(const std::string &mountPoint, const std::string &path)
{
    return mountPoint == "/" || path == mountPoint || (path.starts_with(mountPoint) && path[mountPoint.size()] == '/');
}

/// The mount that a path of the host lies on.
MountKey covering(const World &world, const std::string &path)
{
    const StoryMount *best = nullptr;
    for (const StoryMount &mount : world.mounts)
        if (mount.visible && leadsTo(mount.row->mountPoint, path) &&
            (best == nullptr || mount.row->mountPoint.size() >= best->row->mountPoint.size()))
            best = &mount;
    return best == nullptr ? 0 : best->key;
}

/// Whether more than its place differs: whatever pivot_root(2) or a move changes in passing does not count.
bool changedByItself(const MountEntry &before, const MountEntry &after)
{
    return before.options != after.options || before.superOptions != after.superOptions;
}

class Chooser {
public:
    Chooser(const Story &story, const Plan &plan, const std::set<MountKey> &unfolded)
        : m_story(story)
        , m_worlds(worldsOf(story))
    {
        if (story.moments().empty())
            return;
        chooseBorn();
        chooseNamed(plan);
        chooseKnots();
        chooseChanged();
        for (const World *world : m_worlds)
            for (const StoryMount &mount : world->mounts)
                if (mount.parent == 0 || world->mounts.size() <= fewMounts)
                    m_focus.shown.insert(mount.key);
        chooseTwinsAndParents();
        for (const World *world : m_worlds)
            for (const StoryMount &mount : world->mounts)
                if (unfolded.contains(mount.parent))
                    m_focus.shown.insert(mount.key);
        chooseParents();
        chooseChips();
    }

    Focus take() { return std::move(m_focus); }

private:
    /// What a step made; too many of one parent are folded.
    void chooseBorn()
    {
        std::unordered_set<MountKey> known;
        std::unordered_set<std::uint64_t> entered;
        std::unordered_map<MountKey, std::size_t> siblings;
        for (const World *world : m_worlds) {
            const bool first = entered.insert(world->number).second && (known.empty() || world->number != 0);
            for (const StoryMount &mount : world->mounts)
                if (known.insert(mount.key).second && !first && ++siblings[mount.parent] <= mostSiblings)
                    m_focus.shown.insert(mount.key);
        }
    }

    void chooseNamed(const Plan &plan)
    {
        const World &host = *m_story.moments().front().host;
        for (const std::string &path : hostPathsOf(plan))
            m_focus.shown.insert(covering(host, path));
    }

    void chooseKnots()
    {
        for (const Moment &moment : m_story.moments()) {
            m_holders.insert({moment.root.mount, moment.cwd.mount});
            m_focus.shown.insert({moment.root.mount, moment.cwd.mount});
        }
    }

    void chooseChanged()
    {
        std::unordered_map<MountKey, SharedRow> rows;
        for (const World *world : m_worlds) {
            std::vector<MountKey> changed;
            for (const StoryMount &mount : world->mounts) {
                SharedRow &row = rows[mount.key];
                if (row && row != mount.row && changedByItself(*row, *mount.row))
                    changed.push_back(mount.key);
                row = mount.row;
            }
            if (changed.size() <= fewChanges)
                m_focus.shown.insert(changed.begin(), changed.end());
        }
    }

    /// What stands in one world stands in the other, too, where it was copied.
    void chooseTwinsAndParents()
    {
        chooseParents();
        for (const Moment &moment : m_story.moments()) {
            if (!moment.sandbox)
                continue;
            std::unordered_set<MountKey> hosts;
            for (const StoryMount &mount : moment.host->mounts)
                hosts.insert(mount.key);
            for (const StoryMount &mount : moment.sandbox->mounts) {
                if (!hosts.contains(mount.origin))
                    continue;
                if (m_focus.shown.contains(mount.origin))
                    m_focus.shown.insert(mount.key);
                else if (m_focus.shown.contains(mount.key))
                    m_focus.shown.insert(mount.origin);
            }
            break;
        }
        chooseParents();
    }

    void chooseParents()
    {
        for (const World *world : m_worlds)
            for (auto mount = world->mounts.rbegin(); mount != world->mounts.rend(); ++mount) // children before parents
                if (m_focus.shown.contains(mount->key))
                    m_focus.shown.insert(mount->parent);
    }

    /// Leaves all along, of which one parent has several at once.
    void chooseChips()
    {
        std::unordered_set<MountKey> inner;
        std::unordered_map<MountKey, std::size_t> most;
        bool crowded = false;
        for (const World *world : m_worlds)
            for (const StoryMount &mount : world->mounts)
                if (m_focus.shown.contains(mount.key))
                    inner.insert(mount.parent);
        const auto isLeaf = [&](const StoryMount &mount) {
            return m_focus.shown.contains(mount.key) && mount.parent != 0 && !inner.contains(mount.key) &&
                   !m_holders.contains(mount.key) && mount.row->type != "overlay";
        };
        for (const World *world : m_worlds) {
            std::unordered_map<MountKey, std::size_t> leaves;
            std::size_t all = 0;
            for (const StoryMount &mount : world->mounts) {
                if (!isLeaf(mount))
                    continue;
                most[mount.parent] = std::max(most[mount.parent], ++leaves[mount.parent]);
                crowded = crowded || ++all > fewLeaves;
            }
        }
        for (const World *world : m_worlds)
            for (const StoryMount &mount : world->mounts)
                if (isLeaf(mount) && (crowded || most[mount.parent] >= leastChips))
                    m_focus.chips.insert(mount.key);
    }

    const Story &m_story;
    std::vector<const World *> m_worlds;
    std::unordered_set<MountKey> m_holders; ///< of the process' strings
    Focus m_focus;
};

} // namespace

Focus focusOf(const Story &story, const Plan &plan, const std::set<MountKey> &unfolded)
{
    Focus focus = Chooser(story, plan, unfolded).take();
    focus.shown.erase(0);
    return focus;
}

} // namespace pivotbench::core::stage
