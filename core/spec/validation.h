// SPDX-License-Identifier: Apache-2.0
//
// The parts of validate(), one a topic, and what they share. Each adds everything it finds about its fields. Pure.
// Used inside core/spec only.
#pragma once

#include "core/spec/effective_ids.h"
#include "core/spec/findings.h"
#include "core/spec/sandbox_spec.h"

#include <string>
#include <string_view>

namespace pivotbench::core {

/// What is being examined, and what follows from it.
struct Examined {
    const SandboxSpec &spec;
    const HostFacts &facts;
    const SpecLimits &limits;
    EffectiveIds ids;
    [[nodiscard]] bool newUser() const { return ids.newUserNamespace; }
    [[nodiscard]] bool inUserNamespace() const { return ids.inUserNamespace; }
    [[nodiscard]] bool newMounts() const { return spec.namespaces.mount == NamespaceChoice::New; }
    [[nodiscard]] bool newPids() const { return spec.namespaces.pid == NamespaceChoice::New; }
};

void checkText(const Examined &examined, Findings &findings);
void checkRoot(const Examined &examined, Findings &findings);
void checkMounts(const Examined &examined, Findings &findings);
void checkNamespaces(const Examined &examined, Findings &findings);
void checkIdMaps(const Examined &examined, Findings &findings);
void checkKernelTrees(const Examined &examined, Findings &findings); ///< /proc, /sys, /dev
void checkFiles(const Examined &examined, Findings &findings);       ///< host name, injected files, masks
void checkHardening(const Examined &examined, Findings &findings);   ///< capabilities, seccomp, rlimits, cgroup limits
void checkProcess(const Examined &examined, Findings &findings);

/// An absolute path without "." or "..", of possible length, that can be shown. NUL and encoding are checkText's.
void checkPath(const std::string &field, std::string_view path, Findings &findings);

/// "/data" for "//data/": for comparing, never for opening.
[[nodiscard]] std::string normalPath(std::string_view path);
/// Whether `path` is `folder` or lies below it; both normal.
[[nodiscard]] bool isWithin(std::string_view path, std::string_view folder);

} // namespace pivotbench::core
