// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_rebuild.h"

#include <algorithm>

namespace pivotbench::app {
namespace {

/// Where in `above` the directories lie in which something passes the filter.
std::vector<std::uint32_t> onTheWay(const RebuiltTree &tree, std::size_t above)
{
    std::vector<std::uint32_t> out;
    const RebuiltTree::Read &directory = tree.read[above];
    for (std::size_t i = above + 1; i < tree.read.size(); ++i) {
        const RebuiltTree::Read &child = tree.read[i];
        const auto [path, name] = splitPlace(child.place.path);
        if (path != directory.place.path || !child.shown || child.shown->empty())
            continue;
        if (const auto position = directory.contents->find(name, child.place.hidden))
            out.push_back(static_cast<std::uint32_t>(*position));
    }
    std::ranges::sort(out);
    return out;
}

} // namespace

std::pair<std::string, std::string_view> splitPlace(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    return {std::string(path.substr(0, std::max<std::size_t>(slash, 1))), path.substr(slash + 1)};
}

RebuiltTree rebuildTree(const RebuildRequest &request, const TreeReader &reader, const std::stop_token &stop)
{
    RebuiltTree made{.placed = placeTree(request.source, reader), .filter = request.filter, .read = {}};
    for (const TreePlace &place : request.places) {
        TreeContentsPtr contents = TreeContents::read(made.placed, place, request.showHidden, reader, {.stop = stop});
        if (!contents)
            return {};
        made.read.push_back({place, std::move(contents), std::nullopt});
    }
    // Children first: a directory stays when something in it passes.
    if (!request.filter.isEmpty())
        for (std::size_t i = made.read.size(); i-- > 0;)
            made.read[i].shown = made.read[i].contents->matching(request.filter, onTheWay(made, i), stop);
    return made;
}

} // namespace pivotbench::app
