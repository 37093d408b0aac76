// SPDX-License-Identifier: Apache-2.0
//
// Descriptors that came with a message of a local socket (unix(7), cmsg(3)).
#pragma once

#include "core/base/unique_fd.h"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace pivotbench::core {

/// Takes over every descriptor of a recvmsg(2), also when the message itself is going to be refused: nothing leaks.
[[nodiscard]] inline std::vector<UniqueFd> takeDescriptors(msghdr &message)
{
    std::vector<UniqueFd> descriptors;
    for (cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

} // namespace pivotbench::core
