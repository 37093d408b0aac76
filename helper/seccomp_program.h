// SPDX-License-Identifier: Apache-2.0
//
// A small assembler for system call filters that decide by number, and by a few arguments. Numbers with the same
// outcome are joined into ranges and found by a binary search, which makes a filter several times shorter than one
// comparison for each number; the kernel's cost of installing a filter grows with its length and with the path to every
// number. Source: Documentation/networking/filter.rst (classic BPF), seccomp(2) (struct seccomp_data).
//
// Pure functions; any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <map>
#include <vector>

namespace pivotbench::helper::bpf {

/// Instructions that end in a return on every path, entered with the number of the system call in the accumulator.
using Block = std::vector<sock_filter>;

[[nodiscard]] constexpr sock_filter statement(unsigned code, std::uint32_t k)
{
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}
[[nodiscard]] constexpr sock_filter jump(unsigned code, std::uint32_t k, std::uint8_t ifTrue, std::uint8_t ifFalse)
{
    return {static_cast<std::uint16_t>(code), ifTrue, ifFalse, k};
}

[[nodiscard]] constexpr sock_filter allow() { return statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
[[nodiscard]] constexpr sock_filter refuse(int errnum)
{
    return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(errnum) & SECCOMP_RET_DATA));
}

/// The low 32 bits of an argument. Arguments the kernel declares as int or unsigned int are cut to these before use, so
/// a comparison of all 64 bits would be passed by anything in the high ones (CVE-2019-10063).
[[nodiscard]] constexpr sock_filter loadArgument(unsigned index)
{
    const std::size_t low = std::endian::native == std::endian::little ? 0 : sizeof(std::uint32_t);
    return statement(BPF_LD | BPF_W | BPF_ABS,
                     static_cast<std::uint32_t>(offsetof(seccomp_data, args) + sizeof(std::uint64_t) * index + low));
}

/// The whole filter: calls of another ABI than `arch` (AUDIT_ARCH_*) and numbers that are not in `blocks` end in
/// `otherwise`.
[[nodiscard]] std::vector<sock_filter> assemble(std::uint32_t arch, const std::map<std::uint32_t, Block> &blocks,
                                                sock_filter otherwise);

} // namespace pivotbench::helper::bpf
