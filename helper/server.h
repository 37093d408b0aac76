// SPDX-License-Identifier: Apache-2.0
//
// The helper's front door: accepts clients, knows who they are, limits them, and hands their calls to one
// RequestHandler. The standard interface org.varlink.service is answered here.
//
// Owned by main(), on the thread of the event loop. Errors of single connections end that connection and nothing else.
#pragma once

#include "core/base/result.h"
#include "helper/call.h"
#include "helper/connection.h"
#include "helper/event_loop.h"
#include "helper/listening_socket.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <sys/types.h>
#include <unistd.h>

namespace pivotbench::helper {

struct ServerOptions {
    uid_t allowedUser = ::geteuid(); ///< whose connections are served; everybody else is told so and dropped
    std::size_t connections = 64;
    ConnectionLimits connection;
    std::chrono::milliseconds idle{10'000}; ///< without a connection, until `onIdle` is called
    std::function<void()> onIdle;           ///< may end the loop after retire(); called once per idle time
};

class Server {
public:
    [[nodiscard]] static core::Result<std::unique_ptr<Server>> start(EventLoop &loop, ListeningSocket socket,
                                                                     RequestHandler &handler, ServerOptions options);
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    [[nodiscard]] std::size_t connections() const { return m_connections.size(); }
    /// Lets the idle time begin anew: for when something other than a connection had kept the helper.
    void restartIdleTime();
    /// Closes the door for good, unless a client has come in or is just coming: then it stays open, and the answer is
    /// no.
    [[nodiscard]] core::Result<bool> retire();

private:
    Server(EventLoop &loop, ListeningSocket socket, RequestHandler &handler, ServerOptions options);

    void acceptAll();
    void admit(core::UniqueFd socket);
    void dispatch(Call call);
    void closed(ConnectionId connection);

    EventLoop &m_loop;
    ListeningSocket m_listening;
    RequestHandler &m_handler;
    ServerOptions m_options;
    std::map<ConnectionId, std::shared_ptr<Connection>> m_connections;
    ConnectionId m_lastId = 0;
    EventLoop::Source m_accepting;
    EventLoop::Source m_acceptAgain; ///< when the process had no descriptor left for a client
    EventLoop::Source m_idle;
};

} // namespace pivotbench::helper
