// SPDX-License-Identifier: Apache-2.0
//
// Bytes and descriptors of an AF_UNIX stream ↔ messages. A message ends with NUL; the descriptors that arrive with any of its
// bytes belong to it. Buffers are bounded, so a peer can never make the other grow: a message over the limit or with too many
// descriptors is an error, and every descriptor received is closed with its message. No system call: the caller reads and writes.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::wire {

struct RawMessage {
    std::string text; ///< without the NUL
    std::vector<UniqueFd> descriptors;
};

class MessageAssembler {
public:
    MessageAssembler(std::size_t maxBytes, std::size_t maxDescriptors);

    /// Takes what one recvmsg(2) returned. After a failure the stream is unusable and the connection has to be closed.
    [[nodiscard]] Status append(std::string_view bytes, std::vector<UniqueFd> descriptors);
    /// The next complete message.
    [[nodiscard]] std::optional<RawMessage> next();
    [[nodiscard]] bool empty() const; ///< no message and no part of one

private:
    std::size_t m_maxBytes;
    std::size_t m_maxDescriptors;
    std::string m_partial;
    std::vector<UniqueFd> m_partialDescriptors;
    std::deque<RawMessage> m_complete;
};

} // namespace pivotbench::core::wire
