// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/instance_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>

namespace pivotbench::app {

using namespace core;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause{20}; ///< while the first one is between its lock and its socket

struct Place {
    UniqueFd directory; ///< O_PATH
    std::string name;
};

/// Whoever could write the directory could answer in our place.
Result<Place> openPlace(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    const std::string directory = path.substr(0, slash);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return systemError("cannot make the directory for the workbench's socket", errno, directory);
    Place place{UniqueFd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
                path.substr(slash + 1)};
    struct stat status = {};
    if (!place.directory || ::fstat(place.directory.get(), &status) != 0)
        return systemError("cannot open the directory of the workbench's socket", errno, directory);
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
        return failure("instance.directory", "the directory of the workbench's socket is open to other users",
                       directory, "chmod 0700 it, after a look at what is in it");
    return place;
}

/// Through the descriptor, so that it fits sun_path however deep the directory is.
sockaddr_un addressOf(const Place &place)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", place.directory.get(), place.name);
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    return address;
}

/// Connected, and another program of ours; otherwise an errno: ENOENT, ECONNREFUSED and EAGAIN may pass.
std::expected<UniqueFd, int> connectTo(const Place &place)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = addressOf(place);
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return std::unexpected(errno);
    if (!isOwnPeer(socket.get()))
        return std::unexpected(EPERM);
    return socket;
}

int millisecondsUntil(Clock::time_point end)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

/// Nothing when it went away without an answer: there may be a new first one, or none.
std::optional<std::string> ask(int socket, std::string_view message, Clock::time_point end)
{
    if (::send(socket, message.data(), message.size(), MSG_NOSIGNAL) < 0)
        return std::nullopt;
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    while (::poll(&waiting, 1, millisecondsUntil(end)) < 0 && errno == EINTR)
        continue;
    std::array<char, 16> answer = {};
    const ssize_t got = ::recv(socket, answer.data(), answer.size(), 0);
    return got > 0 ? std::optional(std::string(answer.data(), static_cast<std::size_t>(got))) : std::nullopt;
}

} // namespace

bool isOwnPeer(int socket)
{
    ucred peer = {};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

Result<std::optional<InstanceSocket>> InstanceSocket::open(const std::string &path)
{
    Result<Place> place = openPlace(path);
    if (!place)
        return std::unexpected(std::move(place.error()));
    InstanceSocket self;
    const std::string lock = place->name + ".lock";
    self.m_lock.reset(::openat(place->directory.get(), lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!self.m_lock)
        return systemError("cannot open the lock of the workbench's socket", errno, path + ".lock");
    if (::flock(self.m_lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return std::nullopt;
        return systemError("cannot lock the workbench's socket", errno, path + ".lock");
    }
    // From here on a socket under that name is a dead one's.
    ::unlinkat(place->directory.get(), place->name.c_str(), 0);
    self.m_socket.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = addressOf(*place);
    // The inode that bind(2) makes takes its mode from the socket's.
    if (!self.m_socket || ::fchmod(self.m_socket.get(), 0600) != 0 ||
        ::bind(self.m_socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
        ::listen(self.m_socket.get(), SOMAXCONN) != 0)
        return systemError("cannot listen on the workbench's socket", errno, path);
    self.m_directory = std::move(place->directory);
    self.m_name = std::move(place->name);
    return self;
}

InstanceSocket::~InstanceSocket()
{
    if (m_directory) // before the lock is freed: the name is still ours
        ::unlinkat(m_directory.get(), m_name.c_str(), 0);
}

Result<std::optional<InstanceSocket>> becomeFirstOrSend(const std::string &path, std::string_view message,
                                                        std::chrono::milliseconds patience)
{
    const auto end = Clock::now() + patience;
    do {
        Result<std::optional<InstanceSocket>> first = InstanceSocket::open(path);
        if (!first || *first)
            return first;
        const Result<Place> place = openPlace(path);
        if (!place)
            return std::unexpected(place.error());
        if (message.size() > mostInstanceBytes)
            return failure("instance.refused", "the command line is too long for the running Pivotbench");
        const auto socket = connectTo(*place);
        if (socket) {
            if (const std::optional<std::string> answer = ask(socket->get(), message, end)) {
                if (*answer == instanceAccepts)
                    return std::nullopt;
                return failure("instance.refused", "the running Pivotbench does not understand the command line");
            }
        } else if (socket.error() != ENOENT && socket.error() != ECONNREFUSED && socket.error() != EAGAIN) {
            return systemError("cannot reach the running Pivotbench", socket.error(), path);
        }
        std::this_thread::sleep_for(pause);
    } while (Clock::now() < end);
    return failure("instance.silent",
                   fmt::format("a Pivotbench runs already, but has not answered within {} s",
                               std::chrono::duration_cast<std::chrono::seconds>(patience).count()),
                   path);
}

} // namespace pivotbench::app
