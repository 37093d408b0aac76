// SPDX-License-Identifier: Apache-2.0
#include "core/changes/read_changed.h"

#include "core/base/file.h"
#include "core/changes/beneath.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <vector>

namespace pivotbench::core {
namespace {

/// The layer that had the file.
Result<UniqueFd> layerOf(const MergedTree &below, const std::string &path)
{
    const MergedTree::Seen seen = below.lookUp(path);
    if (seen.at.errnum != 0)
        return systemError("cannot look at what was there before", seen.at.errnum, path);
    return openLayer(below.layers[seen.layer].path);
}

bool isRegular(const UniqueFd &fd)
{
    struct stat status{};
    return fd && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode);
}

} // namespace

Status readChanged(const ChangedRoot &root, const std::string &path, bool before, std::size_t limit, int output)
{
    UniqueFd layer;
    if (before) {
        Result<UniqueFd> opened = layerOf(root.below, path);
        if (!opened)
            return std::unexpected(opened.error());
        layer = std::move(*opened);
    }
    const int directory = before ? layer.get() : root.upper;
    // Looked at without opening it: a FIFO would notice.
    const UniqueFd looked = openBeneath(directory, path, O_PATH);
    if (!looked)
        return systemError("cannot look at the file", errno, path);
    if (!isRegular(looked))
        return failure("changes.notFile", "it is no regular file", path);
    const UniqueFd file = openBeneath(directory, path, O_RDONLY | O_NONBLOCK);
    if (!file)
        return systemError("cannot open the file", errno, path);
    if (!isRegular(file))
        return failure("changes.notFile", "it is no regular file", path);
    std::vector<char> buffer(64 * 1024);
    while (limit > 0) {
        const ssize_t got = ::read(file.get(), buffer.data(), std::min(buffer.size(), limit));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError("cannot read the file", errno, path);
        if (got == 0)
            break;
        limit -= static_cast<std::size_t>(got);
        if (Status written = writeAll(output, {buffer.data(), static_cast<std::size_t>(got)}, path); !written)
            return written;
    }
    return {};
}

} // namespace pivotbench::core
