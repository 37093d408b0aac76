// SPDX-License-Identifier: Apache-2.0
//
// Carries bytes between this process's terminal and the master end of a sandbox's, and waits for the helper's word
// meanwhile: the one loop of a running command. Raw mode and window size follow termios(3) and ioctl_tty(2); the
// terminal is put back as it was on every way out of the loop.
#pragma once

#include "app/client/helper_client.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <functional>
#include <string>

namespace pivotbench::app::cli {

/// The size of the terminal on standard output, or 24 × 80.
[[nodiscard]] core::wire::WindowSize windowSize();

class CommandLoop {
public:
    /// `signalled` is told of SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 that reach this process.
    CommandLoop(HelperClient &client, std::function<void(int signal)> signalled);
    ~CommandLoop();
    CommandLoop(const CommandLoop &) = delete;
    CommandLoop &operator=(const CommandLoop &) = delete;

    /// From now on this is the other end of our terminal.
    void attach(core::UniqueFd master);
    /// The next reply, carrying bytes meanwhile.
    [[nodiscard]] core::Result<ReceivedReply> next();
    /// What the command wrote before it ended and is still in the terminal; then our own terminal is as it was.
    void finish();

private:
    void fromMaster();
    void toMaster();

    HelperClient &m_client;
    std::function<void(int)> m_signalled;
    core::UniqueFd m_signals;
    core::UniqueFd m_master;
    std::string m_typed; ///< what the master has not taken yet
    bool m_inputOpen = true;
    bool m_raw = false;
};

} // namespace pivotbench::app::cli
