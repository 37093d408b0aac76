// SPDX-License-Identifier: Apache-2.0
#include "app/client/launch_request.h"

#include <cerrno>
#include <fcntl.h>
#include <set>
#include <unistd.h>

namespace pivotbench::app {

using namespace core;

namespace {

/// The helper takes 64 descriptors; streams and a recording need some of them.
constexpr std::size_t mostSources = 56;

} // namespace

LaunchRequest::LaunchRequest(SandboxSpec spec, std::string name, wire::WindowSize window)
{
    launch.spec = std::move(spec);
    launch.name = std::move(name);
    launch.window = window;
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

void LaunchRequest::passTerminal(UniqueFd slave)
{
    launch.streams = wire::StandardStreams{add(slave.get()), add(slave.get()), add(slave.get())};
    m_owned.push_back(std::move(slave));
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

} // namespace pivotbench::app
