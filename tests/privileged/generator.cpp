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
        if (chance(55))
            sharedBeginning();
        for (int tries = 0; m_scenario.acts.size() < length && tries < 400 && aliveWorkers() > 0; ++tries) {
            m_worker = someWorker();
            m_process = m_world.workers[m_worker];
            const std::size_t kind = below(100);
            if (kind < 4)
                pivotSequence();
            else if (kind < 6)
                rareSequence();
            else
                add(call());
        }
        if (m_scenario.acts.size() > 25)
            m_scenario.acts.resize(25);
        for (int i = 0; i < 6; ++i)
            m_scenario.samples.push_back(chance(70)        ? fixedPath()
                                         : m_paths.empty() ? "/"
                                                           : m_paths[below(m_paths.size())]);
        return std::move(m_scenario);
    }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(m_random); }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <typename T, std::size_t N> const T &one(const T (&all)[N]) { return all[below(N)]; }

    bool add(const Call &call)
    {
        const Act act{m_worker, call};
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

    // Paths
    // ------------------------------------------------------------------------------------------------------------

    std::string fixedPath()
    {
        static constexpr const char *paths[] = {
            "/",      "/a",    "/a/x",    "/a/x/y", "/b",    "/b/y",      "/c",      "/c/z",     "/old",   "/f",
            "/a/f",   "/l",    "/l/x",    "/abs",   "/a/up", "/a/up/b",   "/here",   "/here/a",  "/loop",  "/lf",
            "/empty", "/prog", "/u",      "/w",     ".",     "..",        "../..",   "x",        "a",      "b",
            "y",      "old",   "/a/x/..", "/proc",  "/sys",  "/proc/sys", "/sys/fs", "/nothing", "/f/x",   "/a/",
            "/f/",    "/l/",   "./a",     "/../b",  "/n",    "/a/n",      "z",       "/a/x/n",   "/w/work"};
        return one(paths);
    }

    std::string mountedPath(bool notRoot = false)
    {
        std::vector<core::MountEntry> rows = tableOf(m_world.state, m_process);
        if (notRoot)
            std::erase_if(rows, [](const core::MountEntry &row) { return row.mountPoint == "/"; });
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
            static constexpr const char *names[] = {"a",   "x",  "y",  "b", "c", "z", "n",
                                                    "old", "..", "up", "f", "l", "m"};
            for (std::size_t i = 0; i <= below(2); ++i)
                path += (path.ends_with('/') ? "" : "/") + std::string(one(names));
        } else if (kind < 99 || !chance(25)) {
            path = mountedPath() + "/";
        } else {
            path = chance(50) ? std::string(300, 'n') : chance(50) ? std::string() : std::string(4200, '/');
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

    // Calls
    // ------------------------------------------------------------------------------------------------------------

    std::uint64_t mountFlags()
    {
        static constexpr std::uint64_t bits[] = {ms::readOnly,   ms::noSuid,      ms::noDev,
                                                 ms::noExec,     ms::noAtime,     ms::relAtime,
                                                 ms::noDirAtime, ms::strictAtime, ms::noSymFollow};
        std::uint64_t flags = 0;
        while (chance(45))
            flags |= one(bits);
        return flags;
    }

    std::string type()
    {
        static constexpr const char *types[] = {"tmpfs", "tmpfs",  "tmpfs",  "tmpfs", "tmpfs",   "proc",
                                                "sysfs", "devpts", "mqueue", "ramfs", "no-such", ""};
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
            options.upper = chance(60) ? "/u" : chance(50) ? mountedPath() : overlayPath();
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
        static constexpr std::uint64_t types[] = {ms::shared, ms::shared,    ms::shared,
                                                  ms::slave,  ms::isPrivate, ms::unbindable};
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
            return MountCall{.source = "ovl",
                             .target = target,
                             .type = "overlay",
                             .flags = chance(20) ? mountFlags() : 0,
                             .overlay = overlay()};
        }
        if (kind < 52) {
            const std::string source = chance(3) ? std::string() : path();
            return MountCall{.source = source,
                             .target = directory(),
                             .type = "",
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
            return UnmountCall{chance(85) ? mountedPath(chance(90)) : path(),
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
                return FsMountCall{
                    .type = "overlay", .source = "fso", .overlay = overlay(), .descriptor = descriptor()};
            std::string kindOf = type();
            if (kindOf.empty())
                kindOf = "tmpfs";
            return FsMountCall{.type = kindOf,
                               .source = "fsm",
                               .attributes = one(attributes),
                               .readOnlySuperblock = kindOf == "tmpfs" && chance(15),
                               .descriptor = descriptor()};
        }
        if (kind < 128) {
            static constexpr std::uint64_t sets[] = {0, 1, 2, 4, 8, 0x80, 0x200000, 0x10, 0x20, 3, 0x1000};
            static constexpr std::uint64_t clears[] = {0, 0, 0, 1, 2, 4, 8, 0x70, 0x70, 0x10, 0x80};
            return MountSetattrCall{chance(70) ? At{mountedPath()} : at(), chance(40), one(sets), one(clears),
                                    chance(25) ? propagation() : 0};
        }
        if (kind < 134)
            return MountCall{.source = "",
                             .target = chance(85) ? mountedPath() : path(),
                             .type = "",
                             .flags = ms::remount | ms::bind | mountFlags()};
        if (kind < 137)
            return MountCall{.source = "",
                             .target = chance(85) ? mountedPath() : path(),
                             .type = "",
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
        if (kind < 159)
            return OpenCall{chance(50) ? "/l" : "/dev0", chance(30), chance(15), chance(50), descriptor()};
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
            return ExecCall{chance(40) ? programPath : chance(40) ? "/empty" : path()};
        if (kind < 185)
            return UnshareCall{namespaces()};
        if (kind < 193) {
            NamespaceSet set = namespaces();
            set.pid = chance(10);
            return CloneCall{set};
        }
        if (kind < 198)
            return SetnsCall{m_world.workers[someWorker()], chance(30)};
        if (kind < 199)
            return ExitCall{};
        return DropCapabilitiesCall{};
    }

    /// Everything shared, and another namespace or two that hear of it.
    void sharedBeginning()
    {
        m_worker = 0;
        m_process = m_world.workers.front();
        add(MountCall{.target = "/", .flags = ms::shared | ms::recursive});
        for (std::size_t i = below(3); i > 0; --i)
            add(CloneCall{{.user = chance(25), .mount = true}});
    }

    /// What leads to a pivot_root(2) that works, most of the time: by chance alone it would be rare.
    void pivotSequence()
    {
        if (chance(85))
            add(MountCall{.target = "/", .flags = ms::isPrivate | ms::recursive});
        static constexpr const char *directories[] = {"/a", "/b", "/c"};
        const std::string newRoot = one(directories);
        if (chance(60))
            add(MountCall{.source = newRoot, .target = newRoot, .flags = ms::bind | (chance(50) ? ms::recursive : 0)});
        else
            add(MountCall{.source = "new", .target = newRoot, .type = "tmpfs"});
        add(MkdirCall{newRoot + "/old"});
        if (chance(50)) {
            add(ChdirCall{newRoot});
            add(PivotRootCall{".", chance(40) ? "." : "old"});
        } else {
            add(PivotRootCall{newRoot, newRoot + "/old"});
        }
        if (chance(50))
            add(UnmountCall{chance(50) ? "/old" : ".", UnmountCall::detach});
    }

    /// Checks that chance would meet once in a million calls.
    void rareSequence()
    {
        switch (below(12)) {
        case 0: // the parent of the root is shared
            add(MountCall{.target = "/", .flags = ms::shared});
            add(MountCall{.source = "new", .target = "/a", .type = "tmpfs"});
            add(MountCall{.target = "/a", .flags = ms::isPrivate});
            add(MkdirCall{"/a/n"});
            add(MountCall{.source = "new", .target = "/a/n", .type = "tmpfs"});
            add(MkdirCall{"/a/n/old"});
            add(ChrootCall{"/a"});
            add(PivotRootCall{"/n", "/n/old"});
            break;
        case 1: // new_root is gone
            add(MountCall{.target = "/", .flags = ms::isPrivate});
            add(MkdirCall{"/n"});
            add(ChdirCall{"/n"});
            add(RmdirCall{"/n"});
            add(PivotRootCall{".", "/old"});
            break;
        case 2: // locked and unbindable
            if (add(UnshareCall{{.user = true, .mount = true}})) {
                add(MountCall{.target = mountedPath(true), .flags = ms::unbindable});
                add(MountCall{.source = "/", .target = "/c", .flags = ms::bind | ms::recursive});
            }
            break;
        case 3: // devices
            add(MountSetattrCall{{"/"}, false, 4, 0, 0});
            add(OpenCall{"/dev0", false, false, false, 10});
            break;
        case 4: // programs
            add(MountCall{.source = "/", .target = "/b", .flags = ms::bind});
            add(MountCall{.target = "/b",
                          .flags = ms::remount | ms::bind | (chance(50) ? ms::noExec : ms::noSymFollow)});
            add(ExecCall{"/b/prog"});
            add(OpenCall{"/b/l/x", true, false, false, 11});
            break;
        case 5: // an overlay on an overlay
            add(MountCall{.source = "o", .target = "/c", .type = "overlay", .overlay = {{"/a", "/b"}, "", ""}});
            add(MountCall{
                .source = "o", .target = "/b", .type = "overlay", .overlay = {{"/a"}, chance(50) ? "/u" : "/c", "/w"}});
            add(MountCall{.target = "/c", .flags = ms::remount});
            add(MkdirCall{"/b/n"});
            add(RmdirCall{"/b/y"});
            add(RmdirCall{"/b/x/y"});
            add(MkdirCall{"/b/y"});
            break;
        case 6: // a directory without permissions
            add(MountCall{.source = "o", .target = "/c", .type = "overlay", .overlay = {{"/a"}, "/u", "/w"}});
            add(DropCapabilitiesCall{});
            add(OpenCall{"/w/work/x", true, false, false, 12});
            add(ChrootCall{"/a"});
            break;
        case 7: // pivot_root(2) in a chroot
            add(MountCall{.target = "/", .flags = ms::isPrivate});
            add(MountCall{.source = "new", .target = "/a/x", .type = "tmpfs"});
            add(MkdirCall{"/a/x/old"});
            add(ChrootCall{"/a"});
            add(PivotRootCall{"/x", "/x/old"});
            break;
        case 8: // pivot_root(2) to outside of one
            add(MountCall{.target = "/", .flags = ms::isPrivate});
            add(MountCall{.source = "new", .target = "/a", .type = "tmpfs"});
            add(MountCall{.source = "new", .target = "/b", .type = "tmpfs"});
            add(MkdirCall{"/b/old"});
            add(ChdirCall{"/b"});
            add(ChrootCall{"/a"});
            add(PivotRootCall{".", "old"});
            break;
        case 9: // read-only, with a removed directory in use
            add(MkdirCall{"/n"});
            add(OpenCall{"/n", true, true, false, 13});
            add(RmdirCall{"/n"});
            add(chance(50) ? Call(UnmountCall{"/", 0})
                           : Call(MountCall{.target = "/", .flags = ms::remount | ms::readOnly}));
            break;
        case 10: // an overlay whose lower directory holds its upper one
            add(MountCall{.source = "o", .target = "/c", .type = "overlay", .overlay = {{"/"}, "/u", "/w"}});
            add(OpenCall{chance(50) ? "/c/u" : "/c/w/work", true, false, false, 14});
            add(MkdirCall{"/c/u/n"});
            break;
        default: // move what holds an unbindable mount
            add(MountCall{.target = "/", .flags = ms::isPrivate});
            add(MountCall{.source = "new", .target = "/a", .type = "tmpfs"});
            add(MountCall{.source = "new", .target = "/b", .type = "tmpfs"});
            add(MountCall{.target = "/b", .flags = ms::shared});
            add(MountCall{.target = "/a", .flags = ms::unbindable});
            add(MountCall{.source = "/a", .target = "/b", .flags = ms::move});
            break;
        }
    }

    std::mt19937_64 m_random;
    ModelWorld m_world;
    std::size_t m_worker = 0; ///< that makes the next call
    ProcessId m_process = ProcessId::None;
    Scenario m_scenario;
    std::vector<std::string> m_paths;
};

} // namespace

Scenario generate(std::uint64_t seed, bool userNamespace) { return Generator(seed, userNamespace).run(); }

} // namespace pivotbench::test
