// SPDX-License-Identifier: Apache-2.0
#include "core/stage/story.h"

#include "core/mount/table_diff.h"
#include "core/plan/operation.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace pivotbench::core::stage {

namespace {

std::uint64_t numberOf(const Frame &frame)
{
    const auto found = frame.namespaces.find(namespaceFile(Namespace::Mount));
    return found == frame.namespaces.end() ? 0 : found->second;
}

/// What was carried out to make the frame; null for the first one, for a step that failed or had nothing to do, and
/// where the recording names none of its plan.
template <typename T> const T *doneIn(const Recording &recording, const Frame &frame)
{
    const std::vector<Step> &steps = recording.header.plan.steps;
    if (frame.initial || frame.skipped || frame.error || frame.step >= steps.size())
        return nullptr;
    return std::get_if<T>(&steps[frame.step].operation);
}

/// Puts parents before children, siblings by age. A circle, which no table should hold, is cut open.
void sortByParents(std::vector<StoryMount> &mounts)
{
    std::ranges::sort(mounts, {}, &StoryMount::key);
    std::unordered_map<MountKey, std::size_t> places;
    for (std::size_t i = 0; i < mounts.size(); ++i)
        places.emplace(mounts[i].key, i);
    std::vector<std::vector<std::size_t>> children(mounts.size());
    std::vector<std::size_t> waiting; // a stack: the next one is the last
    for (std::size_t i = mounts.size(); i-- > 0;) {
        const auto parent = places.find(mounts[i].parent);
        if (parent == places.end() || parent->second == i) {
            mounts[i].parent = 0;
            waiting.push_back(i);
        } else {
            children[parent->second].push_back(i);
        }
    }
    std::vector<StoryMount> sorted;
    sorted.reserve(mounts.size());
    std::vector<bool> placed(mounts.size(), false);
    const auto placeAll = [&] {
        while (!waiting.empty()) {
            const std::size_t i = waiting.back();
            waiting.pop_back();
            if (placed[i])
                continue;
            placed[i] = true;
            sorted.push_back(mounts[i]);
            waiting.insert(waiting.end(), children[i].begin(), children[i].end());
        }
    };
    placeAll();
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        if (!placed[i]) {
            mounts[i].parent = 0;
            waiting.push_back(i);
            placeAll();
        }
    }
    mounts = std::move(sorted);
}

/// The rows of a table under their keys.
std::vector<StoryMount> mountsOf(const MountTable &table, const std::vector<MountKey> &keys)
{
    std::vector<StoryMount> mounts;
    mounts.reserve(table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
        const std::size_t parent = table.parentOf(i);
        mounts.push_back({.key = keys[i],
                          .parent = parent == MountTable::none ? 0 : keys[parent],
                          .row = table.entries().share(i),
                          .visible = table.isVisible(i)});
    }
    return mounts;
}

using Device = std::pair<std::uint32_t, std::uint32_t>;
Device deviceOf(const MountEntry &row) { return {row.deviceMajor, row.deviceMinor}; }

/// Which mount of `before` each row of a copied tree is the twin of: the one on the same path that shows the same.
class Twins {
public:
    explicit Twins(const World &before)
    {
        for (const StoryMount &mount : before.mounts)
            m_places[placeOf(*mount.row)].push_back(mount.key);
        for (auto &[place, keys] : m_places)
            std::ranges::reverse(keys);
    }
    MountKey take(const MountEntry &row)
    {
        const auto found = m_places.find(placeOf(row));
        if (found == m_places.end() || found->second.empty())
            return 0;
        const MountKey key = found->second.back();
        found->second.pop_back();
        return key;
    }

private:
    using Place = std::tuple<std::string, Device, std::string>;
    static Place placeOf(const MountEntry &row) { return {row.mountPoint, deviceOf(row), row.root}; }

    std::map<Place, std::vector<MountKey>> m_places;
};

} // namespace

Story::Story(const Recording &recording)
{
    m_moments.reserve(recording.frames.size());
    for (std::size_t i = 0; i < recording.frames.size(); ++i)
        append(recording);
}

void Story::append(const Recording &recording)
{
    if (m_moments.size() >= recording.frames.size())
        return;
    const Frame &frame = recording.frames[m_moments.size()];
    Moment moment{.frame = m_moments.size(), .host = nullptr, .sandbox = nullptr};
    if (m_moments.empty()) {
        enterNamespace(frame, moment);
    } else {
        const Moment &before = m_moments.back();
        moment.host = before.host;
        moment.sandbox = before.sandbox;
        moment.side = before.side;
        const std::uint64_t present = numberOf(frame);
        const std::uint64_t former = before.world(before.side)->number;
        if (present != 0 && former != 0 && present != former)
            enterNamespace(frame, moment);
        else
            stayInNamespace(recording, frame, moment);
    }
    tieKnots(frame, moment);
    m_moments.push_back(std::move(moment));
}

/// The first frame, and unshare(2): all mounts are new ones. Their keys go by mount point, because in which order a
/// table lists its rows is the kernel's affair (ids are used again), and a prediction shall be laid out alike.
void Story::enterNamespace(const Frame &frame, Moment &moment)
{
    const std::shared_ptr<const World> left =
        moment.host ? m_moments.back().side == Side::Host ? moment.host : moment.sandbox : nullptr;
    m_jail.clear();
    const MountRows &rows = frame.table->entries();
    std::vector<std::size_t> byPlace(rows.size());
    std::iota(byPlace.begin(), byPlace.end(), 0);
    std::ranges::stable_sort(byPlace, {}, [&](std::size_t i) -> const std::string & { return rows[i].mountPoint; });
    m_rowKeys.assign(rows.size(), 0);
    for (const std::size_t row : byPlace)
        m_rowKeys[row] = newKey();
    auto world = std::make_shared<World>();
    world->number = numberOf(frame);
    world->mounts = mountsOf(*frame.table, m_rowKeys);
    if (left) {
        Twins twins(*left);
        for (StoryMount &mount : world->mounts)
            mount.origin = twins.take(*mount.row);
    }
    sortByParents(world->mounts);
    if (!left) {
        moment.host = std::move(world);
        return;
    }
    moment.sandbox = std::move(world);
    moment.side = Side::Sandbox;
}

void Story::stayInNamespace(const Recording &recording, const Frame &frame, Moment &moment)
{
    const Frame &frameBefore = recording.frames[m_moments.size() - 1];
    std::shared_ptr<const World> &world = moment.side == Side::Host ? moment.host : moment.sandbox;
    const MountTable &before = *frameBefore.table;
    const MountTable &after = *frame.table;
    const bool jailed = doneIn<ChangeRoot>(recording, frame) != nullptr && frame.root.path != "/";
    if (jailed)
        m_jail = frame.root.path;
    if (frame.table == frameBefore.table || before == after) {
        return;
    }

    // Keys go on where a row goes on; an id that a broken table holds twice goes on once.
    const TableDiff difference = diffTables(before, after);
    std::vector<MountKey> keys(after.size(), 0);
    std::vector<bool> isNew(after.size(), false);
    for (const std::size_t i : difference.added)
        isNew[i] = true;
    std::unordered_set<MountKey> used;
    const auto goOn = [&](std::size_t rowBefore, std::size_t row) {
        if (rowBefore < m_rowKeys.size() && used.insert(m_rowKeys[rowBefore]).second)
            keys[row] = m_rowKeys[rowBefore];
    };
    for (const MountChange &change : difference.changed)
        goOn(change.before, change.after);
    for (std::size_t i = 0; i < after.size(); ++i)
        if (!isNew[i] && keys[i] == 0)
            goOn(before.indexOf(after.entries()[i].id), i);
    for (MountKey &key : keys)
        if (key == 0)
            key = newKey();

    std::vector<StoryMount> mounts = mountsOf(after, keys);
    std::unordered_map<MountKey, const StoryMount *> former;
    for (const StoryMount &mount : world->mounts)
        former.emplace(mount.key, &mount);

    const auto *bind = doneIn<BindMount>(recording, frame);
    std::map<std::pair<Device, std::string>, MountKey> shows;
    std::size_t source = MountTable::none;
    if (bind != nullptr) {
        source = before.covering(displayPath(recording.header.plan, bind->source));
        for (const StoryMount &mount : world->mounts)
            shows.emplace(std::pair(deviceOf(*mount.row), mount.row->root), mount.key);
    }
    const std::unordered_set<MountKey> present(keys.begin(), keys.end());
    for (StoryMount &mount : mounts) {
        if (const auto found = former.find(mount.key); found != former.end()) {
            mount.origin = found->second->origin;
            mount.step = found->second->step;
            if (!m_jail.empty()) { // known by its path in the whole namespace
                const bool sameRow = found->second->row->options == mount.row->options;
                mount.row = sameRow ? found->second->row : mount.row;
                mount.parent = found->second->parent;
                mount.visible = found->second->visible;
            }
            continue;
        }
        if (!frame.initial && frame.step < recording.header.plan.steps.size())
            mount.step = frame.step;
        if (bind != nullptr) {
            const bool top = !present.contains(mount.parent) || former.contains(mount.parent);
            const auto shown = shows.find(std::pair(deviceOf(*mount.row), mount.row->root));
            if (top && source != MountTable::none && source < m_rowKeys.size())
                mount.origin = m_rowKeys[source];
            else if (shown != shows.end())
                mount.origin = shown->second;
        }
    }
    if (!m_jail.empty()) {
        std::unordered_set<MountKey> gone; // what the process saw, and is mounted no more
        if (!jailed)
            for (const std::size_t i : difference.removed)
                if (i < m_rowKeys.size())
                    gone.insert(m_rowKeys[i]);
        for (const StoryMount &mount : world->mounts) {
            if (present.contains(mount.key) || gone.contains(mount.key))
                continue;
            mounts.push_back(mount);
            mounts.back().outside = mount.row->id != frame.root.mountId; // the new root may lie within it
        }
    }
    sortByParents(mounts);
    auto next = std::make_shared<World>();
    next->number = world->number;
    next->mounts = std::move(mounts);
    world = std::move(next);
    m_rowKeys = std::move(keys);
}

void Story::tieKnots(const Frame &frame, Moment &moment) const
{
    const World &world = *moment.world(moment.side);
    const auto tied = [&](const Anchor &anchor) {
        Knot knot{.mount = 0, .path = anchor.path};
        const std::size_t row =
            anchor.mountId == 0 ? frame.table->covering(anchor.path) : frame.table->indexOf(anchor.mountId);
        if (row < m_rowKeys.size()) {
            knot.mount = m_rowKeys[row];
        } else if (anchor.mountId != 0) { // out of sight
            const auto found =
                std::ranges::find(world.mounts, anchor.mountId, [](const StoryMount &mount) { return mount.row->id; });
            knot.mount = found == world.mounts.end() ? 0 : found->key;
        }
        return knot;
    };
    moment.root = tied(frame.root);
    moment.cwd = tied(frame.cwd);
}

} // namespace pivotbench::core::stage
