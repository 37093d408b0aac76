// SPDX-License-Identifier: Apache-2.0
#include "core/changes/copy_entry.h"

#include "core/base/unique_fd.h"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <vector>

namespace pivotbench::core {
namespace {

constexpr mode_t plainBits = 0777;

/// Marks that tell of one overlay's own lower layers or bookkeeping, and mean nothing elsewhere.
bool isKeptAttribute(std::string_view name)
{
    for (const std::string_view overlay : {"trusted.overlay.", "user.overlay."})
        if (name.starts_with(overlay)) {
            const std::string_view mark = name.substr(overlay.size());
            return mark == "opaque" || mark == "whiteout" || mark == "redirect" || mark == "metacopy";
        }
    return name.starts_with("user.") || name.starts_with("trusted.") || name == "security.capability" ||
           name.starts_with("system.posix_acl_");
}

class EntryCopy {
public:
    EntryCopy(EntryPlace from, EntryPlace to, CopyFidelity fidelity, const CopyProgress &progress)
        : m_from(from)
        , m_to(to)
        , m_exact(fidelity == CopyFidelity::Exact)
        , m_progress(progress)
    {
    }

    Result<CopiedEntry> run()
    {
        if (::fstatat(m_from.directory, m_from.name, &m_status, AT_SYMLINK_NOFOLLOW) < 0)
            return failed("cannot look at what is to be copied");
        Status copied;
        switch (m_status.st_mode & S_IFMT) {
        case S_IFDIR: copied = directory(); break;
        case S_IFREG: copied = file(); break;
        case S_IFLNK: copied = link(); break;
        default: copied = node(); break;
        }
        if (!copied)
            return std::unexpected(std::move(copied.error()));
        return m_done;
    }

private:
    [[nodiscard]] std::unexpected<Error> failed(std::string what, int errnum = errno) const
    {
        return systemError(std::move(what), errnum, m_to.name);
    }
    /// Of what was opened by the same name: nothing else was put there meanwhile.
    [[nodiscard]] bool isTheSame(int fd) const
    {
        struct stat now{};
        return ::fstat(fd, &now) == 0 && now.st_dev == m_status.st_dev && now.st_ino == m_status.st_ino &&
               (now.st_mode & S_IFMT) == (m_status.st_mode & S_IFMT);
    }
    void note(bool done) { m_done.attributesLost = m_done.attributesLost || !done; }

    Status directory()
    {
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        if (::mkdirat(m_to.directory, m_to.name, 0700) < 0 && errno != EEXIST)
            return failed("cannot make the directory");
        const UniqueFd from(::openat(m_from.directory, m_from.name, flags));
        const UniqueFd to(::openat(m_to.directory, m_to.name, flags));
        if (!from || !to)
            return failed("cannot open the directory");
        attributes(from.get(), to.get());
        return {};
    }

    Status file()
    {
        const UniqueFd from(::openat(m_from.directory, m_from.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!from)
            return failed("cannot open the file");
        if (!isTheSame(from.get()))
            return failed("the file was replaced while it was being copied", EAGAIN);
        const UniqueFd to(
            ::openat(m_to.directory, m_to.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!to)
            return failed("cannot make the file");
        if (Status copied = data(from.get(), to.get()); !copied) {
            (void)::unlinkat(m_to.directory, m_to.name, 0);
            return copied;
        }
        attributes(from.get(), to.get());
        return {};
    }

    /// Holes stay holes.
    Status data(int from, int to)
    {
        std::vector<char> buffer(1 << 20);
        off_t at = 0;
        while (at < m_status.st_size) {
            const off_t begin = ::lseek(from, at, SEEK_DATA);
            if (begin < 0 && errno == ENXIO)
                break; // nothing but a hole
            off_t end = begin < 0 ? m_status.st_size : ::lseek(from, begin, SEEK_HOLE);
            if (end < 0)
                end = m_status.st_size;
            for (at = begin < 0 ? at : begin; at < end;) {
                const auto wanted = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - at));
                const ssize_t got = ::pread(from, buffer.data(), wanted, at);
                if (got < 0 && errno == EINTR)
                    continue;
                if (got < 0)
                    return failed("cannot read the file");
                if (got == 0)
                    return {}; // it became shorter
                if (Status written = write(to, {buffer.data(), static_cast<std::size_t>(got)}, at); !written)
                    return written;
                at += got;
            }
        }
        if (::ftruncate(to, m_status.st_size) < 0)
            return failed("cannot set the file's size");
        return {};
    }

    Status write(int to, std::string_view bytes, off_t at)
    {
        while (!bytes.empty()) {
            const ssize_t put = ::pwrite(to, bytes.data(), bytes.size(), at);
            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return failed("cannot write the file");
            bytes.remove_prefix(static_cast<std::size_t>(put));
            at += put;
            m_done.bytes += static_cast<std::uint64_t>(put);
            if (m_progress && !m_progress(static_cast<std::uint64_t>(put)))
                return failure("cancelled", "the copying was cancelled");
        }
        return {};
    }

    Status link()
    {
        std::array<char, PATH_MAX> target{};
        const ssize_t size = ::readlinkat(m_from.directory, m_from.name, target.data(), target.size() - 1);
        if (size < 0)
            return failed("cannot read the link");
        if (::symlinkat(target.data(), m_to.directory, m_to.name) < 0)
            return failed("cannot make the link");
        if (m_exact)
            note(::fchownat(m_to.directory, m_to.name, m_status.st_uid, m_status.st_gid, AT_SYMLINK_NOFOLLOW) == 0);
        return {};
    }

    /// A whiteout is a device 0:0, which anybody may make (Linux 5.8).
    Status node()
    {
        if (!m_exact || ::mknodat(m_to.directory, m_to.name, m_status.st_mode & S_IFMT, m_status.st_rdev) < 0) {
            if (m_exact && errno != EPERM)
                return failed("cannot make the special file");
            m_done.leftOut = true;
            return {};
        }
        note(::fchownat(m_to.directory, m_to.name, m_status.st_uid, m_status.st_gid, AT_SYMLINK_NOFOLLOW) == 0);
        note(::fchmodat(m_to.directory, m_to.name, m_status.st_mode & 07777, 0) == 0);
        return {};
    }

    /// The owner first: changing it takes set-user-ID bits and capabilities away.
    void attributes(int from, int to)
    {
        if (!m_exact) {
            note(::fchmod(to, m_status.st_mode & plainBits) == 0);
            return;
        }
        note(::fchown(to, m_status.st_uid, m_status.st_gid) == 0);
        note(::fchmod(to, m_status.st_mode & 07777) == 0);
        extendedAttributes(from, to);
        const timespec times[] = {m_status.st_atim, m_status.st_mtim};
        note(::futimens(to, times) == 0);
    }

    void extendedAttributes(int from, int to)
    {
        std::vector<char> names(XATTR_LIST_MAX);
        const ssize_t size = ::flistxattr(from, names.data(), names.size());
        if (size < 0)
            return note(errno == ENOTSUP);
        std::vector<char> value(XATTR_SIZE_MAX);
        for (const char *name = names.data(); name < names.data() + size; name += std::string_view(name).size() + 1) {
            if (!isKeptAttribute(name))
                continue;
            const ssize_t length = ::fgetxattr(from, name, value.data(), value.size());
            note(length >= 0 && ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(length), 0) == 0);
        }
    }

    EntryPlace m_from;
    EntryPlace m_to;
    bool m_exact;
    const CopyProgress &m_progress;
    struct stat m_status{};
    CopiedEntry m_done;
};

} // namespace

Result<CopiedEntry> copyEntry(EntryPlace from, EntryPlace to, CopyFidelity fidelity, const CopyProgress &progress)
{
    return EntryCopy(from, to, fidelity, progress).run();
}

} // namespace pivotbench::core
