// SPDX-License-Identifier: Apache-2.0
//
// A spec on its way to the helper: the request, and the descriptors beside it. Opening host paths can wait for a slow
// filesystem, so the workbench makes one off its interface thread. Owned by its caller; one thread at a time.
#pragma once

#include "app/client/helper_client.h"
#include "core/wire/messages.h"

#include <string>
#include <vector>

namespace pivotbench::app {

/// A Launch request and what goes beside it. Opens the host paths of the spec, so that the helper uses what we see.
class LaunchRequest {
public:
    /// `window`: of the terminal, where the spec asks for one.
    LaunchRequest(core::SandboxSpec spec, std::string name, core::wire::WindowSize window);

    /// The sandbox gets our standard streams.
    void passStreams();
    /// The sandbox gets the null device: it runs on without us.
    [[nodiscard]] core::Status detach();
    /// The null device as input, our own output: for a command whose input is ours.
    [[nodiscard]] core::Status passOutput();
    /// A terminal of ours as all three, for a sandbox without a devpts of its own.
    void passTerminal(core::UniqueFd slave);
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

} // namespace pivotbench::app
