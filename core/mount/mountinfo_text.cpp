// SPDX-License-Identifier: Apache-2.0
//
// Text of mountinfo ↔ MountEntry. One pass over the bytes; the only memory taken is that of the rows.
#include "core/base/text.h"
#include "core/mount/mount_table.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <iterator>

namespace pivotbench::core {
namespace {

// Escapes -------------------------------------------------------------------------------------------------------------

/// Names lose every escape. Options keep the ones that tell a value from a separator, so only bytes that can form
/// neither a separator nor a new escape are decoded in them; the kernel escapes more only in names.
enum class Escapes { Names, Options };

bool decodesInOptions(unsigned char byte) { return byte <= ' ' || byte == '#' || byte >= 0x7f; }

bool isOctal(char c) { return c >= '0' && c <= '7'; }

/// The byte that the escape at the start of `text` stands for, or -1 when there is none ("\400" and above are no
/// bytes).
int escapedByte(std::string_view text)
{
    if (text.size() < 4 || text[0] != '\\' || text[1] > '3' || !isOctal(text[1]) || !isOctal(text[2]) ||
        !isOctal(text[3]))
        return -1;
    return (text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0');
}

/// Fails on an escaped NUL, which no name can hold.
bool decode(std::string_view field, Escapes escapes, std::string &out)
{
    const void *firstBackslash = field.empty() ? nullptr : std::memchr(field.data(), '\\', field.size());
    if (!firstBackslash) {
        out.assign(field);
        return true;
    }
    out.clear();
    while (!field.empty()) {
        const int byte = escapedByte(field);
        if (byte == 0)
            return false;
        if (byte > 0 && (escapes == Escapes::Names || decodesInOptions(static_cast<unsigned char>(byte)))) {
            out += static_cast<char>(byte);
            field.remove_prefix(4);
            continue;
        }
        const std::size_t next = std::min(field.find('\\', 1), field.size());
        out += field.substr(0, next);
        field.remove_prefix(next);
    }
    return true;
}

void encode(std::string_view field, std::string_view escaped, bool ascii, std::string &out)
{
    for (const char c : field) {
        const auto byte = static_cast<unsigned char>(c);
        if (escaped.find(c) != std::string_view::npos || (ascii && (byte < ' ' || byte >= 0x7f)))
            fmt::format_to(std::back_inserter(out), "\\{:03o}", byte);
        else
            out += c;
    }
}

// Parsing -------------------------------------------------------------------------------------------------------------

/// Takes a line apart at single spaces: two spaces are an empty field between them, as for a mount without a source.
class Fields {
public:
    explicit Fields(std::string_view line)
        : m_rest(line)
    {
    }

    bool next(std::string_view &field)
    {
        if (m_done)
            return false;
        const void *space = m_rest.empty() ? nullptr : std::memchr(m_rest.data(), ' ', m_rest.size());
        if (!space) {
            field = m_rest;
            m_done = true;
            return true;
        }
        const auto length = static_cast<std::size_t>(static_cast<const char *>(space) - m_rest.data());
        field = m_rest.substr(0, length);
        m_rest.remove_prefix(length + 1);
        return true;
    }
    [[nodiscard]] bool done() const { return m_done; }
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
    bool m_done = false;
};

template <typename Int> bool number(std::string_view text, Int &out)
{
    const char *end = text.data() + text.size();
    const auto [rest, status] = std::from_chars(text.data(), end, out);
    return status == std::errc{} && rest == end;
}

bool name(std::string_view text, std::string &out) { return !text.empty() && decode(text, Escapes::Names, out); }

/// Each parser returns what is wrong with the row, or null.
using Problem = const char *;

Problem parseTag(std::string_view tag, MountEntry &out)
{
    const auto group = [&](std::string_view prefix, std::uint64_t &value) {
        return value == 0 && number(tag.substr(prefix.size()), value) && value != 0;
    };
    if (tag.starts_with("shared:"))
        return group("shared:", out.peerGroup) ? nullptr : "the tag shared:N has no proper number, or stands twice";
    if (tag.starts_with("master:"))
        return group("master:", out.master) ? nullptr : "the tag master:N has no proper number, or stands twice";
    if (tag.starts_with("propagate_from:"))
        return group("propagate_from:", out.propagateFrom)
                   ? nullptr
                   : "the tag propagate_from:N has no proper number, or stands twice";
    if (tag == "unbindable") {
        out.unbindable = true;
        return nullptr;
    }
    return name(tag, out.unknownTags.emplace_back()) ? nullptr : "an optional field (field 7) is empty or holds NUL";
}

/// Fields 9 to 11, after the separator. A source may be empty or missing altogether; the last field takes the whole
/// rest, because some filesystems print spaces there.
Problem parseFilesystem(Fields &fields, MountEntry &out)
{
    std::string_view word;
    if (!fields.next(word) || !name(word, out.type))
        return "the filesystem type (field 9) is missing";
    if (!fields.next(word))
        return "the super options (field 11) are missing";
    std::string_view options = word;
    if (!fields.done()) {
        if (!decode(word, Escapes::Names, out.source))
            return "the source (field 10) holds NUL";
        options = fields.rest();
    }
    return decode(options, Escapes::Options, out.superOptions) ? nullptr : "the super options (field 11) hold NUL";
}

Problem parseRow(std::string_view line, MountEntry &out)
{
    Fields fields(line);
    std::string_view word;
    if (!fields.next(word) || !number(word, out.id))
        return "the mount id (field 1) is not a number";
    if (!fields.next(word) || !number(word, out.parentId))
        return "the parent id (field 2) is not a number";
    const std::size_t colon = fields.next(word) ? word.find(':') : std::string_view::npos;
    if (colon == std::string_view::npos || !number(word.substr(0, colon), out.deviceMajor) ||
        !number(word.substr(colon + 1), out.deviceMinor))
        return "the device (field 3) is not major:minor";
    if (!fields.next(word) || !name(word, out.root))
        return "the root (field 4) is missing";
    if (!fields.next(word) || !name(word, out.mountPoint) || out.mountPoint.front() != '/')
        return "the mount point (field 5) is not an absolute path";
    if (!fields.next(word) || word.empty() || !decode(word, Escapes::Options, out.options))
        return "the mount options (field 6) are missing";
    while (fields.next(word)) {
        if (word == "-")
            return parseFilesystem(fields, out);
        if (const Problem problem = parseTag(word, out))
            return problem;
    }
    return "the separator \"-\" (field 8) is missing";
}

/// No row is shorter than "1 1 0:0 / / r - t o".
constexpr std::size_t shortestRow = 19;
/// Rows to make room for before the first is read; a table that has more grows as it proves to be real.
constexpr std::size_t reserveLimit = 1 << 16;

std::string shown(std::string_view line)
{
    constexpr std::size_t enough = 160;
    return printable(line.substr(0, enough)) + (line.size() > enough ? "…" : "");
}

/// An unknown tag that the parser would take for something else, were its first byte not escaped.
bool looksKnown(std::string_view tag)
{
    return tag == "-" || tag == "unbindable" || tag.starts_with("shared:") || tag.starts_with("master:") ||
           tag.starts_with("propagate_from:");
}

std::string format(const MountEntry &entry, bool ascii)
{
    // The kernel's sets (fs/proc_namespace.c): mangle() for type and source, seq_dentry() and seq_path_root() for
    // paths. An option keeps its own escapes.
    constexpr std::string_view inPaths = " \t\n\\";
    constexpr std::string_view inNames = " \t\n\\#";
    constexpr std::string_view inOptions = " \t\n";
    std::string out = fmt::format("{} {} {}:{} ", entry.id, entry.parentId, entry.deviceMajor, entry.deviceMinor);
    encode(entry.root, inPaths, ascii, out);
    out += ' ';
    encode(entry.mountPoint, inPaths, ascii, out);
    out += ' ';
    encode(entry.options, inOptions, ascii, out);
    if (entry.peerGroup)
        fmt::format_to(std::back_inserter(out), " shared:{}", entry.peerGroup);
    if (entry.master)
        fmt::format_to(std::back_inserter(out), " master:{}", entry.master);
    if (entry.propagateFrom)
        fmt::format_to(std::back_inserter(out), " propagate_from:{}", entry.propagateFrom);
    if (entry.unbindable)
        out += " unbindable";
    for (const std::string &tag : entry.unknownTags) {
        out += ' ';
        const std::size_t begin = looksKnown(tag) ? 1 : 0;
        if (begin != 0)
            fmt::format_to(std::back_inserter(out), "\\{:03o}", static_cast<unsigned char>(tag.front()));
        encode(std::string_view(tag).substr(begin), inPaths, ascii, out);
    }
    out += " - ";
    encode(entry.type, inNames, ascii, out);
    out += ' ';
    encode(entry.source, inNames, ascii, out);
    out += ' ';
    encode(entry.superOptions, inOptions, ascii, out);
    return out;
}

} // namespace

Result<MountEntry> parseMountinfoLine(std::string_view line)
{
    MountEntry entry;
    const Problem problem = line.find('\0') != std::string_view::npos   ? "the row holds a NUL"
                            : line.find('\n') != std::string_view::npos ? "the row holds a newline"
                                                                        : parseRow(line, entry);
    if (problem)
        return failure("mountinfo", fmt::format("{}: {}", problem, shown(line)));
    return entry;
}

Result<std::vector<MountEntry>> parseMountinfo(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        return failure("mountinfo", "the mount table holds a NUL");
    std::vector<MountEntry> entries;
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    entries.reserve(std::min({lines, text.size() / shortestRow + 1, reserveLimit}));
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        if (const Problem problem = parseRow(line, entries.emplace_back()))
            return failure("mountinfo", fmt::format("line {}: {}: {}", entries.size(), problem, shown(line)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return entries;
}

std::string formatMountinfoLine(const MountEntry &entry) { return format(entry, false); }

std::string formatMountinfoLineAscii(const MountEntry &entry) { return format(entry, true); }

std::string escapeOctal(std::string_view text)
{
    std::string out;
    encode(text, "\\", true, out);
    return out;
}

std::string unescapeOctal(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const int byte = escapedByte(text);
        out += byte < 0 ? text.front() : static_cast<char>(byte);
        text.remove_prefix(byte < 0 ? 1 : 4);
    }
    return out;
}

std::string propagationText(const MountEntry &entry)
{
    if (entry.unbindable)
        return "unbindable";
    if (entry.master)
        return entry.peerGroup ? "slave,shared" : "slave";
    return entry.peerGroup ? "shared" : "private";
}

} // namespace pivotbench::core
