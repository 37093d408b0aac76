// SPDX-License-Identifier: Apache-2.0
//
// A small story for the tests of pictures and players, drawn by hand: what a container's mount namespace goes through
// from unshare(2) to execve(2), with a step that fails. Colours are those of app/widgets/palette.cpp.
#pragma once

#include "core/stage/player.h"

#include <string>
#include <string_view>

namespace pivotbench::test {

[[nodiscard]] core::stage::InkColors lightColors();
[[nodiscard]] core::stage::InkColors darkColors();

/// From resources/icons.
[[nodiscard]] std::string iconFile(std::string_view name);

[[nodiscard]] core::stage::PlayerInput sampleStory();

/// What could become markup, script or a lie.
[[nodiscard]] std::string hostileText();

} // namespace pivotbench::test
