// SPDX-License-Identifier: Apache-2.0
//
// The name under which a helper can be reached: a socket in a directory that only its user can enter, of which there is
// one at a time. Two helpers that start at once, and one that leaves while another starts, are kept apart by locks on a
// file beside the socket: byte 0 is held for life by whoever serves the socket, byte 1 while the name changes. They are
// locks of the process (fcntl(2), F_SETLK), so kill -9 frees them even while children live.
//
// Threads: any one. Errors: "server.running" when another helper serves the socket, "server.directory" when the
// directory could not be trusted.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <optional>
#include <string>

namespace pivotbench::helper {

class ListeningSocket {
public:
    /// Makes the directory (0700; its parent has to exist) and the socket. Waits for another helper that is just
    /// starting or leaving; so after "server.running" somebody is listening.
    [[nodiscard]] static core::Result<ListeningSocket> open(const std::string &path);
    /// The one socket that systemd hands over (sd_listen_fds(3)); nothing when it handed over none.
    [[nodiscard]] static core::Result<std::optional<ListeningSocket>> fromActivation();

    [[nodiscard]] int fd() const { return m_socket.get(); }

    /// The steps of leaving without losing a client: nobody new finds the name; then it is either gone, or back.
    [[nodiscard]] core::Status withdraw();
    [[nodiscard]] core::Status restore();
    void remove();

private:
    ListeningSocket() = default;

    core::UniqueFd m_directory; ///< O_PATH; none for an activated socket, whose name is systemd's
    core::UniqueFd m_lock;
    core::UniqueFd m_socket;
    std::string m_name;
};

} // namespace pivotbench::helper
