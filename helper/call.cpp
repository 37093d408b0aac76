// SPDX-License-Identifier: Apache-2.0
#include "helper/call.h"

#include <string>
#include <utility>

namespace pivotbench::helper {

namespace wire = core::wire;

Call::Call(wire::Request call, std::vector<core::UniqueFd> fds, PeerIdentity who, ConnectionId where,
           std::weak_ptr<ReplySink> sink)
    : request(std::move(call))
    , descriptors(std::move(fds))
    , peer(who)
    , connection(where)
{
    if (!request.oneway)
        m_sink = std::move(sink);
}

Call &Call::operator=(Call &&other) noexcept
{
    if (this == &other)
        return *this;
    abandon();
    request = std::move(other.request);
    descriptors = std::move(other.descriptors);
    peer = other.peer;
    connection = other.connection;
    m_sink = std::move(other.m_sink);
    return *this;
}

Call::~Call() { abandon(); }

void Call::abandon()
{
    if (open())
        reply(failureReply(wire::error_name::failed, {.code = "call.dropped", .what = "the helper gave the call up"}));
}

void Call::reply(wire::Reply reply, std::vector<core::UniqueFd> fds)
{
    const std::shared_ptr<ReplySink> sink = m_sink.lock();
    if (!sink)
        return;
    if (!request.more || std::holds_alternative<wire::Failure>(reply.body))
        reply.continues = false;
    if (!reply.continues)
        m_sink.reset();
    sink->send(reply, std::move(fds));
}

wire::Reply failureReply(std::string_view name, core::Error error, std::vector<core::Finding> findings)
{
    return {wire::Failure{std::string(name), std::move(error), std::move(findings)}, false};
}

} // namespace pivotbench::helper
