// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include "core/base/text.h"

#include <cstring>
#include <fmt/format.h>

namespace pivotbench::core {

std::unexpected<Error> wrap(Error error, std::string doing)
{
    error.context.push_back(std::move(doing));
    return std::unexpected(std::move(error));
}

std::unexpected<Error> systemError(std::string what, int errnum, std::string path)
{
    return std::unexpected(Error{.code = "system", .what = std::move(what), .errnum = errnum, .path = std::move(path)});
}

std::unexpected<Error> failure(std::string code, std::string what, std::string path, std::string hint)
{
    return std::unexpected(
        Error{.code = std::move(code), .what = std::move(what), .path = std::move(path), .hint = std::move(hint)});
}

std::string errnoName(int errnum)
{
    const char *name = strerrorname_np(errnum);
    return name ? std::string(name) : fmt::format("errno {}", errnum);
}

std::string errnoWords(int errnum)
{
    const char *words = strerrordesc_np(errnum);
    return words ? std::string(words) : fmt::format("unknown error {}", errnum);
}

std::string describe(const Error &error)
{
    std::string out;
    if (!error.step.empty())
        out += fmt::format("step {}: ", printable(error.step));
    out += printable(error.what);
    if (!error.path.empty())
        out += fmt::format(": {}", printable(error.path));
    if (error.errnum != 0)
        out += fmt::format(": {} ({})", errnoWords(error.errnum), errnoName(error.errnum));
    for (const std::string &doing : error.context)
        out += fmt::format("\n  while {}", printable(doing));
    if (!error.hint.empty())
        out += fmt::format("\n  hint: {}", printable(error.hint));
    return out;
}

} // namespace pivotbench::core
