// SPDX-License-Identifier: Apache-2.0
//
// A sandbox in the words of other tools, and what gets lost on the way. Pure and deterministic: the same spec and facts
// give the same text, and nothing is looked at but them. Every word from outside is quoted for its form, so that no
// name, however odd, is more than a name.
//
// Sources: bwrap(1) of 0.8.0 and 0.11.1, unshare(1) of util-linux 2.38, OCI runtime-spec 1.1 (config.md,
// config-linux.md).
#pragma once

#include "core/base/result.h"
#include "core/host/host_facts.h"
#include "core/spec/sandbox_spec.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// Bwrap: a shell script around one command line of bubblewrap, 0.8 or later; 0.11 where layers are stacked.
/// Unshare: a shell script around one command line of unshare(1), for an ordinary user.
/// Oci: `config.json` of a bundle for runc, crun and the like.
enum class ExportForm { Bwrap, Unshare, Oci };

[[nodiscard]] const char *exportWord(ExportForm form); ///< "bwrap", "unshare", "oci"
[[nodiscard]] std::optional<ExportForm> exportForm(std::string_view word);

/// A setting that the form cannot express, or expresses differently.
struct Loss {
    std::string field;    ///< as in the file: "process.rlimits[0]"
    std::string sentence; ///< what is instead, and where there is one the way to have it all the same; printable
    bool operator==(const Loss &) const = default;
};

struct Export {
    std::string text; ///< with the losses as comments, where the form has comments
    std::vector<Loss> losses;
    bool operator==(const Export &) const = default;
};

/// Expects what makePlan() expects, and fails as it does; besides with "export.command" where the form has no way to
/// say the command.
[[nodiscard]] Result<Export> exportAs(ExportForm form, const SandboxSpec &spec, const HostFacts &facts);

/// "seccomp: no system call filter…"
[[nodiscard]] std::string lossText(const Loss &loss);

} // namespace pivotbench::core
