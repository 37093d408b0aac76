// SPDX-License-Identifier: Apache-2.0
//
// One client: its socket, the messages half read and half written, and the one call that is being served. Calls are
// served one after the other; while one is open or replies are still unsent, nothing is read, so a client can make the
// helper hold no more than one read, one reply and the event queue.
//
// Owned by the Server; shared only so that a reply can find out that its connection has gone. Threads: that of the
// event loop.
#pragma once

#include "core/wire/framing.h"
#include "core/wire/message_codec.h"
#include "helper/call.h"
#include "helper/event_loop.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::helper {

struct ConnectionLimits {
    std::chrono::milliseconds firstMessage{5'000};     ///< from connecting to the end of the first message
    std::chrono::milliseconds stalledWriter{10'000};   ///< without taking a byte of what is waiting for it
    std::size_t waitingReplies = std::size_t{1} << 20; ///< bytes; one more reply on top of that drops the client
    core::wire::Limits wire;
};

class Connection final : public ReplySink, public std::enable_shared_from_this<Connection> {
public:
    struct Events {
        std::function<void(Call)> called;
        std::function<void(ConnectionId)> closed; ///< the last thing that happens; never from inside send()
    };

    Connection(EventLoop &loop, core::UniqueFd socket, ConnectionId id, PeerIdentity peer, ConnectionLimits limits,
               Events events);

    /// Begins to read; the object has to be owned by a shared_ptr.
    [[nodiscard]] core::Status start();
    /// Serves what the client has sent already; when that is nothing, it has a little time. After start(), once.
    void readFirst();

    void send(const core::wire::Reply &reply, std::vector<core::UniqueFd> descriptors) override;

private:
    struct Outgoing {
        std::string text; ///< with its NUL
        std::size_t sent = 0;
        std::vector<core::UniqueFd> descriptors; ///< they go with the first byte
    };

    void ready(std::uint32_t events);
    void receive();
    void serve();
    void take(core::wire::RawMessage message);
    void refuse(core::wire::Failure failure);
    void write();
    void settle();
    void watch();
    void close();
    [[nodiscard]] bool reading() const;

    EventLoop &m_loop;
    core::UniqueFd m_socket;
    ConnectionId m_id;
    PeerIdentity m_peer;
    ConnectionLimits m_limits;
    Events m_events;

    core::wire::MessageAssembler m_incoming;
    std::deque<Outgoing> m_outgoing;
    std::size_t m_waiting = 0; ///< bytes of m_outgoing not sent yet

    bool m_callOpen = false; ///< its last reply has not been given yet
    bool m_heard = false;    ///< a whole message has come
    bool m_serving = false;  ///< serve() is on the stack or about to be called
    bool m_ended = false;    ///< no more requests: the client stopped sending, or sent something unusable
    bool m_broken = false;   ///< nothing can reach the client any more
    std::optional<core::wire::Failure> m_refusal; ///< said when what came before it has been served

    EventLoop::Source m_io;
    EventLoop::Source m_firstMessageTimer;
    EventLoop::Source m_stallTimer;
    EventLoop::Source m_later; ///< what send() may not do itself, because its caller is a handler at work
};

} // namespace pivotbench::helper
