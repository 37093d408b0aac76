// SPDX-License-Identifier: Apache-2.0
//
// pivotctl mounts: a mount table of this machine, as the kernel tells it.
#include "app/cli/command.h"
#include "app/cli/mount_view.h"
#include "app/cli/sandbox_arguments.h"
#include "core/base/file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

int mountsCommand(const std::vector<std::string> &args)
{
    CLI::App app("Shows the mounts that a process sees: its mount namespace below its root. Hidden mounts are marked.",
                 "pivotctl mounts");
    std::string pid = "self";
    std::string file;
    std::string format = "tree";
    app.add_option("-p,--pid", pid, "whose mounts; default: ours")->type_name("P");
    app.add_option("--file", file, "read a saved mountinfo file instead")->type_name("FILE");
    app.add_option("--format", format, "tree, list, json or mountinfo")
        ->check(CLI::IsMember({"tree", "list", "json", "mountinfo"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    if (pid != "self" && (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos))
        return report(Error{.code = "arguments", .what = fmt::format("\"{}\" is no process id", pid)});

    const std::string path = file.empty() ? fmt::format("/proc/{}/mountinfo", pid) : file;
    const Result<std::string> text = readFile(path, std::size_t{256} << 20);
    if (!text) {
        Error error = text.error();
        error.hint = file.empty() ? "the process has ended, or belongs to somebody else" : "";
        return report(error);
    }
    Result<std::vector<MountEntry>> entries = parseMountinfo(*text);
    if (!entries) {
        entries.error().path = path;
        return report(entries.error());
    }
    const MountTable table(std::move(*entries));
    winsize size{};
    MountViewStyle style{.width = 0, .colours = colours(STDOUT_FILENO)};
    if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        style.width = size.ws_col;
    if (format == "json")
        print(mountJson(table) + "\n");
    else if (format == "mountinfo")
        print(mountinfoText(table));
    else
        print(format == "list" ? mountList(table, style) : mountTree(table, style));
    return 0;
}

} // namespace pivotbench::app::cli
