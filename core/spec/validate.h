// SPDX-License-Identifier: Apache-2.0
//
// Everything that can be said about a spec before anything runs. Pure: it looks at the spec and at the facts given,
// never at the file system. All findings are returned, not only the first. Errors stop a launch; warnings are unsafe
// choices or things that will surprise; notes teach.
#pragma once

#include "core/host/host_facts.h"
#include "core/spec/sandbox_spec.h"

#include <string>
#include <vector>

namespace pivotbench::core {

enum class Severity { Error, Warning, Note };

struct Finding {
    Severity severity = Severity::Error;
    std::string id;     ///< stable word, "mounts.destination.hidden"; all of them are in findings.h
    std::string field;  ///< "mounts[2].destination", as in the file; empty: the spec as a whole
    std::string reason; ///< one or two sentences: what is wrong and why it matters
    std::string fix;    ///< what to write instead, or what to install
    bool operator==(const Finding &) const = default;
};

/// Caps of attacks.md: a spec beyond them is an error.
struct SpecLimits {
    std::size_t mounts = 128;
    std::size_t layers = 64;
};

/// The gravest first.
[[nodiscard]] std::vector<Finding> validate(const SandboxSpec &spec, const HostFacts &facts,
                                            const SpecLimits &limits = {});
[[nodiscard]] bool hasErrors(const std::vector<Finding> &findings);
[[nodiscard]] const char *severityWord(Severity severity);

} // namespace pivotbench::core
