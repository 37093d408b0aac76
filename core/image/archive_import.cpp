// SPDX-License-Identifier: Apache-2.0
#include "core/image/archive_import.h"

#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "core/image/unpack_place.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

/// The longer ones first: "x.tar.gz" loses both.
constexpr std::array<std::string_view, 13> suffixes{".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz4",
                                                    ".tar",    ".tgz",     ".tbz2",   ".tbz",     ".txz",
                                                    ".tzst",   ".tlz4",    ".zip"};
constexpr std::size_t longestName = 100;

std::string_view suffixOf(std::string_view name)
{
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    for (const std::string_view suffix : suffixes)
        if (name.size() > suffix.size() && std::ranges::equal(name.substr(name.size() - suffix.size()), suffix, same))
            return suffix;
    return {};
}

} // namespace

std::string importedLayersDirectory()
{
    const char *data = std::getenv("XDG_DATA_HOME");
    if (data && *data == '/')
        return fmt::format("{}/pivotbench/layers", data);
    const char *home = std::getenv("HOME");
    return home && *home == '/' ? fmt::format("{}/.local/share/pivotbench/layers", home) : std::string();
}

std::span<const std::string_view> archiveSuffixes() { return suffixes; }

bool hasArchiveName(std::string_view path) { return !suffixOf(path.substr(path.rfind('/') + 1)).empty(); }

std::string layerNameFor(std::string_view archivePath)
{
    std::string_view name = archivePath.substr(archivePath.rfind('/') + 1);
    name.remove_suffix(suffixOf(name).size());
    while (name.starts_with('.'))
        name.remove_prefix(1);
    std::string safe = printable(name);
    safe.resize(std::min(safe.size(), longestName));
    while (!isUtf8(safe))
        safe.pop_back(); // cut in the middle of a character
    std::ranges::replace_if(
        safe, [](char c) { return std::string_view(":,\\\"").find(c) != std::string_view::npos; }, '_');
    return safe.empty() ? "archive" : safe;
}

Result<ImportedArchive> importArchive(const std::string &archivePath, const std::string &directory,
                                      const UnpackLimits &limits, const std::stop_token &stop,
                                      const UnpackProgress &progress)
{
    // A pipe or a device must not make us wait; unpackArchive() refuses them.
    const UniqueFd archive(::open(archivePath.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!archive)
        return systemError("cannot open the archive", errno, archivePath);
    removeUnfinished(directory);
    Result<UnpackPlace> place = UnpackPlace::begin(directory);
    if (!place)
        return std::unexpected(std::move(place.error()));
    Result<UnpackSummary> summary = unpackArchive(archive.get(), archivePath, place->fd(), limits, stop, progress);
    if (!summary)
        return wrap(std::move(summary.error()), fmt::format("unpacking {}", archivePath));
    if (Status synced = place->sync(); !synced)
        return std::unexpected(std::move(synced.error()));
    if (stop.stop_requested()) // the sync may have taken long
        return failure("cancelled", "the unpacking was cancelled");
    Result<std::string> path = place->settle(layerNameFor(archivePath));
    if (!path)
        return std::unexpected(std::move(path.error()));
    return ImportedArchive{.path = std::move(*path), .summary = *summary};
}

} // namespace pivotbench::core
