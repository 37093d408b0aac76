// SPDX-License-Identifier: Apache-2.0
//
// What the helper knows of the writable layer of one sandbox, and a process that works on it: it lists, reads, copies
// or discards changes (core/changes) inside the sandbox's user namespace, as its root, so that files of every id of the
// sandbox can be handled. It sees the host's files and has the user's rights there; the sandbox cannot reach it.
#pragma once

#include "core/changes/take_changes.h"
#include "core/plan/plan.h"
#include "core/wire/messages.h"
#include "helper/builder_link.h"

#include <memory>
#include <optional>
#include <string>

namespace pivotbench::helper {

struct WritableLayer {
    core::UniqueFd upper;
    core::UniqueFd userNamespace; ///< empty: the helper's own
    core::MergedTree below;
    std::set<std::string> ours;
    std::string keepDirectory; ///< empty: it vanishes with the sandbox
};

/// From the plan, without descriptors; nullopt where the root has no writable layer.
[[nodiscard]] std::optional<WritableLayer> writableLayerOf(const core::Plan &plan);

struct ChangesJob {
    enum class Kind { List, Read, Take } kind = Kind::List;
    std::string path = {}; ///< Read
    bool before = false;
    std::size_t limit = 0;
    core::wire::TakeAction action = core::wire::TakeAction::Layer; ///< Take
    std::string name = {};
    core::UniqueFd output = {}; ///< of List and Read; the progress of Take, may be empty
    core::UniqueFd directory = {};
    core::UniqueFd paths = {}; ///< may be empty
    core::UniqueFd lock = {};  ///< held as long as it works
};

/// Forks it. It says BuilderMessageKind::Failed, or Taken with five numbers and a name, and ends.
[[nodiscard]] core::Result<std::unique_ptr<BuilderLink>>
startChangesJob(const WritableLayer &layer, ChangesJob &job, EventLoop &loop, BuilderLink::Handlers handlers);

/// The strings of Taken; nullopt when they are none.
[[nodiscard]] std::optional<core::TakenChanges> takenOf(const BuilderMessage &message);

} // namespace pivotbench::helper
