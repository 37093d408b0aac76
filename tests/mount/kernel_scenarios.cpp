// SPDX-License-Identifier: Apache-2.0
#include "kernel_scenarios.h"

#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "core/mount/mount_table.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <random>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pivotbench::test {
namespace {

using core::MountTable;

[[noreturn]] void giveUp(const std::string &what, int status)
{
    std::printf("%s: %s\n", what.c_str(), std::strerror(errno));
    std::fflush(stdout);
    std::_Exit(status);
}

void must(int result, const std::string &what)
{
    if (result < 0)
        giveUp(what, 1);
}

void makeDirectory(const std::string &path) { must(::mkdir(path.c_str(), 0755), "mkdir " + path); }
void mountTmpfs(const std::string &path)
{
    must(::mount("scenario", path.c_str(), "tmpfs", 0, "size=64k"), "mount " + path);
}
void bindMount(const std::string &from, const std::string &to, unsigned long flags = 0)
{
    must(::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | flags, nullptr), "bind " + from + " on " + to);
}
void setPropagation(const std::string &path, unsigned long flag)
{
    must(::mount(nullptr, path.c_str(), nullptr, flag, nullptr), "propagation of " + path);
}
void pivot(const char *newRoot, const char *putOld)
{
    must(static_cast<int>(::syscall(SYS_pivot_root, newRoot, putOld)), "pivot_root");
}

// Scenarios; `d` is an empty private tmpfs
// -----------------------------------------------------------------------------

void stacked(const std::string &d)
{
    makeDirectory(d + "/a");
    for (int i = 0; i < 3; ++i) {
        mountTmpfs(d + "/a");
        makeDirectory(d + "/a/below");
        mountTmpfs(d + "/a/below");
    }
}

void hiddenFromAbove(const std::string &d)
{
    for (const char *path : {"/a", "/a/b", "/a/b/c", "/a-b", "/a-b/c"})
        makeDirectory(d + path);
    mountTmpfs(d + "/a/b/c");
    mountTmpfs(d + "/a-b/c");
    mountTmpfs(d + "/a");
    makeDirectory(d + "/a/b");
    mountTmpfs(d + "/a/b");
}

/// A mount made on a shared peer arrives beneath the one that already stands in the slave's place.
void tucked(const std::string &d)
{
    makeDirectory(d + "/shared");
    makeDirectory(d + "/slave");
    mountTmpfs(d + "/shared");
    setPropagation(d + "/shared", MS_SHARED);
    makeDirectory(d + "/shared/m");
    bindMount(d + "/shared", d + "/slave");
    setPropagation(d + "/slave", MS_SLAVE);
    mountTmpfs(d + "/slave/m");
    makeDirectory(d + "/slave/m/x");
    mountTmpfs(d + "/slave/m/x");
    mountTmpfs(d + "/shared/m");
}

void oddNames(const std::string &d)
{
    for (const char *name : {"/with space", "/tab\tnewline\n", "/back\\slash", "/\\040", "/#", "/\xff\xfe", "/,=:"}) {
        makeDirectory(d + name);
        mountTmpfs(d + name);
    }
}

void bindsAndMoves(const std::string &d)
{
    for (const char *path : {"/a", "/a/in", "/b", "/c", "/d"})
        makeDirectory(d + path);
    mountTmpfs(d + "/a/in");
    bindMount(d + "/a", d + "/b", MS_REC);
    bindMount(d + "/a/in", d + "/c");
    makeDirectory(d + "/c/deep");
    must(::mount((d + "/c").c_str(), (d + "/d").c_str(), nullptr, MS_MOVE, nullptr), "move");
    bindMount(d + "/d/deep", d + "/a");
    must(::rmdir((d + "/d/deep").c_str()), "rmdir"); // its root is now marked as deleted
}

/// What is mounted over "/" is not what "/" names.
void overTheRoot(const std::string &d)
{
    (void)d;
    mountTmpfs("/");
    mountTmpfs("/");
}

/// The new root with a few mounts, and a way to read the table in it.
void prepareRoot(const std::string &d)
{
    for (const char *path : {"/proc", "/old", "/tmp", "/tmp/x"})
        makeDirectory(d + path);
    bindMount("/proc", d + "/proc", MS_REC);
    mountTmpfs(d + "/tmp/x");
    must(::chdir(d.c_str()), "chdir");
}

void pivotOntoItself(const std::string &d)
{
    prepareRoot(d);
    pivot(".", ".");
}

void pivotWithPutOld(const std::string &d)
{
    prepareRoot(d);
    pivot(".", "old");
    must(::chdir("/"), "chdir");
}

void chrootToDirectory(const std::string &d)
{
    makeDirectory(d + "/jail");
    prepareRoot(d + "/jail");
    must(::chroot("."), "chroot");
    must(::chdir("/"), "chdir");
}

void chrootThenCovered(const std::string &d)
{
    chrootToDirectory(d);
    mountTmpfs("/");
}

/// Two hundred steps of anything, the same for the same seed.
void atRandom(const std::string &d, unsigned seed)
{
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const char *const names[] = {"a", "b", "a-b"};
    const auto place = [&] {
        std::string path = d;
        const std::size_t depth = 1 + below(3);
        for (std::size_t i = 0; i < depth; ++i) {
            path += std::string("/") + names[below(std::size(names))];
            ::mkdir(path.c_str(), 0755); // there already, or not permitted: either will show in the next call
        }
        return path;
    };
    for (int i = 0; i < 200; ++i) {
        const std::string path = place();
        // Failures (no mount point, a loop, a shared parent) are part of it: the kernel decides what the table becomes.
        switch (below(10)) {
        case 0:
        case 1:
        case 2: ::mount("random", path.c_str(), "tmpfs", 0, "size=64k"); break;
        case 3: ::mount(place().c_str(), path.c_str(), nullptr, MS_BIND, nullptr); break;
        case 4: ::mount(place().c_str(), path.c_str(), nullptr, MS_MOVE, nullptr); break;
        case 5: ::umount2(path.c_str(), MNT_DETACH); break;
        case 6: ::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr); break;
        case 7: ::mount(nullptr, path.c_str(), nullptr, MS_SLAVE, nullptr); break;
        case 8: ::mount(nullptr, path.c_str(), nullptr, MS_PRIVATE, nullptr); break;
        default: ::mount(d.c_str(), path.c_str(), nullptr, below(4) ? MS_BIND : MS_BIND | MS_REC, nullptr); break;
        }
    }
}

struct Scenario {
    const char *name;
    std::function<void(const std::string &)> make;
};

const std::vector<Scenario> &scenarios()
{
    static const std::vector<Scenario> all = {
        {"this system as it is", [](const std::string &) {}},
        {"three mounts stacked on one path", stacked},
        {"a mount on the directory above", hiddenFromAbove},
        {"a mount tucked beneath another one by propagation", tucked},
        {"names with blanks, backslashes and bytes that are not UTF-8", oddNames},
        {"binds, a move and a deleted root", bindsAndMoves},
        {"mounts over the root directory", overTheRoot},
        {"pivot_root onto itself, the old root still there", pivotOntoItself},
        {"pivot_root with put_old", pivotWithPutOld},
        {"chroot to a directory that is no mount point", chrootToDirectory},
        {"the same, and then a mount over its root", chrootThenCovered},
        {"two hundred random steps, seed 1", [](const std::string &d) { atRandom(d, 1); }},
        {"two hundred random steps, seed 2", [](const std::string &d) { atRandom(d, 2); }},
        {"two hundred random steps, seed 3", [](const std::string &d) { atRandom(d, 3); }},
        {"two hundred random steps, seed 4", [](const std::string &d) { atRandom(d, 4); }},
    };
    return all;
}

// Namespaces ----------------------------------------------------------------------------------------------------------

void writeText(const char *path, const std::string &text)
{
    const core::UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        giveUp(path, cannotRun);
}

void enterOwnNamespaces()
{
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (uid != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
            giveUp("no user namespace", cannotRun);
        writeText("/proc/self/setgroups", "deny");
        writeText("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        writeText("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    } else if (::unshare(CLONE_NEWNS) < 0) {
        giveUp("no mount namespace", cannotRun);
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
        giveUp("the tree cannot be made private", cannotRun);
}

// Comparison ----------------------------------------------------------------------------------------------------------

std::string readMountinfo()
{
    const core::UniqueFd fd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    must(fd.get(), "open mountinfo");
    std::string text;
    char buffer[65536];
    for (ssize_t got = 0; (got = ::read(fd.get(), buffer, sizeof buffer)) != 0;) {
        must(static_cast<int>(got), "read mountinfo");
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

std::string shown(const MountTable &table, std::size_t row)
{
    return row == MountTable::none ? "none" : std::to_string(table.entries()[row].id);
}

/// Number of disagreements about one path. The root's row may be missing; then the table has to say so.
int compare(const MountTable &table, const std::string &path, std::size_t &probed)
{
    struct statx status{};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) < 0)
        return 0; // hidden, or not for us
    ++probed;
    const std::size_t kernels = table.indexOf(status.stx_mnt_id);
    const bool mountRoot = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    const std::size_t exactly = mountRoot ? kernels : MountTable::none;
    if (table.covering(path) == kernels && table.visibleAt(path) == exactly)
        return 0;
    std::printf("%s: kernel %s%s, covering %s, visibleAt %s\n", core::printable(path).c_str(),
                shown(table, kernels).c_str(), mountRoot ? " (its root)" : "",
                shown(table, table.covering(path)).c_str(), shown(table, table.visibleAt(path)).c_str());
    return 1;
}

int compareWithKernel()
{
    const std::string text = readMountinfo();
    auto entries = core::parseMountinfo(text);
    if (!entries) {
        std::printf("%s\n", entries.error().what.c_str());
        return 1;
    }
    std::string again;
    for (const core::MountEntry &entry : *entries)
        again += core::formatMountinfoLine(entry) + '\n';
    int wrong = again == text ? 0 : 1;
    if (wrong)
        std::printf("the table is not printed as the kernel does\n");

    const MountTable table(std::move(*entries));
    std::set<std::string> paths = {"/"};
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const std::string &path = table.entries()[i].mountPoint;
        hidden += !table.isVisible(i);
        for (std::size_t end = path.size(); end != 0 && end != std::string::npos; end = path.rfind('/', end - 1))
            paths.insert(path.substr(0, end));
        for (const char *inside : {"a", "b", "a-b", "m", "x"})
            paths.insert((path == "/" ? "" : path) + "/" + inside);
    }
    std::size_t probed = 0;
    for (const std::string &path : paths)
        wrong += compare(table, path, probed);
    std::printf("probed %zu paths, %zu hidden mounts\n", probed, hidden);
    return wrong ? 1 : 0;
}

} // namespace

std::vector<std::string> scenarioNames()
{
    std::vector<std::string> names;
    std::ranges::transform(scenarios(), std::back_inserter(names), &Scenario::name);
    return names;
}

int runScenario(const std::string &name, const std::string &directory)
{
    const auto scenario = std::ranges::find(scenarios(), name, &Scenario::name);
    if (scenario == scenarios().end())
        return 2;
    enterOwnNamespaces();
    if (::mount("scenario", directory.c_str(), "tmpfs", 0, "size=1m") < 0)
        giveUp("no tmpfs", cannotRun);
    scenario->make(directory);
    return compareWithKernel();
}

} // namespace pivotbench::test
