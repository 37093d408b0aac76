// SPDX-License-Identifier: Apache-2.0
//
// pivotctl changes: what a sandbox has changed in its root, and what to do with it.
#include "app/cli/command.h"
#include "app/cli/sandbox_arguments.h"
#include "app/client/changes_request.h"
#include "core/base/text.h"
#include "core/host/host_facts.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

std::string sizeWord(std::uint64_t bytes)
{
    static constexpr const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
        value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string line(const Change &change)
{
    const char *mark = change.kind == ChangeKind::Added ? "+" : change.kind == ChangeKind::Changed ? "~" : "-";
    std::string out =
        fmt::format("{} {}{}", mark, printable(change.path),
                    change.type == EntryKind::Directory || change.former == EntryKind::Directory ? "/" : "");
    if (change.attributesOnly)
        out += "  same size and time";
    else if (change.kind == ChangeKind::Changed && isFile(change.former) && isFile(change.type))
        out += fmt::format("  {} → {}", sizeWord(change.formerSize), sizeWord(change.size));
    else if (change.kind != ChangeKind::Deleted && isFile(change.type))
        out += "  " + sizeWord(change.size);
    if (change.problem != 0)
        out += "  cannot be read: " + errnoWords(change.problem);
    return out + "\n";
}

int reportTaken(const TakenChanges &taken, const std::string &folder)
{
    std::string text = fmt::format("{} entries, {}\n", taken.entries, sizeWord(taken.bytes));
    if (!taken.replaced.empty())
        text += fmt::format("what was there before: {}/{}\n", folder, taken.replaced);
    if (taken.leftOut > 0)
        text += fmt::format("{} left out: devices, FIFOs or sockets, or what only goes with its directory\n",
                            taken.leftOut);
    if (taken.attributesLost > 0)
        text += fmt::format("{} without their owner, time or an extended attribute\n", taken.attributesLost);
    print(text);
    return 0;
}

/// Discards, and lists what is no longer there: the sandbox has ended, or it is refused, so nothing else changes it.
int discardChangesOf(const std::string &sandbox, const ChangeSelection &selection)
{
    const std::string socket = helperSocket();
    const Result<ChangeList> before = fetchChanges(socket, sandbox);
    if (!before)
        return report(before.error());
    const Result<TakenChanges> taken =
        takeChanges(socket, {.sandbox = sandbox, .action = wire::TakeAction::Discard, .selection = selection});
    if (!taken)
        return report(taken.error());
    const Result<ChangeList> after = fetchChanges(socket, sandbox);
    if (!after)
        return report(after.error());
    std::set<std::string_view> left;
    for (const Change &change : after->changes)
        left.insert(change.path);
    std::string text;
    std::size_t gone = 0;
    for (const Change &change : before->changes)
        if (!left.contains(change.path)) {
            text += line(change);
            ++gone;
        }
    text += fmt::format("{} discarded\n", before->truncated ? fmt::format("{} and more", gone) : fmt::to_string(gone));
    if (taken->leftOut > 0)
        text +=
            fmt::format("{} left: deleted by a directory that was made anew; discard that directory\n", taken->leftOut);
    print(text);
    return 0;
}

} // namespace

int listChangesOf(const std::string &sandbox, bool all)
{
    const Result<ChangeList> list = fetchChanges(helperSocket(), sandbox);
    if (!list)
        return report(list.error());
    std::string text;
    for (const Change &change : list->changes)
        if (all || !change.ours)
            text += line(change);
    print(text);
    if (list->truncated)
        return report(Error{.code = "changes.many", .what = "there are more; these are the first million"});
    return 0;
}

int changesCommand(const std::vector<std::string> &args)
{
    CLI::App app(
        "Lists what a sandbox has changed in its root: \"+\" added, \"~\" changed, \"-\" deleted. Or takes it: all, "
        "or the paths that are named and what lies below them.",
        "pivotctl changes");
    app.footer(
        "Examples:\n"
        "  pivotctl changes busybox-playground-1\n"
        "  pivotctl changes busybox-playground-1 --layer ~/layers/tools /usr/local\n"
        "  pivotctl changes busybox-playground-1 --apply ~/project\n"
        "  pivotctl changes busybox-playground-1 --discard /etc/motd\n"
        "\n"
        "A sandbox that discards its changes has none left when it has ended; \"pivotctl run --changes\" lists\n"
        "them at that moment. One that keeps them can be asked as long as \"pivotctl ps\" lists it. --apply replaces\n"
        "nothing for good: what was there moves to a folder of that time. --discard is for good, asks nothing and "
        "needs\n"
        "a sandbox that has ended.");
    std::string sandbox;
    std::vector<std::string> paths;
    std::string layer;
    std::string folder;
    std::string keep;
    bool discard = false;
    bool all = false;
    app.add_option("SANDBOX", sandbox, "name of the sandbox")->required();
    app.add_option("PATH", paths, "only these, absolute in the sandbox");
    auto *actions = app.add_option_group("What to do");
    actions->add_option("--layer", layer, "make a new layer of them: a directory that does not exist yet")
        ->type_name("DIR");
    actions->add_option("--apply", folder, "do the same to this folder")->type_name("DIR");
    actions->add_option("--keep", keep, "keep them under this name, for root.keepName of a later launch")
        ->type_name("NAME");
    actions->add_flag("--discard", discard, "undo them in the layer that the sandbox keeps, and list what is gone");
    app.add_flag("--all", all, "list the empty mount points too that the launch itself has made");
    actions->require_option(0, 1);
    if (const auto status = parseArguments(app, args))
        return *status;
    TakeOrder order{.sandbox = sandbox, .selection = {paths.begin(), paths.end()}};
    if (discard)
        return discardChangesOf(sandbox, order.selection);
    if (!layer.empty()) {
        while (layer.size() > 1 && layer.ends_with('/'))
            layer.pop_back();
        const std::size_t slash = layer.rfind('/');
        order.action = wire::TakeAction::Layer;
        order.directory = slash == std::string::npos ? "." : slash == 0 ? "/" : layer.substr(0, slash);
        order.name = slash == std::string::npos ? layer : layer.substr(slash + 1);
    } else if (!folder.empty()) {
        order.action = wire::TakeAction::Apply;
        order.directory = folder;
        order.name = nameForReplaced();
    } else if (!keep.empty()) {
        order.action = wire::TakeAction::Keep;
        order.name = keep;
    } else {
        return listChangesOf(sandbox, all);
    }
    const Result<TakenChanges> taken = takeChanges(helperSocket(), order);
    if (!taken)
        return report(taken.error());
    return reportTaken(*taken, folder);
}

} // namespace pivotbench::app::cli
