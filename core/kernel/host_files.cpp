// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/host_files.h"

#include <cerrno>
#include <climits>
#include <filesystem>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>

namespace pivotbench::core::kernel {
namespace {

/// Attributes that overlayfs sets in its upper directory (Documentation/filesystems/overlayfs.rst).
bool isOpaque(const std::string &path)
{
    char value = 0;
    for (const char *attribute : {"user.overlay.opaque", "trusted.overlay.opaque"})
        if (::lgetxattr(path.c_str(), attribute, &value, 1) == 1 && value == 'y')
            return true;
    return false;
}

HostTree::Seen lookAt(const std::string &path)
{
    using Kind = HostTree::Kind;
    struct stat status{};
    if (::lstat(path.c_str(), &status) < 0)
        return {errno == ENOENT ? Kind::Absent : errno == EACCES ? Kind::Denied : Kind::Unknown};
    switch (status.st_mode & S_IFMT) {
    case S_IFDIR: return {.kind = Kind::Directory, .opaque = isOpaque(path)};
    case S_IFCHR: return {status.st_rdev == 0 ? Kind::Whiteout : Kind::Device};
    case S_IFBLK: return {Kind::Device};
    case S_IFLNK: {
        char target[PATH_MAX];
        const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
        return size > 0 ? HostTree::Seen{Kind::Link, std::string(target, static_cast<std::size_t>(size))}
                        : HostTree::Seen{};
    }
    default: return {.kind = Kind::File, .executable = (status.st_mode & 0111) != 0};
    }
}

std::string join(const std::string &directory, std::string_view name)
{
    return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

} // namespace

HostFiles::HostFiles(std::shared_ptr<const MountTable> table)
    : m_table(std::move(table))
{
}

HostTree::Seen HostFiles::look(const std::string &directory, std::uint64_t mount, std::string_view name) const
{
    return isOn(directory, mount) ? lookAt(join(directory, name)) : Seen{};
}

bool HostFiles::isOn(const std::string &directory, std::uint64_t mount) const
{
    const std::size_t row = m_table->covering(directory);
    return row != MountTable::none && m_table->entries()[row].id == mount;
}

std::optional<bool> HostFiles::isEmpty(const std::string &directory, std::uint64_t mount) const
{
    if (!isOn(directory, mount))
        return std::nullopt;
    std::error_code error;
    const bool empty = std::filesystem::directory_iterator(directory, error) == std::filesystem::directory_iterator();
    return error ? std::nullopt : std::optional(empty);
}

HostTree::Seen AssumedFiles::look(const std::string &directory, std::uint64_t, std::string_view name) const
{
    Seen seen = lookAt(join(directory, name));
    return seen.kind == Kind::Absent || seen.kind == Kind::Unknown || seen.kind == Kind::Denied
               ? Seen{.kind = Kind::Directory, .assumed = true}
               : seen;
}

std::optional<bool> AssumedFiles::isEmpty(const std::string &, std::uint64_t) const { return std::nullopt; }

HostTree::Seen UnseenFiles::look(const std::string &, std::uint64_t, std::string_view) const
{
    return {.kind = Kind::Directory, .assumed = true};
}

std::optional<bool> UnseenFiles::isEmpty(const std::string &, std::uint64_t) const { return std::nullopt; }

} // namespace pivotbench::core::kernel
