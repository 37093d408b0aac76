// SPDX-License-Identifier: Apache-2.0
//
// What a launch takes without any client program: from the request to the running helper until its word that the
// sandbox has ended. Prints the median microseconds; bench_limit --time is the same for the limit.
//
//   bench_helper SOCKET TIMES SPEC.pbox
#include "app/client/helper_client.h"
#include "core/spec/spec_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

using namespace pivotbench;

namespace {

[[noreturn]] void giveUp(const core::Error &error)
{
    fmt::print(stderr, "bench_helper: {} {}\n", error.what, error.path);
    ::_exit(125);
}

core::wire::Launch readRequest(const std::string &path)
{
    core::Result<core::SandboxSpec> spec = core::loadSpec(path);
    if (!spec)
        giveUp(spec.error());
    core::wire::Launch launch;
    launch.mountLimit = spec->mounts.size();
    launch.layerLimit = spec->root.layers.size();
    launch.spec = std::move(*spec);
    launch.streams = core::wire::StandardStreams{0, 1, 2};
    return launch;
}

double launchOnce(app::HelperClient &client, const core::wire::Launch &launch)
{
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (core::Status sent = client.call({.method = launch, .more = true}, std::array{null, null, null}); !sent)
        giveUp(sent.error());
    // From here, because writing the request down is the client's part.
    const auto began = std::chrono::steady_clock::now();
    for (;;) {
        core::Result<app::ReceivedReply> reply = client.next();
        if (!reply)
            giveUp(reply.error());
        if (const auto *failure = std::get_if<core::wire::Failure>(&reply->reply.body))
            giveUp(failure->error);
        if (!reply->reply.continues)
            break;
    }
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
    ::close(null);
    return took.count();
}

} // namespace

int main(int argc, char **argv)
{
    std::size_t times = 0;
    if (argc == 4)
        std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), times);
    if (times == 0) {
        fmt::print(stderr, "usage: bench_helper SOCKET TIMES SPEC.pbox\n");
        return 125;
    }
    const core::wire::Launch launch = readRequest(argv[3]);
    core::Result<app::HelperClient> client = app::HelperClient::connect(argv[1]);
    if (!client)
        giveUp(client.error());
    std::vector<double> taken;
    for (std::size_t i = 0; i < times; ++i) {
        taken.push_back(launchOnce(*client, launch));
        ::usleep(3000); // as far apart as a person's: how many fit into a second is another question
    }
    std::ranges::sort(taken);
    fmt::print("{:.0f}\n", taken[times / 2]);
    return 0;
}
