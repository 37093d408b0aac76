// SPDX-License-Identifier: Apache-2.0
//
// What the head of an ELF file tells (elf(5)): whether it is a program of this machine that needs no loader, so that it
// runs in a root that holds nothing else. Reads the file; trusts nothing in it.
#pragma once

#include <string>

namespace pivotbench::core {

/// True for a program of this machine's architecture without PT_INTERP. False for everything else, and where it cannot
/// be read.
[[nodiscard]] bool isStaticExecutable(const std::string &path);

} // namespace pivotbench::core
