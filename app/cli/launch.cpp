// SPDX-License-Identifier: Apache-2.0
#include "app/cli/launch.h"

#include "app/cli/command.h"
#include "app/cli/terminal_proxy.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace pivotbench::app::cli {

using namespace core;

namespace {

/// The helper takes 64 descriptors; streams and a recording need some of them.
constexpr std::size_t mostSources = 56;

} // namespace

LaunchRequest::LaunchRequest(SandboxSpec spec, std::string name)
{
    launch.spec = std::move(spec);
    launch.name = std::move(name);
    launch.window = windowSize();
    // Our own helper, with our own rights: as much as the kernel can do.
    launch.mountLimit = launch.spec.mounts.size();
    launch.layerLimit = launch.spec.root.layers.size();
    addSources();
}

wire::DescriptorIndex LaunchRequest::add(int fd)
{
    m_descriptors.push_back(fd);
    return static_cast<wire::DescriptorIndex>(m_descriptors.size() - 1);
}

/// Only directories and regular files that we may read: opening anything else could do something. The builder finds out
/// about the others, with the same rights.
void LaunchRequest::addSources()
{
    std::set<std::string> paths;
    for (const Layer &layer : launch.spec.root.layers)
        paths.insert(layer.path);
    for (const MountSpec &mount : launch.spec.mounts)
        if (mount.type == "bind" || mount.type == "rbind")
            paths.insert(mount.source);
    if (paths.size() > mostSources)
        return;
    for (const std::string &path : paths) {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd)
            continue;
        launch.sources.push_back({path, add(fd.get())});
        m_owned.push_back(std::move(fd));
    }
}

void LaunchRequest::passStreams()
{
    launch.streams = wire::StandardStreams{add(STDIN_FILENO), add(STDOUT_FILENO), add(STDERR_FILENO)};
}

Result<wire::DescriptorIndex> LaunchRequest::addNull()
{
    UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null)
        return systemError("cannot open the null device", errno, "/dev/null");
    m_owned.push_back(std::move(null));
    return add(m_owned.back().get());
}

Status LaunchRequest::detach()
{
    wire::StandardStreams streams;
    for (wire::DescriptorIndex *index : {&streams.input, &streams.output, &streams.error}) {
        const Result<wire::DescriptorIndex> null = addNull();
        if (!null)
            return std::unexpected(null.error());
        *index = *null;
    }
    launch.streams = streams;
    return {};
}

Status LaunchRequest::passOutput()
{
    const Result<wire::DescriptorIndex> null = addNull();
    if (!null)
        return std::unexpected(null.error());
    launch.streams = wire::StandardStreams{*null, add(STDOUT_FILENO), add(STDERR_FILENO)};
    return {};
}

void LaunchRequest::record(UniqueFd file)
{
    launch.recording = add(file.get());
    m_owned.push_back(std::move(file));
}

Status LaunchRequest::send(HelperClient &client, bool more)
{
    wire::Request request{.method = std::move(launch), .more = more};
    Status sent = client.call(request, m_descriptors);
    launch = std::get<wire::Launch>(std::move(request.method));
    return sent;
}

int exitStatus(const wire::Exited &end)
{
    if (end.outOfMemory)
        fmt::print(stderr, "pivotctl: the sandbox ran out of its memory limit\n");
    if (end.signal == 0)
        return end.status;
    return 128 + end.signal;
}

int attend(HelperClient &client, const std::string &socket, bool quiet)
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
