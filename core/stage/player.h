// SPDX-License-Identifier: Apache-2.0
//
// A whole recording as one HTML file that plays it in any browser, offline: style, script, icons and drawings stand in
// it, and its Content-Security-Policy forbids every request. Texts of a recording come from outside; they are data to
// the page, never markup or script. The page is resources/stage/player.*. Pure.
//
// Sources: HTML Living Standard, 4.12.1.3 "Restrictions for contents of script elements"; Content Security Policy
// Level 3.
#pragma once

#include "core/stage/drawing.h"
#include "core/stage/ink_colors.h"
#include "core/stage/markup.h"

#include <cstddef>
#include <string>
#include <vector>

namespace pivotbench::core::stage {

enum class PlayerResult { Done, Failed, Skipped };

/// One frame at rest, and what is told of it. Texts may be empty; "\n" stays in call and shell alone.
struct PlayerFrame {
    Drawing drawing;
    std::size_t step = 0; ///< as people count; 0: before the first
    std::string phase;    ///< phaseWord() of core/plan; empty before the first
    std::string title;
    std::string call;
    std::string shell;
    std::string narration;
    std::string manual;
    PlayerResult result = PlayerResult::Done;
    std::string outcome; ///< "done, 42 µs", "EINVAL: new_root is not a mount point"
};

struct PlayerInput {
    std::string name;
    std::string kernel; ///< uname release
    std::string origin; ///< "recorded from the kernel", "predicted"
    std::vector<PlayerFrame> frames;
    InkColors light;
    InkColors dark;
    IconSource icons; ///< may be empty: then there are none
};

[[nodiscard]] std::string playerOf(const PlayerInput &input);

} // namespace pivotbench::core::stage
