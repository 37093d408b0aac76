// SPDX-License-Identifier: Apache-2.0
//
// The files of resources/narration and resources/glossary, embedded when the build is configured.
#pragma once

#include "core/words/language.h"

#include <span>
#include <string_view>

namespace pivotbench::core {

struct WordsText {
    Book book;
    std::string_view language; ///< from the name: narration.de.txt
    std::string_view text;
};

[[nodiscard]] std::span<const WordsText> wordsTexts();

} // namespace pivotbench::core
