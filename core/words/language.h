// SPDX-License-Identifier: Apache-2.0
//
// Which language the words are in. A program says once, before its other threads ask, which locale it is in, as it
// would with setlocale(3); until then, and where there is no translation, the words are English. What goes into files
// (scripts, exports) is English in every locale: ask for that catalogue by name.
#pragma once

#include "core/words/catalogue.h"

#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// The folders of resources/ that hold words.
enum class Book { Narration, Glossary };

/// In the language that is in use.
[[nodiscard]] const Catalogue &words(Book book);
/// In this one, as in the name of its file ("en", "de"); English when there is none. Any thread.
[[nodiscard]] const Catalogue &words(Book book, std::string_view language);

/// Takes the language of a locale: "de_AT.UTF-8", or "de-AT" as Qt writes it, takes "de_AT" or else "de"; English for
/// one that is not there ("C").
void useLanguageOf(std::string_view locale);
[[nodiscard]] std::string_view language();

/// The locale of messages: the first of LC_ALL, LC_MESSAGES and LANG that is not empty (locale(7), ENVIRONMENT).
[[nodiscard]] std::string environmentLocale();

/// Languages for which there is a file, in any book; "en" is one.
[[nodiscard]] std::vector<std::string_view> languages();

/// The text of a file as it is in resources/, for tests; empty when there is none.
[[nodiscard]] std::string_view wordsText(Book book, std::string_view language);

} // namespace pivotbench::core
