// SPDX-License-Identifier: Apache-2.0
#include "core/base/file.h"

#include "core/base/unique_fd.h"

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

namespace pivotbench::core {
namespace {

constexpr mode_t permissionBits = 0777;

/// Where the text has to go: behind a symbolic link, so that the link stays.
std::string behindLink(const std::string &path)
{
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode))
        return path;
    char target[PATH_MAX];
    return ::realpath(path.c_str(), target) ? std::string(target) : path;
}

struct TemporaryFile {
    UniqueFd fd;
    std::string path;
};

Result<TemporaryFile> openBeside(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
    for (int attempt = 0; attempt < 16; ++attempt) {
        std::uint64_t random = 0;
        if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
            return systemError("cannot get random bytes for a file name", errno);
        std::string name = fmt::format("{}.pivotbench-{:016x}", directory, random);
        UniqueFd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (fd)
            return TemporaryFile{std::move(fd), std::move(name)};
        if (errno != EEXIST)
            return systemError("cannot create a file beside it", errno, path);
    }
    return systemError("cannot create a file beside it", EEXIST, path);
}

Status syncDirectory(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return systemError("cannot open the folder", errno, directory);
    // EINVAL: a filesystem that has no sync of directories.
    if (::fsync(fd.get()) != 0 && errno != EINVAL)
        return systemError("cannot sync the folder", errno, directory);
    return {};
}

Status fill(const TemporaryFile &temporary, std::string_view text, const std::string &path)
{
    struct stat present = {};
    if (::stat(path.c_str(), &present) == 0 && ::fchmod(temporary.fd.get(), present.st_mode & permissionBits) != 0)
        return systemError("cannot set the permissions of the new file", errno, path);
    if (Status status = writeAll(temporary.fd.get(), text, path); !status)
        return status;
    if (::fsync(temporary.fd.get()) != 0)
        return systemError("cannot sync the file", errno, path);
    if (::rename(temporary.path.c_str(), path.c_str()) != 0)
        return systemError("cannot put the new file in its place", errno, path);
    return {};
}

} // namespace

Status writeAll(int fd, std::string_view text, const std::string &path)
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return systemError("cannot write the file", errno, path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> readFile(const std::string &path, std::size_t maxBytes)
{
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd)
        return systemError("cannot open the file", errno, path);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        return systemError("cannot look at the file", errno, path);
    if (S_ISDIR(status.st_mode))
        return systemError("cannot read the file", EISDIR, path);
    if (!S_ISREG(status.st_mode))
        return failure("file.kind", "not a regular file", path);
    std::string text;
    for (;;) {
        char buffer[16384];
        const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError("cannot read the file", errno, path);
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > maxBytes)
            return failure("file.size", fmt::format("larger than {} bytes", maxBytes), path);
    }
}

Status replaceFile(const std::string &path, std::string_view text)
{
    const std::string target = behindLink(path);
    auto temporary = openBeside(target);
    if (!temporary)
        return std::unexpected(std::move(temporary.error()));
    if (Status status = fill(*temporary, text, target); !status) {
        ::unlink(temporary->path.c_str());
        return status;
    }
    return syncDirectory(target);
}

} // namespace pivotbench::core
