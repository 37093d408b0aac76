// SPDX-License-Identifier: Apache-2.0
//
// Errors as values. Every function of Pivotbench that can fail returns Result<T>; nothing throws across a border and
// core never logs. An Error answers four questions: what failed, where, why, and what to do about it.
//
// Threads: plain values, no shared state.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivotbench::core {

struct Error {
    std::string code;      ///< stable word for machines, "spec.parse", "step.failed", "sandbox.unknown", …
    std::string what;      ///< what failed, a clause without a full stop: "cannot open the layer"
    int errnum = 0;        ///< errno of the failing call; 0 when no call failed
    std::string path = {}; ///< the path it happened on; empty when there is none
    std::string step = {}; ///< id of the Step that failed; empty outside a launch
    std::string hint = {}; ///< what the reader can do; empty when there is nothing to say
    std::vector<std::string> context = {}; ///< what was being done, innermost first; filled by wrap()

    bool operator==(const Error &) const = default;
};

template <typename T> using Result = std::expected<T, Error>;
using Status = Result<void>;

/// Adds what was being done to an error on its way up; the cause is kept.
[[nodiscard]] std::unexpected<Error> wrap(Error error, std::string doing);

/// A failed system call. `errnum` is taken by value so that the caller decides when errno is read.
[[nodiscard]] std::unexpected<Error> systemError(std::string what, int errnum, std::string path = {});

/// An error without errno.
[[nodiscard]] std::unexpected<Error> failure(std::string code, std::string what, std::string path = {},
                                             std::string hint = {});

/// "ENOENT", "EINVAL"; "errno 4242" for a number without a name.
[[nodiscard]] std::string errnoName(int errnum);

/// "No such file or directory".
[[nodiscard]] std::string errnoWords(int errnum);

/// The error in sentences for a person: what, where, why, what to do. Names from outside are made printable.
[[nodiscard]] std::string describe(const Error &error);

} // namespace pivotbench::core
