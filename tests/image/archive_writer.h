// SPDX-License-Identifier: Apache-2.0
//
// Archives for tests, also such as no honest program writes: names are taken as they are.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <utility>
#include <vector>

namespace pivotbench::test {

struct Written {
    std::string name;
    mode_t type = S_IFREG;
    std::string text = {};   ///< a file's bytes, a symbolic link's target
    std::string linkTo = {}; ///< a hard link's target
    mode_t mode = 0644;
    dev_t device = makedev(1, 3);
    std::vector<std::pair<std::string, std::string>> attributes = {};
    std::int64_t promised = -1; ///< a size other than the text's, filled with holes
};

inline Written file(std::string name, std::string text = "text", mode_t mode = 0644)
{
    return {.name = std::move(name), .text = std::move(text), .mode = mode};
}
inline Written folder(std::string name, mode_t mode = 0755)
{
    return {.name = std::move(name), .type = S_IFDIR, .mode = mode};
}
inline Written softLink(std::string name, std::string target)
{
    return {.name = std::move(name), .type = S_IFLNK, .text = std::move(target), .mode = 0777};
}
inline Written hardLink(std::string name, std::string target)
{
    return {.name = std::move(name), .linkTo = std::move(target)};
}
inline Written device(std::string name, mode_t type, dev_t number)
{
    return {.name = std::move(name), .type = type, .device = number};
}

enum class Format { GnuTar, Pax, Zip };

/// `filter`: ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, …
inline void writeArchive(const std::string &path, const std::vector<Written> &entries, Format format = Format::GnuTar,
                         int filter = ARCHIVE_FILTER_NONE)
{
    const auto must = [](int status) {
        if (status != ARCHIVE_OK)
            std::abort();
    };
    archive *out = archive_write_new();
    must(format == Format::Zip   ? archive_write_set_format_zip(out)
         : format == Format::Pax ? archive_write_set_format_pax(out)
                                 : archive_write_set_format_gnutar(out));
    must(archive_write_add_filter(out, filter));
    must(archive_write_open_filename(out, path.c_str()));
    for (const Written &one : entries) {
        archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, one.name.c_str());
        archive_entry_set_filetype(entry, one.type);
        archive_entry_set_perm(entry, one.mode);
        archive_entry_set_mtime(entry, 1'000'000'000, 0);
        if (one.type == S_IFLNK)
            archive_entry_set_symlink(entry, one.text.c_str());
        if (!one.linkTo.empty())
            archive_entry_set_hardlink(entry, one.linkTo.c_str());
        if (one.type == S_IFCHR || one.type == S_IFBLK)
            archive_entry_set_rdev(entry, one.device);
        for (const auto &[name, value] : one.attributes)
            archive_entry_xattr_add_entry(entry, name.c_str(), value.data(), value.size());
        const bool hasData = one.type == S_IFREG && one.linkTo.empty();
        archive_entry_set_size(entry, !hasData ? 0 : one.promised >= 0 ? one.promised : std::ssize(one.text));
        if (one.promised >= 0)
            archive_entry_sparse_add_entry(entry, 0, std::ssize(one.text));
        must(archive_write_header(out, entry));
        if (hasData && archive_write_data(out, one.text.data(), one.text.size()) != std::ssize(one.text))
            std::abort();
        archive_entry_free(entry);
    }
    must(archive_write_free(out));
}

} // namespace pivotbench::test
