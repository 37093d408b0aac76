// SPDX-License-Identifier: Apache-2.0
//
// The machine that the kernel model begins with: this one, or one whose mount table was saved.
#pragma once

#include "core/host/host_facts.h"
#include "core/kernel/from_table.h"

#include <string>

namespace pivotbench::app::cli {

/// `tableFile` is a saved mountinfo; empty: this machine. The facts say with which privileges.
[[nodiscard]] core::Result<core::kernel::Machine> modelMachine(const std::string &tableFile,
                                                               const core::HostFacts &facts);

} // namespace pivotbench::app::cli
