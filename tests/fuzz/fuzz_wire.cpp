// SPDX-License-Identifier: Apache-2.0
//
// Arbitrary bytes as a stream of messages, torn and mixed with descriptors as the first bytes say, through the
// assembler and both decoders. What decodes has to survive being encoded and decoded again.
#include "core/wire/framing.h"
#include "core/wire/message_codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>

using namespace pivotbench::core;
using namespace pivotbench::core::wire;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void decodeBoth(std::string_view text, std::size_t descriptors)
{
    if (const auto request = decodeRequest(text, descriptors)) {
        const auto encoded = encodeRequest(*request);
        require(encoded.has_value());
        const auto again = decodeRequest(*encoded, descriptors);
        require(again && *again == *request);
    }
    if (const auto reply = decodeReply(text, descriptors)) {
        const auto again = decodeReply(encodeReply(*reply), descriptors);
        require(again && encodeReply(*again) == encodeReply(*reply));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t pieceSize = std::size_t{data[0]} + 1;
    const std::size_t descriptors = data[1] % 8;
    const std::string_view stream(reinterpret_cast<const char *>(data) + 2, size - 2);
    decodeBoth(stream, descriptors);

    MessageAssembler assembler(4096, 6);
    for (std::size_t at = 0; at < stream.size(); at += pieceSize) {
        std::vector<UniqueFd> received;
        for (std::size_t i = 0; i < descriptors; ++i)
            received.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const bool good = assembler.append(stream.substr(at, pieceSize), std::move(received)).has_value();
        while (const auto message = assembler.next()) {
            require(!message->text.empty() && message->text.size() <= 4096 && message->descriptors.size() <= 6);
            require(message->text.find('\0') == std::string::npos);
            decodeBoth(message->text, message->descriptors.size());
        }
        if (!good)
            return 0;
    }
    return 0;
}
