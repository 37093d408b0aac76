// SPDX-License-Identifier: Apache-2.0
//
// Counts what operator new hands out, to show that something needs no memory. Included by one source file of a program.
#pragma once

#include <cstdlib>
#include <new>

namespace pivotbench::test {
inline std::size_t allocations = 0;
}

void *operator new(std::size_t size)
{
    ++pivotbench::test::allocations;
    if (void *memory = std::malloc(size))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
