// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"
#include "core/spec/spec_json.h"

#include <algorithm>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t maxNameBytes = 64;
constexpr std::size_t maxDescriptionBytes = 4096;
constexpr std::size_t maxComponentBytes = 255; ///< NAME_MAX
constexpr std::size_t maxPathBytes = 4095;     ///< PATH_MAX without its NUL
/// What is left of the 256 KiB of a request to the helper when the rest of the request has its place.
constexpr std::size_t maxSpecBytes = std::size_t{224} * 1024;

/// Calls visit(field, text) for every string of the spec. `field` is a function that makes the name: a spec of a
/// thousand mounts has thousands of strings, and hardly ever is one of them named.
template <typename Visit> void forEachString(const SandboxSpec &spec, Visit visit)
{
    const auto one = [&](std::string_view field, const std::string &text) {
        visit([field] { return std::string(field); }, text);
    };
    const auto list = [&](std::string_view field, const std::vector<std::string> &texts) {
        for (std::size_t i = 0; i < texts.size(); ++i)
            visit([&, i] { return fmt::format("{}[{}]", field, i); }, texts[i]);
    };
    one("name", spec.name);
    one("description", spec.description);
    for (std::size_t i = 0; i < spec.root.layers.size(); ++i) {
        visit([i] { return fmt::format("root.layers[{}].path", i); }, spec.root.layers[i].path);
        visit([i] { return fmt::format("root.layers[{}].builtin", i); }, spec.root.layers[i].builtin);
    }
    one("root.keepName", spec.root.keepName);
    one("root.putOld", spec.root.putOld);
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        const MountSpec &mount = spec.mounts[i];
        visit([i] { return fmt::format("mounts[{}].destination", i); }, mount.destination);
        visit([i] { return fmt::format("mounts[{}].type", i); }, mount.type);
        visit([i] { return fmt::format("mounts[{}].source", i); }, mount.source);
        for (std::size_t j = 0; j < mount.options.size(); ++j)
            visit([i, j] { return fmt::format("mounts[{}].options[{}]", i, j); }, mount.options[j]);
    }
    list("dev.devices", spec.dev.devices);
    one("hostname", spec.hostname);
    one("domainname", spec.domainname);
    one("files.resolvConf.text", spec.files.resolvConf.text);
    one("files.hosts.text", spec.files.hosts.text);
    one("files.hostnameFile.text", spec.files.hostnameFile.text);
    list("maskedPaths", spec.maskedPaths);
    list("readonlyPaths", spec.readonlyPaths);
    one("seccomp.path", spec.seccomp.path);
    list("process.args", spec.process.args);
    list("process.env", spec.process.env);
    one("process.cwd", spec.process.cwd);
    list("process.capabilities", spec.process.capabilities.names);
    for (std::size_t i = 0; i < spec.process.rlimits.size(); ++i)
        visit([i] { return fmt::format("process.rlimits[{}].type", i); }, spec.process.rlimits[i].type);
}

/// At least as many bytes as the spec has as text: six for each byte of a string (an escaped control character), its
/// field name and punctuation, and room for all that is not text.
std::size_t mostBytes(const SandboxSpec &spec)
{
    constexpr std::size_t perField = 40;
    constexpr std::size_t fixedPart = std::size_t{16} * 1024;
    constexpr std::size_t perRange = 96;
    std::size_t bytes = fixedPart + perRange * (spec.idMaps.uid.size() + spec.idMaps.gid.size() +
                                                spec.process.rlimits.size() + spec.process.additionalGids.size());
    forEachString(spec, [&](const auto &, const std::string &text) {
        const bool escapes =
            std::ranges::any_of(text, [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < ' '); });
        bytes += perField + text.size() * (escapes ? 6 : 1);
    });
    return bytes;
}

void checkNames(const SandboxSpec &spec, Findings &findings)
{
    if (!isPlain(spec.name))
        findings.add(
            "name.invalid", "name",
            "the name holds control or invisible characters, and could pose as another name wherever it is shown",
            "use letters, digits and ordinary signs");
    if (spec.name.size() > maxNameBytes)
        findings.add("name.long", "name",
                     fmt::format("the name has {} bytes; the limit is {}", spec.name.size(), maxNameBytes),
                     "shorten it, and put the rest into the description");
    if (printable(spec.description, true) != spec.description)
        findings.add("description.invalid", "description",
                     "the description holds control or invisible characters, which could fool a terminal or a reader",
                     "use plain text; newlines are fine");
    if (spec.description.size() > maxDescriptionBytes)
        findings.add(
            "description.long", "description",
            fmt::format("the description has {} bytes; the limit is {}", spec.description.size(), maxDescriptionBytes),
            "shorten it");
}

/// A file of a newer Pivotbench, or one with a slip of the pen.
void checkUnknown(const SandboxSpec &spec, Findings &findings)
{
    constexpr std::size_t mostNamed = 5;
    const std::vector<std::string> fields = unknownFields(spec);
    if (fields.empty() && spec.version <= specVersion)
        return;
    std::string names;
    for (std::size_t i = 0; i < std::min(fields.size(), mostNamed); ++i)
        names += (i == 0 ? ": " : ", ") + printable(fields[i].substr(0, maxNameBytes));
    if (fields.size() > mostNamed)
        names += ", …";
    findings.add(
        "spec.unknown", fields.empty() ? "pivotbench" : printable(fields.front().substr(0, maxNameBytes)),
        spec.version > specVersion
            ? fmt::format("the file is of version {}, this Pivotbench knows {}, and {} of its settings are not "
                          "understood{}; a run would go without them",
                          spec.version, specVersion, fields.size(), names)
            : fmt::format("{} settings of the file are not understood{}; a run would go without them", fields.size(),
                          names),
        "use a newer Pivotbench, or correct the names; they stay in the file as they are");
}

} // namespace

void checkText(const Examined &examined, Findings &findings)
{
    forEachString(examined.spec, [&](const auto &field, const std::string &text) {
        if (text.contains('\0'))
            findings.add(
                "text.nul", field(),
                "it holds a NUL character; the kernel takes strings up to the first NUL, so the rest would be lost",
                "remove the NUL character");
        else if (!isUtf8(text))
            findings.add(
                "text.encoding", field(),
                "it is not UTF-8 text, and can neither be saved nor be sent to the helper, which both speak JSON",
                "rename the file or folder, or write the text as UTF-8");
    });
    checkNames(examined.spec, findings);
    checkUnknown(examined.spec, findings);
    // Writing it down to count takes longer than everything else here.
    if (mostBytes(examined.spec) <= maxSpecBytes)
        return;
    if (const std::size_t bytes = writeSpecCompact(examined.spec).size(); bytes > maxSpecBytes)
        findings.add("spec.size", "",
                     fmt::format("the whole spec has {} bytes as text; a request to the helper has room for {}", bytes,
                                 maxSpecBytes),
                     "move long texts into files and bind these");
}

void checkPath(const std::string &field, std::string_view path, Findings &findings)
{
    if (path.empty())
        return findings.add("path.empty", field, "the path is empty, and names no place at all",
                            "write an absolute path");
    if (!path.starts_with('/'))
        findings.add(
            "path.relative", field,
            fmt::format("\"{}\" is relative, and would mean another place in every working directory", printable(path)),
            "write an absolute path, one that begins with \"/\"");
    const std::vector<std::string_view> parts = split(path, '/');
    if (std::ranges::any_of(parts, [](std::string_view part) { return part == "." || part == ".."; }))
        findings.add(
            "path.dots", field,
            fmt::format("\"{}\" goes through \".\" or \"..\", which leads elsewhere once a link or a mount stands on "
                        "the way",
                        printable(path)),
            "write the path that it leads to");
    if (path.size() > maxPathBytes ||
        std::ranges::any_of(parts, [](std::string_view part) { return part.size() > maxComponentBytes; }))
        findings.add("path.long", field,
                     fmt::format("the path is longer than the kernel takes ({} bytes, {} a name): ENAMETOOLONG",
                                 maxPathBytes, maxComponentBytes),
                     "use a shorter path");
    if (!isPlain(path) && isUtf8(path) && !path.contains('\0'))
        findings.add("path.control", field,
                     fmt::format("\"{}\" holds control or invisible characters, and would not be shown as what it is",
                                 printable(path)),
                     "rename it");
}

std::string normalPath(std::string_view path)
{
    std::string normal;
    for (const std::string_view part : split(path, '/')) {
        if (part.empty())
            continue;
        normal += '/';
        normal += part;
    }
    return normal.empty() ? "/" : normal;
}

bool isWithin(std::string_view path, std::string_view folder)
{
    return folder == "/" || path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

} // namespace pivotbench::core
