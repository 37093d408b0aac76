// SPDX-License-Identifier: Apache-2.0
#include "helper/seccomp_program.h"

#include <cstring>
#include <limits>
#include <span>

namespace pivotbench::helper::bpf {
namespace {

struct Range {
    std::uint32_t first;
    const Block *block;
};

bool same(const Block &a, const Block &b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(sock_filter)) == 0;
}

/// Every number belongs to exactly one range; a range ends where the next begins.
std::vector<Range> joinRanges(const std::map<std::uint32_t, Block> &blocks, const Block &otherwise)
{
    std::vector<Range> ranges{{0, &otherwise}};
    const auto begin = [&ranges](std::uint32_t first, const Block &block) {
        if (ranges.back().first == first)
            ranges.pop_back();
        if (ranges.empty() || !same(*ranges.back().block, block))
            ranges.push_back({first, &block});
    };
    for (const auto &[number, block] : blocks) {
        begin(number, block);
        if (number != std::numeric_limits<std::uint32_t>::max())
            begin(number + 1, otherwise);
    }
    return ranges;
}

void append(std::vector<sock_filter> &program, std::span<const Range> ranges)
{
    if (ranges.size() == 1) {
        program.insert(program.end(), ranges.front().block->begin(), ranges.front().block->end());
        return;
    }
    const std::size_t half = ranges.size() / 2;
    std::vector<sock_filter> below;
    append(below, ranges.first(half));

    // Conditional jumps reach 255 instructions; a longer way takes an unconditional one.
    const std::uint32_t limit = ranges[half].first;
    if (below.size() <= std::numeric_limits<std::uint8_t>::max()) {
        program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, limit, static_cast<std::uint8_t>(below.size()), 0));
    } else {
        program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, limit, 0, 1));
        program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(below.size())));
    }
    program.insert(program.end(), below.begin(), below.end());
    append(program, ranges.subspan(half));
}

} // namespace

std::vector<sock_filter> assemble(std::uint32_t arch, const std::map<std::uint32_t, Block> &blocks,
                                  sock_filter otherwise)
{
    const Block last{otherwise};
    std::vector<sock_filter> program{
        statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        jump(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0),
        otherwise,
        statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    append(program, joinRanges(blocks, last));
    return program;
}

} // namespace pivotbench::helper::bpf
