// SPDX-License-Identifier: Apache-2.0
//
// What the exporters have in common: they collect losses, and lose some things alike. Internal to core/export.
#pragma once

#include "core/export/export.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pivotbench::core {

class Losses {
public:
    void add(std::string field, std::string_view sentence); ///< makes the sentence printable
    [[nodiscard]] std::vector<Loss> take() { return std::move(m_losses); }
    [[nodiscard]] const std::vector<Loss> &all() const { return m_losses; }

private:
    std::vector<Loss> m_losses;
};

/// Filter, limits and terminal, which no command of a shell gives; the lock of a kept layer.
void loseWhatOnlyARuntimeHas(const SandboxSpec &spec, Losses &losses);
void loseLock(const SandboxSpec &spec, Losses &losses);

/// Lines of comment for a script: nothing when nothing is lost.
[[nodiscard]] std::string lossComments(const std::vector<Loss> &losses);

/// A line that is in none of these texts: the end of a here-document.
[[nodiscard]] std::string delimiterFor(std::string_view text, std::string word);

[[nodiscard]] Result<Export> exportBwrap(const SandboxSpec &spec, const HostFacts &facts);
[[nodiscard]] Result<Export> exportUnshare(const SandboxSpec &spec, const HostFacts &facts);
[[nodiscard]] Result<Export> exportOci(const SandboxSpec &spec, const HostFacts &facts);

} // namespace pivotbench::core
