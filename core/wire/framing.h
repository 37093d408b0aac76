// SPDX-License-Identifier: Apache-2.0
//
// Bytes and descriptors of an AF_UNIX stream → messages. A message ends with NUL. Descriptors belong to the message
// that holds the last byte they arrived with: recvmsg(2) may return bytes of earlier messages together with the
// descriptors of a later one, but never a byte from behind the sendmsg(2) that carried them (unix(7), SCM_RIGHTS). So a
// message with descriptors is sent by a sendmsg(2) of its own.
//
// What is kept is bounded by the limits plus one append(): a message over the limit or with too many descriptors is an
// error, and every descriptor received is closed with its message. No system call but close(2): the caller reads and
// writes. Threads: none; a plain value that can be moved.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <cstdint>
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

    /// Takes what one recvmsg(2) returned. After a failure (code "wire.limit" or "wire.framing") the stream is unusable
    /// and the connection has to be closed; messages that were complete before can still be taken.
    [[nodiscard]] Status append(std::string_view bytes, std::vector<UniqueFd> descriptors);
    /// The next complete message.
    [[nodiscard]] std::optional<RawMessage> next();
    [[nodiscard]] bool ready() const { return !m_ends.empty(); } ///< next() has something to give
    [[nodiscard]] bool empty() const;                            ///< no message and no part of one

private:
    struct Attached {
        std::uint64_t message; ///< serial of the message it belongs to
        UniqueFd descriptor;
    };

    std::size_t m_maxBytes;
    std::size_t m_maxDescriptors;
    std::string m_buffer;
    std::size_t m_taken = 0;        ///< bytes at the start of the buffer that next() has given away
    std::size_t m_partial = 0;      ///< where the incomplete message begins
    std::deque<std::size_t> m_ends; ///< positions of the NULs of complete messages
    std::uint64_t m_nextSerial = 0; ///< of the message next() gives
    std::size_t m_partialDescriptors = 0;
    std::deque<Attached> m_attached;
};

} // namespace pivotbench::core::wire
