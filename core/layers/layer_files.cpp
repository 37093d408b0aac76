// SPDX-License-Identifier: Apache-2.0
#include "core/layers/layer_files.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace pivotbench::core {
namespace {

UniqueFd openInside(int directory, const char *name, int flags)
{
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, directory, name, &how, sizeof how)));
}

/// Names of extended attributes without opening anything, or -1: listxattrat(2), which the C library does not know yet.
/// Before Linux 6.13 the way leads through the magic link of the directory that we hold; the name behind it is not
/// followed.
ssize_t listAttributes(int directory, const char *name, std::span<char> into)
{
#ifdef SYS_listxattrat
    constexpr long number = SYS_listxattrat;
#else
    constexpr long number = 465; // the same on every architecture
#endif
    static std::atomic<bool> isMissing = false;
    if (!isMissing.load(std::memory_order_relaxed)) {
        const long size = ::syscall(number, directory, name, AT_SYMLINK_NOFOLLOW, into.data(), into.size());
        if (size >= 0 || errno != ENOSYS)
            return size;
        isMissing.store(true, std::memory_order_relaxed);
    }
    char path[NAME_MAX + 64];
    *fmt::format_to_n(path, sizeof path - 1, "/proc/self/fd/{}/{}", directory, name).out = 0;
    return ::llistxattr(path, into.data(), into.size());
}

/// The marks of overlayfs on a name. Most names have no attributes at all, and one call says so.
class Attributes {
public:
    Attributes(int directory, const char *name, OverlayAttributes which)
        : m_which(which)
    {
        char names[1024];
        const ssize_t size = listAttributes(directory, name, names);
        // A list that is too long may hold anything.
        m_any = size < 0 ? errno == ERANGE
                         : std::string_view(names, static_cast<std::size_t>(size)).find(".overlay.") !=
                               std::string_view::npos;
        if (m_any)
            *fmt::format_to_n(m_path, sizeof m_path - 1, "/proc/self/fd/{}/{}", directory, name).out = 0;
    }

    /// The length of the value, or -1. Up to `into.size()` bytes are stored; a longer value counts as one that is not
    /// there.
    ssize_t get(const char *name, std::span<char> into = {}) const
    {
        if (!m_any)
            return -1;
        if (m_which != OverlayAttributes::Trusted)
            if (const ssize_t size = getOne("user.overlay.", name, into); size >= 0)
                return size;
        return m_which != OverlayAttributes::User ? getOne("trusted.overlay.", name, into) : -1;
    }

private:
    ssize_t getOne(const char *prefix, const char *name, std::span<char> into) const
    {
        char full[64];
        *fmt::format_to_n(full, sizeof full - 1, "{}{}", prefix, name).out = 0;
        return ::lgetxattr(m_path, full, into.data(), into.size());
    }

    OverlayAttributes m_which;
    bool m_any = false;
    char m_path[NAME_MAX + 64];
};

EntryKind kindOf(const struct statx &status)
{
    switch (status.stx_mode & S_IFMT) {
    case S_IFDIR: return EntryKind::Directory;
    case S_IFLNK: return EntryKind::Link;
    case S_IFREG: return (status.stx_mode & 0111) != 0 ? EntryKind::Executable : EntryKind::File;
    case S_IFBLK: return EntryKind::BlockDevice;
    case S_IFIFO: return EntryKind::Fifo;
    case S_IFSOCK: return EntryKind::Socket;
    case S_IFCHR:
        return status.stx_rdev_major == 0 && status.stx_rdev_minor == 0 ? EntryKind::Whiteout
                                                                        : EntryKind::CharacterDevice;
    default: return EntryKind::Unknown;
    }
}

void readMarks(LookedAt &seen, const Attributes &attributes, bool lowest)
{
    const bool regular = isFile(seen.kind);
    // An empty file can be a whiteout too, since Linux 6.7 (ovl_path_check_xwhiteout_xattr).
    if (regular && seen.size == 0 && attributes.get("whiteout") >= 0) {
        seen.kind = EntryKind::Whiteout;
        return;
    }
    if (lowest || (!regular && seen.kind != EntryKind::Directory))
        return;
    if (regular) {
        if (attributes.get("metacopy") >= 0)
            seen.flags |= entry_flag::metacopy;
        return;
    }
    char value = 0;
    if (attributes.get("opaque", {&value, 1}) == 1 && value == 'y') {
        seen.flags |= entry_flag::opaque;
        return;
    }
    if (attributes.get("redirect") > 0)
        seen.flags |= entry_flag::redirected;
}

} // namespace

LookedAt lookAt(int directory, const char *name, OverlayAttributes attributes, bool lowest)
{
    struct statx status = {};
    if (::statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_MTIME, &status) != 0)
        return {.errnum = errno};
    LookedAt seen{.kind = kindOf(status),
                  .mode = static_cast<std::uint16_t>(status.stx_mode & 07777),
                  .modified = status.stx_mtime.tv_sec};
    const bool regular = isFile(seen.kind);
    if (regular)
        seen.size = status.stx_size;
    if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
        seen.flags |= entry_flag::coveredOnHost;
    else if (seen.kind == EntryKind::Directory || (regular && (!lowest || seen.size == 0)))
        readMarks(seen, Attributes(directory, name, attributes), lowest);
    return seen;
}

Result<UniqueFd> openLayer(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd)
        return fd;
    const int errnum = errno;
    Error error = systemError("cannot open the layer", errnum, path).error();
    error.code = errnum == ENOENT ? "layers.vanished" : "layers.open";
    if (errnum == ENOENT)
        error.hint = "put the folder back, or take the layer out of the sandbox";
    else if (errnum == EACCES)
        error.hint = "the folder, or one above it, may not be entered by you";
    return std::unexpected(std::move(error));
}

UniqueFd enterDirectory(int directory, const char *name) { return openInside(directory, name, O_PATH); }

UniqueFd openForReading(int directory) { return openInside(directory, ".", O_RDONLY | O_NONBLOCK); }

std::string readLink(int directory, const char *name)
{
    char target[PATH_MAX];
    const ssize_t size = ::readlinkat(directory, name, target, sizeof target);
    return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
}

} // namespace pivotbench::core
