// SPDX-License-Identifier: Apache-2.0
//
// Messages ↔ JSON text, Varlink style (varlink.org/Method-Call): {"method", "parameters", "more", "oneway"} and
// {"parameters", "continues", "error"}. Text is one JSON object without the NUL that ends it on the wire. Decoding is
// strict: unknown fields and wrong types are errors that name the field; nothing allocates beyond the limits. Strings
// that will be names, paths or arguments hold no NUL. Every descriptor beside a message is named in it exactly once.
// Threads: pure functions.
#pragma once

#include "core/wire/messages.h"

#include <string>
#include <string_view>

namespace pivotbench::core::wire {

/// Fails with code "wire.text" on a string that is not UTF-8, naming its field: JSON cannot carry it, and another name
/// must not be sent in its place.
[[nodiscard]] Result<std::string> encodeRequest(const Request &request);
/// Never fails: what is not UTF-8 in a reply is shown as U+FFFD.
[[nodiscard]] std::string encodeReply(const Reply &reply);

/// Why a request was not taken.
struct Refusal {
    Failure failure;
    bool oneway = false; ///< the client asked for no reply, so it gets none
    bool broken = false; ///< not a method call at all (syntax, envelope): nothing that follows can be trusted
};

/// `descriptors` is how many came with the message. A method that does not exist is
/// org.varlink.service.MethodNotFound, everything else org.varlink.service.InvalidParameter.
[[nodiscard]] std::expected<Request, Refusal> decodeRequest(std::string_view text, std::size_t descriptors,
                                                            const Limits &limits = {});
/// `descriptors` as above. The kind of body is told by its fields: "error" beside the parameters, else "event",
/// "sandboxes", "description", "interfaces"; none is Done. Errors have the codes of json.h, or "wire.descriptor".
[[nodiscard]] Result<Reply> decodeReply(std::string_view text, std::size_t descriptors, const Limits &limits = {});

/// A refusal of one parameter, in words that name it.
[[nodiscard]] Failure invalidParameter(std::string what);

} // namespace pivotbench::core::wire
