// SPDX-License-Identifier: Apache-2.0
#include "core/preset/new_tree.h"

#include "core/base/file.h"
#include "core/base/unique_fd.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

namespace pivotbench::core {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporaryPrefix = ".new-tree-";

Status makeParents(const std::string &path)
{
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
            return systemError("cannot make the folder", errno, folder);
    }
    return {};
}

/// What a process that was killed left behind. An hour spares trees that another process is making now.
void removeStale(const fs::path &folder)
{
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        const auto age = fs::file_time_type::clock::now() - entry->last_write_time(ignored);
        if (!ignored && entry->path().filename().string().starts_with(temporaryPrefix) && age > std::chrono::hours(1))
            fs::remove_all(entry->path(), ignored);
    }
}

Result<UniqueFd> createFile(const std::string &path, mode_t mode)
{
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd || ::fchmod(fd.get(), mode) != 0)
        return systemError("cannot create the file", errno, path);
    return fd;
}

} // namespace

NewTree::NewTree(std::string finalPath, std::string temporary)
    : m_final(std::move(finalPath))
    , m_temporary(std::move(temporary))
{
}

NewTree::NewTree(NewTree &&other) noexcept
    : m_final(std::move(other.m_final))
    , m_temporary(std::exchange(other.m_temporary, {}))
{
}

NewTree::~NewTree()
{
    std::error_code ignored;
    if (!m_temporary.empty())
        fs::remove_all(m_temporary, ignored);
}

Result<NewTree> NewTree::begin(std::string finalPath)
{
    if (Status status = makeParents(finalPath); !status)
        return std::unexpected(std::move(status.error()));
    const std::string folder = finalPath.substr(0, finalPath.rfind('/') + 1);
    removeStale(folder);
    std::string temporary = folder + std::string(temporaryPrefix) + "XXXXXX";
    if (!::mkdtemp(temporary.data()))
        return systemError("cannot make a temporary folder", errno, folder);
    NewTree tree(std::move(finalPath), std::move(temporary));
    if (::chmod(tree.m_temporary.c_str(), 0755) != 0)
        return systemError("cannot set the permissions of the folder", errno, tree.m_temporary);
    return tree;
}

std::string NewTree::at(std::string_view path) const { return m_temporary + "/" + std::string(path); }

Status NewTree::directory(std::string_view path, mode_t mode)
{
    if (::mkdir(at(path).c_str(), 0700) != 0 || ::chmod(at(path).c_str(), mode) != 0)
        return systemError("cannot make the folder", errno, at(path));
    return {};
}

Status NewTree::symlink(std::string_view path, const std::string &pointsTo)
{
    if (::symlink(pointsTo.c_str(), at(path).c_str()) != 0)
        return systemError("cannot make the link", errno, at(path));
    return {};
}

Status NewTree::file(std::string_view path, std::string_view text, mode_t mode)
{
    auto fd = createFile(at(path), mode);
    if (!fd)
        return std::unexpected(std::move(fd.error()));
    return writeAll(fd->get(), text, at(path));
}

Status NewTree::copyOf(std::string_view path, const std::string &source, mode_t mode)
{
    const UniqueFd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from)
        return systemError("cannot open the file", errno, source);
    auto to = createFile(at(path), mode);
    if (!to)
        return std::unexpected(std::move(to.error()));
    char buffer[65536];
    for (;;) {
        const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError("cannot read the file", errno, source);
        if (got == 0)
            break;
        if (Status status = writeAll(to->get(), {buffer, static_cast<std::size_t>(got)}, at(path)); !status)
            return status;
    }
    // Renamed into place before its bytes are on disk, it could be empty after a crash and would be taken for good.
    if (::fsync(to->get()) != 0)
        return systemError("cannot sync the file", errno, at(path));
    return {};
}

Status NewTree::commit(Existing existing)
{
    // After an exchange the old tree has the temporary name, and goes with it.
    if (existing == Existing::Replace &&
        ::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, m_final.c_str(), RENAME_EXCHANGE) == 0)
        return {};
    if (::rename(m_temporary.c_str(), m_final.c_str()) == 0) {
        m_temporary.clear();
        return {};
    }
    if (existing == Existing::Keep && (errno == EEXIST || errno == ENOTEMPTY))
        return {};
    return systemError("cannot put the folder in its place", errno, m_final);
}

} // namespace pivotbench::core
