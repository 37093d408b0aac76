// SPDX-License-Identifier: Apache-2.0
//
// The smallest program that a client can start as its helper: `--session --socket PATH --ready-fd N`. It leaves when
// idle. What it does else is told by the socket's name: "mute" exits with words on standard error before it listens,
// "slow" in silence.
#include "helper/server.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

using namespace std::chrono_literals;
using namespace pivotbench;

namespace {

class DoneHandler : public helper::RequestHandler {
public:
    void handle(helper::Call call) override { call.reply({.body = core::wire::Done{}}); }
    void connectionClosed(helper::ConnectionId) override {}
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 6 || std::string_view(argv[1]) != "--session" || std::string_view(argv[2]) != "--socket" ||
        std::string_view(argv[4]) != "--ready-fd")
        return 2;
    const std::string path = argv[3];
    core::UniqueFd ready(std::atoi(argv[5]));
    if (path.ends_with("mute.sock")) {
        std::fputs("no helper today\n", stderr);
        return 1;
    }
    if (path.ends_with("slow.sock"))
        return 1;
    auto socket = helper::ListeningSocket::open(path);
    if (!socket) {
        std::fprintf(stderr, "%s\n", socket.error().what.c_str());
        return 1;
    }
    auto loop = helper::EventLoop::create();
    DoneHandler handler;
    helper::ServerOptions options;
    std::unique_ptr<helper::Server> server;
    options.idle = 200ms;
    options.onIdle = [&] {
        if (server->retire().value_or(true))
            loop->exit(0);
    };
    server = std::move(*helper::Server::start(*loop, std::move(*socket), handler, options));
    if (::write(ready.get(), "", 1) != 1)
        return 1;
    ready.reset();
    return loop->run().value_or(1);
}
