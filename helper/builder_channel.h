// SPDX-License-Identifier: Apache-2.0
//
// What the helper and a builder (its child, which becomes pid 1 of the sandbox) say to each other over a SOCK_SEQPACKET
// pair that nobody else holds. One packet is one message: a fixed header, then strings separated by NUL, with
// descriptors beside it. Both ends are this program, but the helper still bounds and checks what it receives: a payload
// might one day speak through a builder that was taken over. No allocation on sending: usable in a child that shares
// memory (CLONE_VM).
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pivotbench::helper {

enum class BuilderMessageKind : std::uint32_t {
    // builder → helper
    WriteIdMaps, ///< please write my id maps, then Go
    EnterCgroup, ///< please move me into my cgroup, then Go
    StepDone, ///< observed only; descriptors: root, cwd, and namespaces that changed are read through them. Waits for
              ///< Go
    Failed,   ///< strings: code, what, path, hint; the builder ends once it is answered Go
    Terminal, ///< descriptor: the master end
    Upper,    ///< descriptors: the upper directory of the root's overlay with `value` 1, then, with `flag`, the user
              ///< namespace
    Running,  ///< the payload was executed
    Killed,   ///< `value` is the signal that ended the payload; where it exited, the builder ends with its exit status
    Pins,     ///< answer to GivePins; descriptors in the order of `pinOrder`, absent ones left out, `value` says which
    Taken,    ///< of a process that works on changes: strings: entries, bytes, left out, attributes lost, replaced
    // helper → builder
    Go,
    SendSignal, ///< `value` is the signal, `flag`: to every process
    GivePins,
    End, ///< kill everything that came from the payload, then end: where no PID namespace does it
};

struct BuilderMessageHeader {
    BuilderMessageKind kind = BuilderMessageKind::Go;
    std::uint32_t step = 0;
    std::int32_t value = 0;
    std::int32_t errnum = 0;
    std::uint32_t flag = 0; ///< StepDone: the step had nothing to do
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t startedNanoseconds = 0; ///< CLOCK_MONOTONIC when the step began
    std::uint64_t durationNanoseconds = 0;
};

struct BuilderMessage {
    BuilderMessageHeader header;
    std::vector<std::string> strings;
    std::vector<core::UniqueFd> descriptors;
};

/// Namespace files of /proc/PID/ns in the order in which they have to be joined; then the root directory.
inline constexpr const char *pinOrder[] = {"user", "cgroup", "ipc", "uts", "net", "pid", "time", "mnt"};
inline constexpr std::size_t pinCount = std::size(pinOrder);

/// A connected pair, close-on-exec.
[[nodiscard]] core::Result<std::pair<core::UniqueFd, core::UniqueFd>> makeBuilderChannel();

/// Returns 0 or an errno. EPIPE when the other end has gone. With `wait` false, EAGAIN when the other end does not
/// listen: the helper never waits for a builder, which a payload may have stopped.
[[nodiscard]] int sendMessage(int channel, const BuilderMessageHeader &header,
                              std::initializer_list<std::string_view> strings = {},
                              std::span<const int> descriptors = {}, bool wait = true);

/// The next message; nullopt when the other end has gone. With `wait` false, fails with EAGAIN when there is none.
[[nodiscard]] core::Result<std::optional<BuilderMessage>> receiveMessage(int channel, bool wait);

} // namespace pivotbench::helper
