// SPDX-License-Identifier: Apache-2.0
//
// What a newer Pivotbench wrote into a `.pbox` file and this one does not understand. It is kept, so that opening and
// saving loses nothing: each object of the spec carries its own unknown members, which therefore stay with a layer or a
// mount while that exists, move with it, and go with it. Nothing acts upon them; they are never sent to the helper.
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace pivotbench::core {

struct SandboxSpec;

struct UnknownMember {
    std::string after; ///< the known field that it follows in the file; empty: it comes first
    std::string name;
    std::string json; ///< its value, compact
    bool operator==(const UnknownMember &) const = default;
};
using UnknownMembers = std::vector<UnknownMember>;

/// "root.layers[1].mirror" for each, in the order in which they are written.
[[nodiscard]] std::vector<std::string> unknownFields(const SandboxSpec &spec);
/// What this Pivotbench understands of it.
[[nodiscard]] SandboxSpec withoutUnknown(SandboxSpec spec);
/// Of all of them, names and values: what they add to a file, about.
[[nodiscard]] std::size_t unknownBytes(const SandboxSpec &spec);

} // namespace pivotbench::core
