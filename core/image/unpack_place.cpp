// SPDX-License-Identifier: Apache-2.0
#include "core/image/unpack_place.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <vector>

namespace pivotbench::core {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".unpacking-";
constexpr int mostAttempts = 16;
constexpr int mostNames = 10'000;

Status makeDirectory(const std::string &path)
{
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
            return systemError("cannot make the folder", errno, folder);
        if (slash == std::string::npos)
            return {};
    }
}

/// The directory, locked, or nothing: somebody else has it, or it is gone.
UniqueFd openLocked(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat opened = {};
    struct stat named = {};
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(fd.get(), &opened) != 0 ||
        ::lstat(path.c_str(), &named) != 0 || opened.st_ino != named.st_ino || opened.st_dev != named.st_dev)
        return {};
    return fd;
}

} // namespace

UnpackPlace::UnpackPlace(std::string directory, std::string temporary, UniqueFd fd)
    : m_directory(std::move(directory))
    , m_temporary(std::move(temporary))
    , m_fd(std::move(fd))
{
}

UnpackPlace::UnpackPlace(UnpackPlace &&other) noexcept
    : m_directory(std::move(other.m_directory))
    , m_temporary(std::exchange(other.m_temporary, {}))
    , m_fd(std::move(other.m_fd))
{
}

UnpackPlace::~UnpackPlace()
{
    std::error_code ignored;
    if (!m_temporary.empty())
        fs::remove_all(m_temporary, ignored);
}

Result<UnpackPlace> UnpackPlace::begin(std::string directory)
{
    if (Status made = makeDirectory(directory); !made)
        return std::unexpected(std::move(made.error()));
    for (int attempt = 0; attempt < mostAttempts; ++attempt) {
        std::string temporary = fmt::format("{}/{}XXXXXX", directory, prefix);
        if (!::mkdtemp(temporary.data()))
            return systemError("cannot make a temporary folder", errno, directory);
        UniqueFd fd = openLocked(temporary);
        if (!fd) // removeUnfinished() was quicker
            continue;
        UnpackPlace place(std::move(directory), std::move(temporary), std::move(fd));
        if (::fchmod(place.fd(), 0755) != 0)
            return systemError("cannot set the permissions of the folder", errno, place.m_temporary);
        return place;
    }
    return systemError("cannot make a temporary folder", EBUSY, directory);
}

Status UnpackPlace::sync() const
{
    if (::syncfs(m_fd.get()) != 0)
        return systemError("cannot bring the files to the disk", errno, m_directory);
    return {};
}

Result<std::string> UnpackPlace::settle(std::string_view name)
{
    for (int i = 1; i < mostNames; ++i) {
        std::string path =
            i == 1 ? fmt::format("{}/{}", m_directory, name) : fmt::format("{}/{}-{}", m_directory, name, i);
        if (::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
            m_temporary.clear();
            return path;
        }
        if (errno != EEXIST)
            return systemError("cannot put the folder in its place", errno, path);
    }
    return systemError("cannot find a free name for the folder", EEXIST, fmt::format("{}/{}", m_directory, name));
}

void removeUnfinished(const std::string &directory)
{
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().filename().string().starts_with(prefix))
            found.push_back(entry->path().string());
    for (const std::string &path : found) {
        std::error_code ignored;
        if (const UniqueFd lock = openLocked(path))
            fs::remove_all(path, ignored);
    }
}

} // namespace pivotbench::core
