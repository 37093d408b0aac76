// SPDX-License-Identifier: Apache-2.0
//
// What a Step means, in words: a heading, two sentences of why, and where the manual says so. Checked against the
// manual pages of Debian 12 (manpages, manpages-dev 6.03) and the kernel's own documents; fsopen(2), open_tree(2) and
// move_mount(2) have no page there, so their steps name mount(2) and Documentation/filesystems/mount_api.rst. Pure
// text.
#pragma once

#include "core/plan/operation.h"

#include <string>

namespace pivotbench::core {

/// One line, printable: "Mount a private /proc".
[[nodiscard]] std::string titleOf(const Operation &operation);

struct Narration {
    std::string why;    ///< two sentences
    std::string manual; ///< "page(section), HEADING" or a kernel document; several are separated by "; "
};
[[nodiscard]] Narration narrate(const Operation &operation);

} // namespace pivotbench::core
