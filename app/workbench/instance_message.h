// SPDX-License-Identifier: Apache-2.0
//
// A command line on its way from a second workbench to the first: one JSON object, decoded strictly, because whoever
// sends it may be anybody's program of this user. Pure; any thread.
#pragma once

#include "app/workbench/command_line.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace pivotbench::app {

struct InstanceMessage {
    CommandLine line;                 ///< files are absolute; nothing of a screenshot
    std::string activationToken = {}; ///< $XDG_ACTIVATION_TOKEN of the sender; may be empty
};

[[nodiscard]] std::string writeInstanceMessage(const InstanceMessage &message);
[[nodiscard]] core::Result<InstanceMessage> readInstanceMessage(std::string_view text);

} // namespace pivotbench::app
