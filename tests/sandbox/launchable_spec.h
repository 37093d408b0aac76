// SPDX-License-Identifier: Apache-2.0
//
// Specs that can be launched, or nearly: every way to build a root, over directories that exist, with mounts, options
// and policies by chance. Some of them fail on the way, which is wanted too. The same for the same seed.
#pragma once

#include "core/spec/sandbox_spec.h"

#include <fmt/format.h>
#include <random>

namespace pivotbench::test {

class LaunchableSpec {
public:
    /// `directory` holds root, layer1, layer2 (root file systems), source (a directory), file, link (to source).
    LaunchableSpec(unsigned seed, std::string directory)
        : m_random(seed)
        , m_directory(std::move(directory))
    {
    }

    core::SandboxSpec make()
    {
        core::SandboxSpec spec;
        spec.name = "generated";
        makeRoot(spec.root);
        const std::size_t mounts = below(5);
        for (std::size_t i = 0; i < mounts; ++i)
            spec.mounts.push_back(makeMount());
        for (auto *choice : {&spec.namespaces.pid, &spec.namespaces.uts, &spec.namespaces.ipc, &spec.namespaces.cgroup})
            *choice = chance(80) ? core::NamespaceChoice::New : core::NamespaceChoice::Host;
        spec.namespaces.network = chance(70) ? core::NetworkChoice::None : core::NetworkChoice::Host;
        if (chance(30))
            spec.namespaces.user = core::UserNamespaceChoice::New;
        spec.proc = one<core::ProcPolicy>(3);
        spec.sys = one<core::SysPolicy>(5);
        spec.dev.policy = chance(60) ? core::DevPolicy::Minimal : one<core::DevPolicy>(4);
        spec.hostname = spec.namespaces.uts == core::NamespaceChoice::New && chance(50) ? "generated" : "";
        for (auto *file : {&spec.files.resolvConf, &spec.files.hosts, &spec.files.hostnameFile})
            if (chance(40))
                file->mode = one<core::FileInjection>(5);
        for (const char *path : {"/proc/kcore", "/proc/sys", "/proc/nothing", "/etc", "/data", "/sys/firmware"}) {
            if (chance(20))
                spec.maskedPaths.emplace_back(path);
            if (chance(15))
                spec.readonlyPaths.emplace_back(path);
        }
        spec.seccomp.choice = core::SeccompChoice::None;
        spec.process.args = {"/bin/true"};
        spec.process.noNewPrivileges = chance(70);
        return spec;
    }

private:
    std::size_t below(std::size_t end) { return m_random() % end; }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <typename Enum> Enum one(std::size_t count) { return static_cast<Enum>(below(count)); }
    template <std::size_t N> const char *word(const char *const (&words)[N]) { return words[below(N)]; }

    void makeRoot(core::RootSpec &root)
    {
        root.writable = chance(60) ? core::Writable::Discard : one<core::Writable>(4);
        root.keepName = "generated";
        static constexpr const char *names[] = {"root", "layer1", "layer2"};
        const std::size_t layers = root.writable == core::Writable::Direct ? 1 : 1 + below(3);
        const std::size_t first = below(3);
        for (std::size_t i = 0; i < layers; ++i)
            root.layers.push_back({fmt::format("{}/{}", m_directory, names[(first + i) % 3]), ""});
        root.switchRoot = one<core::SwitchRoot>(3);
        root.putOld = chance(70) ? "/.put_old" : "/var/old";
        root.propagation = one<core::RootPropagation>(5);
    }

    core::MountSpec makeMount()
    {
        static constexpr const char *destinations[] = {"/data", "/mnt",    "/data/sub",  "/etc/motd", "/deep/er/path",
                                                       "/tmp",  "/to-tmp", "/to-tmp/in", "/srv/a",    "/data"};
        static constexpr const char *types[] = {"bind",  "bind",    "bind",   "rbind", "tmpfs",
                                                "tmpfs", "overlay", "mqueue", "proc"};
        static constexpr const char *sources[] = {"source", "source", "file", "link", "root", "source/sub", "missing"};
        static constexpr const char *options[] = {"ro",      "nosuid", "nodev",   "noexec",     "noatime",
                                                  "rro",     "rnodev", "private", "rprivate",   "shared",
                                                  "rshared", "slave",  "rslave",  "unbindable", "nosymfollow"};
        core::MountSpec mount{.destination = word(destinations), .type = word(types), .source = {}, .options = {}};
        if (mount.type.ends_with("bind")) {
            mount.source = fmt::format("{}/{}", m_directory, chance(97) ? word(sources) : "missing");
            if (mount.source.ends_with("missing") && chance(80))
                mount.source = m_directory + "/source";
        } else if (mount.type == "overlay") {
            mount.options = {fmt::format("lowerdir={0}/source:{0}/layer2", m_directory)};
        }
        const std::size_t count = below(4);
        bool propagation = false;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string option = word(options);
            const bool changes = option.find("private") != std::string::npos ||
                                 option.find("shared") != std::string::npos ||
                                 option.find("slave") != std::string::npos || option == "unbindable";
            if (!changes || !propagation)
                mount.options.push_back(option);
            propagation = propagation || changes;
        }
        return mount;
    }

    std::mt19937 m_random;
    std::string m_directory;
};

} // namespace pivotbench::test
