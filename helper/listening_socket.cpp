// SPDX-License-Identifier: Apache-2.0
#include "helper/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

namespace pivotbench::helper {

using core::failure;
using core::Result;
using core::Status;
using core::systemError;
using core::UniqueFd;

namespace {

enum class LockedByte : off_t { Serving = 0, Changing = 1 };

int setLock(int fd, LockedByte byte, short type, int command)
{
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(byte);
    lock.l_len = 1;
    for (;;) {
        if (::fcntl(fd, command, &lock) == 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

/// Whoever could enter or write the directory could stand in for the helper or its clients.
Result<UniqueFd> openDirectory(const std::string &path)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return systemError("cannot make the directory of the helper's socket", errno, path);
    UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory)
        return systemError("cannot open the directory of the helper's socket", errno, path);
    struct stat status{};
    if (::fstat(directory.get(), &status) != 0)
        return systemError("cannot look at the directory of the helper's socket", errno, path);
    if (status.st_uid != ::geteuid())
        return failure("server.directory",
                       fmt::format("the directory of the helper's socket belongs to user {}", status.st_uid), path,
                       "remove it, or set XDG_RUNTIME_DIR to a directory of your own");
    if ((status.st_mode & 077) != 0)
        return failure("server.directory", "the directory of the helper's socket is open to other users", path,
                       "chmod 0700 it, after a look at what is in it");
    return directory;
}

/// A path below the directory for calls that take no descriptor. It also fits sun_path however deep the directory is.
std::string below(const UniqueFd &directory, std::string_view name)
{
    return fmt::format("/proc/self/fd/{}/{}", directory.get(), name);
}

Result<UniqueFd> bindAndListen(const UniqueFd &directory, const std::string &name, const std::string &shownPath)
{
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        return systemError("cannot make the helper's socket", errno);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = below(directory, name);
    if (path.size() >= sizeof address.sun_path)
        return systemError("cannot bind the helper's socket", ENAMETOOLONG, shownPath);
    std::memcpy(address.sun_path, path.data(), path.size());
    ::unlinkat(directory.get(), name.c_str(), 0); // left by a helper that was killed right here
    // The inode that bind(2) makes takes its mode from the socket's.
    if (::fchmod(socket.get(), 0600) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return systemError("cannot bind the helper's socket", errno, shownPath);
    if (::listen(socket.get(), SOMAXCONN) != 0)
        return systemError("cannot listen on the helper's socket", errno, shownPath);
    return socket;
}

std::string temporaryName(const std::string &name) { return name + ".new"; }
std::string withdrawnName(const std::string &name) { return name + ".leaving"; }

} // namespace

Result<ListeningSocket> ListeningSocket::open(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    if (path.empty() || path[0] != '/' || slash == 0 || slash + 1 == path.size())
        return failure("server.path", "the helper's socket needs an absolute path below a directory of its own", path);
    ListeningSocket self;
    self.m_name = path.substr(slash + 1);
    auto directory = openDirectory(path.substr(0, slash));
    if (!directory)
        return std::unexpected(std::move(directory.error()));
    self.m_directory = std::move(*directory);

    const std::string lockName = self.m_name + ".lock";
    self.m_lock.reset(
        ::openat(self.m_directory.get(), lockName.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!self.m_lock)
        return systemError("cannot open the lock of the helper's socket", errno, path + ".lock");
    if (const int error = setLock(self.m_lock.get(), LockedByte::Changing, F_WRLCK, F_SETLKW))
        return systemError("cannot lock the helper's socket", error, path + ".lock");
    if (const int error = setLock(self.m_lock.get(), LockedByte::Serving, F_WRLCK, F_SETLK)) {
        if (error == EACCES || error == EAGAIN)
            return failure("server.running", "a helper is listening already", path);
        return systemError("cannot lock the helper's socket", error, path + ".lock");
    }
    // From here on a socket under that name is a dead one. The new one takes its place when it can already be connected
    // to.
    const std::string temporary = temporaryName(self.m_name);
    auto socket = bindAndListen(self.m_directory, temporary, path);
    if (!socket)
        return std::unexpected(std::move(socket.error()));
    self.m_socket = std::move(*socket);
    if (::renameat(self.m_directory.get(), temporary.c_str(), self.m_directory.get(), self.m_name.c_str()) != 0)
        return systemError("cannot put the helper's socket in its place", errno, path);
    if (const int error = setLock(self.m_lock.get(), LockedByte::Changing, F_UNLCK, F_SETLK))
        return systemError("cannot unlock the helper's socket", error, path + ".lock");
    return self;
}

Result<std::optional<ListeningSocket>> ListeningSocket::fromActivation()
{
    const int count = sd_listen_fds(1);
    if (count < 0)
        return systemError("cannot take the socket from systemd", -count);
    if (count == 0)
        return std::nullopt;
    ListeningSocket self;
    self.m_socket.reset(SD_LISTEN_FDS_START);
    if (count != 1 || sd_is_socket_unix(self.m_socket.get(), SOCK_STREAM, 1, nullptr, 0) <= 0)
        return failure("server.activation", "systemd has to hand over exactly one listening stream socket of AF_UNIX");
    const int flags = ::fcntl(self.m_socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(self.m_socket.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        return systemError("cannot prepare the socket from systemd", errno);
    return self;
}

Status ListeningSocket::withdraw()
{
    if (!m_directory)
        return {};
    if (const int error = setLock(m_lock.get(), LockedByte::Changing, F_WRLCK, F_SETLKW))
        return systemError("cannot lock the helper's socket", error);
    if (::renameat(m_directory.get(), m_name.c_str(), m_directory.get(), withdrawnName(m_name).c_str()) != 0)
        return systemError("cannot withdraw the helper's socket", errno, m_name);
    return {};
}

Status ListeningSocket::restore()
{
    if (!m_directory)
        return {};
    if (::renameat(m_directory.get(), withdrawnName(m_name).c_str(), m_directory.get(), m_name.c_str()) != 0)
        return systemError("cannot restore the helper's socket", errno, m_name);
    if (const int error = setLock(m_lock.get(), LockedByte::Changing, F_UNLCK, F_SETLK))
        return systemError("cannot unlock the helper's socket", error);
    return {};
}

void ListeningSocket::remove()
{
    if (m_directory)
        ::unlinkat(m_directory.get(), withdrawnName(m_name).c_str(), 0);
    m_socket.reset();
    m_lock.reset(); // and with it both locks: the next helper may start
}

} // namespace pivotbench::helper
