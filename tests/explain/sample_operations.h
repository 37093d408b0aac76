// SPDX-License-Identifier: Apache-2.0
//
// One operation of every kind (of some kinds more than one), with names that quoting has to survive. The tests of this
// room go through all of them, and one asserts complete(): a new kind needs a sample.
#pragma once

#include "core/plan/plan.h"

#include <string>
#include <utility>
#include <vector>

namespace sample {

using namespace pivotbench::core;

inline Location host(std::string path) { return {Location::Base::Host, std::move(path)}; }
inline Location inNewRoot(std::string path) { return {Location::Base::NewRoot, std::move(path)}; }
inline Location inRoot(std::string path) { return {Location::Base::Root, std::move(path)}; }

struct Sample {
    const char *name; ///< of the row
    Operation operation;
};

inline const std::vector<Sample> &operations()
{
    using namespace mount_attr;
    static const std::vector<Sample> samples = {
        {"a builder in user and PID namespaces", CreateProcess{{Namespace::User, Namespace::Pid}}},
        {"a builder without namespaces", CreateProcess{}},
        {"setgroups denied", DenySetgroups{}},
        {"id maps written by tools", WriteIdMaps{{{0, 1000, 1}, {1, 100000, 65536}}, {{0, 1000, 1}}, true}},
        {"id maps written directly", WriteIdMaps{{{0, 1000, 1}}, {{0, 100, 1}}, false}},
        {"a cgroup with limits",
         EnterCgroup{{.memoryBytes = 67108864, .pids = 32, .cpuQuota = 50000, .cpuWeight = 10}}},
        {"mount, UTS and network namespaces", Unshare{{Namespace::Mount, Namespace::Uts, Namespace::Network}}},
        {"the tree made private", SetPropagation{host("/"), {Propagation::Private, true}}},
        {"one mount of the sandbox made shared", SetPropagation{inNewRoot("/data"), {Propagation::Shared, false}}},
        {"a fresh proc", MountFilesystem{"proc", "proc", inNewRoot("/proc"), {noSuid | noDev | noExec, 0}, {}}},
        {"a tmpfs with options",
         MountFilesystem{
             "tmpfs", "a b", inNewRoot("/my data"), {noSuid | strictAtime, 0}, {{"size", "64k"}, {"huge", ""}}}},
        {"a read-only sysfs", MountFilesystem{"sysfs", "sysfs", inNewRoot("/sys"), {readOnly | noSuid, 0}, {}}},
        {"an overlay with hostile layer names", MountOverlay{{"/layers/top:1", "/layers/a,b\\c"},
                                                             "/run/up",
                                                             "/run/work",
                                                             host("/run/root"),
                                                             {noSuid, 0},
                                                             {{"userxattr", ""}, {"volatile", ""}}}},
        {"an overlay that is only read", MountOverlay{{"/a", "/b"}, "", "", host("/run/root"), {}, {}}},
        {"a mount that moves", MoveMount{host("/srv"), host("/mnt")}},
        {"a recursive bind", BindMount{host("/srv/it's"), inNewRoot("/data"), true, false}},
        {"a bind onto itself of what may be missing",
         BindMount{inNewRoot("/proc/sys"), inNewRoot("/proc/sys"), true, true}},
        {"a mount made read-only", SetMountAttributes{inNewRoot("/data"), {readOnly, 0}, false, false}},
        {"a tree made read-only and noatime",
         SetMountAttributes{inNewRoot("/proc/sys"), {readOnly | noAtime, noExec}, true, true}},
        {"a masked path", MaskPath{inNewRoot("/proc/kcore")}},
        {"a directory of the host", MakeDirectory{host("/run/box/root"), 0700}},
        {"a directory in the sandbox", MakeDirectory{inNewRoot("/dev/shm"), 01777}},
        {"a mount point like a file", MakeMountPoint{inNewRoot("/etc/hosts"), host("/run/hosts")}},
        {"a device node", MakeDevice{inNewRoot("/dev/null"), "/dev/null", 0666}},
        {"a symbolic link", MakeSymlink{inNewRoot("/dev/ptmx"), "pts/ptmx"}},
        {"a file with a text", WriteFile{host("/run/hosts"), "127.0.0.1\tlocalhost 100%\n", "", 0644}},
        {"a copied file", WriteFile{host("/run/resolv.conf"), "", "/etc/resolv.conf", 0644}},
        {"a host name", SetHostname{"box"}},
        {"a domain name", SetDomainname{"example.org"}},
        {"the loopback interface", BringUpLoopback{}},
        {"into the new root", ChangeDirectory{host("/run/box/root")}},
        {"to the root", ChangeDirectory{inRoot("/")}},
        {"the textbook switch", PivotRoot{".", ".put_old"}},
        {"the switch without put_old", PivotRoot{".", "."}},
        {"a chroot", ChangeRoot{"."}},
        {"the old root detached", Unmount{"/.put_old", true}},
        {"a plain unmount", Unmount{"/mnt", false}},
        {"put_old removed", RemoveDirectory{"/.put_old"}},
        {"a terminal", OpenTerminal{}},
        {"the payload's process", SpawnPayload{}},
        {"a session", NewSession{false}},
        {"a session on the terminal", NewSession{true}},
        {"a resource limit", SetResourceLimit{{"RLIMIT_NOFILE", 1024, UINT64_MAX}}},
        {"the bounding set", LimitCapabilities{{"CAP_CHOWN", "CAP_KILL"}}},
        {"another user", SetIds{1000, 100, {5, 6}, true}},
        {"root with setgroups denied", SetIds{0, 0, {}, false}},
        {"capabilities of root", SetCapabilities{{"CAP_CHOWN"}, false}},
        {"ambient capabilities", SetCapabilities{{"CAP_NET_BIND_SERVICE"}, true}},
        {"no_new_privs", SetNoNewPrivileges{}},
        {"the default filter", InstallSeccomp{{}, {"CAP_CHOWN"}}},
        {"a command that is searched", Execute{{"sh", "-c", "echo \"it's\"; exit 3"}, {"PATH=/bin", "A=b c"}}},
        {"a command by its path", Execute{{"/bin/true"}, {}}},
    };
    return samples;
}

/// Whether every kind of operation has a sample.
inline bool complete()
{
    std::vector<bool> seen(std::variant_size_v<Operation>);
    for (const Sample &one : operations())
        seen[one.operation.index()] = true;
    for (const bool one : seen)
        if (!one)
            return false;
    return true;
}

inline Plan plan()
{
    Plan plan;
    plan.name = "sample";
    plan.newRoot = "/run/box/root";
    return plan;
}

} // namespace sample
