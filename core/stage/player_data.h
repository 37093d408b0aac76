// SPDX-License-Identifier: Apache-2.0
//
// What the script of the player reads: the frames as JSON, with each shape and each group written once, however many
// frames show it. Only player.cpp needs this, and resources/stage/player.js knows the form. Pure.
//
//   {"view": [x, y, width, height],                       of all frames together
//    "hues": [ink…],                                      of the phases, in turn
//    "shapes": [shape…],
//    "groups": [[key, layer, x, y, opacity, arrival x, y, arrivesSeen, departure x, y, [shape…]]…],
//    "frames": [{"groups": [group…], "step", "phase", "title", "call", "shell", "why", "manual", "result",
//    "outcome"}…]}
//
// A shape is a letter, what cannot be half, then numbers:
//   ["b", fill, stroke, dashed, x, y, width, height, radius, strokeWidth]
//   ["c", stroke, fill, dashed, strokeWidth, x, y…]
//   ["t", ink, bold, align, text, x, y, size, width]
//   ["i", icon, ink, x, y, width, height]
// Inks are names of CSS variables; none is "".
#pragma once

#include "core/stage/player.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pivotbench::core::stage {

struct PlayerData {
    std::string json;               ///< ASCII, without "<", ">" and "&": it may stand in a script element
    std::vector<std::string> icons; ///< names, by their number
    std::map<std::pair<Ink, int>, std::string> tints; ///< ink and hundredths to the name of the variable
};

[[nodiscard]] PlayerData playerData(const std::vector<PlayerFrame> &frames);

} // namespace pivotbench::core::stage
