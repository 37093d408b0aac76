// SPDX-License-Identifier: Apache-2.0
#include "core/layers/merged_tree.h"

#include "core/base/text.h"
#include "core/layers/layer_walk.h"

#include <cerrno>
#include <dirent.h>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sys/stat.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t namesBetweenLooks = 512; ///< between two looks at the stop token

struct CloseDirectory {
    void operator()(DIR *stream) const { ::closedir(stream); }
};

Error cancelled() { return failure("cancelled", "the reading was cancelled").error(); }

/// What the directory itself says of a name that may not be looked at.
EntryKind kindOf(unsigned char type)
{
    switch (type) {
    case DT_DIR: return EntryKind::Directory;
    case DT_REG: return EntryKind::File;
    case DT_LNK: return EntryKind::Link;
    case DT_BLK: return EntryKind::BlockDevice;
    case DT_FIFO: return EntryKind::Fifo;
    case DT_SOCK: return EntryKind::Socket;
    default: return EntryKind::Unknown;
    }
}

class Reader {
public:
    Reader(const MergedTree &tree, std::string_view path, const ReadControl &control)
        : m_tree(tree)
        , m_path(path)
        , m_control(control)
    {
    }

    Result<MergedDirectory> read(bool hidden)
    {
        Result<std::vector<std::string>> parts = treePathParts(m_path);
        if (!parts)
            return std::unexpected(std::move(parts.error()));
        LayerWalk walk(m_tree, std::move(*parts));
        for (std::size_t i = 0; i < m_tree.layers.size(); ++i) {
            const auto layer = static_cast<LayerIndex>(i);
            Result<LayerWalk::Reached> reached = walk.enter(layer);
            if (!reached)
                m_builder.addProblem({layer, std::move(reached.error())});
            else if (!reached->directory)
                continue;
            else if (reached->hidden != hidden)
                m_builder.addHiddenLayer(layer);
            else if (!list(layer, reached->directory.get()))
                return std::unexpected(cancelled());
        }
        if (m_builder.layerCount() == 0 && !hidden)
            return std::unexpected(nothingThere(walk));
        if (m_control.stop.stop_requested())
            return std::unexpected(cancelled());
        return m_builder.finish();
    }

private:
    Error nothingThere(const LayerWalk &walk) const
    {
        if (walk.blockedAt())
            return failure("layers.notDirectory", "not a directory in the sandbox's root", m_path).error();
        if (!m_builder.problems().empty())
            return m_builder.problems().front().error;
        if (m_path == "/") // nothing but a writable layer that does not exist yet
            return failure("layers.absent", "there is no layer", m_path, "add a folder as a layer").error();
        return failure("layers.absent", "no such directory in the sandbox's root", m_path).error();
    }

    /// False when cancelled.
    bool list(LayerIndex layer, int directory)
    {
        UniqueFd readable = openForReading(directory);
        std::unique_ptr<DIR, CloseDirectory> stream(readable ? ::fdopendir(readable.get()) : nullptr);
        const int openError = errno;
        m_builder.beginLayer(layer);
        if (!stream) {
            addProblem(layer, openError);
            return true;
        }
        const int fd = readable.release(); // the stream's now
        for (;;) {
            errno = 0;
            const dirent *found = ::readdir(stream.get());
            if (!found) {
                if (errno != 0)
                    addProblem(layer, errno);
                return true;
            }
            const std::string_view name = found->d_name;
            if (name == "." || name == "..")
                continue;
            if (++m_seen % namesBetweenLooks == 0) {
                if (m_control.stop.stop_requested())
                    return false;
                if (m_control.progress)
                    m_control.progress(m_seen);
            }
            if (!add(fd, layer, found->d_name, found->d_type))
                return true;
        }
    }

    bool add(int directory, LayerIndex layer, const char *name, unsigned char type)
    {
        const bool plain = m_tree.kind == TreeKind::Plain;
        const bool lowest = plain || std::size_t{layer} + 1 == m_tree.layers.size();
        LookedAt seen = lookAt(directory, name, m_tree.attributes, lowest);
        if (seen.errnum == ENOENT) // gone between the two calls
            return true;
        if (seen.errnum != 0)
            seen.kind = kindOf(type);
        if (plain && seen.kind == EntryKind::Whiteout)
            seen.kind = type == DT_REG ? EntryKind::File : EntryKind::CharacterDevice;
        const std::string target = seen.kind == EntryKind::Link ? readLink(directory, name) : std::string();
        return m_builder.add({.name = name,
                              .target = target,
                              .kind = seen.kind,
                              .flags = seen.flags,
                              .mode = seen.mode,
                              .size = seen.size,
                              .modified = seen.modified,
                              .problem = seen.errnum});
    }

    void addProblem(LayerIndex layer, int errnum)
    {
        const std::string &root = m_tree.layers[layer].path;
        const std::string path = m_path == "/" ? root : (root == "/" ? "" : root) + m_path;
        Error error = systemError("cannot list the directory", errnum, path).error();
        error.code = "layers.denied";
        m_builder.addProblem({layer, std::move(error)});
    }

    const MergedTree &m_tree;
    std::string m_path;
    const ReadControl &m_control;
    MergedDirectoryBuilder m_builder;
    std::size_t m_seen = 0;
};

} // namespace

Result<std::vector<std::string>> treePathParts(std::string_view path)
{
    const auto wrong = [&] {
        return failure("layers.path", "not an absolute path without \".\" and \"..\"", std::string(path));
    };
    if (!path.starts_with('/') || path.find('\0') != std::string_view::npos)
        return wrong();
    std::vector<std::string> parts;
    for (const std::string_view part : split(path.substr(1), '/')) {
        if (part == "." || part == "..")
            return wrong();
        if (!part.empty())
            parts.emplace_back(part);
    }
    return parts;
}

Result<MergedDirectory> MergedTree::read(std::string_view path, const ReadControl &control) const
{
    return Reader(*this, path, control).read(false);
}

Result<MergedDirectory> MergedTree::readHidden(std::string_view path, const ReadControl &control) const
{
    return Reader(*this, path, control).read(true);
}

MergedTree::Seen MergedTree::lookUp(std::string_view path) const
{
    Result<std::vector<std::string>> parts = treePathParts(path);
    if (!parts)
        return {.at = {.errnum = EINVAL}};
    if (parts->empty())
        return {.at = {.kind = EntryKind::Directory, .mode = 0755}};
    const std::string name = std::move(parts->back());
    parts->pop_back();
    const bool plain = kind == TreeKind::Plain;
    LayerWalk walk(*this, std::move(*parts));
    int errnum = ENOENT;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto layer = static_cast<LayerIndex>(i);
        const Result<LayerWalk::Reached> reached = walk.enter(layer);
        if (!reached) {
            errnum = reached.error().errnum != 0 ? reached.error().errnum : EXDEV;
            continue;
        }
        if (!reached->directory || reached->hidden)
            continue;
        const int directory = reached->directory.get();
        Seen seen{.at = lookAt(directory, name.c_str(), attributes, plain || i + 1 == layers.size()), .layer = layer};
        if (seen.at.errnum == ENOENT || seen.at.errnum == ENAMETOOLONG)
            continue;
        if (seen.at.kind == EntryKind::Whiteout && !plain)
            return {.at = {.errnum = ENOENT}, .layer = layer};
        if (seen.at.kind == EntryKind::Link)
            seen.target = readLink(directory, name.c_str());
        return seen;
    }
    return {.at = {.errnum = errnum}};
}

} // namespace pivotbench::core
