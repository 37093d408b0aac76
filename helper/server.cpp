// SPDX-License-Identifier: Apache-2.0
#include "helper/server.h"

#include "core/base/overloaded.h"
#include "core/wire/interface_text.h"
#include "core/wire/message_codec.h"

#include <cerrno>
#include <fmt/format.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace pivotbench::helper {

using core::Result;
using core::UniqueFd;
namespace wire = core::wire;

namespace {

constexpr const char *ownInterface = "org.pivotbench.Helper";
constexpr const char *standardInterface = "org.varlink.service";
constexpr std::chrono::milliseconds acceptPause{100};

wire::ReplyBody answer(const wire::GetInfo &)
{
    return wire::Info{.vendor = "Pivotbench",
                      .product = "pivotbench-helper",
                      .version = PIVOTBENCH_VERSION,
                      .url = "",
                      .interfaces = {standardInterface, ownInterface}};
}

wire::ReplyBody answer(const wire::GetInterfaceDescription &call)
{
    const std::string_view text = wire::interfaceText(call.interface);
    if (!text.empty())
        return wire::InterfaceDescription{std::string(text)};
    return wire::Failure{.name = std::string(wire::error_name::interfaceNotFound),
                         .error = {.code = "wire.interface", .what = "", .path = call.interface},
                         .findings = {}};
}

/// Tells a client that is not let in why. One small message always fits a fresh socket; if not, the client sees the
/// end.
void turnAway(UniqueFd socket, wire::Failure failure)
{
    const std::string text = wire::encodeReply({.body = std::move(failure)}) + '\0';
    (void)::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace

Server::Server(EventLoop &loop, ListeningSocket socket, RequestHandler &handler, ServerOptions options)
    : m_loop(loop)
    , m_listening(std::move(socket))
    , m_handler(handler)
    , m_options(std::move(options))
{
}

Result<std::unique_ptr<Server>> Server::start(EventLoop &loop, ListeningSocket socket, RequestHandler &handler,
                                              ServerOptions options)
{
    std::unique_ptr<Server> self(new Server(loop, std::move(socket), handler, std::move(options)));
    auto accepting =
        loop.onReady(self->m_listening.fd(), EPOLLIN, [server = self.get()](std::uint32_t) { server->acceptAll(); });
    if (!accepting)
        return std::unexpected(std::move(accepting.error()));
    self->m_accepting = std::move(*accepting);
    auto again = loop.after(acceptPause, [server = self.get()] { server->m_accepting.setEvents(EPOLLIN); });
    if (!again)
        return std::unexpected(std::move(again.error()));
    self->m_acceptAgain = std::move(*again);
    self->m_acceptAgain.pause();
    auto idle = loop.after(self->m_options.idle, [server = self.get()] {
        if (server->m_connections.empty() && server->m_options.onIdle)
            server->m_options.onIdle();
    });
    if (!idle)
        return std::unexpected(std::move(idle.error()));
    self->m_idle = std::move(*idle);
    return self;
}

void Server::acceptAll()
{
    for (;;) {
        UniqueFd client(::accept4(m_listening.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client) {
            admit(std::move(client));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            // No descriptor or no memory for it. The listening socket stays readable, so asking again at once would
            // spin.
            m_accepting.pause();
            m_acceptAgain.restart(acceptPause);
        }
        return;
    }
}

void Server::admit(UniqueFd socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return;
    if (credentials.uid != m_options.allowedUser)
        return turnAway(std::move(socket),
                        {.name = std::string(wire::error_name::permissionDenied), .error = {}, .findings = {}});
    if (m_connections.size() >= m_options.connections)
        return turnAway(std::move(socket),
                        {.name = std::string(wire::error_name::limitReached),
                         .error = {.code = "server.connections",
                                   .what = fmt::format("the helper has {} clients already", m_options.connections),
                                   .hint = "end some of them and try again"},
                         .findings = {}});

    const ConnectionId id = ++m_lastId;
    auto connection = std::make_shared<Connection>(
        m_loop, std::move(socket), id,
        PeerIdentity{.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid}, m_options.connection,
        Connection::Events{.called = [this](Call call) { dispatch(std::move(call)); },
                           .closed = [this](ConnectionId closedId) { closed(closedId); }});
    if (!connection->start())
        return;
    m_connections.emplace(id, connection);
    m_idle.pause();
    connection->readFirst();
}

void Server::dispatch(Call call)
{
    if (const auto *info = std::get_if<wire::GetInfo>(&call.request.method))
        return call.reply({.body = answer(*info)});
    if (const auto *description = std::get_if<wire::GetInterfaceDescription>(&call.request.method))
        return call.reply({.body = answer(*description)});
    m_handler.handle(std::move(call));
}

void Server::closed(ConnectionId connection)
{
    m_connections.erase(connection);
    restartIdleTime();
    m_handler.connectionClosed(connection);
}

void Server::restartIdleTime()
{
    if (m_connections.empty())
        m_idle.restart(m_options.idle);
}

Result<bool> Server::retire()
{
    if (auto status = m_listening.withdraw(); !status)
        return std::unexpected(std::move(status.error()));
    acceptAll();
    if (!m_connections.empty()) {
        if (auto status = m_listening.restore(); !status)
            return std::unexpected(std::move(status.error()));
        return false;
    }
    m_accepting = {};
    m_acceptAgain = {};
    m_listening.remove();
    return true;
}

} // namespace pivotbench::helper
