// SPDX-License-Identifier: Apache-2.0
#include "core/image/unpack.h"

#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "core/image/archive_reader.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <vector>

namespace pivotbench::core {
namespace {

constexpr mode_t permissionBits = 0777;
constexpr mode_t setIdBits = S_ISUID | S_ISGID;
constexpr mode_t ownerReads = S_IRUSR;
constexpr mode_t impliedMode = 0755; ///< of directories that the archive needs and does not name

constexpr std::string_view whiteoutPrefix = ".wh.";
constexpr std::string_view aufsPrefix = ".wh..wh.";
constexpr std::string_view opaqueMark = ".wh..wh..opq";

UniqueFd openBeneath(int directory, const std::string &path, int flags)
{
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_NOFOLLOW | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

/// A name taken apart: neither absolute nor upwards, without "." and empty components.
struct Place {
    std::string parent; ///< "." or "a/b"
    std::string name;   ///< empty: the destination itself
};

bool isWhiteout(const struct stat &status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0); }

class Unpacker {
public:
    Unpacker(ArchiveReader &reader, int destination, const UnpackLimits &limits, std::stop_token stop)
        : m_reader(reader)
        , m_root(destination)
        , m_limits(limits)
        , m_stop(std::move(stop))
    {
    }

    Result<UnpackSummary> unpack(const std::function<void()> &progress)
    {
        for (;;) {
            if (m_stop.stop_requested())
                return cancelled();
            Result<std::optional<ArchivedEntry>> next = m_reader.next();
            if (!next)
                return std::unexpected(std::move(next.error()));
            if (!*next)
                return m_summary;
            m_entry = &**next;
            m_progress = &progress;
            if (Status done = entry(); !done)
                return std::unexpected(std::move(done.error()));
            if (progress)
                progress();
        }
    }

private:
    static std::unexpected<Error> cancelled() { return failure("cancelled", "the unpacking was cancelled"); }
    std::unexpected<Error> refused(const char *code, std::string what, std::string hint = {}) const
    {
        return failure(code, std::move(what), m_entry->name, std::move(hint));
    }
    std::unexpected<Error> broken(const char *what, int errnum) const
    {
        Error error = systemError(what, errnum, m_entry->name).error();
        if (errnum == ENOSPC || errnum == EDQUOT)
            error.hint = "make room on that disk; what was unpacked is removed again";
        return std::unexpected(std::move(error));
    }

    Status countEntry()
    {
        if (++m_entries > m_limits.entries)
            return refused("unpack.limit", fmt::format("the archive has more than {} entries", m_limits.entries));
        return {};
    }

    Result<Place> takeApart(const std::string &name) const
    {
        if (name.size() > m_limits.nameBytes)
            return failure("unpack.limit", fmt::format("a name is longer than {} bytes", m_limits.nameBytes),
                           name.substr(0, 200) + "…");
        if (name.starts_with('/'))
            return refused("unpack.name", fmt::format("the archive has an absolute name, “{}”", printable(name)));
        Place place{.parent = ".", .name = {}};
        std::size_t depth = 0;
        for (const std::string_view part : split(name, '/')) {
            if (part.empty() || part == ".")
                continue;
            if (part == "..")
                return refused("unpack.name", fmt::format("a name leads upwards, “{}”", printable(name)));
            if (++depth > m_limits.depth)
                return refused("unpack.limit", fmt::format("a name is deeper than {} folders", m_limits.depth));
            if (depth == 2)
                place.parent = std::move(place.name);
            else if (depth > 2)
                place.parent += "/" + place.name;
            place.name = part;
        }
        return place;
    }

    /// What the file promises or already has, against what is left.
    Status checkBytes(std::uint64_t ofThisFile) const
    {
        if (ofThisFile > m_limits.bytes - m_summary.bytes)
            return refused("unpack.limit", fmt::format("the files are larger than {} bytes together", m_limits.bytes));
        return {};
    }

    /// Makes what is missing of it. The directory stays open for the entries that follow.
    Status enter(const std::string &parent)
    {
        if (m_parent && parent == m_parentPath)
            return {};
        UniqueFd found = openBeneath(m_root, parent, O_PATH | O_DIRECTORY);
        if (!found && errno == ENOENT) {
            found = openBeneath(m_root, ".", O_PATH | O_DIRECTORY);
            for (const std::string_view part : split(parent, '/')) {
                const std::string name(part);
                if (::mkdirat(found.get(), name.c_str(), impliedMode) == 0) {
                    if (Status counted = countEntry(); !counted)
                        return counted;
                    ++m_summary.directories;
                    // The umask may have taken some.
                    if (::fchmodat(found.get(), name.c_str(), impliedMode, 0) != 0)
                        return broken("cannot set the permissions of the folder", errno);
                } else if (errno != EEXIST) {
                    return broken("cannot make the folder", errno);
                }
                found = openBeneath(found.get(), name, O_PATH | O_DIRECTORY);
                if (!found)
                    break;
            }
        }
        if (!found && (errno == ELOOP || errno == ENOTDIR || errno == EXDEV))
            return refused("unpack.place", "a name leads through something in the archive that is no folder");
        if (!found)
            return broken("cannot enter the folder", errno);
        m_parent = std::move(found);
        m_parentPath = parent;
        return {};
    }

    Status entry()
    {
        if (Status counted = countEntry(); !counted)
            return counted;
        const Result<Place> place = takeApart(m_entry->name);
        if (!place)
            return std::unexpected(place.error());
        m_place = *place;
        if (m_entry->hasAttributes)
            ++m_summary.attributes;
        if (m_place.name.empty())
            return top();
        if (m_place.parent == "." && (m_place.name == "oci-layout" || m_place.name == "repositories"))
            m_summary.isImage = true;
        if (m_place.parent.starts_with(aufsPrefix)) {
            ++m_summary.special;
            return {};
        }
        if (m_entry->kind == ArchivedKind::Special) {
            ++m_summary.special;
            return {};
        }
        if (Status entered = enter(m_place.parent); !entered)
            return entered;
        if (m_place.name.starts_with(whiteoutPrefix))
            return mark();
        switch (m_entry->kind) {
        case ArchivedKind::File: return file();
        case ArchivedKind::Directory: return directory();
        case ArchivedKind::Symlink: return symlink();
        case ArchivedKind::HardLink: return hardLink();
        case ArchivedKind::Whiteout: return whiteout(m_place.name);
        case ArchivedKind::Special: break;
        }
        return {};
    }

    /// "./": the destination's own permissions.
    Status top()
    {
        if (m_entry->kind != ArchivedKind::Directory)
            return refused("unpack.name", "an entry that is no folder has no name");
        if (::fchmod(m_root, permissions(S_IRWXU)) != 0)
            return broken("cannot set the permissions of the folder", errno);
        return {};
    }

    /// A name that stands for a deletion.
    Status mark()
    {
        if (m_place.name == opaqueMark)
            return opaque(m_place.parent == "." ? -1 : m_parent.get());
        if (m_place.name.starts_with(aufsPrefix)) {
            ++m_summary.special;
            return {};
        }
        const std::string hidden = m_place.name.substr(whiteoutPrefix.size());
        if (hidden.empty() || hidden == "." || hidden == "..")
            return refused("unpack.name", "a deletion names nothing that could be deleted");
        return whiteout(hidden);
    }

    Status whiteout(const std::string &name)
    {
        if (::mknodat(m_parent.get(), name.c_str(), S_IFCHR, makedev(0, 0)) == 0) {
            ++m_summary.whiteouts;
            return {};
        }
        if (errno != EEXIST) { // a filesystem without devices, or a kernel before 5.8
            ++m_summary.deletions;
            return {};
        }
        // It deletes what lies below, not what this archive has itself.
        const UniqueFd present = openBeneath(m_parent.get(), name, O_PATH | O_DIRECTORY);
        return present ? opaque(present.get()) : Status();
    }

    /// -1: the layer's own root, which overlayfs always merges.
    Status opaque(int pathFd)
    {
        const UniqueFd fd = pathFd < 0 ? UniqueFd() : openBeneath(pathFd, ".", O_RDONLY | O_DIRECTORY);
        // Root's overlays read the one, those in user namespaces the other.
        const bool forRoot =
            ::geteuid() != 0 || (fd && ::fsetxattr(fd.get(), "trusted.overlay.opaque", "y", 1, 0) == 0);
        if (fd && ::fsetxattr(fd.get(), "user.overlay.opaque", "y", 1, 0) == 0 && forRoot)
            ++m_summary.opaqueDirectories;
        else
            ++m_summary.deletions;
        return {};
    }

    mode_t permissions(mode_t atLeast)
    {
        if ((m_entry->mode & setIdBits) != 0)
            ++m_summary.setIdBits;
        const mode_t sticky = m_entry->kind == ArchivedKind::Directory ? m_entry->mode & S_ISVTX : 0;
        return (m_entry->mode & permissionBits) | sticky | atLeast;
    }

    struct stat present() const
    {
        struct stat status = {};
        if (::fstatat(m_parent.get(), m_place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            status.st_mode = 0;
        return status;
    }

    /// A later entry of the same name replaces an earlier one, as tar has it; never a folder by something else.
    Status makeRoom() const
    {
        const struct stat status = present();
        if (status.st_mode == 0)
            return {};
        if (S_ISDIR(status.st_mode))
            return refused("unpack.place", "an earlier entry of the archive is a folder of this name");
        if (::unlinkat(m_parent.get(), m_place.name.c_str(), 0) != 0)
            return broken("cannot replace the earlier entry of this name", errno);
        return {};
    }

    Status directory()
    {
        const struct stat before = present();
        if (!S_ISDIR(before.st_mode)) {
            if (Status room = makeRoom(); !room)
                return room;
            if (::mkdirat(m_parent.get(), m_place.name.c_str(), S_IRWXU) != 0)
                return broken("cannot make the folder", errno);
            ++m_summary.directories;
        }
        const UniqueFd fd = openBeneath(m_parent.get(), m_place.name, O_RDONLY | O_DIRECTORY);
        if (!fd || ::fchmod(fd.get(), permissions(S_IRWXU)) != 0)
            return broken("cannot set the permissions of the folder", errno);
        return isWhiteout(before) ? opaque(fd.get()) : Status();
    }

    Status file()
    {
        if (Status fits = checkBytes(m_entry->size); !fits)
            return fits;
        if (Status room = makeRoom(); !room)
            return room;
        const UniqueFd fd(::openat(m_parent.get(), m_place.name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (!fd)
            return broken("cannot make the file", errno);
        std::uint64_t end = 0;
        for (;;) {
            if (m_stop.stop_requested())
                return cancelled();
            const Result<std::optional<ArchivedBlock>> block = m_reader.nextBlock();
            if (!block)
                return std::unexpected(block.error());
            if (!*block)
                break;
            if ((*block)->offset > m_limits.bytes) // the sum below stays in its type
                return checkBytes((*block)->offset);
            end = std::max(end, (*block)->offset + (*block)->bytes.size());
            if (Status fits = checkBytes(end); !fits)
                return fits;
            if (Status written = write(fd.get(), **block); !written)
                return written;
            if (*m_progress)
                (*m_progress)();
        }
        end = std::max(end, m_entry->size); // a hole at the end
        const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                   m_entry->modified.value_or(timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT})};
        if (::ftruncate(fd.get(), static_cast<off_t>(end)) != 0 || ::fchmod(fd.get(), permissions(ownerReads)) != 0 ||
            ::futimens(fd.get(), times) != 0)
            return broken("cannot complete the file", errno);
        m_summary.bytes += end;
        ++m_summary.files;
        return {};
    }

    Status write(int fd, const ArchivedBlock &block) const
    {
        std::span<const char> left = block.bytes;
        auto offset = static_cast<off_t>(block.offset);
        while (!left.empty()) {
            const ssize_t written = ::pwrite(fd, left.data(), left.size(), offset);
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return broken("cannot write the file", errno);
            left = left.subspan(static_cast<std::size_t>(written));
            offset += written;
        }
        return {};
    }

    Status symlink()
    {
        if (m_entry->target.empty())
            return refused("unpack.name", "a link leads nowhere");
        if (Status room = makeRoom(); !room)
            return room;
        if (::symlinkat(m_entry->target.c_str(), m_parent.get(), m_place.name.c_str()) != 0)
            return broken("cannot make the link", errno);
        ++m_summary.links;
        return {};
    }

    /// To a name of this archive: everything beneath the destination came from it.
    Status hardLink()
    {
        const Result<Place> target = takeApart(m_entry->target);
        if (!target)
            return std::unexpected(target.error());
        if (target->name.empty() || (target->parent == m_place.parent && target->name == m_place.name))
            return refused("unpack.name", "a hard link leads to itself, or to no file");
        const UniqueFd parent = openBeneath(m_root, target->parent, O_PATH | O_DIRECTORY);
        struct stat status = {};
        if (!parent || ::fstatat(parent.get(), target->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)))
            return refused("unpack.place", fmt::format("a hard link leads to “{}”, which is no file that the archive "
                                                       "had before",
                                                       printable(m_entry->target)));
        if (Status room = makeRoom(); !room)
            return room;
        if (::linkat(parent.get(), target->name.c_str(), m_parent.get(), m_place.name.c_str(), 0) != 0)
            return broken("cannot make the hard link", errno);
        ++m_summary.links;
        return {};
    }

    ArchiveReader &m_reader;
    int m_root;
    const UnpackLimits &m_limits;
    std::stop_token m_stop;
    UnpackSummary m_summary;
    std::uint64_t m_entries = 0;
    // Of the entry at hand.
    const ArchivedEntry *m_entry = nullptr;
    const std::function<void()> *m_progress = nullptr;
    Place m_place;
    UniqueFd m_parent; ///< O_PATH
    std::string m_parentPath;
};

} // namespace

Result<UnpackSummary> unpackArchive(int archive, const std::string &path, int destination, const UnpackLimits &limits,
                                    std::stop_token stop, const UnpackProgress &progress)
{
    struct stat status = {};
    if (::fstat(archive, &status) != 0)
        return systemError("cannot look at the archive", errno, path);
    if (!S_ISREG(status.st_mode))
        return failure("file.kind", "not a regular file", path);
    Result<ArchiveReader> reader = ArchiveReader::open(archive, path);
    if (!reader)
        return std::unexpected(std::move(reader.error()));
    std::function<void()> tell;
    if (progress)
        tell = [&, size = static_cast<std::uint64_t>(status.st_size)] { progress(reader->consumed(), size); };
    return Unpacker(*reader, destination, limits, std::move(stop)).unpack(tell);
}

} // namespace pivotbench::core
