// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_contents.h"

#include "app/base/text.h"
#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace pivotbench::app {
namespace {

using core::EntryKind;
using core::PlacedMount;
using core::TreeMountKind;
using Row = TreeEntry::Row;

std::string joined(const std::string &directory, std::string_view name)
{
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

QList<int> indices(std::span<const core::LayerIndex> layers) { return {layers.begin(), layers.end()}; }

core::MergedTree plainTree(const std::string &source)
{
    return {.layers = {{.path = source}}, .kind = core::TreeKind::Plain};
}

/// Within what a mount shows: "/" for the mount point itself.
std::string inMount(const std::string &path, const std::string &mountPoint)
{
    const std::string rest = mountPoint == "/" ? path : path.substr(mountPoint.size());
    return rest.empty() ? "/" : rest;
}

core::PlaceAnswer answer(const core::MergedTree::Seen &seen)
{
    using Is = core::PlaceAnswer::Is;
    if (seen.at.errnum != 0)
        return {seen.at.errnum == ENOENT ? Is::Absent : Is::Unknown, {}};
    if (seen.at.kind == EntryKind::Link)
        return {Is::Link, seen.target};
    return {seen.at.kind == EntryKind::Directory ? Is::Directory : Is::Other, {}};
}

core::PlaceAnswer look(const TreeSource &source, const TreeReader &reader, const core::TreeMount *mount,
                       const std::string &path)
{
    using Is = core::PlaceAnswer::Is;
    if (!mount)
        return answer(reader.lookUp(source.tree, path));
    switch (mount->kind) {
    case TreeMountKind::Bind: return answer(reader.lookUp(plainTree(mount->source), path));
    case TreeMountKind::Tmpfs: return {Is::Absent, {}};
    case TreeMountKind::Proc:
    case TreeMountKind::Sysfs:
    case TreeMountKind::Devpts:
    case TreeMountKind::Devtmpfs:
    case TreeMountKind::Mqueue:
    case TreeMountKind::Cgroup:
    case TreeMountKind::Overlay:
    case TreeMountKind::Other: return {Is::Unknown, {}};
    }
    return {Is::Unknown, {}};
}

/// Why there is nothing to be seen in a mount of this kind.
const char *remarkOn(TreeMountKind kind)
{
    switch (kind) {
    case TreeMountKind::Tmpfs: return "empty at first, and gone with the sandbox";
    case TreeMountKind::Proc: return "the kernel fills this with the sandbox's processes";
    case TreeMountKind::Sysfs: return "the kernel fills this with devices and settings";
    case TreeMountKind::Devpts: return "terminals appear here as they are opened";
    case TreeMountKind::Devtmpfs: return "the kernel fills this with all devices of this machine";
    case TreeMountKind::Mqueue: return "message queues appear here as they are made";
    case TreeMountKind::Cgroup: return "the kernel fills this with control groups";
    case TreeMountKind::Overlay: return "an overlay of its own; it is not read here";
    case TreeMountKind::Bind:
    case TreeMountKind::Other: break;
    }
    return "what is in it is known when the sandbox runs";
}

bool isOfWholeLayer(const core::Error &error) { return error.code == "layers.vanished" || error.code == "layers.open"; }

bool isMadeForMounts(const PlacedTree &tree, const std::string &path)
{
    return std::ranges::any_of(tree.mounts, [&](const PlacedMount &mount) {
        return mount.place == PlacedMount::Place::Created && (mount.path == path || mount.path.starts_with(path + "/"));
    });
}

} // namespace

PlacedTreePtr placeTree(TreeSource source, const TreeReader &reader)
{
    auto placed = std::make_shared<PlacedTree>();
    placed->mounts = core::placeMounts(source.mounts, [&](const core::TreeMount *mount, const std::string &path) {
        return look(source, reader, mount, path);
    });
    for (const core::TreeMount &mount : source.mounts)
        placed->sourceErrors.push_back(mount.kind == TreeMountKind::Bind ? reader.directoryError(mount.source) : 0);
    placed->source = std::move(source);
    return placed;
}

TreeContentsPtr TreeContents::read(const PlacedTreePtr &tree, const TreePlace &place, bool showHidden,
                                   const TreeReader &reader, const core::ReadControl &control)
{
    std::shared_ptr<TreeContents> made(new TreeContents);
    made->m_tree = tree;
    made->m_place = place;
    made->m_showHidden = showHidden;
    made->m_inMount = place.hidden ? PlacedMount::none : core::mountCovering(tree->mounts, place.path);

    const core::TreeMount *mount =
        made->m_inMount == PlacedMount::none ? nullptr : &tree->mounts[made->m_inMount].mount;
    core::Result<core::MergedDirectory> entries;
    if (place.hidden)
        entries = core::MergedDirectory();
    else if (!mount)
        entries = reader.read(tree->source.tree, place.path, control);
    else if (mount->kind == TreeMountKind::Bind)
        entries =
            reader.read(plainTree(mount->source), inMount(place.path, tree->mounts[made->m_inMount].path), control);
    else
        made->m_extras.push_back({.row = Row::Remark, .text = remarkOn(mount->kind)});
    if (control.stop.stop_requested())
        return nullptr;
    if (entries) {
        made->m_entries = std::move(*entries);
    } else if (!isMadeForMounts(*tree, place.path) ||
               (entries.error().code != "layers.absent" && !isOfWholeLayer(entries.error()))) {
        made->m_extras.push_back({.row = Row::Problem, .text = core::describe(entries.error())});
    }
    made->addProblems(made->m_entries);

    if (!mount && (place.hidden || (showHidden && !made->m_entries.hiddenLayers().empty()))) {
        core::Result<core::MergedDirectory> hidden = reader.readHidden(tree->source.tree, place.path, control);
        if (control.stop.stop_requested())
            return nullptr;
        if (hidden)
            made->m_hidden = std::move(*hidden);
        else
            made->m_extras.push_back({.row = Row::Problem, .text = core::describe(hidden.error())});
    }
    made->addMounts();
    made->putInOrder();
    return made;
}

void TreeContents::addProblems(const core::MergedDirectory &directory)
{
    for (const core::LayerProblem &problem : directory.problems()) {
        // A layer that is gone is gone everywhere; it is enough to say so at the root.
        if (isOfWholeLayer(problem.error) && m_place.path != "/" && !m_place.hidden && m_inMount == PlacedMount::none &&
            !directory.layers().empty())
            continue;
        m_extras.push_back({.row = Row::Problem,
                            .text = core::describe(problem.error),
                            .layer = m_inMount == PlacedMount::none ? int{problem.layer} : -1});
    }
    if (directory.truncated())
        m_extras.push_back({.row = Row::Problem, .text = "more entries than can be shown; the rest was not read"});
}

void TreeContents::addMounts()
{
    if (m_place.hidden)
        return;
    for (core::MountName &mark : core::mountNames(m_tree->mounts, m_place.path)) {
        const std::optional<std::size_t> entry = m_entries.find(mark.name);
        const bool present = entry && m_entries.at(*entry).kind != EntryKind::Whiteout;
        for (const std::size_t mount : mark.shadowed)
            m_extras.push_back({.row = Row::ShadowedMount, .name = mark.name, .mount = mount});
        if (present)
            m_marks.emplace(static_cast<Id>(*entry), std::move(mark));
        else if (mark.visible != PlacedMount::none || mark.leadsToMount)
            m_extras.push_back({.row = Row::NewMountPoint,
                                .name = mark.name,
                                .mount = mark.visible,
                                .leadsToMount = mark.leadsToMount});
    }
    // With mount points in it there is something to see, and nothing to excuse.
    if (std::ranges::any_of(m_extras, [](const Extra &extra) { return extra.row == Row::NewMountPoint; }))
        std::erase_if(m_extras, [](const Extra &extra) { return extra.row == Row::Remark; });
}

/// Problems, then directories, then everything else, by name. Core gives sorted names, so merging will do.
void TreeContents::putInOrder()
{
    const auto partitioned = [&](Id first, Id last) {
        std::vector<Id> ids;
        ids.reserve(last - first);
        for (const bool directories : {true, false})
            for (Id id = first; id < last; ++id)
                if (isDirectory(id) == directories)
                    ids.push_back(id);
        return ids;
    };
    const auto before = [this](Id a, Id b) { return sortsBefore(a, b); };
    const std::vector<Id> entries = partitioned(0, firstHidden());
    const std::vector<Id> hidden = partitioned(firstHidden(), firstExtra());
    std::vector<Id> extras;
    for (Id id = firstExtra(); id < firstExtra() + m_extras.size(); ++id)
        extras.push_back(id);
    std::ranges::stable_sort(extras, before);
    std::vector<Id> shownAndHidden;
    shownAndHidden.reserve(entries.size() + hidden.size());
    std::ranges::merge(entries, hidden, std::back_inserter(shownAndHidden), before);
    m_order.reserve(shownAndHidden.size() + extras.size());
    std::ranges::merge(shownAndHidden, extras, std::back_inserter(m_order), before);
}

int TreeContents::rank(Id id) const
{
    if (id >= firstExtra()) {
        const Row row = m_extras[id - firstExtra()].row;
        if (row == Row::Problem || row == Row::Remark)
            return 0;
    }
    return isDirectory(id) ? 1 : 2;
}

bool TreeContents::sortsBefore(Id a, Id b) const
{
    const int ranks[] = {rank(a), rank(b)};
    if (ranks[0] != ranks[1])
        return ranks[0] < ranks[1];
    if (const int order = name(a).compare(name(b)); order != 0)
        return order < 0;
    // What is seen, then what lies beneath it.
    return row(a) != Row::ShadowedMount && row(b) == Row::ShadowedMount;
}

bool TreeContents::mountIsDirectory(std::size_t mount) const { return m_tree->sourceErrors[mount] != ENOTDIR; }

bool TreeContents::isDirectory(Id id) const
{
    if (id >= firstExtra()) {
        const Extra &extra = m_extras[id - firstExtra()];
        return extra.row == Row::NewMountPoint || extra.row == Row::ShadowedMount
                   ? extra.mount == PlacedMount::none || mountIsDirectory(extra.mount)
                   : false;
    }
    if (id >= firstHidden())
        return m_hidden.at(id - firstHidden()).kind == EntryKind::Directory;
    if (!m_marks.empty())
        if (const auto mark = m_marks.find(id); mark != m_marks.end() && mark->second.visible != PlacedMount::none)
            return mountIsDirectory(mark->second.visible);
    return m_entries.at(id).kind == EntryKind::Directory;
}

Row TreeContents::row(Id id) const
{
    if (id >= firstExtra())
        return m_extras[id - firstExtra()].row;
    if (id >= firstHidden())
        return Row::Hidden;
    return m_entries.at(id).kind == EntryKind::Whiteout ? Row::Whiteout : Row::Entry;
}

bool TreeContents::isExpandable(Id id) const
{
    switch (row(id)) {
    case Row::Entry:
    case Row::Hidden:
    case Row::NewMountPoint: return isDirectory(id);
    case Row::Whiteout: return m_showHidden && (m_entries.at(id).flags & core::entry_flag::hidesDirectory) != 0;
    case Row::ShadowedMount:
    case Row::Problem:
    case Row::Remark:
    case Row::None: return false;
    }
    return false;
}

std::string_view TreeContents::name(Id id) const
{
    if (id >= firstExtra())
        return m_extras[id - firstExtra()].name;
    return id >= firstHidden() ? m_hidden.at(id - firstHidden()).name : m_entries.at(id).name;
}

std::string TreeContents::childPath(std::string_view name) const { return joined(m_place.path, name); }

TreePlace TreeContents::childPlace(Id id) const
{
    const Row kind = row(id);
    return {childPath(name(id)), kind == Row::Hidden || kind == Row::Whiteout};
}

std::optional<std::size_t> TreeContents::find(std::string_view wanted, bool hidden) const
{
    const auto is = [&](Id id) {
        const Row kind = row(id);
        const bool isHidden = kind == Row::Hidden || kind == Row::Whiteout || kind == Row::ShadowedMount;
        return kind != Row::Problem && kind != Row::Remark && isHidden == hidden && name(id) == wanted;
    };
    const auto position = [&](Id id) {
        return static_cast<std::size_t>(
            std::ranges::lower_bound(m_order, id, [this](Id a, Id b) { return sortsBefore(a, b); }) - m_order.begin());
    };
    std::vector<Id> candidates;
    if (const auto found = m_entries.find(wanted))
        candidates.push_back(static_cast<Id>(*found));
    if (const auto found = m_hidden.find(wanted))
        candidates.push_back(firstHidden() + static_cast<Id>(*found));
    for (Id id = firstExtra(); id < firstExtra() + m_extras.size(); ++id)
        if (name(id) == wanted)
            candidates.push_back(id);
    for (const Id id : candidates) {
        if (!is(id))
            continue;
        for (std::size_t at = position(id); at < m_order.size() && !sortsBefore(id, m_order[at]); ++at)
            if (m_order[at] == id)
                return at;
    }
    return std::nullopt;
}

void TreeContents::describeMount(TreeEntry &entry, std::size_t mount) const
{
    const PlacedMount &placed = m_tree->mounts[mount];
    entry.mount = placed;
    entry.mountSourceMissing = m_tree->sourceErrors[mount] != 0 && m_tree->sourceErrors[mount] != ENOTDIR;
    if (placed.mount.kind == TreeMountKind::Bind)
        entry.hostPath = QString::fromStdString(placed.mount.source);
    else
        entry.hostPath.clear();
    if (placed.place == PlacedMount::Place::Broken)
        entry.problem = QString::fromStdString(placed.trouble);
    for (const PlacedMount &other : m_tree->mounts)
        if (other.shadowedBy == mount)
            entry.shadowedHere.append(shown(other.mount.label));
    if (placed.shadowedBy != PlacedMount::none)
        entry.shadowedBy = shown(m_tree->mounts[placed.shadowedBy].path);
}

TreeEntry TreeContents::entry(Id id) const
{
    TreeEntry out;
    out.row = row(id);
    const std::string_view rawName = name(id);
    out.name = shown(rawName);
    const std::string path = childPath(rawName);
    out.pathIsExact = core::isUtf8(path);
    out.path = out.pathIsExact ? QString::fromStdString(path) : shown(path);
    out.isDirectory = isDirectory(id);
    out.isExpandable = isExpandable(id);
    if (m_inMount != PlacedMount::none)
        out.insideMount = shown(m_tree->mounts[m_inMount].mount.label);
    if (id >= firstExtra()) {
        const Extra &extra = m_extras[id - firstExtra()];
        if (out.row == Row::Problem || out.row == Row::Remark) {
            const QString text = QString::fromStdString(extra.text);
            out.name = text.section(u'\n', 0, 0); // what to do about it is in the tool tip, and is spoken
            out.path = shown(m_place.path);
            if (out.row == Row::Problem)
                out.problem = text;
            out.layer = extra.layer;
            return out;
        }
        out.kind = out.isDirectory ? EntryKind::Directory : EntryKind::File;
        out.leadsToMount = extra.leadsToMount;
        if (extra.mount != PlacedMount::none)
            describeMount(out, extra.mount);
        return out;
    }
    const core::MergedEntry found = id >= firstHidden() ? m_hidden.at(id - firstHidden()) : m_entries.at(id);
    out.kind = found.kind;
    out.linkTarget = shown(found.target);
    out.size = found.size;
    out.mode = found.mode;
    out.modified = found.modified;
    out.flags = found.flags;
    if (found.problem != 0)
        out.problem = QString::fromStdString(core::errnoWords(found.problem));
    if (m_inMount == PlacedMount::none) {
        out.layer = found.layer;
        out.mergedFrom = indices(found.mergedFrom);
        out.hides = indices(found.hides);
        const std::string &root = m_tree->source.tree.layers[found.layer].path;
        out.hostPath = QString::fromStdString(root == "/" ? path : root + path);
    } else {
        const PlacedMount &mount = m_tree->mounts[m_inMount];
        out.hostPath = QString::fromStdString(joined(mount.mount.source, inMount(path, mount.path).substr(1)));
    }
    if (id < firstHidden())
        if (const auto mark = m_marks.find(id); mark != m_marks.end()) {
            out.leadsToMount = mark->second.leadsToMount;
            if (mark->second.visible != PlacedMount::none)
                describeMount(out, mark->second.visible);
        }
    return out;
}

std::vector<std::uint32_t> TreeContents::matching(const QString &text, const std::vector<std::uint32_t> &always,
                                                  const std::stop_token &stop) const
{
    std::vector<std::uint32_t> out;
    auto next = always.begin();
    for (std::uint32_t at = 0; at < m_order.size(); ++at) {
        if (at % 4096 == 0 && stop.stop_requested())
            break;
        const bool wanted = next != always.end() && *next == at;
        if (wanted)
            ++next;
        const std::string_view bytes = name(m_order[at]);
        if (wanted || rank(m_order[at]) == 0 ||
            QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())).contains(text, Qt::CaseInsensitive))
            out.push_back(at);
    }
    return out;
}

} // namespace pivotbench::app
