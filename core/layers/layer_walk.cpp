// SPDX-License-Identifier: Apache-2.0
#include "core/layers/layer_walk.h"

#include "core/base/text.h"

#include <cerrno>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

/// Below `layer`, for messages.
std::string placeIn(const LayerSource &layer, const std::vector<std::string> &parts, std::size_t count)
{
    std::string path = layer.path == "/" ? "" : layer.path;
    for (std::size_t i = 0; i < count; ++i)
        path += "/" + parts[i];
    return path.empty() ? "/" : path;
}

std::unexpected<Error> denied(int errnum, std::string path)
{
    if (errnum == EXDEV)
        return failure("layers.coveredOnHost", "something is mounted here on this machine", std::move(path),
                       "the sandbox sees the directory beneath that mount; unmount it to look");
    Error error = systemError("cannot enter the directory", errnum, std::move(path)).error();
    error.code = "layers.denied";
    return std::unexpected(std::move(error));
}

} // namespace

LayerWalk::LayerWalk(const MergedTree &tree, std::vector<std::string> parts)
    : m_tree(tree)
    , m_parts(std::move(parts))
    , m_closed(m_parts.size())
    , m_found(m_parts.size())
{
}

Result<LayerWalk::Reached> LayerWalk::enter(LayerIndex layer)
{
    const LayerSource &source = m_tree.layers[layer];
    const bool plain = m_tree.kind == TreeKind::Plain;
    Result<UniqueFd> opened = openLayer(source.path);
    if (!opened) {
        if (source.writable && opened.error().errnum == ENOENT)
            return Reached{};
        return std::unexpected(std::move(opened.error()));
    }
    Reached reached{std::move(*opened)};
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        const char *name = m_parts[i].c_str();
        const LookedAt seen = lookAt(reached.directory.get(), name, m_tree.attributes, plain || isLowest(layer));
        if (seen.errnum == ENOENT || seen.errnum == ENAMETOOLONG || seen.errnum == ENOTDIR)
            return Reached{};
        if (seen.errnum != 0)
            return denied(seen.errnum, placeIn(source, m_parts, i + 1));
        reached.hidden = reached.hidden || m_closed[i];
        if (seen.kind != EntryKind::Directory) {
            if (!reached.hidden) {
                if (!m_found[i] && seen.kind != EntryKind::Whiteout && !m_blockedAt)
                    m_blockedAt = i;
                m_closed[i] = true;
            }
            return Reached{};
        }
        if (!reached.hidden) {
            m_found[i] = true;
            m_closed[i] = !continuesBelow(seen.kind, seen.flags);
        }
        UniqueFd next = enterDirectory(reached.directory.get(), name);
        if (!next)
            return denied(errno, placeIn(source, m_parts, i + 1));
        reached.directory = std::move(next);
    }
    return reached;
}

} // namespace pivotbench::core
