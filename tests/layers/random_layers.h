// SPDX-License-Identifier: Apache-2.0
//
// Layers made at random, to be merged by overlayfs and by core/layers: files, directories, links, both kinds of
// whiteouts, opaque directories, on few names so that they meet.
#pragma once

#include <cstdint>
#include <string>

namespace pivotbench::test {

/// Fills `directory` with l0, l1, … and returns how many. `attributes`: "user.overlay." or "trusted.overlay.".
/// The same seed makes the same trees. Exits the process on failure: the caller is a child of the test.
int makeRandomLayers(const std::string &directory, std::uint64_t seed, const std::string &attributes);

} // namespace pivotbench::test
