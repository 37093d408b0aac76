// SPDX-License-Identifier: Apache-2.0
//
// A spec on its way to the helper: the request with its descriptors, and the wait for how the command ends.
#pragma once

#include "app/client/helper_client.h"
#include "core/host/host_facts.h"
#include "core/wire/messages.h"

#include <string>
#include <vector>

namespace pivotbench::app::cli {

/// A Launch request and what goes beside it. Opens the host paths of the spec, so that the helper uses what we see.
class LaunchRequest {
public:
    LaunchRequest(core::SandboxSpec spec, std::string name);

    /// The sandbox gets our standard streams.
    void passStreams();
    /// The sandbox gets the null device: it runs on without us.
    [[nodiscard]] core::Status detach();
    /// The null device as input, our own output: for a command whose input is ours.
    [[nodiscard]] core::Status passOutput();
    void record(core::UniqueFd file);

    core::wire::Launch launch;

    [[nodiscard]] core::Status send(HelperClient &client, bool more);

private:
    core::wire::DescriptorIndex add(int fd);
    void addSources();
    [[nodiscard]] core::Result<core::wire::DescriptorIndex> addNull();

    std::vector<core::UniqueFd> m_owned;
    std::vector<int> m_descriptors;
};

/// What an Exited reply means as our own exit status; says on standard error what was unusual.
[[nodiscard]] int exitStatus(const core::wire::Exited &end);

/// Waits for the end of a command that was started through `client` (Launch, Exec), carrying its terminal.
/// `sandbox` is filled from the Started reply, and signals are sent there.
[[nodiscard]] int attend(HelperClient &client, const std::string &socket, bool quiet);

} // namespace pivotbench::app::cli
