// SPDX-License-Identifier: Apache-2.0
#include "helper/builder_channel.h"

#include "core/base/descriptor_passing.h"
#include "core/base/text.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace pivotbench::helper {
namespace {

constexpr std::size_t maxText = 16384;
constexpr std::size_t maxDescriptors = 16;

} // namespace

core::Result<std::pair<core::UniqueFd, core::UniqueFd>> makeBuilderChannel()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return core::systemError("cannot make a socket pair for the builder", errno);
    return std::pair(core::UniqueFd(ends[0]), core::UniqueFd(ends[1]));
}

int sendMessage(int channel, const BuilderMessageHeader &header, std::initializer_list<std::string_view> strings,
                std::span<const int> descriptors, bool wait)
{
    char text[maxText];
    std::size_t size = 0;
    for (const std::string_view string : strings) {
        const std::size_t take = std::min(string.size(), maxText - size - strings.size());
        std::memcpy(text + size, string.data(), take);
        size += take;
        text[size++] = '\0';
    }
    BuilderMessageHeader copy = header;
    std::array<iovec, 2> parts{{{&copy, sizeof copy}, {text, size}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = size == 0 ? 1 : 2;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * maxDescriptors)];
    if (!descriptors.empty()) {
        const std::size_t count = std::min(descriptors.size(), maxDescriptors);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * count);
    }
    while (::sendmsg(channel, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) < 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

core::Result<std::optional<BuilderMessage>> receiveMessage(int channel, bool wait)
{
    BuilderMessage result;
    std::string text(maxText, '\0');
    std::array<iovec, 2> parts{{{&result.header, sizeof result.header}, {text.data(), text.size()}}};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * maxDescriptors)];
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got = 0;
    while ((got = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT))) < 0)
        if (errno == ECONNRESET)
            return std::nullopt;
        else if (errno != EINTR)
            return core::systemError("cannot hear the builder", errno);
    result.descriptors = core::takeDescriptors(message);
    if (got == 0)
        return std::nullopt;
    if (static_cast<std::size_t>(got) < sizeof result.header || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return core::failure("builder.message", "the builder sent a message of the wrong size");
    std::string_view rest = std::string_view(text).substr(0, static_cast<std::size_t>(got) - sizeof result.header);
    while (!rest.empty()) {
        const std::size_t end = rest.find('\0');
        result.strings.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return result;
}

} // namespace pivotbench::helper
