// SPDX-License-Identifier: Apache-2.0
#include "core/layers/layer_statistics.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <iterator>

namespace pivotbench::core {
namespace {

/// Directories still to be read, as a list: a tree may be deeper than the stack of a thread.
using Pending = std::vector<std::string>;

std::string below(const std::string &directory, std::string_view name)
{
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

/// A path that long is of no use to anybody, and a chain of them would cost the square of its length.
bool isTooDeep(const std::string &path) { return path.size() >= PATH_MAX; }

class Counter {
public:
    Counter(const MergedTree &tree, LayerIndex layer, std::stop_token stop, const StatisticsProgress &progress)
        : m_stop(std::move(stop))
        , m_progress(progress)
    {
        const auto first = tree.layers.begin() + layer;
        m_fromHere = {{first, tree.layers.end()}, tree.attributes, tree.kind};
        m_lower = {{std::next(first), tree.layers.end()}, tree.attributes, tree.kind};
        m_source = *first;
    }

    Result<LayerStatistics> count()
    {
        if (Result<UniqueFd> opened = openLayer(m_source.path); !opened) {
            if (m_source.writable && opened.error().errnum == ENOENT)
                return m_counted;
            return std::unexpected(std::move(opened.error()));
        }
        Pending pending{"/"};
        while (!pending.empty()) {
            const std::string path = std::move(pending.back());
            pending.pop_back();
            if (!countDirectory(path, pending))
                return failure("cancelled", "the counting was cancelled");
            if (m_progress)
                m_progress(m_counted);
        }
        return m_counted;
    }

private:
    /// False when cancelled.
    bool countDirectory(const std::string &path, Pending &pending)
    {
        const Result<MergedDirectory> read = m_fromHere.read(path, {.stop = m_stop});
        if (!read) {
            ++m_counted.unreadable;
            return !m_stop.stop_requested();
        }
        const auto isHere = [](const LayerProblem &problem) { return problem.layer == 0; };
        if (std::ranges::any_of(read->problems(), isHere))
            ++m_counted.unreadable;
        for (std::size_t i = 0; i < read->size(); ++i) {
            const MergedEntry entry = read->at(i);
            if (entry.layer != 0)
                continue;
            const std::string child = below(path, entry.name);
            countEntry(entry);
            if (entry.kind == EntryKind::Directory && isTooDeep(child))
                ++m_counted.unreadable;
            else if (entry.kind == EntryKind::Directory)
                pending.push_back(child);
            if (!entry.hides.empty() && !countHidden(entry, child))
                return false;
        }
        return !m_stop.stop_requested();
    }

    void countEntry(const MergedEntry &entry)
    {
        if (entry.kind == EntryKind::Directory) {
            ++m_counted.directories;
            if ((entry.flags & entry_flag::opaque) != 0)
                ++m_counted.opaqueDirectories;
        } else if (entry.kind == EntryKind::Whiteout) {
            ++m_counted.whiteouts;
        } else {
            ++m_counted.files;
            m_counted.bytes += entry.size;
        }
    }

    /// What the lower layers would show at this path, without this layer.
    bool countHidden(const MergedEntry &entry, const std::string &path)
    {
        const MergedTree::Seen lower = m_lower.lookUp(path);
        if (lower.at.errnum == ENOENT)
            return true;
        const bool directory = entry.kind == EntryKind::Directory;
        if (lower.at.kind != EntryKind::Directory) {
            ++m_counted.hiddenBelow;
            return true;
        }
        if (directory && (entry.flags & (entry_flag::opaque | entry_flag::redirected)) == 0)
            return true; // they merge; what is hidden there, a lower layer hides
        if (!directory)
            ++m_counted.hiddenBelow;
        Pending pending{path};
        while (!pending.empty()) {
            const std::string at = std::move(pending.back());
            pending.pop_back();
            const Result<MergedDirectory> read = m_lower.read(at, {.stop = m_stop});
            if (m_stop.stop_requested())
                return false;
            if (!read) {
                ++m_counted.unreadable;
                continue;
            }
            for (std::size_t i = 0; i < read->size(); ++i) {
                const MergedEntry found = read->at(i);
                if (found.kind == EntryKind::Whiteout)
                    continue;
                ++m_counted.hiddenBelow;
                if (found.kind == EntryKind::Directory && !isTooDeep(below(at, found.name)))
                    pending.push_back(below(at, found.name));
            }
        }
        return true;
    }

    MergedTree m_fromHere; ///< this layer and those below it
    MergedTree m_lower;    ///< those below it
    LayerSource m_source;
    std::stop_token m_stop;
    const StatisticsProgress &m_progress;
    LayerStatistics m_counted;
};

} // namespace

Result<LayerStatistics> countLayer(const MergedTree &tree, LayerIndex layer, std::stop_token stop,
                                   const StatisticsProgress &progress)
{
    if (layer >= tree.layers.size())
        return failure("layers.absent", "no such layer");
    return Counter(tree, layer, std::move(stop), progress).count();
}

} // namespace pivotbench::core
