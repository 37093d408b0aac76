// SPDX-License-Identifier: Apache-2.0
//
// JSON from outside, decoded once. `parseJson` turns hostile text into a bounded tree that remembers line numbers;
// `ObjectReader` turns one object of that tree into a typed struct, and says line and field when it cannot: wrong type,
// out of range, unknown or missing field. Only codecs include this header (spec_json, recording, wire, the workbench's
// instance_message). Source: RFC 8259.
//
// Writing uses nlohmann::ordered_json directly, in the same codecs.
#pragma once

#include "core/base/result.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pivotbench::core {

struct JsonLimits {
    std::size_t maxBytes = 1 << 20;
    unsigned maxDepth = 16;          ///< nested arrays and objects
    std::size_t maxValues = 1 << 20; ///< values in the whole document
};

struct JsonValue {
    using Array = std::vector<JsonValue>;
    using Object = std::vector<std::pair<std::string, JsonValue>>; ///< in the order of the text; keys are unique
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> data = nullptr;
    int line = 0; ///< 1-based line on which the value begins

    [[nodiscard]] const std::string *string() const { return std::get_if<std::string>(&data); }
    [[nodiscard]] const Array *array() const { return std::get_if<Array>(&data); }
    [[nodiscard]] const Object *object() const { return std::get_if<Object>(&data); }
    [[nodiscard]] bool isNull() const { return std::holds_alternative<std::nullptr_t>(data); }
    [[nodiscard]] const char *kind() const; ///< "a string", "a number", … for messages
};

/// Fails with code "json.syntax" (line and column in `what`), "json.limit" or "json.duplicate". Text must be UTF-8.
[[nodiscard]] Result<JsonValue> parseJson(std::string_view text, const JsonLimits &limits = {});

/// Compact JSON text of the value. Numbers beyond 64 bits were read as the nearest double, and are written as that.
[[nodiscard]] std::string jsonText(const JsonValue &value);

/// A member that no codec has asked for.
struct UnknownJson {
    std::string_view after; ///< the known member that it follows in the text; empty: none
    std::string_view key;
    const JsonValue *value = nullptr;
};

/// Reads one object. Errors are sticky: the first one is kept and everything after it is ignored, so a codec reads
/// straight through and asks once, at finish(). No string may hold a NUL: what is read here ends up in system calls.
/// `field` is the dotted name of this object for messages ("mounts[2]"); "" is the top. A tolerant reader hands unknown
/// members out instead of refusing them; the mode is for codecs to ask and to pass on to nested readers.
class ObjectReader {
public:
    ObjectReader(const JsonValue &value, std::string field, bool tolerant = false);

    [[nodiscard]] bool isTolerant() const { return m_tolerant; }
    /// Of a tolerant reader, once everything known has been read: the rest, which is no error then. Valid as long as
    /// the value is.
    [[nodiscard]] std::vector<UnknownJson> takeUnknown();

    /// Each reads an optional field and leaves `out` alone when the field is absent. Returns whether it was present and
    /// right.
    bool read(std::string_view key, std::string &out);
    bool read(std::string_view key, bool &out);
    bool read(std::string_view key, double &out);
    bool read(std::string_view key, std::vector<std::string> &out);
    bool read(std::string_view key, std::vector<std::uint32_t> &out);
    template <typename Int>
        requires std::integral<Int>
    bool read(std::string_view key, Int &out, Int low = std::numeric_limits<Int>::min(),
              Int high = std::numeric_limits<Int>::max());

    /// One of the words of `table` (pairs of word and enumerator); a wrong word is an error that lists the right ones.
    template <typename Enum, std::size_t N>
    bool read(std::string_view key, Enum &out, const std::pair<std::string_view, Enum> (&table)[N]);

    /// The raw value of an optional field, marked as known; null when absent.
    const JsonValue *child(std::string_view key);
    /// The elements of an optional array field; an error when it is something else.
    const JsonValue::Array *children(std::string_view key);

    /// Makes the absence of a field an error.
    ObjectReader &require(std::string_view key);

    /// "mounts[2].type" for a key of this object; used to name nested readers.
    [[nodiscard]] std::string fieldName(std::string_view key) const;
    [[nodiscard]] std::string fieldName(std::string_view key, std::size_t index) const;

    /// Records an error of a nested codec, or of a check of the caller.
    void fail(std::string_view key, std::string_view what);
    void fail(Error error);

    /// The first error, or unknown fields as an error. Call it once, last.
    [[nodiscard]] Status finish();

private:
    bool readInteger(std::string_view key, std::int64_t low, std::uint64_t high, std::int64_t &asSigned,
                     std::uint64_t &asUnsigned);
    const JsonValue *expect(std::string_view key, bool right, std::string_view wanted, const JsonValue *value);
    bool isCString(std::string_view key, const JsonValue &value);
    void failAt(int line, std::string_view key, std::string_view what);

    const JsonValue *m_value;
    std::string m_field;
    std::vector<bool> m_known;
    bool m_tolerant;
    std::vector<Error> m_errors; ///< none or one
};

template <typename Int>
    requires std::integral<Int>
bool ObjectReader::read(std::string_view key, Int &out, Int low, Int high)
{
    std::int64_t asSigned = 0;
    std::uint64_t asUnsigned = 0;
    const auto signedLow = std::cmp_less(low, 0) ? static_cast<std::int64_t>(low) : std::int64_t{0};
    const auto unsignedHigh = std::cmp_less(high, 0) ? std::uint64_t{0} : static_cast<std::uint64_t>(high);
    if (!readInteger(key, signedLow, unsignedHigh, asSigned, asUnsigned))
        return false;
    if (asSigned < 0 ? std::cmp_greater(asSigned, high) : std::cmp_less(asUnsigned, low)) {
        fail(key, "is out of range");
        return false;
    }
    out = asSigned < 0 ? static_cast<Int>(asSigned) : static_cast<Int>(asUnsigned);
    return true;
}

template <typename Enum, std::size_t N>
bool ObjectReader::read(std::string_view key, Enum &out, const std::pair<std::string_view, Enum> (&table)[N])
{
    std::string word;
    if (!read(key, word))
        return false;
    std::string words;
    for (const auto &[name, value] : table) {
        if (name == word) {
            out = value;
            return true;
        }
        words += words.empty() ? "" : ", ";
        words += name;
    }
    fail(key, "is \"" + word + "\", which is none of: " + words);
    return false;
}

/// The word of an enumerator in such a table.
template <typename Enum, std::size_t N>
[[nodiscard]] std::string_view wordOf(Enum value, const std::pair<std::string_view, Enum> (&table)[N])
{
    for (const auto &[name, candidate] : table)
        if (candidate == value)
            return name;
    return {};
}

} // namespace pivotbench::core
