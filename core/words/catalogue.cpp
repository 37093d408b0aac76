// SPDX-License-Identifier: Apache-2.0
#include "core/words/catalogue.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

} // namespace

Catalogue::Catalogue(WordEntries entries, const Catalogue *fallback)
    : m_entries(std::move(entries))
    , m_fallback(fallback)
{
}

const std::string *Catalogue::find(std::string_view key) const
{
    if (const auto found = m_entries.find(key); found != m_entries.end())
        return &found->second;
    return m_fallback ? m_fallback->find(key) : nullptr;
}

std::string Catalogue::say(std::string_view key, const WordValues &values) const
{
    const std::string *words = find(key);
    return words ? fillIn(*words, values) : std::string(key);
}

std::vector<std::string_view> Catalogue::keys() const
{
    std::vector<std::string_view> keys = m_fallback ? m_fallback->keys() : std::vector<std::string_view>();
    for (const auto &[key, words] : m_entries)
        keys.push_back(key);
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return keys;
}

Result<WordEntries> readCatalogue(std::string_view text)
{
    WordEntries entries;
    std::string *open = nullptr; // the entry that an indented line goes on with
    int number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        const auto wrong = [number](std::string_view what) {
            return failure("words.parse", fmt::format("line {}: {}", number, what));
        };
        if (line.starts_with('#'))
            continue;
        const std::string_view words = trimmed(line);
        if (words.empty()) {
            open = nullptr;
            continue;
        }
        if (line.front() == ' ' || line.front() == '\t') {
            if (!open)
                return wrong("an indented line that goes on with no entry");
            *open += open->empty() ? "" : " ";
            *open += words;
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || trimmed(line.substr(0, colon)).empty())
            return wrong("neither \"key: words\" nor a comment");
        const auto [entry, isNew] =
            entries.try_emplace(std::string(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
        if (!isNew)
            return wrong(fmt::format("\"{}\" is there already", entry->first));
        open = &entry->second;
    }
    for (const auto &[key, words] : entries)
        if (words.empty())
            return failure("words.parse", fmt::format("\"{}\" has no words", key));
    return entries;
}

std::string fillIn(std::string_view words, const WordValues &values)
{
    std::string out;
    while (!words.empty()) {
        const std::size_t open = words.find('{');
        const std::size_t close = words.find('}', open == std::string_view::npos ? 0 : open);
        if (open == std::string_view::npos || close == std::string_view::npos)
            break;
        out += words.substr(0, open);
        const std::string_view name = words.substr(open + 1, close - open - 1);
        const auto value = std::ranges::find(values, name, &WordValues::value_type::first);
        out += value != values.end() ? std::string_view(value->second) : words.substr(open, close - open + 1);
        words.remove_prefix(close + 1);
    }
    return out.append(words);
}

} // namespace pivotbench::core
