// SPDX-License-Identifier: Apache-2.0
//
// `.pbox`: the JSON form of a SandboxSpec. Decoding is strict: an unknown field, a wrong type or a number out of range
// is an error with line and field. A file of a newer version is refused with a sentence that says so. Encoding writes
// every field that differs from its default, in the order of the struct, so that the same spec is always the same
// bytes.
//
// A document is read with tolerance, because it is edited and saved again and not only run: unknown fields and the
// number of a newer version are kept in the spec (unknown_members.h), and writeSpec() puts them back in their places.
// Everything else is as strict as before.
#pragma once

#include "core/base/result.h"
#include "core/spec/sandbox_spec.h"

#include <string>
#include <string_view>

namespace pivotbench::core {

struct JsonValue;

[[nodiscard]] Result<SandboxSpec> parseSpec(std::string_view text);
/// The same from an already parsed tree (a wire message); `field` names the place in messages.
[[nodiscard]] Result<SandboxSpec> decodeSpec(const JsonValue &value, std::string field);
[[nodiscard]] Result<SandboxSpec> parseDocument(std::string_view text);
/// Indented by two, ending in a newline. With what is unknown.
[[nodiscard]] std::string writeSpec(const SandboxSpec &spec);
/// On one line, for the wire and for recordings: only what is understood.
[[nodiscard]] std::string writeSpecCompact(const SandboxSpec &spec);

/// Reads and parses; the error names the file.
[[nodiscard]] Result<SandboxSpec> loadSpec(const std::string &path);
[[nodiscard]] Result<SandboxSpec> loadDocument(const std::string &path);
/// Writes to a temporary file beside it, fsync, rename.
[[nodiscard]] Status saveSpec(const SandboxSpec &spec, const std::string &path);

} // namespace pivotbench::core
