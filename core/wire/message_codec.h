// SPDX-License-Identifier: Apache-2.0
//
// Messages ↔ JSON text, Varlink style (varlink.org/Method-Call): {"method", "parameters", "more", "oneway"} and
// {"parameters", "continues", "error"}. Text is one JSON object without the NUL that ends it on the wire. Decoding is strict:
// unknown fields and wrong types are errors that name the field; nothing allocates beyond the limits.
#pragma once

#include "core/wire/messages.h"

#include <string>
#include <string_view>

namespace pivotbench::core::wire {

[[nodiscard]] std::string encodeRequest(const Request &request);
[[nodiscard]] std::string encodeReply(const Reply &reply);

/// A Failure reply to send back on anything wrong: syntax, an unknown method (org.varlink.service.MethodNotFound), a wrong
/// parameter (org.varlink.service.InvalidParameter). Descriptor indexes are checked against `descriptors`: each must be
/// smaller, and none may be used twice.
[[nodiscard]] std::expected<Request, Failure> decodeRequest(std::string_view text, std::size_t descriptors,
                                                            const Limits &limits = {});
/// `descriptors` as above. The kind of body is told by the reply's "event"/field set; see the .varlink file.
[[nodiscard]] Result<Reply> decodeReply(std::string_view text, std::size_t descriptors, const Limits &limits = {});

} // namespace pivotbench::core::wire
