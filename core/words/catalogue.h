// SPDX-License-Identifier: Apache-2.0
//
// Words for people, by key: what resources/narration and resources/glossary hold. A catalogue is a text of entries
// "key: words"; words go on in the next line when that is indented, a line that begins with '#' is a comment. "{name}"
// in the words stands for a value.
//
// Plain values; a catalogue that is made does not change, so any thread may read it.
#pragma once

#include "core/base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

/// What the names in braces stand for.
using WordValues = std::vector<std::pair<std::string_view, std::string>>;

using WordEntries = std::map<std::string, std::string, std::less<>>;

class Catalogue {
public:
    Catalogue() = default;
    /// Entries that are not in `entries` are looked up in `fallback`, which has to outlive this.
    explicit Catalogue(WordEntries entries, const Catalogue *fallback = nullptr);

    /// Null when no catalogue has the key.
    [[nodiscard]] const std::string *find(std::string_view key) const;
    /// The words with their values; the key itself when no catalogue has it.
    [[nodiscard]] std::string say(std::string_view key, const WordValues &values = {}) const;
    /// Of this catalogue and the one it falls back to, in order.
    [[nodiscard]] std::vector<std::string_view> keys() const;
    /// Of this catalogue alone.
    [[nodiscard]] const WordEntries &entries() const { return m_entries; }

private:
    WordEntries m_entries;
    const Catalogue *m_fallback = nullptr;
};

/// Fails with code "words.parse" and the line on a line that is no entry, a key that comes twice, or no words.
[[nodiscard]] Result<WordEntries> readCatalogue(std::string_view text);

/// Each "{name}" that has a value becomes that value, which is not looked into; any other one stays.
[[nodiscard]] std::string fillIn(std::string_view words, const WordValues &values);

} // namespace pivotbench::core
