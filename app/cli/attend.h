// SPDX-License-Identifier: Apache-2.0
//
// The wait for how a command in a sandbox ends.
#pragma once

#include "app/client/helper_client.h"
#include "core/wire/messages.h"

#include <string>

namespace pivotbench::app::cli {

/// What an Exited reply means as our own exit status; says on standard error what was unusual.
[[nodiscard]] int exitStatus(const core::wire::Exited &end);

/// Waits for the end of a command that was started through `client` (Launch, Exec), carrying its terminal.
/// Signals are sent to the sandbox of the Started reply, whose name `launched` receives.
[[nodiscard]] int attend(HelperClient &client, const std::string &socket, bool quiet, std::string *launched = nullptr);

} // namespace pivotbench::app::cli
