// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace pivotbench::core {
namespace {

using nlohmann::json;

/// Hands the text to nlohmann's lexer and counts the lines it has taken, so that values know where they stand. A
/// newline counts only once the character behind it is taken: the lexer reads one character past the end of a number.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    CountingIterator(std::string_view::const_iterator at, int *line)
        : m_at(at)
        , m_line(line)
    {
    }
    reference operator*() const { return *m_at; }
    CountingIterator &operator++()
    {
        if (m_afterNewline)
            ++*m_line;
        m_afterNewline = *m_at == '\n';
        ++m_at;
        return *this;
    }
    bool operator==(const CountingIterator &other) const { return m_at == other.m_at; }
    bool operator!=(const CountingIterator &other) const { return m_at != other.m_at; }

private:
    std::string_view::const_iterator m_at;
    int *m_line;
    bool m_afterNewline = false;
};

/// Builds the tree without recursion and stops at the first limit.
class TreeBuilder final : public json::json_sax_t {
public:
    TreeBuilder(const JsonLimits &limits, const int *line, std::string_view text)
        : m_limits(limits)
        , m_line(line)
        , m_text(text)
    {
    }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(json::number_integer_t value) override { return add(static_cast<std::int64_t>(value)); }
    bool number_unsigned(json::number_unsigned_t value) override { return add(static_cast<std::uint64_t>(value)); }
    bool number_float(json::number_float_t value, const json::string_t &) override { return add(value); }
    bool string(json::string_t &value) override { return add(std::move(value)); }
    bool binary(json::binary_t &) override { return false; }
    bool start_object(std::size_t) override { return open(JsonValue::Object{}); }
    bool start_array(std::size_t) override { return open(JsonValue::Array{}); }
    bool end_object() override { return keysAreUnique(std::get<JsonValue::Object>(m_open.back()->data)) && close(); }
    bool end_array() override { return close(); }
    bool key(json::string_t &key) override
    {
        m_key = std::move(key);
        return true;
    }
    bool parse_error(std::size_t position, const std::string &token, const json::exception &) override
    {
        const std::string_view before = m_text.substr(0, std::min(position, m_text.size()));
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const std::size_t lineStart = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        const std::string shown = printable(token.substr(token.size() > 24 ? token.size() - 24 : 0));
        return stop("json.syntax", fmt::format("line {}, column {}: not valid JSON at \"{}\"", line,
                                               before.size() - lineStart, shown));
    }

    JsonValue takeRoot() { return std::move(m_root); }
    Error takeError() { return std::move(m_error); }

private:
    template <typename T> bool add(T &&value)
    {
        if (++m_values > m_limits.maxValues)
            return stop("json.limit", fmt::format("more than {} values", m_limits.maxValues));
        newValue()->data.emplace<std::remove_cvref_t<T>>(std::forward<T>(value));
        return true;
    }
    template <typename T> bool open(T &&container)
    {
        if (m_open.size() >= m_limits.maxDepth)
            return stop("json.limit", fmt::format("line {}: nested more than {} deep", *m_line, m_limits.maxDepth));
        if (!add(std::forward<T>(container)))
            return false;
        m_open.push_back(m_newest);
        return true;
    }
    bool close()
    {
        m_open.pop_back();
        return true;
    }
    /// By sorting: unlike a hash table it cannot be made slow by chosen keys.
    bool keysAreUnique(const JsonValue::Object &object)
    {
        std::vector<const JsonValue::Object::value_type *> members;
        members.reserve(object.size());
        for (const auto &member : object)
            members.push_back(&member);
        // Equal keys in the order of the text, so that the second one is the one to name.
        std::ranges::sort(members, [](const auto *a, const auto *b) {
            const int order = a->first.compare(b->first);
            return order != 0 ? order < 0 : a < b;
        });
        const auto twice = std::ranges::adjacent_find(
            members, {}, [](const auto *member) -> const std::string & { return member->first; });
        if (twice == members.end())
            return true;
        return stop("json.duplicate", fmt::format("line {}: \"{}\" stands twice in one object",
                                                  (*(twice + 1))->second.line, printable((*twice)->first)));
    }
    /// An empty value in the innermost open container. A pointer to a container stays valid while it is open, because
    /// only the innermost one grows.
    JsonValue *newValue()
    {
        if (m_open.empty())
            m_newest = &m_root;
        else if (auto *array = std::get_if<JsonValue::Array>(&m_open.back()->data))
            m_newest = &array->emplace_back();
        else
            m_newest =
                &std::get<JsonValue::Object>(m_open.back()->data).emplace_back(std::move(m_key), JsonValue()).second;
        m_newest->line = *m_line;
        return m_newest;
    }
    bool stop(std::string code, std::string what)
    {
        m_error = Error{.code = std::move(code), .what = std::move(what)};
        return false;
    }

    const JsonLimits &m_limits;
    const int *m_line;
    std::string_view m_text;
    JsonValue m_root;
    std::vector<JsonValue *> m_open;
    JsonValue *m_newest = nullptr;
    std::string m_key;
    std::size_t m_values = 0;
    Error m_error;
};

} // namespace

const char *JsonValue::kind() const
{
    static constexpr const char *names[] = {"null",     "true or false", "a number", "a number",
                                            "a number", "a string",      "a list",   "an object"};
    return names[data.index()];
}

Result<JsonValue> parseJson(std::string_view text, const JsonLimits &limits)
{
    if (text.size() > limits.maxBytes)
        return failure("json.limit", fmt::format("{} bytes of JSON; the limit is {}", text.size(), limits.maxBytes));
    int line = 1;
    TreeBuilder builder(limits, &line, text);
    const CountingIterator begin(text.begin(), &line);
    const CountingIterator end(text.end(), &line);
    if (!json::sax_parse(begin, end, &builder))
        return std::unexpected(builder.takeError());
    return builder.takeRoot();
}

std::string jsonText(const JsonValue &value)
{
    const auto list = [](char open, char close, const auto &values, const auto &write) {
        std::string text(1, open);
        for (const auto &one : values) {
            if (text.size() > 1)
                text += ',';
            text += write(one);
        }
        return text + close;
    };
    return std::visit(Overloaded{
                          [&](const JsonValue::Array &array) { return list('[', ']', array, jsonText); },
                          [&](const JsonValue::Object &object) {
                              return list('{', '}', object, [](const auto &member) {
                                  return json(member.first).dump() + ':' + jsonText(member.second);
                              });
                          },
                          [](const auto &scalar) { return json(scalar).dump(); },
                      },
                      value.data);
}

ObjectReader::ObjectReader(const JsonValue &value, std::string field, bool tolerant)
    : m_value(&value)
    , m_field(std::move(field))
    , m_tolerant(tolerant)
{
    if (const auto *object = value.object())
        m_known.resize(object->size());
    else
        fail(Error{.code = "json.field",
                   .what = fmt::format("line {}: {} must be an object, but is {}", value.line,
                                       m_field.empty() ? "the document" : printable(m_field), value.kind())});
}

const JsonValue *ObjectReader::child(std::string_view key)
{
    const auto *object = m_value->object();
    if (!object)
        return nullptr;
    for (std::size_t i = 0; i < object->size(); ++i) {
        if ((*object)[i].first == key) {
            m_known[i] = true;
            return &(*object)[i].second;
        }
    }
    return nullptr;
}

const JsonValue *ObjectReader::expect(std::string_view key, bool right, std::string_view wanted, const JsonValue *value)
{
    if (right)
        return value;
    fail(key, fmt::format("must be {}, but is {}", wanted, value->kind()));
    return nullptr;
}

bool ObjectReader::read(std::string_view key, std::string &out)
{
    const JsonValue *value = child(key);
    if (!value || !expect(key, value->string() != nullptr, "a string", value))
        return false;
    if (!isCString(key, *value))
        return false;
    out = *value->string();
    return true;
}

bool ObjectReader::isCString(std::string_view key, const JsonValue &value)
{
    if (!value.string()->contains('\0'))
        return true;
    failAt(value.line, key, "holds a NUL character, and no path, argument or name can hold one");
    return false;
}

bool ObjectReader::read(std::string_view key, bool &out)
{
    const JsonValue *value = child(key);
    if (!value || !expect(key, std::holds_alternative<bool>(value->data), "true or false", value))
        return false;
    out = std::get<bool>(value->data);
    return true;
}

bool ObjectReader::read(std::string_view key, double &out)
{
    const JsonValue *value = child(key);
    if (!value)
        return false;
    if (const auto *number = std::get_if<double>(&value->data))
        out = *number;
    else if (const auto *integer = std::get_if<std::int64_t>(&value->data))
        out = static_cast<double>(*integer);
    else if (const auto *natural = std::get_if<std::uint64_t>(&value->data))
        out = static_cast<double>(*natural);
    else
        return expect(key, false, "a number", value) != nullptr;
    return true;
}

bool ObjectReader::read(std::string_view key, std::vector<std::string> &out)
{
    const auto *array = children(key);
    if (!array)
        return false;
    std::vector<std::string> strings;
    strings.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        const JsonValue &element = (*array)[i];
        const std::string elementKey = fmt::format("{}[{}]", key, i);
        if (!element.string()) {
            failAt(element.line, elementKey, fmt::format("must be a string, but is {}", element.kind()));
            return false;
        }
        if (!isCString(elementKey, element))
            return false;
        strings.push_back(*element.string());
    }
    out = std::move(strings);
    return true;
}

bool ObjectReader::read(std::string_view key, std::vector<std::uint32_t> &out)
{
    const auto *array = children(key);
    if (!array)
        return false;
    std::vector<std::uint32_t> numbers;
    numbers.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        const JsonValue &element = (*array)[i];
        const auto *natural = std::get_if<std::uint64_t>(&element.data);
        if (!natural || *natural > std::numeric_limits<std::uint32_t>::max()) {
            failAt(element.line, fmt::format("{}[{}]", key, i),
                   fmt::format("must be a whole number from 0 to {}", std::numeric_limits<std::uint32_t>::max()));
            return false;
        }
        numbers.push_back(static_cast<std::uint32_t>(*natural));
    }
    out = std::move(numbers);
    return true;
}

bool ObjectReader::readInteger(std::string_view key, std::int64_t low, std::uint64_t high, std::int64_t &asSigned,
                               std::uint64_t &asUnsigned)
{
    const JsonValue *value = child(key);
    if (!value)
        return false;
    if (const auto *natural = std::get_if<std::uint64_t>(&value->data)) {
        if (*natural > high) {
            fail(key, fmt::format("is {}; the largest allowed is {}", *natural, high));
            return false;
        }
        asUnsigned = *natural;
        return true;
    }
    if (const auto *integer = std::get_if<std::int64_t>(&value->data)) {
        if (*integer < low) {
            fail(key, fmt::format("is {}; the smallest allowed is {}", *integer, low));
            return false;
        }
        if (*integer < 0)
            asSigned = *integer;
        else
            asUnsigned = static_cast<std::uint64_t>(*integer);
        return true;
    }
    if (std::holds_alternative<double>(value->data))
        fail(key, fmt::format("must be a whole number from {} to {}", low, high));
    else
        expect(key, false, "a whole number", value);
    return false;
}

const JsonValue::Array *ObjectReader::children(std::string_view key)
{
    const JsonValue *value = child(key);
    if (!value || !expect(key, value->array() != nullptr, "a list", value))
        return nullptr;
    return value->array();
}

ObjectReader &ObjectReader::require(std::string_view key)
{
    if (m_value->object() && !child(key))
        fail(Error{.code = "json.field",
                   .what = fmt::format("line {}: {} is missing", m_value->line, printable(fieldName(key)))});
    return *this;
}

std::string ObjectReader::fieldName(std::string_view key) const
{
    return m_field.empty() ? std::string(key) : fmt::format("{}.{}", m_field, key);
}

std::string ObjectReader::fieldName(std::string_view key, std::size_t index) const
{
    return fmt::format("{}[{}]", fieldName(key), index);
}

void ObjectReader::fail(std::string_view key, std::string_view what)
{
    const JsonValue *value = child(key);
    failAt(value ? value->line : m_value->line, key, what);
}

void ObjectReader::failAt(int line, std::string_view key, std::string_view what)
{
    fail(Error{.code = "json.field",
               .what = fmt::format("line {}: {} {}", line, printable(fieldName(key)), printable(what))});
}

void ObjectReader::fail(Error error)
{
    if (m_errors.empty())
        m_errors.push_back(std::move(error));
}

std::vector<UnknownJson> ObjectReader::takeUnknown()
{
    std::vector<UnknownJson> unknown;
    const auto *object = m_value->object();
    if (!m_tolerant || !object)
        return unknown;
    std::string_view after;
    for (std::size_t i = 0; i < object->size(); ++i) {
        const auto &[key, value] = (*object)[i];
        if (m_known[i])
            after = key;
        else
            unknown.push_back({.after = after, .key = key, .value = &value});
        m_known[i] = true;
    }
    return unknown;
}

Status ObjectReader::finish()
{
    if (m_errors.empty()) {
        const auto &object = *m_value->object();
        for (std::size_t i = 0; i < object.size(); ++i) {
            if (!m_known[i]) {
                fail(Error{.code = "json.field",
                           .what = fmt::format("line {}: unknown field {}", object[i].second.line,
                                               printable(fieldName(object[i].first)))});
                break;
            }
        }
    }
    if (!m_errors.empty())
        return std::unexpected(std::move(m_errors.front()));
    return {};
}

} // namespace pivotbench::core
