// SPDX-License-Identifier: Apache-2.0
//
// What a sandbox has changed, asked of the helper that listens: the list, a file's content, and what is to be done with
// it. Each connects, asks and waits for the answer, looking about ten times a second whether it was cancelled; ending
// the connection ends the work and removes what was half made. Without Qt; blocking, so run it beside the interface.
// Plain values; any thread. Errors: those of HelperClient and of core/changes, and "cancelled".
#pragma once

#include "core/changes/take_changes.h"
#include "core/wire/messages.h"

#include <functional>
#include <string>
#include <vector>

namespace pivotbench::app {

/// Null: never.
using Cancelled = std::function<bool()>;

struct ChangeList {
    std::vector<core::Change> changes; ///< parents first, sorted in each directory
    bool truncated = false;            ///< there are more than `mostChanges`

    static constexpr std::size_t mostChanges = 1'000'000;
};
[[nodiscard]] core::Result<ChangeList> fetchChanges(const std::string &socket, const std::string &sandbox,
                                                    const Cancelled &cancelled = {});

struct ChangedText {
    std::string text;
    bool truncated = false; ///< longer than the limit
};
/// As it is now, or before. Code "changes.notFile" where it is no regular file.
[[nodiscard]] core::Result<ChangedText> fetchChangedText(const std::string &socket, const std::string &sandbox,
                                                         const std::string &path, bool before, std::size_t limit,
                                                         const Cancelled &cancelled = {});

struct TakeOrder {
    std::string sandbox;
    core::wire::TakeAction action = core::wire::TakeAction::Layer;
    std::string name = {};                ///< as in wire::TakeChanges
    std::string directory = {};           ///< Layer, Apply: host path, opened here
    core::ChangeSelection selection = {}; ///< empty: all
};
/// "replaced-20261122-013045", local time: a name for Apply.
[[nodiscard]] std::string nameForReplaced();
/// `progress` is told on the calling thread; false cancels.
[[nodiscard]] core::Result<core::TakenChanges> takeChanges(const std::string &socket, const TakeOrder &order,
                                                           const core::TakeProgress &progress = {},
                                                           const Cancelled &cancelled = {});

} // namespace pivotbench::app
