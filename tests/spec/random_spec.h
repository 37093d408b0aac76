// SPDX-License-Identifier: Apache-2.0
//
// Specs of every shape, the same for the same seed: each field is at its default or something else, strings hold what
// is hard to quote. They are well-formed values, not sensible sandboxes.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <random>

namespace pivotbench::tests {

class RandomSpec {
public:
    explicit RandomSpec(unsigned seed)
        : m_random(seed)
    {
    }

    core::SandboxSpec make()
    {
        core::SandboxSpec spec;
        spec.name = text();
        spec.description = text();
        fill(spec.root.layers, [&](core::Layer &layer) {
            layer.path = text();
            layer.builtin = text();
        });
        choose(spec.root.writable, 4);
        spec.root.keepName = text();
        spec.root.scratchBytes = number<std::uint64_t>();
        choose(spec.root.switchRoot, 4);
        if (coin())
            spec.root.putOld = text();
        choose(spec.root.propagation, 5);
        fill(spec.mounts, [&](core::MountSpec &mount) {
            mount = {.destination = text(), .type = text(), .source = text(), .options = texts()};
        });
        for (auto *choice : {&spec.namespaces.mount, &spec.namespaces.pid, &spec.namespaces.uts, &spec.namespaces.ipc,
                             &spec.namespaces.cgroup, &spec.namespaces.time})
            choose(*choice, 2);
        choose(spec.namespaces.user, 3);
        choose(spec.namespaces.network, 2);
        choose(spec.idMaps.mode, 3);
        for (auto *map : {&spec.idMaps.uid, &spec.idMaps.gid})
            fill(*map, [&](core::IdRange &range) {
                range = {number<std::uint32_t>(), number<std::uint32_t>(), number<std::uint32_t>()};
            });
        choose(spec.proc, 3);
        choose(spec.sys, 5);
        choose(spec.dev.policy, 4);
        spec.dev.devices = texts();
        spec.hostname = text();
        spec.domainname = text();
        for (auto *file : {&spec.files.resolvConf, &spec.files.hosts, &spec.files.hostnameFile}) {
            choose(file->mode, 5);
            file->text = text();
        }
        spec.maskedPaths = texts();
        spec.readonlyPaths = texts();
        choose(spec.seccomp.choice, 3);
        spec.seccomp.path = text();
        for (auto *limit :
             {&spec.resources.memoryBytes, &spec.resources.pids, &spec.resources.cpuQuota, &spec.resources.cpuWeight})
            if (coin())
                *limit = number<std::uint64_t>();
        fillProcess(spec.process);
        return spec;
    }

private:
    void fillProcess(core::ProcessSpec &process)
    {
        process.args = texts();
        process.env = texts();
        if (coin())
            process.cwd = text();
        process.uid = number<std::uint32_t>();
        process.gid = number<std::uint32_t>();
        fill(process.additionalGids, [&](std::uint32_t &gid) { gid = number<std::uint32_t>(); });
        process.terminal = coin();
        choose(process.capabilities.choice, 4);
        if (process.capabilities.choice == core::CapabilityChoice::List)
            process.capabilities.names = texts();
        process.noNewPrivileges = coin();
        fill(process.rlimits,
             [&](core::ResourceLimit &limit) { limit = {text(), number<std::uint64_t>(), number<std::uint64_t>()}; });
    }

    bool coin() { return (m_random() & 1U) != 0; }
    std::size_t below(std::size_t end) { return m_random() % end; }
    template <typename Enum> void choose(Enum &out, std::size_t count) { out = static_cast<Enum>(below(count)); }
    template <typename T> T number()
    {
        const T values[] = {0, 1, 1000, static_cast<T>(m_random()), std::numeric_limits<T>::max()};
        return values[below(std::size(values))];
    }
    std::string text()
    {
        static const std::string values[] = {
            "",          "",   "/data",     "a \"quoted\" \\ word", "tab\tand\nnewline", "\x1b[2J\x7f", "ü",
            "\u202egnp", "😀", "KEY=VALUE", std::string(300, 'x')};
        return values[below(std::size(values))];
    }
    std::vector<std::string> texts()
    {
        std::vector<std::string> list;
        fill(list, [&](std::string &out) { out = text(); });
        return list;
    }
    template <typename T, typename Fill> void fill(std::vector<T> &list, Fill one)
    {
        list.resize(coin() ? 0 : below(4));
        for (T &value : list)
            one(value);
    }

    std::mt19937 m_random;
};

} // namespace pivotbench::tests
