// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/whatif_operation.h"

#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <span>

namespace pivotbench::core::kernel {
namespace {

using Words = std::vector<std::string>;

std::unexpected<Error> wrong(std::string what, std::string hint = {})
{
    return failure("arguments", std::move(what), {}, std::move(hint));
}

/// A word as a message may quote it: a hostile one is neither long nor able to act on a terminal.
std::string quoted(std::string_view word)
{
    constexpr std::size_t shown = 60;
    return fmt::format("\"{}{}\"", printable(word.substr(0, shown)), word.size() > shown ? "…" : "");
}

constexpr std::string_view blanks = " \t\r";

std::string trimmed(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string()
                                           : std::string(line.substr(first, line.find_last_not_of(blanks) - first + 1));
}

Result<Words> wordsOf(std::string_view line)
{
    if (line.size() > longestOperation)
        return wrong(fmt::format("an operation of {} bytes is too long", line.size()),
                     fmt::format("{} bytes are the most", longestOperation));
    if (line.find('\0') != std::string_view::npos)
        return wrong("an operation holds a NUL byte", "no path can hold one");
    Words words;
    bool inWord = false;
    bool inQuotes = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (!inQuotes && blanks.contains(c)) {
            inWord = false;
            continue;
        }
        if (!inWord) {
            if (c == '#')
                break;
            words.emplace_back();
            inWord = true;
        }
        if (c == '"')
            inQuotes = !inQuotes;
        else if (inQuotes && c == '\\' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\'))
            words.back() += line[++i];
        else
            words.back() += c;
    }
    if (inQuotes)
        return wrong(fmt::format("a quote is not closed: {}", quoted(words.back())), "end it with \"");
    return words;
}

// What stands behind the first word
// ------------------------------------------------------------------------------------

using Parsed = Result<std::variant<Call, SwitchProcess>>;

struct MountWord {
    std::string_view word;
    std::uint64_t flag; ///< 0: the flag that it names is off anyway unless it is given
};
constexpr MountWord mountWords[] = {
    {"ro", ms::readOnly},
    {"rw", 0},
    {"nosuid", ms::noSuid},
    {"suid", 0},
    {"nodev", ms::noDev},
    {"dev", 0},
    {"noexec", ms::noExec},
    {"exec", 0},
    {"noatime", ms::noAtime},
    {"nodiratime", ms::noDirAtime},
    {"relatime", ms::relAtime},
    {"strictatime", ms::strictAtime},
    {"nosymfollow", ms::noSymFollow},
};

Result<std::uint64_t> mountFlags(std::string_view options)
{
    std::uint64_t flags = 0;
    for (const std::string_view option : split(options, ',')) {
        const auto *const known = std::ranges::find(mountWords, option, &MountWord::word);
        if (known == std::end(mountWords)) {
            std::string accepted;
            for (const MountWord &word : mountWords)
                accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", word.word);
            return wrong(fmt::format("{} is no option of a mount", quoted(option)), "accepted: " + accepted);
        }
        flags |= known->flag;
    }
    return flags;
}

Parsed mountOf(const Words &words)
{
    const Result<std::uint64_t> flags = words.size() > 3 ? mountFlags(words[3]) : 0;
    if (!flags)
        return std::unexpected(flags.error());
    return MountCall{.source = words[1], .target = words[2], .type = words[1], .flags = *flags};
}

Parsed bindOf(const Words &words)
{
    const std::uint64_t recursive = words[0] == "rbind" ? ms::recursive : 0;
    return MountCall{.source = words[1], .target = words[2], .flags = ms::bind | recursive};
}

/// "make-rslave /": the first word says it all.
Parsed propagationOf(const Words &words)
{
    static constexpr std::pair<std::string_view, std::uint64_t> types[] = {
        {"shared", ms::shared}, {"slave", ms::slave}, {"private", ms::isPrivate}, {"unbindable", ms::unbindable}};
    std::uint64_t flags = 0;
    for (const auto &[name, flag] : types)
        if (words[0].ends_with(name))
            flags = flag | (words[0].substr(std::string_view("make-").size()) == name ? 0 : ms::recursive);
    return MountCall{.target = words[1], .flags = flags};
}

Parsed moveOf(const Words &words) { return MountCall{.source = words[1], .target = words[2], .flags = ms::move}; }

Parsed remountOf(const Words &words)
{
    const Result<std::uint64_t> flags = mountFlags(words[1]);
    if (!flags)
        return std::unexpected(flags.error());
    return MountCall{.target = words[2], .flags = ms::remount | ms::bind | *flags};
}

Parsed overlayOf(const Words &words)
{
    MountCall call{.source = "overlay", .target = words[4], .type = "overlay"};
    for (const std::string_view lower : split(words[1], ':')) {
        if (lower.empty())
            return wrong(fmt::format("{} holds an empty layer", quoted(words[1])),
                         "LOWER[:LOWER…], the uppermost first");
        call.overlay.lowers.emplace_back(lower);
    }
    if ((words[2] == "-") != (words[3] == "-"))
        return wrong(fmt::format("{} alone is \"-\"", words[2] == "-" ? "UPPER" : "WORK"),
                     "an overlay has both, or neither and is read-only");
    if (words[2] != "-") {
        call.overlay.upper = words[2];
        call.overlay.work = words[3];
    }
    return call;
}

Parsed unmountOf(const Words &words)
{
    if (words.size() == 2)
        return UnmountCall{.target = words[1]};
    if (words[1] != "-l")
        return wrong(fmt::format("{} is no option of umount", quoted(words[1])), "accepted: -l");
    return UnmountCall{.target = words[2], .flags = UnmountCall::detach};
}

Parsed linkOf(const Words &words)
{
    if (words[1] != "-s")
        return wrong(fmt::format("{} is no option of ln", quoted(words[1])),
                     "accepted: -s, for the model has no hard links");
    return SymlinkCall{.target = words[2], .path = words[3]};
}

template <typename PathCall> Parsed pathOf(const Words &words) { return PathCall{words[1]}; }

Parsed pivotOf(const Words &words) { return PivotRootCall{words[1], words[2]}; }

Parsed namespacesOf(const Words &words)
{
    NamespaceSet set;
    const std::pair<std::string_view, bool &> options[] = {{"--user", set.user}, {"--mount", set.mount},
                                                           {"--pid", set.pid},   {"--net", set.network},
                                                           {"--ipc", set.ipc},   {"--cgroup", set.cgroup}};
    for (const std::string &word : std::span(words).subspan(1)) {
        const auto *const known =
            std::ranges::find(options, std::string_view(word), [](const auto &option) { return option.first; });
        if (known == std::end(options))
            return wrong(fmt::format("{} is no option of {}", quoted(word), words[0]),
                         "accepted: --user, --mount, --pid, --net, --ipc, --cgroup");
        known->second = true;
    }
    if (words[0] == "clone")
        return CloneCall{set};
    return UnshareCall{set};
}

Parsed switchOf(const Words &words)
{
    std::size_t number = 0;
    const char *const end = words[1].data() + words[1].size();
    const auto [stop, error] = std::from_chars(words[1].data(), end, number);
    if (error != std::errc() || stop != end || number == 0)
        return wrong(fmt::format("{} is no number of a process", quoted(words[1])),
                     "the first is 1, and each \"clone\" makes the next");
    return SwitchProcess{number};
}

Parsed exitOf(const Words &) { return ExitCall{}; }

struct Form {
    std::string_view name;
    std::string_view behind; ///< what stands behind the name
    std::size_t least;       ///< words behind it
    std::size_t most;
    Parsed (*parse)(const Words &words);
};
constexpr Form forms[] = {
    {"mount", "TYPE TARGET [ro,nosuid,…]", 2, 3, mountOf},
    {"bind", "SOURCE TARGET", 2, 2, bindOf},
    {"rbind", "SOURCE TARGET", 2, 2, bindOf},
    {"overlay", "LOWER[:LOWER…] UPPER WORK TARGET", 4, 4, overlayOf},
    {"remount", "OPTION[,OPTION…] PATH", 2, 2, remountOf},
    {"move", "SOURCE TARGET", 2, 2, moveOf},
    {"umount", "[-l] PATH", 1, 2, unmountOf},
    {"make-shared", "PATH", 1, 1, propagationOf},
    {"make-slave", "PATH", 1, 1, propagationOf},
    {"make-private", "PATH", 1, 1, propagationOf},
    {"make-unbindable", "PATH", 1, 1, propagationOf},
    {"make-rshared", "PATH", 1, 1, propagationOf},
    {"make-rslave", "PATH", 1, 1, propagationOf},
    {"make-rprivate", "PATH", 1, 1, propagationOf},
    {"make-runbindable", "PATH", 1, 1, propagationOf},
    {"pivot_root", "NEW_ROOT PUT_OLD", 2, 2, pivotOf},
    {"chroot", "PATH", 1, 1, pathOf<ChrootCall>},
    {"cd", "PATH", 1, 1, pathOf<ChdirCall>},
    {"mkdir", "PATH", 1, 1, pathOf<MkdirCall>},
    {"rmdir", "PATH", 1, 1, pathOf<RmdirCall>},
    {"ln", "-s LINK_TARGET PATH", 3, 3, linkOf},
    {"unshare", "[--user] [--mount] [--pid] [--net] [--ipc] [--cgroup]", 1, 6, namespacesOf},
    {"clone", "[--user] [--mount] [--pid] [--net] [--ipc] [--cgroup]", 0, 6, namespacesOf},
    {"as", "NUMBER", 1, 1, switchOf},
    {"exit", "", 0, 0, exitOf},
};

std::string textOf(const Form &form)
{
    return fmt::format("{}{}{}", form.name, form.behind.empty() ? "" : " ", form.behind);
}

Result<WhatIfOperation> operationOf(std::string_view line, const Words &words)
{
    if (words.empty())
        return wrong("an operation is empty", "accepted: mount, bind, umount, …; --help names them all");
    const auto *const form = std::ranges::find(forms, std::string_view(words.front()), &Form::name);
    if (form == std::end(forms)) {
        std::string names;
        for (const Form &known : forms)
            names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
        return wrong(fmt::format("{} is no operation", quoted(words.front())), "accepted: " + names);
    }
    const std::size_t behind = words.size() - 1;
    if (behind < form->least)
        return wrong(fmt::format("something is missing behind {}", quoted(words.back())), "accepted: " + textOf(*form));
    if (behind > form->most)
        return wrong(fmt::format("{} is too much", quoted(words[form->most + 1])), "accepted: " + textOf(*form));
    Parsed what = form->parse(words);
    if (!what)
        return std::unexpected(std::move(what.error()));
    return WhatIfOperation{trimmed(line), std::move(*what)};
}

} // namespace

Result<WhatIfOperation> parseOperation(std::string_view line)
{
    const Result<Words> words = wordsOf(line);
    return words ? operationOf(line, *words) : std::unexpected(words.error());
}

Result<std::vector<WhatIfOperation>> parseOperations(std::string_view text)
{
    std::vector<WhatIfOperation> operations;
    std::size_t number = 0;
    const auto inLine = [&](Error error) {
        error.what = fmt::format("line {}: {}", number, error.what);
        return std::unexpected(std::move(error));
    };
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        Result<Words> words = wordsOf(line);
        if (!words)
            return inLine(std::move(words.error()));
        if (words->empty())
            continue;
        if (operations.size() == mostOperations)
            return inLine({.code = "arguments",
                           .what = "there are too many operations",
                           .hint = fmt::format("{} are the most", mostOperations)});
        Result<WhatIfOperation> operation = operationOf(line, *words);
        if (!operation)
            return inLine(std::move(operation.error()));
        operations.push_back(std::move(*operation));
    }
    return operations;
}

std::string operationForms()
{
    std::string out;
    for (const Form &form : forms)
        out += textOf(form) + '\n';
    return out;
}

} // namespace pivotbench::core::kernel
