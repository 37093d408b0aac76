// SPDX-License-Identifier: Apache-2.0
//
// pivotctl whatif: changes of mounts in the kernel model alone, and everything that changes with them. The JSON is
// described in whatif_view.h.
#include "app/cli/command.h"
#include "app/cli/model_machine.h"
#include "app/cli/mount_view.h"
#include "app/cli/sandbox_arguments.h"
#include "app/cli/whatif_view.h"
#include "core/base/file.h"
#include "core/base/text.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

constexpr std::size_t longestScript = 1 << 20;

struct Beginning {
    bool asRoot = false;
    bool asMe = false;
    bool user = false;
    bool shared = false;
};

Result<std::string> standardInput()
{
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t size = ::read(STDIN_FILENO, block, sizeof block);
        if (size == 0)
            return text;
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return systemError("cannot read standard input", errno);
        text.append(block, static_cast<std::size_t>(size));
        if (text.size() > longestScript)
            return failure("arguments", fmt::format("standard input has more than {} bytes", longestScript));
    }
}

/// Those of the file, then those of the arguments.
Result<std::vector<kernel::WhatIfOperation>> operationsOf(const std::string &file,
                                                          const std::vector<std::string> &words)
{
    std::vector<kernel::WhatIfOperation> operations;
    if (!file.empty()) {
        const Result<std::string> text = file == "-" ? standardInput() : readFile(file, longestScript);
        if (!text)
            return std::unexpected(text.error());
        Result<std::vector<kernel::WhatIfOperation>> read = kernel::parseOperations(*text);
        if (!read)
            return read;
        operations = std::move(*read);
    }
    for (const std::string &word : words) {
        Result<kernel::WhatIfOperation> operation = kernel::parseOperation(word);
        if (!operation)
            return std::unexpected(std::move(operation.error()));
        operations.push_back(std::move(*operation));
    }
    if (operations.empty())
        return failure("arguments", "no operation is given", {}, "try: pivotctl whatif \"mount tmpfs /mnt\"");
    return operations;
}

Error errorOf(std::string_view doing, const kernel::Refusal &refusal)
{
    const kernel::CauseText &cause = textOf(refusal.cause);
    return {.code = std::string("model.") + cause.word,
            .what = fmt::format("{}: {}", doing, cause.when),
            .errnum = cause.errnum,
            .path = refusal.path,
            .hint = cause.fix};
}

/// The machine with process 1 as it is to begin.
Result<kernel::WhatIf> beginningOf(const Beginning &how, const std::string &tableFile)
{
    HostFacts facts = probeHostFacts();
    if (!how.asMe && !how.user) {
        if (!how.asRoot && !(facts.privileged && facts.initialUserNamespace))
            fmt::print(stderr, "pivotctl: as root of the initial user namespace would do it, for nothing is touched "
                               "(--as-me, --user: as others)\n");
        facts.uid = 0;
        facts.privileged = facts.initialUserNamespace = true;
    }
    Result<kernel::Machine> machine = modelMachine(tableFile, facts);
    if (!machine)
        return std::unexpected(machine.error());
    kernel::WhatIf world(std::move(*machine));
    if (how.shared)
        if (const auto done = world.shareAll(); !done)
            return std::unexpected(errorOf("cannot begin with shared mounts", done.error()));
    if (how.user)
        if (const auto done = world.enterUserNamespace(); !done)
            return std::unexpected(errorOf("cannot begin in a user namespace", done.error()));
    return world;
}

std::string trees(const kernel::WhatIf &world, bool coloured)
{
    std::string out;
    for (const kernel::NamespaceView &view : world.namespaces())
        out += fmt::format("\n{}:\n{}", namespaceName(view), mountTree(*view.table, {.width = 0, .colours = coloured}));
    return out;
}

std::string footer()
{
    std::string text = "Operations, each one argument:\n";
    const std::string forms = kernel::operationForms();
    for (const std::string_view form : split(forms, '\n'))
        if (!form.empty())
            text += fmt::format("  {}\n", form);
    text +=
        "  \"…\" keeps blanks in a word. Each is the system call, not the command: \"remount\" is a bind remount that\n"
        "  clears what it does not name (but the atime mode); \"unshare --mount\" leaves shared mounts shared. UPPER\n"
        "  and WORK may be \"-\". \"clone\" makes a process, which goes on; \"as N\" goes on as process N (the first\n"
        "  is 1); \"exit\" ends one, and its parent goes on.\n"
        "\n"
        "Who does it: root of the initial user namespace, whoever you are, unless --as-me or --user is given. All\n"
        "other processes of the host are \"the machine\", which stays in namespace 1.\n"
        "\n"
        "Examples:\n"
        "  pivotctl whatif \"mount tmpfs /mnt\" \"mkdir /mnt/a\" \"bind /etc /mnt/a\" --tree\n"
        "  pivotctl whatif --shared \"clone --mount\" \"mount tmpfs /mnt\" \"make-rslave /\" \"umount /mnt\"\n"
        "  pivotctl whatif --user \"mount tmpfs /mnt\" \"cd /mnt\" \"mkdir old\" \"pivot_root . old\"\n"
        "  pivotctl mounts --format mountinfo > a; pivotctl whatif --table a -f operations.txt --format json\n"
        "\n"
        "JSON, one object a line: {\"operation\", \"process\", \"done\", \"errno\", \"cause\": {\"word\", \"when\", "
        "\"fix\",\n"
        "\"manual\"}, \"path\", \"namespaces\": [{\"id\", \"state\", \"machine\", \"processes\", \"added\": [mount], "
        "\"removed\":\n"
        "[mount], \"changed\": [{\"id\", \"mountPoint\", \"fields\"}]}], \"processes\": [{\"id\", \"state\", \"root\", "
        "\"cwd\",\n"
        "\"rootBefore\", \"cwdBefore\"}]}; \"state\" is made, changed or ended.\n"
        "\n"
        "Exit status: 0, or 1 when an operation was refused, or 125 for bad arguments.\n";
    return text;
}

} // namespace

int whatifCommand(const std::vector<std::string> &args)
{
    CLI::App app("Does operations on mounts in the kernel model alone, and shows every namespace and mount that each "
                 "of them changes. Touches nothing; needs no privilege. Ends at the first that is refused.",
                 "pivotctl whatif");
    app.footer(footer());
    Beginning how;
    std::vector<std::string> words;
    std::string script;
    std::string tableFile;
    std::string format = "text";
    bool keepGoing = false;
    bool tree = false;
    app.add_option("operation", words, "what is to be done, one after the other")->type_name("OPERATION…");
    app.add_option("-f,--file", script, "operations, one a line, before the others; \"-\": standard input")
        ->type_name("FILE");
    app.add_option("--table", tableFile, "a saved /proc/PID/mountinfo instead of this machine's")->type_name("FILE");
    auto *asRoot = app.add_flag("--as-root", how.asRoot, "begin as root of the initial user namespace (the default)");
    auto *asMe = app.add_flag("--as-me", how.asMe, "begin with the privileges of this very process");
    auto *user = app.add_flag("--user", how.user, "begin as after: unshare --user --mount --map-root-user");
    asRoot->excludes(asMe)->excludes(user);
    asMe->excludes(user);
    app.add_flag("--shared", how.shared, "begin with every mount of the machine shared, as systemd makes them");
    app.add_flag("--keep-going", keepGoing, "go on after an operation that is refused");
    auto *treeFlag = app.add_flag("--tree", tree, "show the mounts of every namespace at the end");
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    if (const auto status = parseArguments(app, args))
        return *status;
    if (format == "json" && treeFlag->count() != 0)
        return report(Error{.code = "arguments", .what = "--tree is text", .hint = "leave out --format json"});

    const auto operations = operationsOf(script, words);
    if (!operations)
        return report(operations.error());
    Result<kernel::WhatIf> world = beginningOf(how, tableFile);
    if (!world)
        return report(world.error());
    const bool coloured = colours(STDOUT_FILENO);
    bool refused = false;
    for (const kernel::WhatIfOperation &operation : *operations) {
        const Result<kernel::Effect> effect = world->run(operation);
        if (!effect)
            return report(effect.error());
        print(format == "json" ? effectJson(operation, *effect) : effectText(operation, *effect, coloured));
        refused = refused || effect->refusal;
        if (refused && !keepGoing)
            break;
    }
    if (tree)
        print(trees(*world, coloured));
    return refused ? 1 : 0;
}

} // namespace pivotbench::app::cli
