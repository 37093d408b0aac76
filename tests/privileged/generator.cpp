// SPDX-License-Identifier: Apache-2.0
#include "generator.h"

#include "model_run.h"

#include "core/kernel/table_of.h"
#include "core/spec/mount_options.h"

#include <algorithm>
#include <random>

namespace pivotbench::test {
namespace {

using namespace kernel;

class Generator {
public:
    Generator(std::uint64_t seed, bool userNamespace)
        : m_random(seed)
        , m_world(modelWorld(userNamespace))
    {
        m_scenario.userNamespace = userNamespace;
    }

    Scenario run()
    {
        const std::size_t length = 4 + below(22);
        for (int tries = 0; m_scenario.acts.size() < length && tries < 400; ++tries) {
            if (chance(4)) {
                pivotSequence();
                continue;
            }
            const std::size_t worker = someWorker();
            m_process = m_world.workers[worker];
            add({worker, call()});
        }
        if (m_scenario.acts.size() > 25)
            m_scenario.acts.resize(25);
        for (int i = 0; i < 6; ++i)
            m_scenario.samples.push_back(chance(70) ? fixedPath() : m_paths.empty() ? "/" : m_paths[below(m_paths.size())]);
        return std::move(m_scenario);
    }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(m_random); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <typename T, std::size_t N> const T &one(const T (&all)[N]) { return all[below(N)]; }

    bool add(const Act &act)
    {
        if (std::holds_alternative<CloneCall>(act.call) && m_world.workers.size() == mostWorkers)
            return false;
        if (std::holds_alternative<ExitCall>(act.call) && aliveWorkers() == 1)
            return false;
        ModelWorld next = m_world;
        const Checked<void> outcome = perform(next, act);
        if (isOutOfBounds(m_world, next, outcome))
            return false;
        m_world = std::move(next);
        m_scenario.acts.push_back(act);
        return outcome.has_value();
    }

    std::size_t aliveWorkers() const
    {
        return static_cast<std::size_t>(std::ranges::count_if(
            m_world.workers, [this](ProcessId worker) { return m_world.state.processes[worker].alive; }));
    }

    std::size_t someWorker()
    {
        for (;;)
            if (const std::size_t worker = below(m_world.workers.size());
                m_world.state.processes[m_world.workers[worker]].alive)
                return worker;
    }

    // Paths ------------------------------------------------------------------------------------------------------------

    std::string fixedPath()
    {
        static constexpr const char *paths[] = {
            "/",      "/a",       "/a/x",   "/a/x/y", "/b",    "/b/y",  "/c",      "/c/z",  "/old",    "/f",    "/a/f",
            "/l",     "/l/x",     "/abs",   "/a/up",  "/a/up/b", "/here", "/here/a", "/loop", "/lf",   "/prog", "/u",
            "/w",     ".",        "..",     "../..",  "x",     "a",     "b",       "y",     "old",     "/a/x/..", "/proc",
            "/sys",   "/proc/sys", "/sys/fs", "/nothing", "/f/x", "/a/", "/f/",    "/l/",   "./a",     "/../b", "/n",
            "/a/n",   "z",        "/a/x/n", "/w/work"};
        return one(paths);
    }

    std::string mountedPath()
    {
        const std::vector<core::MountEntry> rows = tableOf(m_world.state, m_process);
        if (rows.empty())
            return "/";
        const std::string path = rows[below(rows.size())].mountPoint;
        return path.find("//") == std::string::npos ? path : "/";
    }

    std::string path()
    {
        std::string path;
        const std::size_t kind = below(100);
        if (kind < 40) {
            path = fixedPath();
        } else if (kind < 70) {
            path = mountedPath();
        } else if (kind < 95) {
            path = mountedPath();
            static constexpr const char *names[] = {"a", "x", "y", "b", "c", "z", "n", "old", "..", "up", "f", "l", "m"};
            for (std::size_t i = 0; i <= below(2); ++i)
                path += (path.ends_with('/') ? "" : "/") + std::string(one(names));
        } else if (kind < 99 || !chance(5)) {
            path = mountedPath() + "/";
        } else {
            path = chance(50) ? std::string(300, 'n') : chance(50) ? std::string() : std::string(4200, '/') ;
        }
        m_paths.push_back(path);
        return path;
    }

    std::string directory() { return chance(80) ? mountedOrKnown() : path(); }
    std::string mountedOrKnown()
    {
        static constexpr const char *known[] = {"/a", "/b", "/c", "/a/x", "/b/y", "/c/z", "/old", "/u", "/w", "/l"};
        return chance(50) ? mountedPath() : one(known);
    }

    int descriptor() { return 10 + static_cast<int>(below(4)); }
    int openDescriptor()
    {
        const auto &open = m_world.state.processes[m_process].descriptors;
        if (open.empty() || chance(10))
            return descriptor();
        return std::next(open.begin(), static_cast<std::ptrdiff_t>(below(open.size())))->first;
    }
    At at()
    {
        if (!m_world.state.processes[m_process].descriptors.empty() && chance(45)) {
            static constexpr const char *relative[] = {"", "", "", "", "a", "x", "..", "/b", "f"};
            return {one(relative), openDescriptor()};
        }
        return {path()};
    }

    // Calls ------------------------------------------------------------------------------------------------------------

    std::uint64_t mountFlags()
    {
        static constexpr std::uint64_t bits[] = {ms::readOnly, ms::noSuid,     ms::noDev,       ms::noExec, ms::noAtime,
                                                 ms::relAtime, ms::noDirAtime, ms::strictAtime, ms::noSymFollow};
        std::uint64_t flags = 0;
        while (chance(45))
            flags |= one(bits);
        return flags;
    }

    std::string type()
    {
        static constexpr const char *types[] = {"tmpfs", "tmpfs",  "tmpfs",   "tmpfs", "tmpfs",   "proc",
                                                "sysfs", "devpts", "mqueue",  "ramfs", "no-such", ""};
        if (m_scenario.userNamespace && chance(10))
            return chance(50) ? "cgroup2" : "ext4";
        return one(types);
    }

    OverlayOptions overlay()
    {
        OverlayOptions options;
        const std::size_t lowers = below(12) == 0 ? 0 : 1 + below(3);
        for (std::size_t i = 0; i < lowers; ++i)
            options.lowers.push_back(overlayPath());
        if (chance(65)) {
            options.upper = chance(60) ? "/u" : overlayPath();
            if (!chance(5))
                options.work = chance(60) ? "/w" : overlayPath();
        }
        return options;
    }
    /// Without a comma or a colon, and never empty.
    std::string overlayPath()
    {
        std::string path = directory();
        return path.empty() || path.size() > 200 ? "/a" : path;
    }

    std::uint64_t propagation()
    {
        static constexpr std::uint64_t types[] = {ms::shared, ms::shared, ms::shared, ms::slave, ms::isPrivate, ms::unbindable};
        return one(types);
    }

    NamespaceSet namespaces()
    {
        NamespaceSet set{.user = chance(25), .mount = chance(80)};
        set.network = chance(10);
        set.ipc = chance(10);
        set.cgroup = chance(10);
        return set;
    }

    Call call()
    {
        const std::size_t kind = below(200);
        if (kind < 22)
            return MountCall{.source = "src", .target = directory(), .type = type(), .flags = mountFlags()};
        if (kind < 28) {
            // Written in full: the arguments of a braced list are evaluated in order.
            const std::string target = directory();
            return MountCall{.source = "ovl", .target = target, .type = "overlay", .flags = chance(20) ? mountFlags() : 0,
                             .overlay = overlay()};
        }
        if (kind < 52) {
            const std::string source = chance(3) ? std::string() : path();
            return MountCall{.source = source, .target = directory(), .type = "",
                             .flags = ms::bind | (chance(40) ? ms::recursive : 0)};
        }
        if (kind < 76) {
            std::uint64_t flags = propagation() | (chance(50) ? ms::recursive : 0);
            if (chance(3))
                flags |= propagation() | ms::noExec;
            return MountCall{.source = "", .target = chance(85) ? mountedPath() : path(), .type = "", .flags = flags};
        }
        if (kind < 82)
            return MountCall{.source = mountedPath(), .target = directory(), .type = "", .flags = ms::move};
        if (kind < 98)
            return UnmountCall{chance(85) ? mountedPath() : path(),
                               (chance(45) ? UnmountCall::detach : 0) | (chance(10) ? UnmountCall::noFollow : 0) |
                                   (chance(2) ? 0x100 : 0)};
        if (kind < 106)
            return OpenTreeCall{at(), chance(80), chance(45), descriptor()};
        if (kind < 116) {
            const At from = chance(80) ? At{"", openDescriptor()} : at();
            return MoveMountCall{from, chance(80) ? At{directory()} : at()};
        }
        if (kind < 120) {
            static constexpr std::uint64_t attributes[] = {0, 1, 2, 4, 8, 0x10, 0x20, 0x80, 0x30};
            if (chance(20))
                return FsMountCall{.type = "overlay", .source = "fso", .overlay = overlay(), .descriptor = descriptor()};
            std::string kindOf = type();
            if (kindOf.empty())
                kindOf = "tmpfs";
            return FsMountCall{.type = kindOf, .source = "fsm", .attributes = one(attributes),
                               .readOnlySuperblock = kindOf == "tmpfs" && chance(15), .descriptor = descriptor()};
        }
        if (kind < 128) {
            static constexpr std::uint64_t sets[] = {0, 1, 2, 4, 8, 0x80, 0x200000, 0x10, 0x20, 3, 0x1000};
            static constexpr std::uint64_t clears[] = {0, 0, 0, 1, 2, 4, 8, 0x70, 0x70, 0x10, 0x80};
            return MountSetattrCall{chance(70) ? At{mountedPath()} : at(), chance(40), one(sets), one(clears),
                                    chance(25) ? propagation() : 0};
        }
        if (kind < 134)
            return MountCall{.source = "", .target = chance(85) ? mountedPath() : path(), .type = "",
                             .flags = ms::remount | ms::bind | mountFlags()};
        if (kind < 137)
            return MountCall{.source = "", .target = chance(85) ? mountedPath() : path(), .type = "",
                             .flags = ms::remount | mountFlags()};
        if (kind < 145) {
            static constexpr const char *put[] = {".", "old", "x", "a", "/old", "/a", "..", "/", "y"};
            const std::string newRoot = chance(70) ? mountedPath() : chance(50) ? "." : path();
            if (newRoot != "." && chance(50))
                return PivotRootCall{newRoot, newRoot + (newRoot.ends_with('/') ? "" : "/") + one(put)};
            return PivotRootCall{newRoot, one(put)};
        }
        if (kind < 148)
            return ChrootCall{directory()};
        if (kind < 156)
            return ChdirCall{directory()};
        if (kind < 158)
            return FchdirCall{openDescriptor()};
        if (kind < 163)
            return OpenCall{path(), chance(60), chance(15), chance(15), descriptor()};
        if (kind < 166)
            return CloseCall{openDescriptor()};
        if (kind < 170)
            return MkdirCall{path()};
        if (kind < 175)
            return RmdirCall{path()};
        if (kind < 177) {
            static constexpr const char *targets[] = {"/a", "..", "x", "/proc", "", "/b/../c", "f"};
            return SymlinkCall{one(targets), path()};
        }
        if (kind < 178)
            return MknodCall{.path = path(), .device = chance(40), .executable = chance(50)};
        if (kind < 181)
            return ExecCall{chance(60) ? programPath : path()};
        if (kind < 185)
            return UnshareCall{namespaces()};
        if (kind < 193) {
            NamespaceSet set = namespaces();
            set.pid = chance(10);
            return CloneCall{set};
        }
        if (kind < 198)
            return SetnsCall{m_world.workers[someWorker()], chance(30)};
        return ExitCall{};
    }

    /// What leads to a pivot_root(2) that works, most of the time: by chance alone it would be rare.
    void pivotSequence()
    {
        const std::size_t worker = someWorker();
        m_process = m_world.workers[worker];
        if (chance(85))
            add({worker, MountCall{"", "/", "", ms::isPrivate | ms::recursive}});
        static constexpr const char *directories[] = {"/a", "/b", "/c"};
        const std::string newRoot = one(directories);
        if (chance(60))
            add({worker, MountCall{newRoot, newRoot, "", ms::bind | (chance(50) ? ms::recursive : 0)}});
        else
            add({worker, MountCall{"new", newRoot, "tmpfs", 0}});
        add({worker, MkdirCall{newRoot + "/old"}});
        if (chance(50)) {
            add({worker, ChdirCall{newRoot}});
            add({worker, PivotRootCall{".", chance(40) ? "." : "old"}});
        } else {
            add({worker, PivotRootCall{newRoot, newRoot + "/old"}});
        }
        if (chance(50))
            add({worker, UnmountCall{chance(50) ? "/old" : ".", UnmountCall::detach}});
    }

    std::mt19937_64 m_random;
    ModelWorld m_world;
    ProcessId m_process = ProcessId::None;
    Scenario m_scenario;
    std::vector<std::string> m_paths;
};

} // namespace

Scenario generate(std::uint64_t seed, bool userNamespace) { return Generator(seed, userNamespace).run(); }

} // namespace pivotbench::test
