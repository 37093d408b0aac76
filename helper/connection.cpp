// SPDX-License-Identifier: Apache-2.0
#include "helper/connection.h"

#include "core/base/descriptor_passing.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace pivotbench::helper {

using core::Status;
using core::UniqueFd;
namespace wire = core::wire;

namespace {

constexpr std::size_t readSize = std::size_t{64} * 1024;
/// Room for exactly the descriptors a message may have; the kernel says MSG_CTRUNC when there were more (unix(7)).
constexpr std::size_t mostDescriptors = wire::Limits{}.descriptors;

ssize_t sendWithDescriptors(int socket, std::string_view bytes, const std::vector<UniqueFd> &descriptors)
{
    iovec part{const_cast<char *>(bytes.data()), bytes.size()}; // sendmsg(2) only reads it
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(mostDescriptors * sizeof(int))> control{};
    if (!descriptors.empty()) {
        const std::size_t count = std::min(descriptors.size(), mostDescriptors);
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(count * sizeof(int));
        for (std::size_t i = 0; i < count; ++i) {
            const int fd = descriptors[i].get();
            std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof fd);
        }
    }
    return ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// An O_PATH descriptor is had without any right to the file, so it proves nothing about what its sender may do
/// (open(2)).
std::optional<wire::Failure> refuseUnproven(const std::vector<UniqueFd> &descriptors)
{
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        const int flags = ::fcntl(descriptors[i].get(), F_GETFL);
        if (flags < 0 || (flags & O_PATH) != 0)
            return wire::invalidParameter(fmt::format(
                "descriptor {} was opened with O_PATH, which proves no access to it: open it for reading", i));
    }
    return std::nullopt;
}

} // namespace

Connection::Connection(EventLoop &loop, UniqueFd socket, ConnectionId id, PeerIdentity peer, ConnectionLimits limits,
                       Events events)
    : m_loop(loop)
    , m_socket(std::move(socket))
    , m_id(id)
    , m_peer(peer)
    , m_limits(limits)
    , m_events(std::move(events))
    , m_incoming(limits.wire.requestBytes, limits.wire.descriptors)
{
}

Status Connection::start()
{
    auto io = m_loop.onReady(m_socket.get(), EPOLLIN, [this](std::uint32_t events) { ready(events); });
    if (!io)
        return std::unexpected(std::move(io.error()));
    m_io = std::move(*io);
    return {};
}

/// Most clients have sent their call by the time they are accepted.
void Connection::readFirst()
{
    const auto self = shared_from_this();
    ready(EPOLLIN);
    if (!m_socket || m_heard)
        return;
    if (auto timer = m_loop.after(m_limits.firstMessage, [this] { close(); }))
        m_firstMessageTimer = std::move(*timer);
    else
        close();
}

void Connection::ready(std::uint32_t events)
{
    const auto self = shared_from_this(); // close() gives up the server's share
    m_serving = true;
    if (events & EPOLLOUT)
        write();
    if (reading() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        receive();
    else if (events & (EPOLLHUP | EPOLLERR))
        m_broken = true; // nobody reads what is still to be said
    serve();
}

bool Connection::reading() const { return !m_callOpen && !m_ended && !m_broken && m_outgoing.empty(); }

void Connection::receive()
{
    std::array<char, readSize> buffer; // not initialized: only what recvmsg(2) has written is read
    alignas(cmsghdr) std::array<char, CMSG_SPACE(mostDescriptors * sizeof(int))> control;
    iovec part{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(m_socket.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR)
            m_broken = true;
        return;
    }
    std::vector<UniqueFd> descriptors = core::takeDescriptors(header);
    if (count == 0) {
        m_ended = true;
        return;
    }
    Status status;
    if (header.msg_flags & MSG_CTRUNC)
        status = core::failure("wire.limit", fmt::format("a message has more than {} descriptors", mostDescriptors));
    else
        status = m_incoming.append({buffer.data(), static_cast<std::size_t>(count)}, std::move(descriptors));
    if (m_incoming.ready() && !m_heard) {
        m_heard = true;
        m_firstMessageTimer = {};
    }
    if (!status) {
        m_refusal = wire::invalidParameter(std::move(status.error().what));
        m_ended = true;
    }
}

/// Serves what has been read, as far as the rule of one call at a time allows.
void Connection::serve()
{
    const auto self = shared_from_this();
    m_serving = true;
    while (!m_callOpen && !m_broken && m_outgoing.empty()) {
        if (std::optional<wire::RawMessage> message = m_incoming.next())
            take(std::move(*message));
        else if (std::optional<wire::Failure> refusal = std::exchange(m_refusal, std::nullopt))
            refuse(std::move(*refusal));
        else
            break;
    }
    m_serving = false;
    settle();
}

void Connection::take(wire::RawMessage message)
{
    auto request = wire::decodeRequest(message.text, message.descriptors.size(), m_limits.wire);
    if (!request) {
        if (request.error().broken) {
            m_incoming = wire::MessageAssembler(m_limits.wire.requestBytes, m_limits.wire.descriptors);
            m_ended = true;
        }
        if (!request.error().oneway)
            refuse(std::move(request.error().failure));
        return;
    }
    if (auto failure = refuseUnproven(message.descriptors)) {
        if (!request->oneway)
            refuse(std::move(*failure));
        return;
    }
    m_callOpen = !request->oneway;
    m_events.called(Call(std::move(*request), std::move(message.descriptors), m_peer, m_id, weak_from_this()));
}

void Connection::refuse(wire::Failure failure) { send({.body = std::move(failure)}, {}); }

void Connection::send(const wire::Reply &reply, std::vector<UniqueFd> descriptors)
{
    if (!m_socket || m_broken)
        return;
    std::string text = wire::encodeReply(reply);
    if (text.size() > m_limits.wire.replyBytes) {
        descriptors.clear();
        text = wire::encodeReply(
            failureReply(wire::error_name::limitReached,
                         {.code = "wire.limit", .what = "the reply is longer than a message may be"}));
    }
    if (!reply.continues)
        m_callOpen = false;
    if (m_waiting > m_limits.waitingReplies) {
        m_broken = true;
    } else {
        text += '\0';
        m_waiting += text.size();
        m_outgoing.push_back({std::move(text), 0, std::move(descriptors)});
        write();
    }
    if (m_serving)
        return;
    watch();
    if (m_broken || m_ended || m_incoming.ready()) {
        if (auto later = m_loop.soon([this] { serve(); }))
            m_later = std::move(*later);
    }
}

void Connection::write()
{
    bool progress = false;
    while (!m_outgoing.empty()) {
        Outgoing &next = m_outgoing.front();
        const ssize_t count =
            sendWithDescriptors(m_socket.get(), std::string_view(next.text).substr(next.sent), next.descriptors);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            m_broken = errno != EAGAIN;
            break;
        }
        progress = true;
        next.descriptors.clear();
        next.sent += static_cast<std::size_t>(count);
        m_waiting -= static_cast<std::size_t>(count);
        if (next.sent == next.text.size())
            m_outgoing.pop_front();
    }
    if (m_outgoing.empty()) {
        m_stallTimer = {};
    } else if (m_stallTimer && progress) {
        m_stallTimer.restart(m_limits.stalledWriter);
    } else if (!m_stallTimer) {
        auto timer = m_loop.after(m_limits.stalledWriter, [this] { close(); });
        if (timer)
            m_stallTimer = std::move(*timer);
        else
            m_broken = true;
    }
}

/// Decides, outside any handler, whether there is anything left to do here.
void Connection::settle()
{
    const bool finished = m_ended && !m_callOpen && m_outgoing.empty() && !m_incoming.ready() && !m_refusal;
    if (m_broken || finished)
        close();
    else
        watch();
}

void Connection::watch()
{
    // EPOLLHUP and EPOLLERR come unasked (epoll_ctl(2)): a client that goes away during its call is noticed.
    const std::uint32_t in = reading() ? static_cast<std::uint32_t>(EPOLLIN) : 0;
    const std::uint32_t out = m_outgoing.empty() ? 0 : static_cast<std::uint32_t>(EPOLLOUT);
    m_io.setEvents(in | out);
}

void Connection::close()
{
    if (!m_socket)
        return;
    const auto self = shared_from_this();
    m_io = {};
    m_firstMessageTimer = {};
    m_stallTimer = {};
    m_later = {};
    m_socket.reset();
    m_outgoing.clear();
    m_events.closed(m_id);
}

} // namespace pivotbench::helper
