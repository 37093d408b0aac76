// SPDX-License-Identifier: Apache-2.0
#include "app/cli/attend.h"

#include "app/cli/command.h"
#include "app/cli/terminal_proxy.h"

#include <fmt/format.h>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

int exitStatus(const wire::Exited &end)
{
    if (end.outOfMemory)
        fmt::print(stderr, "pivotctl: the sandbox ran out of its memory limit\n");
    if (end.signal == 0)
        return end.status;
    return 128 + end.signal;
}

int attend(HelperClient &client, const std::string &socket, bool quiet, std::string *launched)
{
    std::string sandbox;
    CommandLoop loop(client, [&](int signal) {
        if (sandbox.empty())
            return;
        // The first connection waits for the end; words in between need one of their own.
        if (Result<HelperClient> other = HelperClient::connect(socket))
            if (other->call({.method = wire::Signal{.sandbox = sandbox, .signal = signal}}))
                (void)other->next();
    });
    for (;;) {
        Result<ReceivedReply> received = loop.next();
        if (!received) {
            loop.finish();
            return report(received.error());
        }
        if (const auto *failure = std::get_if<wire::Failure>(&received->reply.body)) {
            loop.finish();
            return report(*failure);
        }
        if (auto *started = std::get_if<wire::Started>(&received->reply.body)) {
            sandbox = started->sandbox;
            if (launched)
                *launched = sandbox;
            if (!quiet && !started->userNamespace.empty() && ::isatty(STDERR_FILENO) == 1)
                fmt::print(stderr, "pivotctl: sandbox \"{}\" in {}\n", sandbox, started->userNamespace);
            if (started->terminal)
                loop.attach(std::move(received->descriptors[*started->terminal]));
        }
        if (const auto *end = std::get_if<wire::Exited>(&received->reply.body)) {
            loop.finish();
            return exitStatus(*end);
        }
        if (!received->reply.continues)
            return 0;
    }
}

} // namespace pivotbench::app::cli
