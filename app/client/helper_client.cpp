// SPDX-License-Identifier: Apache-2.0
#include "app/client/helper_client.h"

#include "app/client/helper_start.h"
#include "core/base/descriptor_passing.h"
#include "core/wire/message_codec.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace pivotbench::app {

using core::failure;
using core::Result;
using core::Status;
using core::systemError;
using core::UniqueFd;
namespace wire = core::wire;

namespace {

constexpr wire::Limits limits;
constexpr std::size_t readSize = std::size_t{64} * 1024;
/// A helper that leaves and one that starts can each cost one attempt; a third means that something else is wrong.
constexpr int attempts = 3;

/// The address of a path of any length: what does not fit sun_path is reached through its directory. `directory` has to
/// stay open until the address has been used.
Result<sockaddr_un> addressOf(const std::string &path, UniqueFd &directory)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string name = path;
    if (name.size() >= sizeof address.sun_path) {
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos)
            return systemError("cannot reach the helper", ENAMETOOLONG, path);
        directory.reset(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!directory)
            return systemError("cannot reach the helper", errno, path);
        name = fmt::format("/proc/self/fd/{}{}", directory.get(), path.substr(slash));
        if (name.size() >= sizeof address.sun_path)
            return systemError("cannot reach the helper", ENAMETOOLONG, path);
    }
    std::memcpy(address.sun_path, name.data(), name.size());
    return address;
}

std::unexpected<core::Error> goneError()
{
    return failure("helper.gone", "the helper ended the connection", {},
                   "sandboxes it had may still run: see pivotctl ps");
}

} // namespace

HelperClient::HelperClient(UniqueFd socket)
    : m_socket(std::move(socket))
    , m_incoming(limits.replyBytes, limits.descriptors)
{
}

Result<HelperClient> HelperClient::connect(const std::string &socketPath)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return systemError("cannot make a socket", errno);
    UniqueFd directory;
    const Result<sockaddr_un> address = addressOf(socketPath, directory);
    int error = address ? 0 : address.error().errnum;
    if (address && ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&*address), sizeof *address) != 0)
        error = errno;
    if (error == ENOENT || error == ECONNREFUSED)
        return failure("helper.absent", "no helper is listening", socketPath);
    if (error != 0)
        return systemError("cannot reach the helper", error, socketPath);

    // Whoever listens gets our descriptors and commands, so it has to be ourselves.
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return systemError("cannot tell who the helper is", errno, socketPath);
    if (peer.uid != ::geteuid())
        return failure("helper.foreign", fmt::format("the helper there runs as user {}", peer.uid), socketPath);
    return HelperClient(std::move(socket));
}

Result<HelperClient> HelperClient::connectOrStart(const std::string &socketPath)
{
    Result<HelperClient> client = connect(socketPath);
    for (int i = 0; i < attempts && !client && client.error().code == "helper.absent"; ++i) {
        Status started = startHelper(socketPath);
        client = connect(socketPath); // even if ours failed: it may have found another one there
        if (!client && !started)
            return std::unexpected(std::move(started.error()));
    }
    return client;
}

Status HelperClient::call(const wire::Request &request, std::span<const int> descriptors)
{
    if (descriptors.size() > limits.descriptors)
        return failure("wire.limit", fmt::format("the call needs {} descriptors; a message takes {}",
                                                 descriptors.size(), limits.descriptors));
    Result<std::string> encoded = wire::encodeRequest(request);
    if (!encoded)
        return std::unexpected(std::move(encoded.error()));
    std::string &text = *encoded;
    if (text.size() > limits.requestBytes)
        return failure("wire.limit",
                       fmt::format("the call is {} bytes long; a message takes {}", text.size(), limits.requestBytes));
    text += '\0';

    iovec part{text.data(), text.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(limits.descriptors * sizeof(int))> control{};
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    while (part.iov_len != 0) {
        const ssize_t count = ::sendmsg(m_socket.get(), &header, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        // A helper that turned us away has closed its end already; its reason is waiting to be read by next().
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET))
            return {};
        if (count < 0)
            return systemError("cannot send to the helper", errno);
        part.iov_base = static_cast<char *>(part.iov_base) + count;
        part.iov_len -= static_cast<std::size_t>(count);
        header.msg_control = nullptr; // the descriptors went with the first byte
        header.msg_controllen = 0;
    }
    return {};
}

/// One recvmsg(2). False when `flags` say not to wait and there is nothing.
Result<bool> HelperClient::receive(int flags)
{
    std::array<char, readSize> buffer; // not initialized: only what recvmsg(2) has written is read
    alignas(cmsghdr) std::array<char, CMSG_SPACE(limits.descriptors * sizeof(int))> control;
    iovec part{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t count = 0;
    do
        count = ::recvmsg(m_socket.get(), &header, flags | MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN)
        return false;
    if (count == 0 || (count < 0 && errno == ECONNRESET))
        return goneError();
    if (count < 0)
        return systemError("cannot hear the helper", errno);

    std::vector<UniqueFd> descriptors = core::takeDescriptors(header);
    if (header.msg_flags & MSG_CTRUNC)
        return failure("wire.limit", "not every descriptor of a reply could be taken", {},
                       "raise the limit of open files (ulimit -n)");
    if (Status status = m_incoming.append({buffer.data(), static_cast<std::size_t>(count)}, std::move(descriptors));
        !status)
        return std::unexpected(std::move(status.error()));
    return true;
}

Result<std::optional<ReceivedReply>> HelperClient::takeReply()
{
    std::optional<wire::RawMessage> message = m_incoming.next();
    if (!message)
        return std::nullopt;
    Result<wire::Reply> reply = wire::decodeReply(message->text, message->descriptors.size());
    if (!reply)
        return core::wrap(std::move(reply.error()), "reading a reply of the helper");
    return ReceivedReply{std::move(*reply), std::move(message->descriptors)};
}

Result<ReceivedReply> HelperClient::next()
{
    for (;;) {
        Result<std::optional<ReceivedReply>> reply = takeReply();
        if (!reply)
            return std::unexpected(std::move(reply.error()));
        if (*reply)
            return std::move(**reply);
        if (Result<bool> received = receive(0); !received)
            return std::unexpected(std::move(received.error()));
    }
}

Result<std::optional<ReceivedReply>> HelperClient::tryNext()
{
    for (;;) {
        Result<std::optional<ReceivedReply>> reply = takeReply();
        if (!reply || *reply)
            return reply;
        const Result<bool> received = receive(MSG_DONTWAIT);
        if (!received)
            return std::unexpected(received.error());
        if (!*received)
            return std::nullopt;
    }
}

} // namespace pivotbench::app
