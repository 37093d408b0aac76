// SPDX-License-Identifier: Apache-2.0
//
// pivotbench-helper: the process that does namespace work. Composes facts, loop, session and server, and leaves when
// idle.
#include "core/base/text.h"
#include "helper/command_line.h"
#include "helper/fork_footprint.h"
#include "helper/listening_socket.h"
#include "helper/mount_probe.h"
#include "helper/sandbox_path.h"
#include "helper/server.h"
#include "helper/session.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace pivotbench;

/// The helper stays while a sandbox lives or a client is there, and leaves after its idle time.
class Lifetime {
public:
    explicit Lifetime(helper::EventLoop &loop)
        : m_loop(loop)
    {
    }
    void watch(helper::Server *server, helper::Session *session)
    {
        m_server = server;
        m_session = session;
    }
    void sandboxesGone()
    {
        if (m_server)
            m_server->restartIdleTime();
    }
    void idle()
    {
        if (m_session->busy())
            return; // its end begins the idle time anew
        const core::Result<bool> retired = m_server->retire();
        if (!retired || *retired)
            m_loop.exit(0);
        else
            m_server->restartIdleTime();
    }

private:
    helper::EventLoop &m_loop;
    helper::Server *m_server = nullptr;
    helper::Session *m_session = nullptr;
};

core::Status makeStateDirectory(const std::string &path)
{
    const core::UniqueFd slash(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto made = helper::makeInside(slash.get(), path, helper::NodeKind::Directory, 0700);
    if (!made)
        return core::wrap(made.error(), "making the state directory");
    return {};
}

core::Result<int> serve(const helper::Options &options)
{
    core::HostFacts facts = core::probeHostFacts();
    if (facts.runtimeDirectory.empty())
        return core::failure("runtime", "there is no runtime directory", {}, "set XDG_RUNTIME_DIR or HOME");
    const std::string socketPath =
        options.socketPath.empty() ? core::helperSocket(facts.runtimeDirectory) : options.socketPath;
    // Without a runtime directory of the system's the state directory serves, which may not be there yet.
    if (facts.runtimeDirectory.starts_with(facts.stateDirectory)) {
        const auto made = makeStateDirectory(facts.stateDirectory);
        if (!made)
            return std::unexpected(made.error());
    }
    core::Result<std::optional<helper::ListeningSocket>> activated = helper::ListeningSocket::fromActivation();
    if (!activated)
        return std::unexpected(activated.error());
    std::optional<helper::ListeningSocket> socket = std::move(*activated);
    if (!socket) {
        core::Result<helper::ListeningSocket> opened = helper::ListeningSocket::open(socketPath);
        if (!opened)
            return std::unexpected(opened.error());
        socket = std::move(*opened);
    }

    core::Result<helper::EventLoop> loop = helper::EventLoop::create();
    if (!loop)
        return std::unexpected(loop.error());
    Lifetime lifetime(*loop);
    helper::Session session(*loop, std::move(facts), [&] { lifetime.sandboxesGone(); });
    helper::ServerOptions serverOptions;
    serverOptions.idle = std::chrono::seconds(options.idleSeconds);
    serverOptions.onIdle = [&] { lifetime.idle(); };
    auto server = helper::Server::start(*loop, std::move(*socket), session, std::move(serverOptions));
    if (!server)
        return std::unexpected(server.error());
    lifetime.watch(server->get(), &session);

    std::vector<helper::EventLoop::Source> signals;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        auto source = loop->onSignal(signal, [&] { loop->exit(0); });
        if (!source)
            return std::unexpected(source.error());
        signals.push_back(std::move(*source));
    }
    if (options.readyFd >= 0) {
        (void)!::write(options.readyFd, "\n", 1);
        ::close(options.readyFd);
    }
    return loop->run();
}

} // namespace

int main(int argc, char **argv)
{
    // Nobody may trace it or read its descriptors, not even this user's other programs; builders inherit that.
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    (void)::signal(SIGPIPE, SIG_IGN);
    const core::Result<helper::Options> options = helper::parseCommandLine(argc, argv);
    if (!options) {
        std::fprintf(stderr, "pivotbench-helper: %s\n", core::describe(options.error()).c_str());
        return 2;
    }
    if (options->help) {
        std::fputs(helper::helpText(), stdout);
        return 0;
    }
    if (options->version) {
        std::puts("pivotbench-helper " PIVOTBENCH_VERSION);
        return 0;
    }
    if (options->tryMount)
        return helper::tryMountInside() == true ? 0 : 3;
    // Only where nothing is left to be looked up in them: app/client/helper_start.cpp starts it so.
    if (const char *bound = ::getenv("LD_BIND_NOW"); bound && *bound != '\0')
        helper::keepServerLibrariesOutOfForks();
    const core::Result<int> status = serve(*options);
    if (!status) {
        std::fprintf(stderr, "pivotbench-helper: %s\n", core::describe(status.error()).c_str());
        return status.error().code == "server.running" ? 0 : 1;
    }
    return *status;
}
