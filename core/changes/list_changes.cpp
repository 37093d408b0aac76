// SPDX-License-Identifier: Apache-2.0
#include "core/changes/list_changes.h"

#include "core/changes/beneath.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <ranges>
#include <vector>

namespace pivotbench::core {
namespace {

std::string inside(const std::string &directory, std::string_view name)
{
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

class Lister {
public:
    Lister(const ChangedRoot &root, const ChangeSink &sink)
        : m_root(root)
        , m_sink(sink)
    {
    }

    Status list()
    {
        m_pending.push_back({.path = "/", .hasBelow = true, .opaque = false});
        while (!m_pending.empty()) {
            const Pending next = std::move(m_pending.back());
            m_pending.pop_back();
            if (next.change && !m_sink(*next.change))
                return failure("cancelled", "the reading of the changes was cancelled");
            if (!next.isDirectory)
                continue;
            const int error = enter(next);
            if (error != 0 && next.path == "/")
                return systemError("cannot read what the sandbox has changed", error);
            if (error == 0)
                continue;
            Change told = next.change.value_or(Change{.path = next.path,
                                                      .kind = ChangeKind::Changed,
                                                      .type = EntryKind::Directory,
                                                      .former = EntryKind::Directory});
            told.problem = error;
            if (!m_sink(told))
                return failure("cancelled", "the reading of the changes was cancelled");
        }
        return {};
    }

private:
    struct Pending {
        std::string path;
        bool hasBelow = false; ///< a directory below, too
        bool opaque = false;   ///< and nothing of that is to be seen
        bool isDirectory = true;
        std::optional<Change> change = std::nullopt; ///< to be told before it is entered
    };

    /// Puts what is in the directory on the list, so that it is told in the order of the names.
    int enter(const Pending &directory)
    {
        if (directory.path.size() >= PATH_MAX)
            return ENAMETOOLONG;
        const OpenDirectory list =
            listOf(openBeneath(m_root.upper, directory.path, O_RDONLY | O_DIRECTORY | O_NONBLOCK));
        if (!list) // one that is gone meanwhile holds nothing
            return errno == ENOENT && directory.path != "/" ? 0 : errno;
        std::vector<std::string> names;
        errno = 0;
        while (const dirent *entry = ::readdir(list.get())) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..")
                names.emplace_back(name);
        }
        if (errno != 0)
            return errno;
        std::ranges::sort(names);
        std::vector<Pending> found;
        for (const std::string &name : names)
            look(directory, ::dirfd(list.get()), name, found);
        if (directory.opaque)
            addHidden(directory.path, names, found);
        std::ranges::move(found | std::views::reverse, std::back_inserter(m_pending));
        return 0;
    }

    void look(const Pending &directory, int fd, const std::string &name, std::vector<Pending> &found) const
    {
        const LookedAt now = lookAt(fd, name.c_str(), m_root.below.attributes, false);
        if (now.errnum == ENOENT) // gone meanwhile
            return;
        Change change{.path = inside(directory.path, name), .type = now.kind, .size = now.size, .problem = now.errnum};
        LookedAt before{.errnum = ENOENT};
        if (directory.hasBelow)
            before = m_root.below.lookUp(change.path).at;
        const bool existed = before.errnum == 0 && before.kind != EntryKind::Whiteout;
        if (existed) {
            change.former = before.kind;
            change.formerSize = before.size;
        }
        if (now.kind == EntryKind::Whiteout) {
            if (!existed)
                return;
            change.kind = ChangeKind::Deleted;
            change.type = EntryKind::Unknown;
            found.push_back({.path = change.path, .isDirectory = false, .change = change});
            return;
        }
        change.kind = existed ? ChangeKind::Changed : ChangeKind::Added;
        if (now.kind == EntryKind::Directory) {
            const bool merged = existed && before.kind == EntryKind::Directory;
            change.opaque = merged && (now.flags & entry_flag::opaque) != 0;
            change.ours = !existed && m_root.ours.contains(change.path);
            Pending next{
                .path = change.path, .hasBelow = merged, .opaque = merged && (change.opaque || directory.opaque)};
            if (!merged || change.opaque || now.mode != before.mode)
                next.change = change;
            found.push_back(std::move(next));
            return;
        }
        change.attributesOnly =
            existed && now.kind == before.kind && now.size == before.size && now.modified == before.modified;
        change.ours = !existed && now.kind == EntryKind::File && now.size == 0 && m_root.ours.contains(change.path);
        found.push_back({.path = change.path, .isDirectory = false, .change = change});
    }

    /// What an opaque directory has deleted has no whiteout.
    void addHidden(const std::string &path, const std::vector<std::string> &names, std::vector<Pending> &found) const
    {
        const Result<MergedDirectory> below = m_root.below.read(path);
        if (!below)
            return;
        for (std::size_t i = 0; i < below->size(); ++i) {
            const MergedEntry entry = below->at(i);
            if (entry.kind == EntryKind::Whiteout || std::ranges::binary_search(names, entry.name))
                continue;
            const std::string child = inside(path, entry.name);
            found.push_back({.path = child,
                             .isDirectory = false,
                             .change = Change{.path = child,
                                              .kind = ChangeKind::Deleted,
                                              .former = entry.kind,
                                              .formerSize = entry.size,
                                              .byOpaque = true}});
        }
        std::ranges::sort(found, {}, &Pending::path);
    }

    const ChangedRoot &m_root;
    const ChangeSink &m_sink;
    std::vector<Pending> m_pending;
};

} // namespace

Status listChanges(const ChangedRoot &root, const ChangeSink &sink) { return Lister(root, sink).list(); }

} // namespace pivotbench::core
