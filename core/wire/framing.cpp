// SPDX-License-Identifier: Apache-2.0
#include "core/wire/framing.h"

#include <fmt/format.h>

namespace pivotbench::core::wire {

MessageAssembler::MessageAssembler(std::size_t maxBytes, std::size_t maxDescriptors)
    : m_maxBytes(maxBytes)
    , m_maxDescriptors(maxDescriptors)
{
}

Status MessageAssembler::append(std::string_view bytes, std::vector<UniqueFd> descriptors)
{
    // The message of the last byte: the incomplete one, unless the bytes end with its NUL.
    std::size_t owner = m_ends.size();
    std::size_t ownerDescriptors = m_partialDescriptors;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\0');
        const std::string_view piece = bytes.substr(0, end);
        if (m_buffer.size() - m_partial + piece.size() > m_maxBytes)
            return failure("wire.limit", fmt::format("a message is longer than {} bytes", m_maxBytes));
        owner = m_ends.size();
        ownerDescriptors = m_partialDescriptors;
        m_buffer += piece;
        if (end == std::string_view::npos)
            break;
        if (m_buffer.size() == m_partial)
            return failure("wire.framing", "a message is empty");
        m_ends.push_back(m_buffer.size());
        m_buffer += '\0';
        m_partial = m_buffer.size();
        m_partialDescriptors = 0;
        bytes.remove_prefix(end + 1);
    }
    if (ownerDescriptors + descriptors.size() > m_maxDescriptors)
        return failure("wire.limit", fmt::format("a message has more than {} descriptors", m_maxDescriptors));
    for (UniqueFd &descriptor : descriptors)
        m_attached.push_back({m_nextSerial + owner, std::move(descriptor)});
    if (owner == m_ends.size())
        m_partialDescriptors = ownerDescriptors + descriptors.size();
    return {};
}

std::optional<RawMessage> MessageAssembler::next()
{
    if (m_ends.empty())
        return std::nullopt;
    const std::size_t end = m_ends.front();
    m_ends.pop_front();
    RawMessage message{m_buffer.substr(m_taken, end - m_taken), {}};
    while (!m_attached.empty() && m_attached.front().message == m_nextSerial) {
        message.descriptors.push_back(std::move(m_attached.front().descriptor));
        m_attached.pop_front();
    }
    ++m_nextSerial;
    m_taken = end + 1;
    if (m_ends.empty()) {
        // Positions in m_ends are none any more, so the bytes given away can go, and with them the memory of a big
        // message.
        m_buffer = m_buffer.substr(m_taken);
        m_partial -= m_taken;
        m_taken = 0;
    }
    return message;
}

bool MessageAssembler::empty() const { return m_taken == m_buffer.size() && m_attached.empty(); }

} // namespace pivotbench::core::wire
