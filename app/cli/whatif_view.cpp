// SPDX-License-Identifier: Apache-2.0
#include "app/cli/whatif_view.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace pivotbench::app::cli {

using namespace core;

namespace {

using kernel::NamespaceRipple;
using kernel::NamespaceView;
using kernel::ProcessRipple;
using nlohmann::ordered_json;

bool isThere(const NamespaceView &view) { return view.machine || !view.processes.empty(); }

std::string paint(std::string_view text, std::string_view colour, bool colours)
{
    return colours ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

std::string errnoText(const kernel::Refusal &refusal)
{
    return refusal.errnum() == 0 ? std::string("unknown") : errnoName(refusal.errnum());
}

/// "34 mounts (3 shared, 31 private)".
std::string countText(const MountTable &table)
{
    std::map<std::string, std::size_t> kinds;
    for (const MountEntry &entry : table.entries())
        ++kinds[propagationText(entry)];
    std::vector<std::string> parts;
    for (const auto &[kind, count] : kinds)
        parts.push_back(fmt::format("{} {}", count, kind));
    return fmt::format("{} {} ({})", table.size(), table.size() == 1 ? "mount" : "mounts", join(parts, ", "));
}

std::string namespaceText(const NamespaceRipple &ripple, bool colours)
{
    if (!isThere(ripple.before))
        return fmt::format("  {}: made, with {}\n", namespaceName(ripple.after), countText(*ripple.after.table));
    if (!isThere(ripple.after))
        return fmt::format("  {}: ended, with {}\n", namespaceName(ripple.before), countText(*ripple.before.table));
    std::string out = fmt::format("  {}:\n", namespaceName(ripple.after));
    const std::string diff = formatDiff(ripple.diff, *ripple.before.table, *ripple.after.table);
    for (const std::string_view line : split(diff, '\n'))
        if (!line.empty())
            out += fmt::format("    {}\n", paint(line,
                                                 line.front() == '+'   ? "32"
                                                 : line.front() == '-' ? "31"
                                                                       : "33",
                                                 colours));
    return out;
}

/// "root / → / (what was /new)"; empty where the place and its name stayed.
std::string placeText(const char *what, const std::string &before, const std::string &after,
                      const std::string &formerly)
{
    const bool moved = !formerly.empty() && formerly != before;
    if (before == after && !moved)
        return {};
    const std::string_view note = formerly == before ? " (the same directory)" : "";
    const bool renamed = moved && formerly != after;
    return fmt::format("{} {} → {}{}", what, printable(before), printable(after),
                       renamed ? fmt::format(" (what was {})", printable(formerly)) : note);
}

std::string processText(const ProcessRipple &ripple)
{
    if (!ripple.after)
        return fmt::format("  process {}: ended\n", ripple.number);
    if (!ripple.before)
        return fmt::format("  process {}: made, root {}, cwd {}\n", ripple.number, printable(ripple.after->root),
                           printable(ripple.after->cwd));
    std::vector<std::string> parts;
    for (std::string part : {placeText("root", ripple.before->root, ripple.after->root, ripple.formerly.root),
                             placeText("cwd", ripple.before->cwd, ripple.after->cwd, ripple.formerly.cwd)})
        if (!part.empty())
            parts.push_back(std::move(part));
    return fmt::format("  process {}: {}\n", ripple.number, join(parts, "; "));
}

std::string refusalText(const kernel::Refusal &refusal, bool colours)
{
    const kernel::CauseText &cause = textOf(refusal.cause);
    std::string out = fmt::format("  {}: {}{}\n", paint(errnoText(refusal), "31", colours), cause.when,
                                  refusal.path.empty() ? "" : fmt::format(" ({})", printable(refusal.path)));
    if (*cause.fix != '\0')
        out += fmt::format("  fix: {}\n", cause.fix);
    if (*cause.manual != '\0')
        out += fmt::format("  see: {}\n", cause.manual);
    return out;
}

ordered_json mountOf(const MountEntry &entry)
{
    return {{"id", entry.id},
            {"parentId", entry.parentId},
            {"mountPoint", printable(entry.mountPoint)},
            {"root", printable(entry.root)},
            {"type", printable(entry.type)},
            {"source", printable(entry.source)},
            {"options", printable(entry.options)},
            {"propagation", propagationText(entry)}};
}

const char *stateOf(bool before, bool after)
{
    if (!before)
        return "made";
    return after ? "changed" : "ended";
}

ordered_json namespaceOf(const NamespaceRipple &ripple)
{
    const NamespaceView &named = isThere(ripple.after) ? ripple.after : ripple.before;
    const MountRows &before = ripple.before.table->entries();
    const MountRows &after = ripple.after.table->entries();
    ordered_json added = ordered_json::array();
    for (const std::size_t row : ripple.diff.added)
        added.push_back(mountOf(after[row]));
    ordered_json removed = ordered_json::array();
    for (const std::size_t row : ripple.diff.removed)
        removed.push_back(mountOf(before[row]));
    ordered_json changed = ordered_json::array();
    for (const MountChange &change : ripple.diff.changed) {
        ordered_json fields = ordered_json::object();
        for (const std::string &field : change.fields)
            fields[field] = {{"before", printable(fieldText(before[change.before], field))},
                             {"after", printable(fieldText(after[change.after], field))}};
        const MountEntry &entry = after[change.after];
        changed.push_back(
            {{"id", entry.id}, {"mountPoint", printable(entry.mountPoint)}, {"fields", std::move(fields)}});
    }
    return {{"id", named.id},
            {"state", stateOf(isThere(ripple.before), isThere(ripple.after))},
            {"machine", named.machine},
            {"processes", named.processes},
            {"added", std::move(added)},
            {"removed", std::move(removed)},
            {"changed", std::move(changed)}};
}

ordered_json processOf(const ProcessRipple &ripple)
{
    const auto place = [](const std::optional<kernel::Standing> &standing, std::string kernel::Standing::*which) {
        return standing ? ordered_json(printable((*standing).*which)) : ordered_json();
    };
    return {{"id", ripple.number},
            {"state", stateOf(ripple.before.has_value(), ripple.after.has_value())},
            {"root", place(ripple.after, &kernel::Standing::root)},
            {"cwd", place(ripple.after, &kernel::Standing::cwd)},
            {"rootBefore", place(ripple.before, &kernel::Standing::root)},
            {"cwdBefore", place(ripple.before, &kernel::Standing::cwd)}};
}

} // namespace

std::string namespaceName(const NamespaceView &view)
{
    std::vector<std::string> members;
    if (view.machine)
        members.emplace_back("the machine");
    for (std::size_t i = 0; i < view.processes.size(); ++i)
        members.push_back(fmt::format("{}{}", i == 0 ? "process " : "", view.processes[i]));
    return fmt::format("namespace {} ({})", view.id, join(members, ", "));
}

std::string effectText(const kernel::WhatIfOperation &operation, const kernel::Effect &effect, bool colours)
{
    std::string out =
        fmt::format("{}\n", paint(fmt::format("[{}] {}", effect.process, printable(operation.text)), "1", colours));
    if (effect.refusal)
        return out + refusalText(*effect.refusal, colours);
    const bool quiet = effect.ripple.namespaces.empty() && effect.ripple.processes.empty();
    out += quiet ? "  done; no mount changes\n" : "  done\n";
    for (const NamespaceRipple &ripple : effect.ripple.namespaces)
        out += namespaceText(ripple, colours);
    for (const ProcessRipple &ripple : effect.ripple.processes)
        out += processText(ripple);
    return out;
}

std::string effectJson(const kernel::WhatIfOperation &operation, const kernel::Effect &effect)
{
    ordered_json out = {{"operation", printable(operation.text)},
                        {"process", effect.process},
                        {"done", !effect.refusal},
                        {"errno", nullptr},
                        {"cause", nullptr},
                        {"path", nullptr},
                        {"namespaces", ordered_json::array()},
                        {"processes", ordered_json::array()}};
    if (effect.refusal) {
        const kernel::CauseText &cause = textOf(effect.refusal->cause);
        if (cause.errnum != 0)
            out["errno"] = errnoName(cause.errnum);
        out["cause"] = {{"word", cause.word}, {"when", cause.when}, {"fix", cause.fix}, {"manual", cause.manual}};
        if (!effect.refusal->path.empty())
            out["path"] = printable(effect.refusal->path);
    }
    for (const NamespaceRipple &ripple : effect.ripple.namespaces)
        out["namespaces"].push_back(namespaceOf(ripple));
    for (const ProcessRipple &ripple : effect.ripple.processes)
        out["processes"].push_back(processOf(ripple));
    return out.dump() + '\n';
}

} // namespace pivotbench::app::cli
