// SPDX-License-Identifier: Apache-2.0
//
// What the codecs of requests and replies share. Used inside core/wire only.
#pragma once

#include "core/base/json.h"
#include "core/wire/message_codec.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core::wire {

/// Calls that every Varlink service answers (varlink.org/Service).
inline constexpr std::string_view serviceGetInfo = "org.varlink.service.GetInfo";
inline constexpr std::string_view serviceGetDescription = "org.varlink.service.GetInterfaceDescription";

/// The descriptors beside one message: each index is in range and taken once, and none is left over.
class DescriptorTaker {
public:
    explicit DescriptorTaker(std::size_t count)
        : m_taken(count)
    {
    }

    bool take(ObjectReader &reader, std::string_view key, DescriptorIndex &out)
    {
        DescriptorIndex index = 0;
        if (!reader.read(key, index))
            return false;
        if (index >= m_taken.size()) {
            reader.fail(key, fmt::format("is {}, but {} descriptors came with the message", index, m_taken.size()));
            return false;
        }
        if (m_taken[index]) {
            reader.fail(key, fmt::format("is {}, which is used already", index));
            return false;
        }
        m_taken[index] = true;
        out = index;
        return true;
    }

    void take(ObjectReader &reader, std::string_view key, std::optional<DescriptorIndex> &out)
    {
        DescriptorIndex index = 0;
        if (take(reader, key, index))
            out = index;
    }

    [[nodiscard]] Status finish() const
    {
        const auto left = std::find(m_taken.begin(), m_taken.end(), false);
        if (left == m_taken.end())
            return {};
        return failure("wire.descriptor", fmt::format("descriptor {} of {} is named by no parameter",
                                                      left - m_taken.begin(), m_taken.size()));
    }

private:
    std::vector<bool> m_taken;
};

/// Reads a message body: read(reader, descriptors, body) takes its fields.
template <typename Body, typename Variant, typename Read>
Result<Variant> readInto(const JsonValue &parameters, std::size_t descriptorCount, Read read)
{
    ObjectReader reader(parameters, "");
    DescriptorTaker descriptors(descriptorCount);
    Body body;
    read(reader, descriptors, body);
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    if (Status status = descriptors.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return Variant(std::move(body));
}

inline void readSandbox(ObjectReader &reader, std::string &out) { reader.require("sandbox").read("sandbox", out); }

/// Sixteen bytes a value: honest messages have more, and the tree of a hostile one stays within a few times its text.
inline JsonLimits jsonLimits(std::size_t bytes, unsigned depth)
{
    return {.maxBytes = bytes, .maxDepth = depth, .maxValues = std::max<std::size_t>(bytes / 16, 64)};
}

inline const JsonValue noParameters{JsonValue::Object{}, 1};

/// The words for an error of org.varlink.service, which carries none itself.
[[nodiscard]] Error standardError(std::string_view name, std::string value);

} // namespace pivotbench::core::wire
