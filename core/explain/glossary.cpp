// SPDX-License-Identifier: Apache-2.0
#include "core/explain/glossary.h"

#include "core/base/text.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace pivotbench::core {
namespace {

char folded(char sign) { return sign >= 'A' && sign <= 'Z' ? static_cast<char>(sign - 'A' + 'a') : sign; }

std::string folded(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char sign) { return folded(sign); });
    return out;
}

/// A letter, a digit, or a byte of a letter that is not ASCII.
bool isLetter(char sign)
{
    const char small = folded(sign);
    return (small >= 'a' && small <= 'z') || (sign >= '0' && sign <= '9') || sign == '_' ||
           static_cast<unsigned char>(sign) >= 0x80;
}

/// What joins words into one: a path, a compound, a file name.
bool joins(char sign) { return sign == '/' || sign == '-' || sign == '.'; }

bool beginsWord(std::string_view text, std::size_t at)
{
    return at == 0 || !(isLetter(text[at - 1]) || joins(text[at - 1]));
}

/// A full stop ends a word, unless something follows it at once.
bool endsWord(std::string_view text, std::size_t at)
{
    if (at == text.size())
        return true;
    if (text[at] == '.')
        return at + 1 == text.size() || !isLetter(text[at + 1]);
    return !isLetter(text[at]) && !joins(text[at]);
}

} // namespace

Glossary::Glossary(const Catalogue &words)
{
    constexpr std::string_view name = ".term";
    for (const std::string_view key : words.keys()) {
        if (!key.ends_with(name))
            continue;
        Term &term = m_terms.emplace_back();
        term.id = key.substr(0, key.size() - name.size());
        term.name = words.say(key);
        if (const std::string *forms = words.find(term.id + ".forms"))
            for (const std::string_view form : split(*forms, ','))
                term.forms.emplace_back(form.substr(std::min(form.find_first_not_of(' '), form.size())));
        term.means = words.say(term.id + ".means");
        term.manual = words.say(term.id + ".manual");
    }
    std::ranges::sort(m_terms, {}, [](const Term &term) { return folded(term.name); });
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        const auto add = [&](std::string_view form) {
            if (!form.empty())
                m_forms[static_cast<unsigned char>(folded(form.front()))].push_back({folded(form), i});
        };
        add(m_terms[i].name);
        std::ranges::for_each(m_terms[i].forms, add);
    }
    for (std::vector<Form> &forms : m_forms)
        std::ranges::stable_sort(forms, std::greater(), [](const Form &form) { return form.folded.size(); });
}

const Term *Glossary::find(std::string_view word) const
{
    const std::string wanted = folded(word);
    if (const auto byId = std::ranges::find(m_terms, wanted, &Term::id); byId != m_terms.end())
        return &*byId;
    const Form *form = wanted.empty() ? nullptr : formAt(wanted, 0);
    return form && form->folded == wanted ? &m_terms[form->term] : nullptr;
}

const Glossary::Form *Glossary::formAt(std::string_view text, std::size_t offset) const
{
    for (const Form &form : m_forms[static_cast<unsigned char>(folded(text[offset]))]) {
        const std::string_view there = text.substr(offset, form.folded.size());
        if (there.size() == form.folded.size() && endsWord(text, offset + there.size()) &&
            std::ranges::equal(there, form.folded, {}, [](char sign) { return folded(sign); }))
            return &form;
    }
    return nullptr;
}

std::vector<TermSpan> Glossary::spansIn(std::string_view paragraph) const
{
    std::vector<TermSpan> spans;
    std::vector<bool> seen(m_terms.size());
    for (std::size_t at = 0; at < paragraph.size();) {
        const Form *form = beginsWord(paragraph, at) ? formAt(paragraph, at) : nullptr;
        if (!form) {
            ++at;
            continue;
        }
        if (!seen[form->term])
            spans.push_back({at, form->folded.size(), &m_terms[form->term]});
        seen[form->term] = true;
        at += form->folded.size();
    }
    return spans;
}

const Glossary &glossary() { return glossary(language()); }

const Glossary &glossary(std::string_view language)
{
    static std::mutex mutex;
    static std::map<const Catalogue *, Glossary> made;
    const Catalogue &catalogue = words(Book::Glossary, language);
    const std::lock_guard lock(mutex);
    return made.try_emplace(&catalogue, catalogue).first->second;
}

} // namespace pivotbench::core
