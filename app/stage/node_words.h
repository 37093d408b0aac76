// SPDX-License-Identifier: Apache-2.0
//
// A node of a scene in words: for a tooltip, and for somebody who hears it. Everything from outside is made printable.
// Interface thread.
#pragma once

#include "core/stage/scene.h"
#include "core/stage/story.h"

#include <QString>

namespace pivotbench::app {

/// "/proc, proc, read-write, private, new in this step".
[[nodiscard]] QString spokenNode(const core::stage::SceneNode &node);

/// Several lines: mount point, type, source, options, propagation, and what is special about it. `mount` is null where
/// it is not known.
[[nodiscard]] QString nodeDetails(const core::stage::SceneNode &node, const core::stage::StoryMount *mount);
/// The same as rich text, and what its propagation means.
[[nodiscard]] QString nodeToolTip(const core::stage::SceneNode &node, const core::stage::StoryMount *mount);

} // namespace pivotbench::app
