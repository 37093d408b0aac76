// SPDX-License-Identifier: Apache-2.0
//
// A connection to the helper for a program that may wait: one call, then its replies, one after the other. Made for
// pivotctl: no Qt, no name service, no library to be loaded, one connect(2), one sendmsg(2) a call and one recvmsg(2) a
// reply. The format is that of resources/org.pivotbench.Helper.varlink.
//
// Owned by its caller, used by one thread. Errors: "helper.absent" when nobody listens, "helper.start" with the
// helper's own words when it could not be started, "helper.gone" when it went away, those of message_codec.h and
// framing.h.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/wire/framing.h"
#include "core/wire/messages.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pivotbench::app {

struct ReceivedReply {
    core::wire::Reply reply;
    std::vector<core::UniqueFd> descriptors; ///< index for index those the reply names
};

class HelperClient {
public:
    /// To the helper that listens at this path. Refuses one that runs as another user.
    [[nodiscard]] static core::Result<HelperClient> connect(const std::string &socketPath);
    /// The same, starting the session helper first when nobody listens.
    [[nodiscard]] static core::Result<HelperClient> connectOrStart(const std::string &socketPath);

    /// Sends a call. The descriptors stay the caller's; the kernel has its own of them when this returns.
    [[nodiscard]] core::Status call(const core::wire::Request &request, std::span<const int> descriptors = {});

    /// Waits for the next reply. An error reply is a Reply too; its body is a Failure.
    [[nodiscard]] core::Result<ReceivedReply> next();
    /// The next reply if it can be had without waiting. Before polling fd() for reading, call this until there is none:
    /// what has been read already makes no descriptor ready.
    [[nodiscard]] core::Result<std::optional<ReceivedReply>> tryNext();

    [[nodiscard]] int fd() const { return m_socket.get(); }

private:
    explicit HelperClient(core::UniqueFd socket);
    [[nodiscard]] core::Result<bool> receive(int flags);
    [[nodiscard]] core::Result<std::optional<ReceivedReply>> takeReply();

    core::UniqueFd m_socket;
    core::wire::MessageAssembler m_incoming;
};

} // namespace pivotbench::app
