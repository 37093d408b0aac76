// SPDX-License-Identifier: Apache-2.0
//
// One archive read from its beginning to its end, behind libarchive(3): tar in all its forms and zip, plain or packed
// with gzip, bzip2, xz, zstd or lz4, found out by the bytes and not by the name. Nothing is written here, and no name
// is believed: an entry is what the archive says. Blocking; one thread, since the reader sets that thread's locale.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <ctime>
#include <locale.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>

struct archive;
struct archive_entry;

namespace pivotbench::core {

enum class ArchivedKind : std::uint8_t { File, Directory, Symlink, HardLink, Whiteout, Special };

struct ArchivedEntry {
    std::string name; ///< as the archive has it: bytes, perhaps absolute, perhaps with ".."
    ArchivedKind kind = ArchivedKind::File;
    mode_t mode = 0;        ///< permissions with the set-id and sticky bits
    std::uint64_t size = 0; ///< as promised; 0 where the archive does not say
    std::optional<timespec> modified;
    std::string target;         ///< of a symbolic link, or the name that a hard link repeats
    bool hasAttributes = false; ///< extended attributes or access control lists
};

struct ArchivedBlock {
    std::uint64_t offset = 0; ///< in the file; what lies between blocks is a hole
    std::span<const char> bytes;
};

class ArchiveReader {
public:
    /// `fd`, a regular file, stays the caller's and open; `path` is for errors.
    [[nodiscard]] static Result<ArchiveReader> open(int fd, std::string path);

    ArchiveReader(ArchiveReader &&) noexcept = default;
    ArchiveReader &operator=(ArchiveReader &&) = delete;
    ArchiveReader(const ArchiveReader &) = delete;
    ArchiveReader &operator=(const ArchiveReader &) = delete;
    ~ArchiveReader() = default;

    /// The next entry; nothing at the end. Code "archive.broken" where the archive is damaged or cut off.
    [[nodiscard]] Result<std::optional<ArchivedEntry>> next();
    /// The next piece of the entry's file, valid until the next call; nothing at its end.
    [[nodiscard]] Result<std::optional<ArchivedBlock>> nextBlock();
    /// Bytes of the archive's own file that were read.
    [[nodiscard]] std::uint64_t consumed() const;

private:
    /// libarchive turns names through the locale, and the C locale refuses all but ASCII. For this thread alone:
    /// setlocale(3) would be for all of them.
    class Locale {
    public:
        Locale();
        Locale(Locale &&other) noexcept;
        Locale(const Locale &) = delete;
        Locale &operator=(const Locale &) = delete;
        Locale &operator=(Locale &&) = delete;
        ~Locale();

    private:
        locale_t m_own;
        locale_t m_before;
    };
    struct Free {
        void operator()(archive *reader) const;
    };

    ArchiveReader(std::unique_ptr<archive, Free> reader, Locale locale, std::string path);
    [[nodiscard]] std::unexpected<Error> broken(const std::string &what, const std::string &path) const;

    Locale m_locale; // outlives the reader
    std::unique_ptr<archive, Free> m_archive;
    std::string m_path;
    std::string m_entry;                ///< the name of the last one, for errors
    archive_entry *m_current = nullptr; ///< libarchive's
};

} // namespace pivotbench::core
