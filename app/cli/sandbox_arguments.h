// SPDX-License-Identifier: Apache-2.0
//
// The arguments that `run`, `plan` and `step` have in common, and the spec they make: a preset, a file or a bare root,
// changed by the options. Host paths become absolute here, because the helper stands elsewhere.
#pragma once

#include "core/base/result.h"
#include "core/spec/sandbox_spec.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pivotbench::app::cli {

class SandboxArguments {
public:
    /// Adds the options to a command; the object has to outlive the parsing.
    void addTo(CLI::App &app);

    /// The spec, its builtin layers not yet resolved. `terminal` is what -t and -T leave open.
    [[nodiscard]] core::Result<core::SandboxSpec> spec(bool terminal, const std::vector<std::string> &command) const;

    /// Whether the root is given by --rootfs or --layer, so that no spec stands among the words.
    [[nodiscard]] static bool rootGiven(const std::vector<std::string> &args);

    std::string name; ///< of the sandbox; empty: the helper chooses
    bool quiet = false;

private:
    [[nodiscard]] core::Result<core::SandboxSpec> base() const;
    [[nodiscard]] core::Status apply(core::SandboxSpec &spec) const;

    std::string m_spec;
    std::string m_rootfs;
    std::vector<std::string> m_layers;
    std::string m_writable;
    std::string m_keepName;
    std::vector<std::string> m_binds;
    std::vector<std::string> m_tmpfs;
    std::string m_hostname;
    std::string m_network;
    std::vector<std::string> m_env;
    std::string m_cwd;
    std::string m_switchRoot;
    std::string m_userNamespace;
    std::string m_ids;
    std::string m_memory;
    std::uint64_t m_pids = 0;
    bool m_terminal = false;
    bool m_noTerminal = false;
};

/// Command-line arguments with the sandbox's own command cut off: everything behind the first "--", or from the first
/// word on that can be neither an option nor the spec.
struct SplitArguments {
    std::vector<std::string> own;
    std::vector<std::string> command;
};
[[nodiscard]] SplitArguments splitCommand(const CLI::App &app, const std::vector<std::string> &args,
                                          std::size_t positionals);

/// Parses `args`. Returns a status to exit with for --help and for errors, else nothing.
[[nodiscard]] std::optional<int> parseArguments(CLI::App &app, std::vector<std::string> args);

} // namespace pivotbench::app::cli
