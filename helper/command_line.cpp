// SPDX-License-Identifier: Apache-2.0
#include "helper/command_line.h"

#include <charconv>
#include <cstring>
#include <getopt.h>

namespace pivotbench::helper {
namespace {

char *g_begin = nullptr;
std::size_t g_size = 0;

bool number(const char *text, int &out)
{
    const char *end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, out);
    return error == std::errc() && stop == end && out >= 0;
}

} // namespace

core::Result<Options> parseCommandLine(int argc, char **argv)
{
    Options options;
    enum { Session = 1, Socket, Ready, Idle, TryMount, Help, Version };
    static const option known[] = {
        {"session", no_argument, nullptr, Session},      {"socket", required_argument, nullptr, Socket},
        {"ready-fd", required_argument, nullptr, Ready}, {"idle-seconds", required_argument, nullptr, Idle},
        {"try-mount", no_argument, nullptr, TryMount},   {"help", no_argument, nullptr, Help},
        {"version", no_argument, nullptr, Version},      {nullptr, 0, nullptr, 0}};
    for (;;) {
        const int found = ::getopt_long(argc, argv, "", known, nullptr);
        if (found < 0)
            break;
        bool right = true;
        switch (found) {
        case Session: break; // the only mode there is
        case Socket: options.socketPath = optarg; break;
        case Ready: right = number(optarg, options.readyFd); break;
        case Idle: right = number(optarg, options.idleSeconds); break;
        case TryMount: options.tryMount = true; break;
        case Help: options.help = true; break;
        case Version: options.version = true; break;
        default: right = false;
        }
        if (!right)
            return core::failure("arguments", "the command line is not understood", {}, "try --help");
    }
    if (optind < argc)
        return core::failure("arguments", std::string("unexpected argument \"") + argv[optind] + "\"", {},
                             "try --help");
    if (argc > 0) {
        g_begin = argv[0];
        g_size = static_cast<std::size_t>(argv[argc - 1] + std::strlen(argv[argc - 1]) - argv[0]);
    }
    return options;
}

const char *helpText()
{
    return "Usage: pivotbench-helper [--session] [--socket PATH] [--idle-seconds N]\n"
           "\n"
           "Builds sandboxes for one user, on request of pivotctl and of the workbench, which start it\n"
           "by themselves. It needs no privilege: each sandbox gets a user namespace of its own.\n"
           "\n"
           "  --session          serve the user who starts it (the default)\n"
           "  --socket PATH      listen here; default: $XDG_RUNTIME_DIR/pivotbench/helper.sock\n"
           "  --idle-seconds N   leave after so long without client and sandbox (default 30)\n"
           "  --ready-fd N       write a byte to this descriptor once clients can connect\n"
           "  --try-mount        only try a mount in new namespaces: exit status 0 when it succeeds, 3 when not\n"
           "  --version          print the version\n"
           "\n"
           "Its protocol is Varlink, interface org.pivotbench.Helper; it describes itself through\n"
           "org.varlink.service.GetInterfaceDescription.\n";
}

void concealCommandLine(const char *title)
{
    if (!g_begin)
        return;
    std::memset(g_begin, 0, g_size);
    std::strncpy(g_begin, title, g_size);
}

} // namespace pivotbench::helper
