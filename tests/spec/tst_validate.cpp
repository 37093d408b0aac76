// SPDX-License-Identifier: Apache-2.0
#include "core/spec/default_paths.h"
#include "core/spec/effective_ids.h"
#include "core/spec/findings.h"
#include "core/spec/fixes.h"
#include "core/spec/validate.h"
#include "random_spec.h"

#include <QTest>
#include <algorithm>
#include <functional>
#include <set>

using namespace pivotbench::core;

namespace {

/// An ordinary user of a present-day machine on which everything works.
HostFacts userFacts()
{
    HostFacts facts;
    facts.uid = 1000;
    facts.gid = 1000;
    facts.userName = "ada";
    facts.kernelMajor = 6;
    facts.kernelMinor = 18;
    facts.kernelRelease = "6.18.0";
    facts.runtimeDirectory = "/run/user/1000/pivotbench";
    facts.stateDirectory = "/home/ada/.local/state/pivotbench";
    facts.cacheDirectory = "/home/ada/.cache/pivotbench";
    facts.idMapTools = true;
    facts.subordinateUids = {{0, 100000, 65536}};
    facts.subordinateGids = {{0, 100000, 65536}};
    facts.ownUidMap = {{0, 0, 4294967295}};
    facts.ownGidMap = {{0, 0, 4294967295}};
    facts.overlayLowerAppend = true;
    facts.tmpfsUserXattr = true;
    facts.cgroupLayout = CgroupLayout::Unified;
    facts.cgroupDirectory = "/sys/fs/cgroup/user.slice";
    facts.cgroupControllers = {"cpu", "memory", "pids"};
    facts.busyboxPath = "/usr/bin/busybox";
    return facts;
}

void becomeRoot(HostFacts &facts)
{
    facts.uid = 0;
    facts.gid = 0;
    facts.userName = "root";
    facts.privileged = true;
}

void loseSubordinateIds(HostFacts &facts)
{
    facts.subordinateUids.clear();
    facts.subordinateGids.clear();
}

SandboxSpec safeSpec()
{
    SandboxSpec spec;
    spec.name = "safe";
    spec.root.layers = {{.path = "/srv/root", .builtin = ""}};
    spec.process.args = {"/bin/sh"};
    return spec;
}

MountSpec tmpfsOn(std::string destination, std::vector<std::string> options = {})
{
    return {.destination = std::move(destination), .type = "tmpfs", .source = "tmpfs", .options = std::move(options)};
}

MountSpec mountOf(std::string type, std::vector<std::string> options = {})
{
    return {.destination = "/place", .type = std::move(type), .source = "", .options = std::move(options)};
}

MountSpec bindOf(std::string source, std::vector<std::string> options = {"ro"})
{
    return {.destination = "/place", .type = "bind", .source = std::move(source), .options = std::move(options)};
}

struct Case {
    const char *name;
    const char *id;
    const char *field;
    std::function<void(SandboxSpec &, HostFacts &)> change;
};

const std::vector<Case> &cases()
{
    using S = SandboxSpec;
    using F = HostFacts;
    static const std::vector<Case> all = {
        // Text
        {"a NUL in an argument", "text.nul", "process.args[1]", [](S &s, F &) { s.process.args.push_back({"a\0b", 3}); }},
        {"a NUL in a mount option", "text.nul", "mounts[0].options[0]",
         [](S &s, F &) { s.mounts = {tmpfsOn("/t", {std::string("size=1\0", 7)})}; }},
        {"a path that is not UTF-8", "text.encoding", "root.layers[0].path", [](S &s, F &) { s.root.layers[0].path = "/\xff"; }},
        {"an environment of 300 kB", "spec.size", "",
         [](S &s, F &) { s.process.env.assign(30, "A=" + std::string(10'000, 'x')); }},
        {"a setting of a newer file", "spec.unknown", "root.mirror", [](S &s, F &) { s.root.unknown = {{"", "mirror", "1"}}; }},
        {"a newer file that is understood", "spec.unknown", "pivotbench", [](S &s, F &) { s.version = 9; }},
        {"a name with an escape", "name.invalid", "name", [](S &s, F &) { s.name = "a\x1b[2J"; }},
        {"a name with a right-to-left override", "name.invalid", "name", [](S &s, F &) { s.name = "a\u202e"; }},
        {"a name of two lines", "name.invalid", "name", [](S &s, F &) { s.name = "a\nb"; }},
        {"a name of 65 bytes", "name.long", "name", [](S &s, F &) { s.name = std::string(65, 'x'); }},
        {"a description with an escape", "description.invalid", "description", [](S &s, F &) { s.description = "\x1b"; }},
        {"a description of 4097 bytes", "description.long", "description",
         [](S &s, F &) { s.description = std::string(4097, 'x'); }},
        {"an empty working directory", "path.empty", "process.cwd", [](S &s, F &) { s.process.cwd = ""; }},
        {"a relative layer", "path.relative", "root.layers[0].path", [](S &s, F &) { s.root.layers[0].path = "root"; }},
        {"a destination with dots", "path.dots", "mounts[0].destination", [](S &s, F &) { s.mounts = {tmpfsOn("/a/../b")}; }},
        {"a source with a single dot", "path.dots", "mounts[0].source", [](S &s, F &) { s.mounts = {bindOf("/home/./ada")}; }},
        {"a masked path with a newline", "path.control", "maskedPaths[0]", [](S &s, F &) { s.maskedPaths = {"/a\nb"}; }},
        {"a read-only path of 5000 bytes", "path.long", "readonlyPaths[0]",
         [](S &s, F &) {
             for (int i = 0; i < 50; ++i)
                 s.readonlyPaths.resize(1), s.readonlyPaths[0] += "/" + std::string(100, 'x');
         }},
        {"a name in a path of 256 bytes", "path.long", "process.cwd",
         [](S &s, F &) { s.process.cwd = "/" + std::string(256, 'x'); }},
        // root
        {"no layer", "root.layers.none", "root.layers", [](S &s, F &) { s.root.layers.clear(); }},
        {"65 layers", "root.layers.many", "root.layers",
         [](S &s, F &) {
             for (int i = 0; i < 64; ++i)
                 s.root.layers.push_back({.path = "/srv/layer" + std::to_string(i), .builtin = ""});
         }},
        {"a layer without path and name", "root.layers.empty", "root.layers[0]", [](S &s, F &) { s.root.layers = {Layer{}}; }},
        {"an unknown built-in layer", "root.layers.builtin", "root.layers[0].builtin",
         [](S &s, F &) { s.root.layers = {{.path = "", .builtin = "alpine"}}; }},
        {"an unknown built-in layer beside a directory", "root.layers.builtin", "root.layers[0].builtin",
         [](S &s, F &) { s.root.layers = {{.path = "/srv/root", .builtin = "alpine"}}; }},
        {"BusyBox on a machine without one", "root.layers.busybox", "root.layers[0].builtin",
         [](S &s, F &f) { s.root.layers = {{.path = "", .builtin = "busybox"}}, f.busyboxPath = ""; }},
        {"a layer twice, written differently", "root.layers.duplicate", "root.layers[1]",
         [](S &s, F &) { s.root.layers.push_back({.path = "//srv/root/", .builtin = ""}); }},
        {"BusyBox twice", "root.layers.duplicate", "root.layers[1]",
         [](S &s, F &) { s.root.layers.assign(2, {.path = "", .builtin = "busybox"}); }},
        {"a layer inside of another one", "root.layers.nested", "root.layers[1]",
         [](S &s, F &) { s.root.layers.push_back({.path = "/srv/root/below", .builtin = ""}); }},
        {"a layer around another one", "root.layers.nested", "root.layers[1]",
         [](S &s, F &) { s.root.layers.push_back({.path = "/", .builtin = ""}); }},
        {"an overlay in a user namespace before Linux 5.11", "root.overlay.kernel", "root.writable",
         [](S &, F &f) { f.kernelMajor = 5, f.kernelMinor = 10; }},
        {"two layers written to directly", "root.direct.layers", "root.writable",
         [](S &s, F &) {
             s.root.writable = Writable::Direct;
             s.root.layers.push_back({.path = "/srv/other", .builtin = ""});
         }},
        {"the machine's root written to directly", "root.direct.host", "root.writable",
         [](S &s, F &) { s.root.writable = Writable::Direct, s.root.layers[0].path = "//"; }},
        {"a tmpfs without user attributes below the changes", "root.discard.xattr", "root.writable",
         [](S &, F &f) { f.tmpfsUserXattr = false; }},
        {"a size for changes that are kept", "root.scratchBytes.unused", "root.scratchBytes",
         [](S &s, F &) { s.root.writable = Writable::Keep, s.root.scratchBytes = 1 << 20; }},
        {"a name for changes that are not kept", "root.keepName.unused", "root.keepName",
         [](S &s, F &) { s.root.keepName = "mine"; }},
        {"changes kept without any name", "root.keepName.missing", "root.keepName",
         [](S &s, F &) { s.root.writable = Writable::Keep, s.name = ""; }},
        {"changes kept under a path", "root.keepName.invalid", "root.keepName",
         [](S &s, F &) { s.root.writable = Writable::Keep, s.root.keepName = "a/b"; }},
        {"changes kept under two dots", "root.keepName.invalid", "root.keepName",
         [](S &s, F &) { s.root.writable = Writable::Keep, s.root.keepName = ".."; }},
        {"changes kept under a sandbox's name with a slash", "root.keepName.invalid", "name",
         [](S &s, F &) { s.root.writable = Writable::Keep, s.name = "tcp/ip"; }},
        {"changes kept by a user without a home", "root.keep.directory", "root.writable",
         [](S &s, F &f) { s.root.writable = Writable::Keep, f.stateDirectory = ""; }},
        {"put_old is the new root", "root.putOld.root", "root.putOld",
         [](S &s, F &) { s.root.switchRoot = SwitchRoot::PivotRoot, s.root.putOld = "/"; }},
        {"put_old is relative", "path.relative", "root.putOld",
         [](S &s, F &) { s.root.switchRoot = SwitchRoot::PivotRoot, s.root.putOld = "old"; }},
        {"put_old is in /proc", "root.putOld.kernel-tree", "root.putOld",
         [](S &s, F &) { s.root.switchRoot = SwitchRoot::PivotRoot, s.root.putOld = "/proc/old"; }},
        {"put_old on a read-only root", "root.putOld.read-only", "root.putOld",
         [](S &s, F &) { s.root.switchRoot = SwitchRoot::PivotRoot, s.root.writable = Writable::None; }},
        {"chroot", "root.switchRoot.chroot", "root.switchRoot", [](S &s, F &) { s.root.switchRoot = SwitchRoot::Chroot; }},
        {"no switch of the root", "root.switchRoot.none", "root.switchRoot",
         [](S &s, F &) { s.root.switchRoot = SwitchRoot::None; }},
        {"pivot_root in the machine's mount namespace", "root.switchRoot.mount-namespace", "root.switchRoot",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"slave propagation", "root.propagation.slave", "root.propagation",
         [](S &s, F &) { s.root.propagation = RootPropagation::Slave; }},
        {"shared propagation", "root.propagation.shared", "root.propagation",
         [](S &s, F &) { s.root.propagation = RootPropagation::Shared; }},
        {"unbindable propagation", "root.propagation.unbindable", "root.propagation",
         [](S &s, F &) { s.root.propagation = RootPropagation::Unbindable; }},
        {"propagation as it came", "root.propagation.unchanged", "root.propagation",
         [](S &s, F &) { s.root.propagation = RootPropagation::Unchanged; }},
        // mounts
        {"129 mounts", "mounts.many", "mounts",
         [](S &s, F &) {
             for (int i = 0; i < 129; ++i)
                 s.mounts.push_back(tmpfsOn("/m" + std::to_string(i)));
         }},
        {"a disk", "mounts.type.unknown", "mounts[0].type", [](S &s, F &) { s.mounts = {mountOf("ext4")}; }},
        {"a mount without a type", "mounts.type.unknown", "mounts[0].type", [](S &s, F &) { s.mounts = {mountOf("")}; }},
        {"a bind of nothing", "mounts.source.missing", "mounts[0].source", [](S &s, F &) { s.mounts = {bindOf("")}; }},
        {"a relative bind", "path.relative", "mounts[0].source", [](S &s, F &) { s.mounts = {bindOf("data")}; }},
        {"the machine's /proc bound", "mounts.source.kernel-tree", "mounts[0].source",
         [](S &s, F &) { s.mounts = {bindOf("/proc")}; }},
        {"a device bound", "mounts.source.kernel-tree", "mounts[0].source",
         [](S &s, F &) { s.mounts = {bindOf("/dev/snd")}; }},
        {"the machine's /etc bound writable", "mounts.source.writable", "mounts[0].source",
         [](S &s, F &) { s.mounts = {bindOf("/etc", {})}; }},
        {"the machine's root bound writable", "mounts.source.writable", "mounts[0].source",
         [](S &s, F &) { s.mounts = {bindOf("/", {"rbind"})}; }},
        {"a container service's socket bound", "mounts.source.control-socket", "mounts[0].source",
         [](S &s, F &) { s.mounts = {bindOf("/run/docker.sock")}; }},
        {"a mount on the root", "mounts.destination.root", "mounts[0].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/")}; }},
        {"a mount in /proc", "mounts.destination.proc", "mounts[0].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/proc/sys")}; }},
        {"two mounts on one place", "mounts.destination.duplicate", "mounts[1].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/a"), tmpfsOn("/a/")}; }},
        {"a mount where a policy has one", "mounts.destination.duplicate", "mounts[0].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/sys")}; }},
        {"a mount above an earlier one", "mounts.destination.hidden", "mounts[1].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/a/b"), tmpfsOn("/a")}; }},
        {"a mount above earlier ones, among others", "mounts.destination.hidden", "mounts[3].destination",
         [](S &s, F &) { s.mounts = {tmpfsOn("/x"), tmpfsOn("/a/b"), tmpfsOn("/a/c"), tmpfsOn("//a/"), tmpfsOn("/y")}; }},
        {"two propagations for one mount", "mounts.options.invalid", "mounts[0].options",
         [](S &s, F &) { s.mounts = {bindOf("/home/ada", {"private", "shared"})}; }},
        {"a bind of a tmpfs", "mounts.options.bind", "mounts[0].options",
         [](S &s, F &) { s.mounts = {tmpfsOn("/t", {"rbind"})}; }},
        {"a size for a bind", "mounts.options.parameters", "mounts[0].options",
         [](S &s, F &) { s.mounts = {bindOf("/home/ada", {"size=1m"})}; }},
        {"a misspelt size", "mounts.options.unknown", "mounts[0].options",
         [](S &s, F &) { s.mounts = {tmpfsOn("/t", {"sise=1m"})}; }},
        {"a parameter for sysfs", "mounts.options.unknown", "mounts[0].options",
         [](S &s, F &) { s.mounts = {mountOf("sysfs", {"size=1m"})}; }},
        {"a recursive bind, read-only on top", "mounts.options.read-only-top", "mounts[0].options",
         [](S &s, F &) { s.mounts = {bindOf("/home/ada", {"rbind", "ro"})}; }},
        {"an overlay of nothing", "mounts.overlay.lowerdir", "mounts[0].options",
         [](S &s, F &) { s.mounts = {mountOf("overlay")}; }},
        {"an overlay with upper and without work", "mounts.overlay.workdir", "mounts[0].options",
         [](S &s, F &) { s.mounts = {mountOf("overlay", {"lowerdir=/a", "upperdir=/b"})}; }},
        {"an overlay of relative directories", "path.relative", "mounts[0].options",
         [](S &s, F &) { s.mounts = {mountOf("overlay", {"lowerdir=/a:b"})}; }},
        {"procfs in the machine's PID namespace", "mounts.proc.pid-namespace", "mounts[0].type",
         [](S &s, F &) { s.mounts = {mountOf("proc")}, s.namespaces.pid = NamespaceChoice::Host; }},
        {"sysfs in the machine's network namespace", "mounts.sysfs.network-namespace", "mounts[0].type",
         [](S &s, F &) { s.mounts = {mountOf("sysfs")}, s.namespaces.network = NetworkChoice::Host; }},
        {"mqueue in the machine's IPC namespace", "mounts.mqueue.ipc-namespace", "mounts[0].type",
         [](S &s, F &) { s.mounts = {mountOf("mqueue")}, s.namespaces.ipc = NamespaceChoice::Host; }},
        {"the machine's message queues for root", "mounts.mqueue.host", "mounts[0].type",
         [](S &s, F &f) {
             becomeRoot(f);
             s.mounts = {mountOf("mqueue")}, s.namespaces.ipc = NamespaceChoice::Host;
         }},
        {"cgroup2 in the machine's cgroup namespace", "mounts.cgroup2.cgroup-namespace", "mounts[0].type",
         [](S &s, F &) { s.mounts = {mountOf("cgroup2", {"ro"})}, s.namespaces.cgroup = NamespaceChoice::Host; }},
        {"a writable cgroup tree", "mounts.cgroup2.writable", "mounts[0].options",
         [](S &s, F &) { s.mounts = {mountOf("cgroup2")}; }},
        // namespaces
        {"the machine's mount namespace", "namespaces.mount.host", "namespaces.mount",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"an overlay without a mount namespace", "namespaces.mount.needed", "root.writable",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"a /proc without a mount namespace", "namespaces.mount.needed", "proc",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"a /sys without a mount namespace", "namespaces.mount.needed", "sys",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"a /dev without a mount namespace", "namespaces.mount.needed", "dev.policy",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host; }},
        {"mounts without a mount namespace", "namespaces.mount.needed", "mounts",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host, s.mounts = {tmpfsOn("/t")}; }},
        {"an injected file without a mount namespace", "namespaces.mount.needed", "files.hosts",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host, s.files.hosts.mode = FileInjection::Copy; }},
        {"masked paths without a mount namespace", "namespaces.mount.needed", "maskedPaths",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host, s.maskedPaths = {"/proc/kcore"}; }},
        {"read-only paths without a mount namespace", "namespaces.mount.needed", "readonlyPaths",
         [](S &s, F &) { s.namespaces.mount = NamespaceChoice::Host, s.readonlyPaths = {"/proc/sys"}; }},
        {"the machine's PID namespace", "namespaces.pid.host", "namespaces.pid",
         [](S &s, F &) { s.namespaces.pid = NamespaceChoice::Host; }},
        {"the machine's IPC namespace", "namespaces.ipc.host", "namespaces.ipc",
         [](S &s, F &) { s.namespaces.ipc = NamespaceChoice::Host; }},
        {"the machine's cgroup namespace", "namespaces.cgroup.host", "namespaces.cgroup",
         [](S &s, F &) { s.namespaces.cgroup = NamespaceChoice::Host; }},
        {"the machine's network", "namespaces.network.host", "namespaces.network",
         [](S &s, F &) { s.namespaces.network = NetworkChoice::Host; }},
        {"a time namespace before Linux 5.6", "namespaces.time.kernel", "namespaces.time",
         [](S &s, F &f) { s.namespaces.time = NamespaceChoice::New, f.kernelMajor = 5, f.kernelMinor = 5; }},
        {"no user namespace for an ordinary user", "namespaces.user.privilege", "namespaces.user",
         [](S &s, F &) { s.namespaces.user = UserNamespaceChoice::Host; }},
        {"user namespaces forbidden", "namespaces.user.unavailable", "namespaces.user",
         [](S &, F &f) { f.userNamespaces = false, f.userNamespaceObstacle = "user.max_user_namespaces is 0"; }},
        {"user namespaces restricted by AppArmor", "namespaces.user.apparmor", "namespaces.user",
         [](S &, F &f) { f.appArmorRestricts = true; }},
        {"root without a user namespace", "namespaces.user.root", "namespaces.user", [](S &, F &f) { becomeRoot(f); }},
        // id maps
        {"an id map without a user namespace", "idMaps.unused", "idMaps",
         [](S &s, F &f) { becomeRoot(f), s.idMaps.mode = IdMapMode::Single; }},
        {"ranges that the mode does not use", "idMaps.ranges.unused", "idMaps",
         [](S &s, F &) { s.idMaps.uid = {{0, 1000, 1}}; }},
        {"an explicit map without ranges", "idMaps.empty", "idMaps.gid",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {}}; }},
        {"341 ranges", "idMaps.many", "idMaps.uid",
         [](S &s, F &) {
             s.idMaps = {.mode = IdMapMode::Explicit, .uid = {}, .gid = {{0, 1000, 1}}};
             for (std::uint32_t i = 0; i < 341; ++i)
                 s.idMaps.uid.push_back({i, 100000 + i, 1});
         }},
        {"an empty range", "idMaps.size", "idMaps.uid[0]",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 0}}, .gid = {{0, 1000, 1}}}; }},
        {"a range beyond the space of ids", "idMaps.size", "idMaps.gid[0]",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {{0, 4294967000, 4000}}}; }},
        {"ranges that meet inside", "idMaps.overlap", "idMaps.uid[1]",
         [](S &s, F &) {
             s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 100000, 10}, {9, 100010, 5}}, .gid = {{0, 1000, 1}}};
         }},
        {"ranges that meet outside", "idMaps.overlap", "idMaps.uid[1]",
         [](S &s, F &) {
             s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 100000, 10}, {10, 100009, 5}}, .gid = {{0, 1000, 1}}};
         }},
        {"a range that is not granted", "idMaps.granted", "idMaps.uid[0]",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 165530, 10}}, .gid = {{0, 1000, 1}}}; }},
        {"the id of another user", "idMaps.granted", "idMaps.gid[0]",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {{0, 1001, 1}}}; }},
        {"root of a user namespace maps what it does not have", "idMaps.granted", "idMaps.uid[0]",
         [](S &s, F &f) {
             becomeRoot(f);
             f.ownUidMap = {{0, 1000, 1}};
             s.namespaces.user = UserNamespaceChoice::New;
             s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 5, 1}}, .gid = {{0, 0, 1}}};
         }},
        {"an explicit map without the tools", "idMaps.tools", "idMaps",
         [](S &s, F &f) {
             f.idMapTools = false;
             s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}, {1, 100000, 10}}, .gid = {{0, 1000, 1}}};
         }},
        {"the builder's own id left out", "idMaps.own", "idMaps.uid",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 100000, 10}}, .gid = {{0, 1000, 1}}}; }},
        {"no tools for id maps", "idMaps.single", "idMaps", [](S &, F &f) { f.idMapTools = false; }},
        {"no subordinate ids", "idMaps.single", "idMaps", [](S &, F &f) { loseSubordinateIds(f); }},
        // /proc, /sys, /dev
        {"a fresh /proc in the machine's PID namespace", "proc.pid-namespace", "proc",
         [](S &s, F &) { s.namespaces.pid = NamespaceChoice::Host; }},
        {"a fresh /proc that shows the machine to root", "proc.host-processes", "proc",
         [](S &s, F &f) { becomeRoot(f), s.namespaces.pid = NamespaceChoice::Host; }},
        {"the machine's /proc", "proc.host", "proc", [](S &s, F &) { s.proc = ProcPolicy::Host; }},
        {"no /proc", "proc.none", "proc", [](S &s, F &) { s.proc = ProcPolicy::None; }},
        {"a fresh /sys with the machine's network", "sys.network-namespace", "sys",
         [](S &s, F &) { s.namespaces.network = NetworkChoice::Host; }},
        {"a writable /sys for root", "sys.writable", "sys", [](S &s, F &f) { becomeRoot(f), s.sys = SysPolicy::Private; }},
        {"the machine's /sys", "sys.host", "sys", [](S &s, F &) { s.sys = SysPolicy::Host; }},
        {"devtmpfs in a user namespace", "dev.devtmpfs.user-namespace", "dev.policy",
         [](S &s, F &) { s.dev.policy = DevPolicy::Devtmpfs; }},
        {"devtmpfs for root", "dev.devtmpfs.shared", "dev.policy",
         [](S &s, F &f) { becomeRoot(f), s.dev.policy = DevPolicy::Devtmpfs; }},
        {"the machine's /dev", "dev.host", "dev.policy", [](S &s, F &) { s.dev.policy = DevPolicy::Host; }},
        {"a device without a /dev", "dev.devices.unused", "dev.devices",
         [](S &s, F &) { s.dev = {.policy = DevPolicy::None, .devices = {"/dev/fuse"}}; }},
        {"a device outside of /dev", "dev.devices.place", "dev.devices[0]", [](S &s, F &) { s.dev.devices = {"/srv/null"}; }},
        {"a device that climbs out of /dev", "path.dots", "dev.devices[0]", [](S &s, F &) { s.dev.devices = {"/dev/../x"}; }},
        {"a device that is there already", "dev.devices.duplicate", "dev.devices[0]",
         [](S &s, F &) { s.dev.devices = {"/dev/null"}; }},
        {"a device twice", "dev.devices.duplicate", "dev.devices[1]",
         [](S &s, F &) { s.dev.devices = {"/dev/fuse", "/dev//fuse"}; }},
        {"a disk among the devices", "dev.devices.raw", "dev.devices[0]", [](S &s, F &) { s.dev.devices = {"/dev/sda1"}; }},
        {"memory among the devices", "dev.devices.raw", "dev.devices[0]", [](S &s, F &) { s.dev.devices = {"/dev/mem"}; }},
        // host name, files
        {"a host name of 65 bytes", "hostname.long", "hostname", [](S &s, F &) { s.hostname = std::string(65, 'x'); }},
        {"a host name with a space", "hostname.invalid", "hostname", [](S &s, F &) { s.hostname = "a b"; }},
        {"a host name in the machine's UTS namespace", "hostname.namespace", "hostname",
         [](S &s, F &) { s.hostname = "x", s.namespaces.uts = NamespaceChoice::Host; }},
        {"a domain name of 65 bytes", "domainname.long", "domainname", [](S &s, F &) { s.domainname = std::string(65, 'x'); }},
        {"a domain name with an escape", "domainname.invalid", "domainname", [](S &s, F &) { s.domainname = "\x1b"; }},
        {"a domain name in the machine's UTS namespace", "domainname.namespace", "domainname",
         [](S &s, F &) { s.domainname = "x", s.namespaces.uts = NamespaceChoice::Host; }},
        {"a text that the mode does not use", "files.text.unused", "files.hosts.text",
         [](S &s, F &) { s.files.hosts = {.mode = FileInjection::Copy, .text = "x"}; }},
        {"a text of 65 kB", "files.text.long", "files.resolvConf.text",
         [](S &s, F &) { s.files.resolvConf = {.mode = FileInjection::Text, .text = std::string(65 * 1024, 'x')}; }},
        {"a file for a host name that is not set", "files.hostnameFile.empty", "files.hostnameFile",
         [](S &s, F &) { s.files.hostnameFile.mode = FileInjection::Text; }},
        {"a live file", "files.bind", "files.resolvConf.mode", [](S &s, F &) { s.files.resolvConf.mode = FileInjection::Bind; }},
        {"a live and writable file", "files.bind-writable", "files.hosts.mode",
         [](S &s, F &) { s.files.hosts.mode = FileInjection::BindWritable; }},
        {"the root masked", "maskedPaths.root", "maskedPaths[0]", [](S &s, F &) { s.maskedPaths = {"/"}; }},
        // hardening
        {"no seccomp filter", "seccomp.none", "seccomp.profile", [](S &s, F &) { s.seccomp.choice = SeccompChoice::None; }},
        {"a seccomp filter of no file", "seccomp.path.missing", "seccomp.path",
         [](S &s, F &) { s.seccomp.choice = SeccompChoice::File; }},
        {"a relative seccomp file", "path.relative", "seccomp.path",
         [](S &s, F &) { s.seccomp = {.choice = SeccompChoice::File, .path = "p.json"}; }},
        {"a seccomp file that is not used", "seccomp.path.unused", "seccomp.path", [](S &s, F &) { s.seccomp.path = "/p.json"; }},
        {"an unknown capability", "process.capabilities.unknown", "process.capabilities[1]",
         [](S &s, F &) {
             s.process.capabilities = {.choice = CapabilityChoice::List, .names = {"CAP_KILL", "CAP_FLY"}};
         }},
        {"a capability without its prefix", "process.capabilities.unknown", "process.capabilities[0]",
         [](S &s, F &) { s.process.capabilities = {.choice = CapabilityChoice::List, .names = {"kill"}}; }},
        {"all capabilities", "process.capabilities.all", "process.capabilities",
         [](S &s, F &) { s.process.capabilities.choice = CapabilityChoice::All; }},
        {"a strong capability of root", "process.capabilities.strong", "process.capabilities[0]",
         [](S &s, F &f) {
             becomeRoot(f);
             s.process.capabilities = {.choice = CapabilityChoice::List, .names = {"CAP_SYS_ADMIN"}};
         }},
        {"new privileges allowed", "process.noNewPrivileges.off", "process.noNewPrivileges",
         [](S &s, F &) { s.process.noNewPrivileges = false; }},
        {"an unknown resource limit", "process.rlimits.type", "process.rlimits[0].type",
         [](S &s, F &) { s.process.rlimits = {{"RLIMIT_FUN", 1, 2}}; }},
        {"a soft limit above the hard one", "process.rlimits.order", "process.rlimits[0]",
         [](S &s, F &) { s.process.rlimits = {{"RLIMIT_NOFILE", 3, 2}}; }},
        {"a resource limit twice", "process.rlimits.duplicate", "process.rlimits[1].type",
         [](S &s, F &) { s.process.rlimits = {{"RLIMIT_NOFILE", 1, 2}, {"RLIMIT_NOFILE", 2, 2}}; }},
        {"a limit without its controller", "resources.controller", "resources.memoryBytes",
         [](S &s, F &f) { s.resources.memoryBytes = 1 << 30, f.cgroupControllers = {"pids"}; }},
        {"a limit on a machine with cgroup v1", "resources.controller", "resources.pids",
         [](S &s, F &f) { s.resources.pids = 10, f.cgroupLayout = CgroupLayout::Hybrid, f.cgroupControllers.clear(); }},
        {"no process allowed", "resources.value", "resources.pids", [](S &s, F &) { s.resources.pids = 0; }},
        {"half a millisecond of processor", "resources.value", "resources.cpuQuota", [](S &s, F &) { s.resources.cpuQuota = 500; }},
        {"a weight of 10001", "resources.value", "resources.cpuWeight", [](S &s, F &) { s.resources.cpuWeight = 10001; }},
        {"64 bytes of memory", "resources.value", "resources.memoryBytes", [](S &s, F &) { s.resources.memoryBytes = 64; }},
        {"64 kB of memory", "resources.memoryBytes.small", "resources.memoryBytes",
         [](S &s, F &) { s.resources.memoryBytes = 65536; }},
        // process
        {"no command", "process.args.missing", "process.args", [](S &s, F &) { s.process.args.clear(); }},
        {"an empty command", "process.args.empty", "process.args[0]", [](S &s, F &) { s.process.args = {"", "x"}; }},
        {"an argument of 128 kB", "process.strings.long", "process.args[1]",
         [](S &s, F &) { s.process.args.push_back(std::string(128 * 1024, 'x')); }},
        {"a variable of 128 kB", "process.strings.long", "process.env[0]",
         [](S &s, F &) { s.process.env = {"A=" + std::string(128 * 1024, 'x')}; }},
        {"a variable without a value", "process.env.form", "process.env[0]", [](S &s, F &) { s.process.env = {"HOME"}; }},
        {"a variable without a name", "process.env.form", "process.env[0]", [](S &s, F &) { s.process.env = {"=x"}; }},
        {"a variable twice", "process.env.duplicate", "process.env[1]", [](S &s, F &) { s.process.env = {"A=1", "A=2"}; }},
        {"a command to be searched nowhere", "process.env.path", "process.env", [](S &s, F &) { s.process.args = {"sh"}; }},
        {"a working directory that is a descriptor", "process.cwd.proc", "process.cwd",
         [](S &s, F &) { s.process.cwd = "/proc/self/fd/7"; }},
        {"a working directory that is a descriptor, written differently", "process.cwd.proc", "process.cwd",
         [](S &s, F &) { s.process.cwd = "//proc//self/fd/7"; }},
        {"a working directory below /dev/fd", "process.cwd.proc", "process.cwd", [](S &s, F &) { s.process.cwd = "/dev/fd/7"; }},
        {"a terminal without devpts", "process.terminal.devpts", "process.terminal",
         [](S &s, F &) { s.process.terminal = true, s.dev.policy = DevPolicy::None; }},
        {"the id that means none", "process.user.invalid", "process.user.uid",
         [](S &s, F &) { s.process.uid = 4294967295; }},
        {"a user beyond the map", "process.user.unmapped", "process.user.uid", [](S &s, F &) { s.process.uid = 65537; }},
        {"root without id 0 in the map", "process.user.unmapped", "process.user.gid",
         [](S &s, F &) { s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}}, .gid = {{5, 1000, 1}}}; }},
        {"an additional group beyond the map", "process.user.unmapped", "process.user.additionalGids[1]",
         [](S &s, F &) { s.process.additionalGids = {5, 70000}; }},
        {"additional groups with one id", "process.user.setgroups", "process.user.additionalGids",
         [](S &s, F &) { s.process.additionalGids = {5}, s.idMaps.mode = IdMapMode::Single; }},
    };
    return all;
}

std::vector<Finding> findingsOf(const Case &one)
{
    SandboxSpec spec = safeSpec();
    HostFacts facts = userFacts();
    one.change(spec, facts);
    return validate(spec, facts);
}

QString asText(const std::vector<Finding> &findings)
{
    QStringList lines;
    for (const Finding &finding : findings)
        lines << QString("%1 %2 at %3: %4 [%5]")
                     .arg(severityWord(finding.severity), QString::fromStdString(finding.id),
                          QString::fromStdString(finding.field), QString::fromStdString(finding.reason),
                          QString::fromStdString(finding.fix));
    return lines.join('\n');
}

bool has(const std::vector<Finding> &findings, const char *id, const char *field)
{
    return std::ranges::any_of(findings,
                               [&](const Finding &finding) { return finding.id == id && finding.field == field; });
}

} // namespace

class TestValidate : public QObject {
    Q_OBJECT
private slots:
    void findsNothingInASafeSpec();
    void finds_data();
    void finds();
    void reachesEveryEntryOfTheCatalogue();
    void saysWhatIsWrongAndWhatToDo();
    void reportsEverythingAtOnceErrorsFirst();
    void fixesMendWhatTheyAreFor();
    void leavesForeignFindingsAlone();
    void raisesLimitsWhereAsked();
    void acceptsWhatIsRight_data();
    void acceptsWhatIsRight();
    void staysQuickWithManyMountsAndLayers();
    void survivesEverySpec();
    void mapsIdsAsTheMachineAllows();
};

void TestValidate::findsNothingInASafeSpec()
{
    const auto findings = validate(safeSpec(), userFacts());
    QVERIFY2(findings.empty(), qPrintable(asText(findings)));
}

void TestValidate::finds_data()
{
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < cases().size(); ++i)
        QTest::newRow(cases()[i].name) << i;
}

void TestValidate::finds()
{
    QFETCH(std::size_t, index);
    const Case &one = cases()[index];
    const auto findings = findingsOf(one);
    QVERIFY2(has(findings, one.id, one.field), qPrintable(asText(findings)));
}

void TestValidate::reachesEveryEntryOfTheCatalogue()
{
    std::set<std::string_view> reached;
    for (const Case &one : cases())
        reached.insert(one.id);
    for (const FindingKind &kind : findingCatalogue)
        QVERIFY2(reached.contains(kind.id), std::string(kind.id).c_str());
    QCOMPARE(reached.size(), findingCatalogue.size());
}

void TestValidate::saysWhatIsWrongAndWhatToDo()
{
    for (const Case &one : cases()) {
        for (const Finding &finding : findingsOf(one)) {
            QVERIFY2(finding.reason.size() > 20 && !finding.reason.ends_with('.'), finding.reason.c_str());
            QVERIFY2(finding.fix.size() > 5 && !finding.fix.ends_with('.'), finding.fix.c_str());
            QVERIFY2(!finding.reason.contains('\x1b') && !finding.reason.contains('\n'), one.name);
        }
    }
}

void TestValidate::reportsEverythingAtOnceErrorsFirst()
{
    SandboxSpec spec;
    spec.name = "a\nb";
    spec.proc = ProcPolicy::Host;
    spec.process.cwd = "x";
    spec.seccomp.choice = SeccompChoice::None;
    spec.files.hosts.mode = FileInjection::Bind;
    const auto findings = validate(spec, userFacts());
    for (const auto &[id, field] :
         {std::pair{"root.layers.none", "root.layers"}, std::pair{"name.invalid", "name"},
          std::pair{"path.relative", "process.cwd"}, std::pair{"process.args.missing", "process.args"},
          std::pair{"proc.host", "proc"}, std::pair{"seccomp.none", "seccomp.profile"},
          std::pair{"files.bind", "files.hosts.mode"}})
        QVERIFY2(has(findings, id, field), qPrintable(asText(findings)));
    QVERIFY(std::ranges::is_sorted(findings, {}, &Finding::severity));
    QVERIFY(hasErrors(findings));
    QVERIFY(!hasErrors({}));
    QVERIFY(!hasErrors({{.severity = Severity::Warning, .id = "", .field = "", .reason = "", .fix = ""}}));
}

/// A fix takes its finding away, and brings no error that was not there.
void TestValidate::fixesMendWhatTheyAreFor()
{
    std::set<std::string> fixed;
    for (const Case &one : cases()) {
        HostFacts facts = userFacts();
        SandboxSpec spec = safeSpec();
        one.change(spec, facts);
        const std::vector<Finding> before = validate(spec, facts);
        const auto count = [](const std::vector<Finding> &findings, auto &&is) {
            return std::ranges::count_if(findings, is);
        };
        for (const Finding &finding : before) {
            const std::optional<Fix> fix = fixOf(finding, spec);
            if (!fix)
                continue;
            fixed.insert(finding.id);
            QVERIFY2(!fix->label.empty() && fix->spec != spec, one.name);
            const std::vector<Finding> after = validate(fix->spec, facts);
            const auto same = [&](const Finding &other) { return other.id == finding.id; };
            const auto error = [](const Finding &other) { return other.severity == Severity::Error; };
            QVERIFY2(count(after, same) < count(before, same), (finding.id + " in " + one.name).c_str());
            // A user namespace asks for other namespaces of its own; the errors then say which, each with its fix.
            if (finding.id != "namespaces.user.root")
                QVERIFY2(count(after, error) <= count(before, error),
                         qPrintable(QString(one.name) + ": " + asText(after)));
        }
    }
    QStringList untried;
    for (const std::string_view id : findingsWithFixes())
        if (!id.starts_with("kernel.") && !fixed.contains(std::string(id))) // those come of a prediction: tst_predict
            untried << QString::fromUtf8(id.data(), static_cast<qsizetype>(id.size()));
    QVERIFY2(untried.isEmpty(), qPrintable(untried.join(' ')));
}

void TestValidate::leavesForeignFindingsAlone()
{
    for (const char *field :
         {"", "mounts", "mounts[", "mounts[]", "mounts[7]", "mounts[-1]", "mounts[99999999999999999999]"})
        for (const char *id : {"mounts.source.writable", "mounts.destination.duplicate", "no.such.finding"})
            QVERIFY(
                !fixOf({.severity = Severity::Error, .id = id, .field = field, .reason = "", .fix = ""}, safeSpec()));
}

void TestValidate::raisesLimitsWhereAsked()
{
    SandboxSpec spec = safeSpec();
    for (int i = 0; i < 499; ++i)
        spec.root.layers.push_back({.path = "/srv/layer" + std::to_string(i), .builtin = ""});
    for (int i = 0; i < 1000; ++i)
        spec.mounts.push_back(tmpfsOn("/m" + std::to_string(i)));
    QVERIFY(hasErrors(validate(spec, userFacts())));
    const auto findings = validate(spec, userFacts(), {.mounts = 1000, .layers = 500});
    QVERIFY2(findings.empty(), qPrintable(asText(findings)));
}

void TestValidate::acceptsWhatIsRight_data()
{
    QTest::addColumn<std::size_t>("index");
    QTest::newRow("put_old in a folder of its own") << std::size_t{0};
    QTest::newRow("a read-only bind of /etc") << std::size_t{1};
    QTest::newRow("a mount below an earlier one") << std::size_t{2};
    QTest::newRow("every resource limit within its bounds") << std::size_t{3};
    QTest::newRow("a map of granted ranges") << std::size_t{4};
    QTest::newRow("another user of the map") << std::size_t{5};
    QTest::newRow("a terminal on a devpts of one's own") << std::size_t{6};
    QTest::newRow("an overlay with escaped colons") << std::size_t{7};
    QTest::newRow("one id alone that is not root") << std::size_t{8};
}

void TestValidate::acceptsWhatIsRight()
{
    static const std::function<void(SandboxSpec &)> changes[] = {
        [](SandboxSpec &s) { s.root.switchRoot = SwitchRoot::PivotRoot, s.root.putOld = "/var/old/root"; },
        [](SandboxSpec &s) {
            s.mounts = {bindOf("/etc"), tmpfsOn("/var", {"size=1m", "mode=0755", "nosuid", "lazytime"})};
        },
        [](SandboxSpec &s) { s.mounts = {tmpfsOn("/a"), tmpfsOn("/a/b"), tmpfsOn("/ab")}; },
        [](SandboxSpec &s) {
            s.resources = {.memoryBytes = 1 << 26, .pids = 1, .cpuQuota = 1000, .cpuWeight = 10000};
            s.process.rlimits = {{"RLIMIT_NOFILE", 5, 5}, {"RLIMIT_CORE", 0, 0}};
        },
        [](SandboxSpec &s) {
            s.idMaps = {.mode = IdMapMode::Explicit, .uid = {{0, 1000, 1}, {1, 100000, 65536}}, .gid = {{0, 1000, 1}}};
        },
        [](SandboxSpec &s) { s.process.uid = 65536, s.process.gid = 65536, s.process.additionalGids = {0, 5}; },
        [](SandboxSpec &s) {
            s.process.terminal = true;
            s.dev.policy = DevPolicy::None;
            s.mounts = {{.destination = "/dev/pts",
                         .type = "devpts",
                         .source = "",
                         .options = {"newinstance", "ptmxmode=0666"}}};
        },
        [](SandboxSpec &s) { s.mounts = {mountOf("overlay", {R"(lowerdir=/a\:b:/c)", "userxattr"})}; },
        [](SandboxSpec &s) { s.idMaps.mode = IdMapMode::Single, s.process.uid = 1000, s.process.gid = 1000; },
    };
    QFETCH(std::size_t, index);
    SandboxSpec spec = safeSpec();
    changes[index](spec);
    const auto findings = validate(spec, userFacts());
    QVERIFY2(findings.empty(), qPrintable(asText(findings)));
}

/// All pairs of these would be two hundred million comparisons of paths, a minute or more.
void TestValidate::staysQuickWithManyMountsAndLayers()
{
    SandboxSpec spec = safeSpec();
    for (int i = 0; i < 20'000; ++i) {
        spec.root.layers.push_back({.path = "/srv/layer" + std::to_string(i), .builtin = ""});
        spec.mounts.push_back(tmpfsOn("/m" + std::to_string(i)));
    }
    const auto findings = validate(spec, userFacts(), {.mounts = 30'000, .layers = 30'000});
    QVERIFY2(has(findings, "spec.size", ""), qPrintable(asText(findings)));
    QCOMPARE(findings.size(), std::size_t{1});
}

void TestValidate::survivesEverySpec()
{
    HostFacts root = userFacts();
    becomeRoot(root);
    for (unsigned seed = 0; seed < 200; ++seed) {
        const SandboxSpec spec = pivotbench::tests::RandomSpec(seed).make();
        for (const HostFacts &facts : {userFacts(), root, HostFacts{}}) {
            const auto findings = validate(spec, facts);
            QCOMPARE(validate(spec, facts), findings);
            QVERIFY(
                std::ranges::all_of(findings, [](const Finding &f) { return !f.reason.empty() && !f.fix.empty(); }));
        }
    }
}

void TestValidate::mapsIdsAsTheMachineAllows()
{
    SandboxSpec spec = safeSpec();
    const EffectiveIds own = effectiveIds(spec, userFacts());
    QVERIFY(own.newUserNamespace && !own.single);
    QVERIFY((own.uid == std::vector<IdRange>{{0, 1000, 1}, {1, 100000, 65536}}));
    QVERIFY(mapsInside(own.uid, 65536) && !mapsInside(own.uid, 65537));
    QVERIFY(mapsOutside(own.uid, 1000) && mapsOutside(own.uid, 165535) && !mapsOutside(own.uid, 165536));

    HostFacts poor = userFacts();
    loseSubordinateIds(poor);
    spec.process.uid = 7;
    const EffectiveIds alone = effectiveIds(spec, poor);
    QVERIFY(alone.single);
    QVERIFY((alone.uid == std::vector<IdRange>{{7, 1000, 1}}));

    HostFacts root = userFacts();
    becomeRoot(root);
    QVERIFY(!effectiveIds(spec, root).newUserNamespace);
    spec.namespaces.user = UserNamespaceChoice::New;
    const EffectiveIds mapped = effectiveIds(spec, root);
    QVERIFY(mapped.newUserNamespace && !mapped.single);
    QVERIFY((mapped.uid == std::vector<IdRange>{{0, 0, 4294967295}}));
}

QTEST_GUILESS_MAIN(TestValidate)
#include "tst_validate.moc"
