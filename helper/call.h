// SPDX-License-Identifier: Apache-2.0
//
// One method call on its way through the helper: decoded, with its descriptors and the identity of who made it. The
// connection makes it and hands it to the RequestHandler, who owns it from then on and may reply at once or later.
//
// Threads: that of the event loop.
#pragma once

#include "core/base/unique_fd.h"
#include "core/wire/messages.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace pivotbench::helper {

using ConnectionId = std::uint64_t;

/// As the kernel says (SO_PEERCRED, unix(7)): who connected. The pid may have ended since; only the uid is an identity.
struct PeerIdentity {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
};

/// Where replies go: a connection, or a test.
class ReplySink {
public:
    virtual ~ReplySink() = default;
    /// A reply without `continues` is the last of the present call.
    virtual void send(const core::wire::Reply &reply, std::vector<core::UniqueFd> descriptors) = 0;
};

class Call {
public:
    Call(core::wire::Request request, std::vector<core::UniqueFd> descriptors, PeerIdentity peer,
         ConnectionId connection, std::weak_ptr<ReplySink> sink);
    Call(Call &&) noexcept = default;
    Call &operator=(Call &&other) noexcept;
    /// A call that nobody answered is answered with a Failure, so that its client does not wait for ever.
    ~Call();

    core::wire::Request request;
    std::vector<core::UniqueFd> descriptors; ///< index for index those the request names; none was opened with O_PATH
    PeerIdentity peer;
    ConnectionId connection;

    /// Keeps Varlink's rules for the handler: `continues` holds only where the client asked for `more` (otherwise the
    /// first reply is the last one), nothing follows the last reply, and a oneway call gets none. Does nothing when the
    /// client has gone. Never calls back into the handler.
    void reply(core::wire::Reply reply, std::vector<core::UniqueFd> descriptors = {});
    /// Whether a further reply can still reach the client.
    [[nodiscard]] bool open() const { return !m_sink.expired(); }

private:
    void abandon();

    std::weak_ptr<ReplySink> m_sink; ///< empty from the last reply on
};

/// The one place behind the connections; the helper has exactly one.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;
    /// Every call but those of org.varlink.service. Not entered again before it returns.
    virtual void handle(Call call) = 0;
    /// After the last call of this connection; calls of it that are still open reach nobody.
    virtual void connectionClosed(ConnectionId connection) = 0;
};

/// The reply to a call that failed. `name` is one of core::wire::error_name.
[[nodiscard]] core::wire::Reply failureReply(std::string_view name, core::Error error,
                                             std::vector<core::Finding> findings = {});

} // namespace pivotbench::helper
