// SPDX-License-Identifier: Apache-2.0
//
// One workbench for each user and display. The first one holds a lock (flock(2)) on a file in
// $XDG_RUNTIME_DIR/pivotbench and listens on a socket beside it; a later one sends what it was started with and ends.
// The kernel frees the lock of a program that was killed, so the next one takes its socket over.
//
// A message is one packet (unix(7), SOCK_SEQPACKET), so it has a bound and no halves. Whoever answers or asks has to be
// the same user (SO_PEERCRED). Blocking, before there is an event loop; any thread.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pivotbench::app {

/// A longer one is neither sent nor read.
inline constexpr std::size_t mostInstanceBytes = std::size_t{64} * 1024;
/// The answer to a message that will be acted upon. Anything else is a refusal.
inline constexpr std::string_view instanceAccepts = "ok";

/// A listening socket under a name of which there is one at a time. Its name goes when it is destroyed.
class InstanceSocket {
public:
    /// `path` lies in a directory of its own, which is made with mode 0700 where it is absent. Nothing when another
    /// program holds it.
    [[nodiscard]] static core::Result<std::optional<InstanceSocket>> open(const std::string &path);

    InstanceSocket(InstanceSocket &&) = default;
    InstanceSocket &operator=(InstanceSocket &&) = delete;
    ~InstanceSocket();

    /// Does not block.
    [[nodiscard]] int fd() const { return m_socket.get(); }

private:
    InstanceSocket() = default;

    core::UniqueFd m_directory; ///< O_PATH
    core::UniqueFd m_lock;
    core::UniqueFd m_socket;
    std::string m_name;
};

/// Either becomes the first one, or has the first one accept the message: then there is nothing. Fails with
/// "instance.silent" when the first one has not answered within `patience`, "instance.refused" when it does not
/// understand, "instance.directory" when the directory cannot be trusted.
[[nodiscard]] core::Result<std::optional<InstanceSocket>>
becomeFirstOrSend(const std::string &path, std::string_view message, std::chrono::milliseconds patience);

/// Whether the other end of a connected socket is a program of this user.
[[nodiscard]] bool isOwnPeer(int socket);

} // namespace pivotbench::app
