// SPDX-License-Identifier: Apache-2.0
#include "core/image/archive_reader.h"

#include "core/base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <fmt/format.h>
#include <sys/stat.h>
#include <utility>

namespace pivotbench::core {
namespace {

constexpr std::size_t blockSize = 128 * 1024;
constexpr long nanoseconds = 1'000'000'000;

using Supported = int (*)(archive *);

/// ARCHIVE_WARN: libarchive would start a program for it, and that is refused.
bool support(archive *reader)
{
    constexpr std::array<Supported, 2> formats{archive_read_support_format_tar, archive_read_support_format_zip};
    constexpr std::array<Supported, 5> filters{archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                                               archive_read_support_filter_xz, archive_read_support_filter_zstd,
                                               archive_read_support_filter_lz4};
    for (const Supported format : formats)
        if (format(reader) != ARCHIVE_OK)
            return false;
    for (const Supported filter : filters)
        if (filter(reader) != ARCHIVE_OK)
            return false;
    return true;
}

std::string textOr(const char *local, const char *utf8) { return local ? local : utf8 ? utf8 : ""; }

ArchivedKind kindOf(archive_entry *entry)
{
    if (archive_entry_hardlink(entry) || archive_entry_hardlink_utf8(entry))
        return ArchivedKind::HardLink;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return ArchivedKind::File;
    case AE_IFDIR: return ArchivedKind::Directory;
    case AE_IFLNK: return ArchivedKind::Symlink;
    case AE_IFCHR:
        return archive_entry_rdevmajor(entry) == 0 && archive_entry_rdevminor(entry) == 0 ? ArchivedKind::Whiteout
                                                                                          : ArchivedKind::Special;
    default: return ArchivedKind::Special;
    }
}

std::optional<timespec> modifiedOf(archive_entry *entry)
{
    if (archive_entry_mtime_is_set(entry) == 0)
        return {};
    const long part = archive_entry_mtime_nsec(entry);
    return timespec{.tv_sec = archive_entry_mtime(entry), .tv_nsec = part >= 0 && part < nanoseconds ? part : 0};
}

} // namespace

ArchiveReader::Locale::Locale()
    : m_own(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr))
    , m_before(::uselocale(m_own))
{
}

ArchiveReader::Locale::Locale(Locale &&other) noexcept
    : m_own(std::exchange(other.m_own, nullptr))
    , m_before(other.m_before)
{
}

ArchiveReader::Locale::~Locale()
{
    if (!m_own)
        return;
    ::uselocale(m_before);
    ::freelocale(m_own);
}

void ArchiveReader::Free::operator()(archive *reader) const { archive_read_free(reader); }

ArchiveReader::ArchiveReader(std::unique_ptr<archive, Free> reader, Locale locale, std::string path)
    : m_locale(std::move(locale))
    , m_archive(std::move(reader))
    , m_path(std::move(path))
{
}

Result<ArchiveReader> ArchiveReader::open(int fd, std::string path)
{
    Locale locale;
    std::unique_ptr<archive, Free> reader(archive_read_new());
    if (!reader || !support(reader.get()))
        return failure("archive.library", "libarchive lacks a format or a compression that is needed");
    ArchiveReader made(std::move(reader), std::move(locale), std::move(path));
    if (archive_read_open_fd(made.m_archive.get(), fd, blockSize) != ARCHIVE_OK)
        return made.broken("cannot read the archive", made.m_path);
    return made;
}

std::unexpected<Error> ArchiveReader::broken(const std::string &what, const std::string &path) const
{
    const char *why = archive_error_string(m_archive.get());
    return failure("archive.broken", why ? fmt::format("{} ({})", what, printable(why)) : what, path);
}

Result<std::optional<ArchivedEntry>> ArchiveReader::next()
{
    const int status = archive_read_next_header(m_archive.get(), &m_current);
    if (status == ARCHIVE_EOF)
        return std::nullopt;
    // ARCHIVE_WARN: something was odd, and the entry is there all the same; its name may be what was.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
        return broken(m_entry.empty() ? "cannot read the archive"
                                      : fmt::format("the archive is damaged after “{}”", printable(m_entry)),
                      m_path);
    ArchivedEntry entry;
    entry.name = textOr(archive_entry_pathname(m_current), archive_entry_pathname_utf8(m_current));
    if (entry.name.empty())
        return broken(fmt::format("an entry has no name that can be read, after “{}”", printable(m_entry)), m_path);
    m_entry = entry.name;
    entry.kind = kindOf(m_current);
    entry.mode = archive_entry_perm(m_current);
    if (archive_entry_size_is_set(m_current) != 0) {
        if (archive_entry_size(m_current) < 0)
            return broken("an entry has a negative size", m_entry);
        entry.size = static_cast<std::uint64_t>(archive_entry_size(m_current));
    }
    entry.modified = modifiedOf(m_current);
    if (entry.kind == ArchivedKind::Symlink)
        entry.target = textOr(archive_entry_symlink(m_current), archive_entry_symlink_utf8(m_current));
    else if (entry.kind == ArchivedKind::HardLink)
        entry.target = textOr(archive_entry_hardlink(m_current), archive_entry_hardlink_utf8(m_current));
    entry.hasAttributes = archive_entry_xattr_count(m_current) > 0 || archive_entry_acl_types(m_current) != 0;
    return entry;
}

Result<std::optional<ArchivedBlock>> ArchiveReader::nextBlock()
{
    const void *bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(m_archive.get(), &bytes, &size, &offset);
    if (status == ARCHIVE_EOF)
        return std::nullopt;
    if (status != ARCHIVE_OK || offset < 0)
        return broken("the archive is damaged or cut off in the middle of a file", m_entry);
    return ArchivedBlock{.offset = static_cast<std::uint64_t>(offset),
                         .bytes = {static_cast<const char *>(bytes), size}};
}

std::uint64_t ArchiveReader::consumed() const
{
    const la_int64_t bytes = archive_filter_bytes(m_archive.get(), -1);
    return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

} // namespace pivotbench::core
