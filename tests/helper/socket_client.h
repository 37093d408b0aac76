// SPDX-License-Identifier: Apache-2.0
//
// A client that says exactly what a test wants, well-formed or not, and never waits: the test turns the helper's event
// loop.
#pragma once

#include "core/base/unique_fd.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

namespace pivotbench::test {

inline std::size_t openDescriptors()
{
    namespace fs = std::filesystem;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

class SocketClient {
public:
    explicit SocketClient(const std::string &path)
    {
        m_socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() < sizeof address.sun_path)
            std::memcpy(address.sun_path, path.data(), path.size());
        if (::connect(m_socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
            m_socket.reset();
    }

    [[nodiscard]] bool connected() const { return bool(m_socket); }
    [[nodiscard]] int fd() const { return m_socket.get(); }
    void close() { m_socket.reset(); }
    void stopSending() { ::shutdown(m_socket.get(), SHUT_WR); }

    /// The bytes as they are: a complete message needs its NUL. Whether all of them went out.
    bool send(std::string_view bytes, const std::vector<int> &descriptors = {})
    {
        iovec part{const_cast<char *>(bytes.data()), bytes.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        std::vector<char> control(CMSG_SPACE(descriptors.size() * sizeof(int)));
        if (!descriptors.empty()) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr *rights = CMSG_FIRSTHDR(&header);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
            std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
        }
        return ::sendmsg(m_socket.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    bool say(std::string_view json, const std::vector<int> &descriptors = {})
    {
        return send(std::string(json) + '\0', descriptors);
    }

    /// What has come since, up to about `most` bytes, with '\n' for NUL, and "END" when the other side closed.
    std::string hear(std::size_t most = SIZE_MAX)
    {
        std::string out;
        while (out.size() < most) {
            char bytes[16384];
            alignas(cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))];
            iovec part{bytes, sizeof bytes};
            msghdr header{};
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            header.msg_control = control;
            header.msg_controllen = sizeof control;
            const ssize_t count = ::recvmsg(m_socket.get(), &header, MSG_CMSG_CLOEXEC);
            if (count < 0 && errno == EAGAIN)
                return out;
            if (count <= 0)
                return out + "END";
            if (const cmsghdr *rights = CMSG_FIRSTHDR(&header)) {
                int fd = -1;
                std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
                received.emplace_back(fd);
            }
            for (const char c : std::string_view(bytes, static_cast<std::size_t>(count)))
                out += c == '\0' ? '\n' : c;
        }
        return out;
    }

    std::vector<core::UniqueFd> received;

private:
    core::UniqueFd m_socket;
};

} // namespace pivotbench::test
