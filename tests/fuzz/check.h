// SPDX-License-Identifier: Apache-2.0
//
// What a fuzzer finds besides crashes: a broken promise ends the process.
#pragma once

#include <cstdlib>

namespace pivotbench::fuzz {

inline void check(bool promise)
{
    if (!promise)
        std::abort();
}

} // namespace pivotbench::fuzz
