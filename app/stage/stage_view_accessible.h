// SPDX-License-Identifier: Apache-2.0
//
// A StageView for screen readers: a list whose items are the mounts that are shown, in reading order. Its description
// is the step in a sentence. The factory is installed once for the program; Qt owns what it makes. Interface thread.
#pragma once

namespace pivotbench::core::stage {
struct SceneNode;
}

namespace pivotbench::app {

class StageView;

void installStageAccessibility();

/// The items are other ones.
void tellNodesChanged(StageView &view);
/// The keyboard is at this one now.
void tellNodeFocus(StageView &view, const core::stage::SceneNode &node);

} // namespace pivotbench::app
