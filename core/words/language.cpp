// SPDX-License-Identifier: Apache-2.0
#include "core/words/language.h"

#include "core/words/words_text.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <mutex>

namespace pivotbench::core {
namespace {

constexpr std::string_view english = "en";

/// The words of one language, read when they are first asked for: a start of pivotctl mostly needs none.
struct Volume {
    std::string_view language;
    std::array<std::once_flag, 2> once;
    std::array<Catalogue, 2> catalogues;
};

std::deque<Volume> &volumes()
{
    static std::deque<Volume> all = [] {
        std::deque<Volume> made;
        made.emplace_back().language = english;
        for (const WordsText &one : wordsTexts())
            if (std::ranges::find(made, one.language, &Volume::language) == made.end())
                made.emplace_back().language = one.language;
        return made;
    }();
    return all;
}

Volume *volumeOf(std::string_view language)
{
    const auto found = std::ranges::find(volumes(), language, &Volume::language);
    return found != volumes().end() ? &*found : nullptr;
}

std::atomic<Volume *> &inUse()
{
    static std::atomic<Volume *> volume = &volumes().front();
    return volume;
}

const Catalogue &open(Volume &volume, Book book)
{
    const auto at = static_cast<std::size_t>(book);
    std::call_once(volume.once[at], [&] {
        const Catalogue *fallback = volume.language == english ? nullptr : &open(volumes().front(), book);
        // A test holds every file to be readable.
        volume.catalogues[at] =
            Catalogue(readCatalogue(wordsText(book, volume.language)).value_or(WordEntries()), fallback);
    });
    return volume.catalogues[at];
}

} // namespace

const Catalogue &words(Book book) { return open(*inUse().load(), book); }

const Catalogue &words(Book book, std::string_view language)
{
    Volume *volume = volumeOf(language);
    return open(volume ? *volume : volumes().front(), book);
}

void useLanguageOf(std::string_view locale)
{
    std::string name(locale.substr(0, locale.find_first_of(".@")));
    std::ranges::replace(name, '-', '_');
    Volume *volume = volumeOf(name);
    if (!volume)
        volume = volumeOf(std::string_view(name).substr(0, name.find('_')));
    inUse() = volume ? volume : &volumes().front();
}

std::string_view language() { return inUse().load()->language; }

std::string environmentLocale()
{
    for (const char *name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char *value = std::getenv(name); value && *value)
            return value;
    return {};
}

std::vector<std::string_view> languages()
{
    std::vector<std::string_view> all;
    for (const Volume &volume : volumes())
        all.push_back(volume.language);
    return all;
}

std::string_view wordsText(Book book, std::string_view language)
{
    for (const WordsText &one : wordsTexts())
        if (one.book == book && one.language == language)
            return one.text;
    return {};
}

} // namespace pivotbench::core
