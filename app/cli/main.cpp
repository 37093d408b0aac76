// SPDX-License-Identifier: Apache-2.0
//
// pivotctl: Pivotbench on the command line. Picks the command; everything else is the command's.
#include "app/cli/command.h"
#include "core/words/language.h"

#include <fmt/format.h>

namespace {

using namespace pivotbench::app::cli;

constexpr Command commands[] = {
    {"run", "build a sandbox and run a command in it", runCommand},
    {"plan", "show every kernel operation that would build it; touches nothing", planCommand},
    {"export", "print it for bubblewrap, unshare(1) or an OCI runtime, and what gets lost", exportCommand},
    {"simulate", "predict every step by a model of the kernel; touches nothing", simulateCommand},
    {"whatif", "change mounts in that model alone, and see what else changes", whatifCommand},
    {"step", "build it on the real kernel, one operation at a time", stepCommand},
    {"show", "look at a recording, step by step", showCommand},
    {"stage", "make pictures, a film or a web page of a recording", stageCommand},
    {"ps", "list the sandboxes", psCommand},
    {"exec", "run another command in a running sandbox", execCommand},
    {"signal", "send a signal to a sandbox", signalCommand},
    {"stop", "end a sandbox: SIGTERM, then SIGKILL", stopCommand},
    {"wait", "wait until a sandbox has ended, and exit as it did", waitCommand},
    {"rm", "forget an ended sandbox", rmCommand},
    {"changes", "list what a sandbox has changed, or make a layer of it", changesCommand},
    {"mounts", "show a mount table as a tree", mountsCommand},
    {"glossary", "tell what a term means: propagation, whiteout, put_old, …", glossaryCommand},
    {"presets", "list the ready-made sandboxes", presetsCommand},
    {"doctor", "tell what this machine can do, and the fix for what it cannot", doctorCommand},
};

void help()
{
    std::string text = "Usage: pivotctl COMMAND [ARGUMENTS…]\n"
                       "\n"
                       "Builds, runs and explains a container's filesystem, one Linux system call at a time.\n"
                       "No root needed: each sandbox gets a user namespace of its own.\n"
                       "\n"
                       "Commands:\n";
    for (const Command &command : commands)
        text += fmt::format("  {:<9} {}\n", command.name, command.summary);
    text +=
        "\n"
        "Begin with:\n"
        "  pivotctl doctor                       can this machine do it?\n"
        "  pivotctl run busybox                  a shell in a real sandbox\n"
        "  pivotctl run busybox --observe a.pbrec -- /bin/true && pivotctl show a.pbrec\n"
        "                                        every operation that made it, and the mounts after each\n"
        "  pivotctl step bare-pivot              the same, live: stop the kernel's work after every step\n"
        "  pivotctl run --rootfs DIR -- CMD      your own root filesystem\n"
        "\n"
        "\"pivotctl COMMAND --help\" tells more about each. Exit status: that of the sandbox's command, 128 + N when\n"
        "signal N ended it, 125 for failures of pivotctl itself, 126 and 127 as in the shell.\n";
    print(text);
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view name = argc > 1 ? argv[1] : "--help";
    if (name == "--help" || name == "-h" || name == "help") {
        help();
        return argc > 1 ? 0 : ownFailure;
    }
    if (name == "--version") {
        print("pivotctl " PIVOTBENCH_VERSION "\n");
        return 0;
    }
    pivotbench::core::useLanguageOf(pivotbench::core::environmentLocale());
    for (const Command &command : commands)
        if (name == command.name)
            return command.run(std::vector<std::string>(argv + 2, argv + argc));
    return report(pivotbench::core::Error{.code = "arguments",
                                          .what = fmt::format("there is no command \"{}\"", name),
                                          .hint = "\"pivotctl --help\" lists them"});
}
