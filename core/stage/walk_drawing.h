// SPDX-License-Identifier: Apache-2.0
//
// A path walk drawn over a scene: the mounts it has come across are numbered and joined in their order, a ring is
// around the one where it stands, a ring around the layer of an overlay that has the file, and a tag says the path so
// far. Drawings of two hops of one walk can be blended: the ring goes from mount to mount. Lengths as in scene.h. Pure.
#pragma once

#include "core/stage/drawing.h"
#include "core/stage/path_walk.h"

#include <cstddef>

namespace pivotbench::core::stage {

/// Up to this hop. A mount that is folded away is at its fold. Empty where there is no such hop.
[[nodiscard]] Drawing drawWalk(const Scene &scene, const Moment &moment, const PathWalk &walk, std::size_t hop);

/// The node of the scene at which a mount of the moment is shown, itself or in a fold; null where it is not.
[[nodiscard]] const SceneNode *nodeOf(const Scene &scene, const Moment &moment, MountKey mount);

} // namespace pivotbench::core::stage
