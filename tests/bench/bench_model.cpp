// SPDX-License-Identifier: Apache-2.0
//
// How fast the kernel model is, and what it holds: tables of 1,000 to 100,000 mounts parsed and built, a tree bound
// recursively across peers, a preset predicted with all its frames.
//
//   bench_model [ROUNDS]
#include "core/kernel/call.h"
#include "core/kernel/from_table.h"
#include "core/kernel/host_files.h"
#include "core/kernel/predict.h"
#include "core/plan/planner.h"
#include "core/preset/builtins.h"
#include "core/preset/presets.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <malloc.h>
#include <vector>

using namespace pivotbench::core;

namespace {

template <typename Function> double median(int rounds, const Function &function)
{
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        function();
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

/// A root, and mounts three deep below it as container hosts have them.
std::string tableText(std::size_t mounts)
{
    std::string text = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
    for (std::size_t i = 2; i <= mounts; ++i) {
        const std::size_t parent = i % 3 == 2 ? 1 : i - 1;
        const std::size_t group = (i - 2) / 3;
        std::string path = fmt::format("/var/lib/containers/{}", group);
        for (std::size_t depth = 0; depth < (i - 2) % 3; ++depth)
            path += fmt::format("/d{}", depth);
        text += fmt::format("{} {} 0:{} / {} rw,nosuid,relatime shared:{} - tmpfs tmpfs rw,size=64k\n", i, parent,
                            i + 10, path, i);
    }
    return text;
}

std::size_t heap() { return mallinfo2().uordblks; }

kernel::Machine build(const MountTable &table) { return kernel::machineOf(table, kernel::Reader{}); }

void tables(int rounds)
{
    std::printf("%-9s %12s %12s %12s %12s\n", "mounts", "parse ms", "state ms", "bytes/mount", "in tables");
    for (const std::size_t mounts : {1000UL, 10000UL, 30000UL, 100000UL}) {
        const std::string text = tableText(mounts);
        const MountTable table(std::move(*parseMountinfo(text)));
        const double parsing = median(rounds, [&] { (void)parseMountinfo(text); });
        const double building = median(rounds, [&] { (void)build(table); });
        const std::size_t before = heap();
        const kernel::Machine machine = build(table);
        std::printf("%-9zu %12.2f %12.2f %12zu %12zu\n", mounts, parsing, building, (heap() - before) / mounts,
                    machine.state.bytes() / mounts);
    }
}

/// A tree of mounts bound recursively onto a mount with peers: every peer gets a copy of all.
void recursiveBind(int rounds)
{
    using namespace kernel;
    std::printf("\n%-9s %8s %14s %16s\n", "mounts", "peers", "one rbind ms", "µs a new mount");
    for (const auto &[mounts, peers] : {std::pair(100UL, 10UL), std::pair(1000UL, 10UL), std::pair(10000UL, 10UL),
                                        std::pair(1000UL, 100UL), std::pair(100UL, 1000UL)}) {
        const MountTable table(std::move(*parseMountinfo(tableText(mounts))));
        Machine machine = machineOf(table, Reader{}, std::make_shared<const AssumedFiles>());
        machine.state.mountLimit = 10'000'000;
        State &state = machine.state;
        (void)perform(state, machine.reader, MountCall{.source = "t", .target = "/t", .type = "tmpfs"});
        (void)perform(state, machine.reader, MountCall{.target = "/t", .flags = ms::isPrivate});
        (void)perform(state, machine.reader, MountCall{.target = "/t", .flags = ms::shared});
        (void)perform(state, machine.reader, MkdirCall{"/t/here"});
        (void)perform(state, machine.reader, MountCall{.source = "p", .target = "/p", .type = "tmpfs"});
        (void)perform(state, machine.reader, MountCall{.target = "/p", .flags = ms::isPrivate});
        for (std::size_t i = 1; i < peers; ++i) {
            (void)perform(state, machine.reader, MkdirCall{fmt::format("/p/{}", i)});
            (void)perform(state, machine.reader,
                          MountCall{.source = "/t", .target = fmt::format("/p/{}", i), .flags = ms::bind});
        }
        const std::size_t before = state.mounts.end();
        std::size_t after = before;
        const double time = median(rounds, [&] {
            State copy = state;
            const auto done = perform(
                copy, machine.reader,
                MountCall{.source = "/var/lib/containers", .target = "/t/here", .flags = ms::bind | ms::recursive});
            after = copy.mounts.end();
            if (!done)
                std::printf("refused: %s\n", textOf(done.error().cause).when);
        });
        std::printf("%-9zu %8zu %14.2f %16.3f\n", mounts, peers, time,
                    1000.0 * time / static_cast<double>(after - before));
    }
}

void presets(int rounds)
{
    const HostFacts facts = probeHostFacts();
    std::printf("\n%-14s %8s %14s %16s\n", "preset", "steps", "predicted ms", "with table ms");
    for (const Preset &preset : pivotbench::core::presets()) {
        Result<SandboxSpec> spec = findPreset(preset.id);
        if (spec)
            spec = nameBuiltins(std::move(*spec), facts);
        if (!spec)
            continue;
        const Result<Plan> plan = makePlan(*spec, facts);
        const Result<kernel::Machine> machine = kernel::thisMachine(facts);
        if (!plan || !machine)
            continue;
        std::size_t frames = 0;
        const double time =
            median(rounds, [&] { frames = kernel::predict(*plan, facts, *machine, {}).recording.frames.size(); });
        const double whole =
            median(rounds, [&] { (void)kernel::predict(*plan, facts, *kernel::thisMachine(facts), {}); });
        std::printf("%-14s %8zu %14.2f %16.2f%s\n", preset.id.c_str(), frames - 1, time, whole,
                    frames - 1 < plan->steps.size() ? "  (stops early)" : "");
    }
}

} // namespace

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 11;
    tables(rounds);
    recursiveBind(rounds);
    presets(rounds);
}
