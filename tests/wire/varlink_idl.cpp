// SPDX-License-Identifier: Apache-2.0
#include "varlink_idl.h"

#include <algorithm>
#include <cctype>

namespace varlink {
namespace {

struct Mistake {
    std::string what;
};

class Parser {
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
    }

    Interface interface()
    {
        expect("interface");
        Interface out{.name = name(true), .types = {}, .methods = {}, .errors = {}};
        for (skip(); !m_text.empty(); skip()) {
            if (accept("type")) {
                std::string typeName = name(false);
                out.types.emplace_back(std::move(typeName), group());
            } else if (accept("method")) {
                Method method{.name = name(false), .input = group(), .output = {}};
                expect("->");
                method.output = group();
                out.methods.push_back(std::move(method));
            } else if (accept("error")) {
                std::string errorName = name(false);
                out.errors.emplace_back(std::move(errorName), group());
            } else {
                throw Mistake{"neither type nor method nor error"};
            }
        }
        return out;
    }

    [[nodiscard]] std::string here() const { return std::string(m_text.substr(0, 40)); }

private:
    void skip()
    {
        while (!m_text.empty()) {
            if (m_text[0] == '#')
                m_text.remove_prefix(std::min(m_text.find('\n'), m_text.size()));
            else if (std::isspace(static_cast<unsigned char>(m_text[0])))
                m_text.remove_prefix(1);
            else
                return;
        }
    }
    bool accept(std::string_view token)
    {
        skip();
        if (!m_text.starts_with(token))
            return false;
        const auto wordy = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
        if (wordy(token.back()) && m_text.size() > token.size() && wordy(m_text[token.size()]))
            return false;
        m_text.remove_prefix(token.size());
        return true;
    }
    void expect(std::string_view token)
    {
        if (!accept(token))
            throw Mistake{"expected " + std::string(token)};
    }
    std::string name(bool dotted)
    {
        skip();
        std::size_t length = 0;
        while (length < m_text.size() && (std::isalnum(static_cast<unsigned char>(m_text[length])) ||
                                          (length > 0 && m_text[length] == '_') || (dotted && m_text[length] == '.')))
            ++length;
        if (length == 0 || std::isdigit(static_cast<unsigned char>(m_text[0])))
            throw Mistake{"expected a name"};
        std::string out(m_text.substr(0, length));
        m_text.remove_prefix(length);
        return out;
    }
    /// "(a: int, …)" is a struct, "(a, …)" an enumeration, "()" an empty struct.
    Type group()
    {
        Type out{.kind = Type::Kind::Struct, .name = {}, .words = {}, .fields = {}};
        expect("(");
        if (accept(")"))
            return out;
        do {
            std::string member = name(false);
            if (accept(":"))
                out.fields.emplace_back(std::move(member), type());
            else
                out.words.push_back(std::move(member));
        } while (accept(","));
        expect(")");
        if (!out.words.empty() && !out.fields.empty())
            throw Mistake{"fields and words in one group"};
        if (!out.words.empty())
            out.kind = Type::Kind::Enum;
        return out;
    }
    Type type()
    {
        const bool optional = accept("?");
        const bool array = accept("[]");
        Type out = element();
        out.optional = optional;
        out.array = array;
        return out;
    }
    Type element()
    {
        using Kind = Type::Kind;
        static constexpr std::pair<std::string_view, Kind> words[] = {{"bool", Kind::Bool},
                                                                      {"int", Kind::Int},
                                                                      {"float", Kind::Float},
                                                                      {"string", Kind::String},
                                                                      {"object", Kind::Object}};
        for (const auto &[word, kind] : words)
            if (accept(word))
                return {.kind = kind, .name = {}, .words = {}, .fields = {}};
        skip();
        if (m_text.starts_with('('))
            return group();
        return {.kind = Kind::Named, .name = name(false), .words = {}, .fields = {}};
    }

    std::string_view m_text;
};

} // namespace

const Type *Interface::type(std::string_view wanted) const
{
    const auto found = std::ranges::find(types, wanted, &std::pair<std::string, Type>::first);
    return found == types.end() ? nullptr : &found->second;
}

std::optional<Interface> parse(std::string_view text, std::string &problem)
{
    Parser parser(text);
    try {
        return parser.interface();
    } catch (const Mistake &mistake) {
        problem = mistake.what + " at: " + parser.here();
        return std::nullopt;
    }
}

} // namespace varlink
