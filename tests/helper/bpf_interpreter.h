// SPDX-License-Identifier: Apache-2.0
//
// Runs a system call filter on a made-up call, as the kernel would: every number can be asked, also those no test dares
// to make. Knows the instructions that filters consist of; anything else, and running off the end, is answered with
// nothing. Source: Documentation/networking/filter.rst.
#pragma once

#include <cstdint>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <span>

namespace pivotbench::test {

inline std::optional<std::uint32_t> evaluate(std::span<const sock_filter> program, const seccomp_data &call)
{
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter &step = program[at];
        const auto branch = [&](bool taken) { at += taken ? step.jt : step.jf; };
        switch (step.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (step.k + sizeof accumulator > sizeof call)
                return std::nullopt;
            std::memcpy(&accumulator, reinterpret_cast<const char *>(&call) + step.k, sizeof accumulator);
            break;
        case BPF_ALU | BPF_AND | BPF_K: accumulator &= step.k; break;
        case BPF_JMP | BPF_JA: at += step.k; break;
        case BPF_JMP | BPF_JEQ | BPF_K: branch(accumulator == step.k); break;
        case BPF_JMP | BPF_JGT | BPF_K: branch(accumulator > step.k); break;
        case BPF_JMP | BPF_JGE | BPF_K: branch(accumulator >= step.k); break;
        case BPF_JMP | BPF_JSET | BPF_K: branch((accumulator & step.k) != 0); break;
        case BPF_RET | BPF_K: return step.k;
        default: return std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace pivotbench::test
