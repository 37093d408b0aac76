// SPDX-License-Identifier: Apache-2.0
//
// What a Step means, in words: a heading, two sentences of why, and where the manual says so. The words are those of
// resources/narration, checked against the manual pages of Debian 12 (manpages, manpages-dev 6.03) and the kernel's own
// documents; fsopen(2), open_tree(2) and move_mount(2) have no page there, so their steps name mount(2) and
// Documentation/filesystems/mount_api.rst. Which entry, and what its names in braces stand for, is decided here.
//
// Pure; any thread. Without a catalogue, the words are in the language in use (core/words/language.h).
#pragma once

#include "core/plan/operation.h"
#include "core/words/language.h"

#include <string>

namespace pivotbench::core {

/// One line, printable: "Mount a private /proc".
[[nodiscard]] std::string titleOf(const Operation &operation, const Catalogue &narration = words(Book::Narration));

struct Narration {
    std::string why;    ///< two sentences
    std::string manual; ///< "page(section), HEADING" or a kernel document; several are separated by "; "
};
[[nodiscard]] Narration narrate(const Operation &operation, const Catalogue &narration = words(Book::Narration));

} // namespace pivotbench::core
