// SPDX-License-Identifier: Apache-2.0
//
// The terms that somebody meets here, each with what it means and the manual page that says so, and where a text uses
// them. The words are those of resources/glossary. Pure values that do not change; any thread.
#pragma once

#include "core/words/language.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

struct Term {
    std::string id;                 ///< the same in every language: "mount-namespace"
    std::string name;               ///< "mount namespace"
    std::vector<std::string> forms; ///< other forms: "mount namespaces"
    std::string means;              ///< one or two sentences
    std::string manual;             ///< as of a narration: "mount_namespaces(7), DESCRIPTION"
};

/// A use of a term, in bytes of the text.
struct TermSpan {
    std::size_t offset = 0;
    std::size_t length = 0;
    const Term *term = nullptr; ///< of the glossary that found it
    bool operator==(const TermSpan &) const = default;
};

class Glossary {
public:
    explicit Glossary(const Catalogue &words);
    Glossary(const Glossary &) = delete;
    Glossary &operator=(const Glossary &) = delete;

    /// By name.
    [[nodiscard]] const std::vector<Term> &terms() const { return m_terms; }
    /// The term with this id, name or form, in small or capital letters; null when there is none.
    [[nodiscard]] const Term *find(std::string_view word) const;
    /// The first use of each term in the paragraph, in order. A use is whole words, no part of a path or of a compound
    /// ("unmount", "/proc", "sub-mount"); of terms that begin at the same place the longest is meant. Letters beyond
    /// ASCII have to be written as in the glossary.
    [[nodiscard]] std::vector<TermSpan> spansIn(std::string_view paragraph) const;

private:
    struct Form {
        std::string folded;
        std::size_t term;
    };
    [[nodiscard]] const Form *formAt(std::string_view text, std::size_t offset) const;

    std::vector<Term> m_terms;
    std::array<std::vector<Form>, 256> m_forms; ///< by first byte, the longest first
};

/// In the language in use.
[[nodiscard]] const Glossary &glossary();
[[nodiscard]] const Glossary &glossary(std::string_view language);

} // namespace pivotbench::core
