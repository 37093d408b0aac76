// SPDX-License-Identifier: Apache-2.0
#include "core/spec/validation.h"

#include "core/base/text.h"
#include "core/spec/mount_options.h"
#include "core/spec/overlay_paths.h"
#include "core/spec/path_index.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <span>

namespace pivotbench::core {
namespace {

// Parameters of each filesystem, from its page or kernel document: tmpfs(5), proc(5),
// Documentation/filesystems/devpts.rst, Documentation/admin-guide/cgroup-v2.rst,
// Documentation/filesystems/overlayfs.rst.
constexpr std::string_view tmpfsParameters[] = {"size",
                                                "nr_blocks",
                                                "nr_inodes",
                                                "mode",
                                                "uid",
                                                "gid",
                                                "huge",
                                                "mpol",
                                                "inode32",
                                                "inode64",
                                                "noswap",
                                                "casefold",
                                                "strict_encoding",
                                                "quota",
                                                "usrquota",
                                                "grpquota",
                                                "usrquota_block_hardlimit",
                                                "usrquota_inode_hardlimit",
                                                "grpquota_block_hardlimit",
                                                "grpquota_inode_hardlimit"};
constexpr std::string_view procParameters[] = {"hidepid", "gid", "subset", "pidns"};
constexpr std::string_view devptsParameters[] = {"newinstance", "ptmxmode", "mode", "uid", "gid", "max"};
constexpr std::string_view cgroup2Parameters[] = {
    "nsdelegate",      "favordynmods", "memory_localevents", "memory_recursiveprot", "memory_hugetlb_accounting",
    "pids_localevents"};
constexpr std::string_view overlayParameters[] = {
    "lowerdir",      "upperdir", "workdir",  "lowerdir+", "datadir+", "redirect_dir", "index", "uuid",
    "nfs_export",    "xino",     "metacopy", "verity",    "volatile", "userxattr",    "fsync", "default_permissions",
    "override_creds"};
/// Flags that every filesystem takes (fs/fs_context.c, common_set_sb_flag).
constexpr std::string_view commonParameters[] = {"dirsync", "lazytime",   "mand",  "sync",
                                                 "async",   "nolazytime", "nomand"};

struct Filesystem {
    std::string_view type;
    std::span<const std::string_view> parameters;
};

const Filesystem filesystems[] = {
    {"tmpfs", tmpfsParameters},    {"proc", procParameters}, {"sysfs", {}},
    {"devpts", devptsParameters},  {"mqueue", {}},           {"cgroup2", cgroup2Parameters},
    {"overlay", overlayParameters}};

constexpr std::string_view kernelTrees[] = {"/proc", "/sys", "/dev"};
constexpr std::string_view machineTrees[] = {"/bin",  "/boot", "/etc",  "/lib", "/lib64", "/opt",
                                             "/root", "/run",  "/sbin", "/srv", "/usr",   "/var"};
constexpr std::string_view controlSockets[] = {
    "/run/docker.sock",    "/var/run/docker.sock",        "/run/podman/podman.sock", "/run/containerd/containerd.sock",
    "/run/crio/crio.sock", "/run/dbus/system_bus_socket", "/run/systemd/private"};

bool holds(std::span<const std::string_view> words, std::string_view word)
{
    return std::ranges::find(words, word) != words.end();
}

/// One mount of the list, while it is examined.
class MountCheck {
public:
    MountCheck(const Examined &examined, std::size_t index, Findings &findings)
        : m_examined(examined)
        , m_mount(examined.spec.mounts[index])
        , m_field(fmt::format("mounts[{}]", index))
        , m_findings(findings)
    {
    }

    void run()
    {
        checkDestination();
        const auto options = parseMountOptions(m_mount.options);
        if (!options)
            m_findings.add("mounts.options.invalid", m_field + ".options", options.error().what,
                           "keep one of the words");
        if (m_mount.type == "bind" || m_mount.type == "rbind")
            checkBind(options ? *options : MountOptions());
        else
            checkFilesystem(options ? *options : MountOptions());
    }

private:
    void checkDestination()
    {
        const std::string field = m_field + ".destination";
        checkPath(field, m_mount.destination, m_findings);
        const std::string destination = normalPath(m_mount.destination);
        if (destination == "/" && !m_mount.destination.empty())
            m_findings.add("mounts.destination.root", field,
                           "a mount on \"/\" would hide the root that the layers make, with everything mounted in it",
                           "make it a layer of the root, or mount it on a directory");
        if (destination != "/proc" && isWithin(destination, "/proc") && m_examined.spec.proc != ProcPolicy::None)
            m_findings.add(
                "mounts.destination.proc", field,
                fmt::format("{} is inside /proc; a mount there makes writes meant for the kernel go elsewhere, "
                            "which has broken runtimes out of their own confinement (CVE-2025-52881)",
                            printable(destination)),
                "mount it outside /proc; maskedPaths and readonlyPaths hide or protect parts of /proc");
    }

    void checkBind(const MountOptions &options)
    {
        if (m_mount.source.empty()) {
            m_findings.add("mounts.source.missing", m_field + ".source",
                           "a bind mounts something that exists, and none is named",
                           "write the absolute path of a file or directory of the host");
        } else {
            checkPath(m_field + ".source", m_mount.source, m_findings);
            checkSource(normalPath(m_mount.source), options);
        }
        if (!options.parameters.empty())
            m_findings.add(
                "mounts.options.parameters", m_field + ".options",
                fmt::format("\"{}\" is for a new filesystem; a bind shows one that is mounted already, and the kernel "
                            "would not apply it",
                            printable(options.parameters.front().first)),
                "remove it; a bind takes ro, nosuid, nodev, noexec and the like");
        const bool readOnlyTop = ((options.attributes.set & mount_attr::readOnly) != 0) &&
                                 ((options.recursiveAttributes.set & mount_attr::readOnly) == 0);
        if (readOnlyTop && (options.recursiveBind || m_mount.type == "rbind"))
            m_findings.add(
                "mounts.options.read-only-top", m_field + ".options",
                "\"ro\" covers the first mount only; what is mounted below it comes along with \"rbind\" and stays "
                "writable",
                "write \"rro\", which covers all of them");
    }

    void checkSource(const std::string &source, const MountOptions &options)
    {
        const std::string field = m_field + ".source";
        const bool readOnly = ((options.attributes.set | options.recursiveAttributes.set) & mount_attr::readOnly) != 0;
        if (holds(controlSockets, source))
            m_findings.add(
                "mounts.source.control-socket", field,
                fmt::format("whoever talks to {} can command a service of the machine that runs as root", source),
                "leave it out, unless the sandbox is to control the machine");
        else if (std::ranges::any_of(kernelTrees, [&](std::string_view tree) { return isWithin(source, tree); }))
            m_findings.add(
                "mounts.source.kernel-tree", field,
                fmt::format("{} shows the machine's processes, devices or kernel settings inside the sandbox",
                            printable(source)),
                "use the policies \"proc\", \"sys\" and \"dev\", which give the sandbox its own");
        else if (!readOnly && (source == "/" || std::ranges::any_of(machineTrees, [&](std::string_view tree) {
                                   return isWithin(source, tree);
                               })))
            m_findings.add("mounts.source.writable", field,
                           fmt::format("the sandbox can change {} of the machine itself, as far as your own rights go",
                                       printable(source)),
                           "add \"ro\" (or \"rro\" with \"rbind\") to the options");
    }

    void checkFilesystem(const MountOptions &options)
    {
        const auto *filesystem = std::ranges::find(filesystems, m_mount.type, &Filesystem::type);
        if (filesystem == std::end(filesystems)) {
            m_findings.add(
                "mounts.type.unknown", m_field + ".type",
                fmt::format("\"{}\" is not a type of mount that a sandbox can have", printable(m_mount.type)),
                "use bind, tmpfs, proc, sysfs, devpts, mqueue, cgroup2 or overlay; a disk is mounted on the host and "
                "bound");
            return;
        }
        if (options.bind)
            m_findings.add(
                "mounts.options.bind", m_field + ".options",
                fmt::format("the type is {}, but the options ask for a bind, and only one can be meant", m_mount.type),
                "write \"type\": \"bind\", or remove the option");
        for (const auto &[name, value] : options.parameters)
            if (!holds(filesystem->parameters, name) && !holds(commonParameters, name))
                m_findings.add(
                    "mounts.options.unknown", m_field + ".options",
                    fmt::format("{} has no parameter \"{}\" that is known here; the kernel refuses unknown ones with "
                                "EINVAL",
                                m_mount.type, printable(name)),
                    "check its spelling");
        checkRequirements(options);
    }

    /// What the kernel wants of a user that mounts it: a namespace that the mount belongs to, owned by that user.
    void checkRequirements(const MountOptions &options)
    {
        const NamespacesSpec &namespaces = m_examined.spec.namespaces;
        const bool newUser = m_examined.inUserNamespace();
        if (m_mount.type == "overlay")
            checkOverlay(options);
        if (m_mount.type == "proc" && newUser && !m_examined.newPids())
            m_findings.add(
                "mounts.proc.pid-namespace", m_field + ".type",
                "in a user namespace procfs can be mounted only with a PID namespace that belongs to it: EPERM",
                "choose \"namespaces\": {\"pid\": \"new\"}");
        if (m_mount.type == "sysfs" && newUser && namespaces.network == NetworkChoice::Host)
            m_findings.add(
                "mounts.sysfs.network-namespace", m_field + ".type",
                "in a user namespace sysfs can be mounted only with a network namespace that belongs to it: EPERM",
                "choose \"namespaces\": {\"network\": \"none\"}, or bind the host's /sys");
        if (m_mount.type == "mqueue" && namespaces.ipc == NamespaceChoice::Host) {
            if (newUser)
                m_findings.add(
                    "mounts.mqueue.ipc-namespace", m_field + ".type",
                    "in a user namespace mqueue can be mounted only with an IPC namespace that belongs to it: EPERM",
                    "choose \"namespaces\": {\"ipc\": \"new\"}");
            else
                m_findings.add("mounts.mqueue.host", m_field + ".type",
                               "without an IPC namespace of its own the sandbox sees the machine's message queues",
                               "choose \"namespaces\": {\"ipc\": \"new\"}");
        }
        if (m_mount.type == "cgroup2") {
            if (newUser && namespaces.cgroup == NamespaceChoice::Host)
                m_findings.add(
                    "mounts.cgroup2.cgroup-namespace", m_field + ".type",
                    "in a user namespace cgroup2 can be mounted only with a cgroup namespace that belongs to it: EPERM",
                    "choose \"namespaces\": {\"cgroup\": \"new\"}");
            if (((options.attributes.set | options.recursiveAttributes.set) & mount_attr::readOnly) == 0)
                m_findings.add(
                    "mounts.cgroup2.writable", m_field + ".options",
                    "through a writable cgroup tree a sandbox can raise its own limits where the directory belongs to "
                    "its user",
                    "add \"ro\" to the options");
        }
    }

    void checkOverlay(const MountOptions &options)
    {
        const std::string field = m_field + ".options";
        const auto value = [&](std::string_view name) -> std::optional<std::string> {
            for (const auto &[key, text] : options.parameters)
                if (key == name)
                    return text;
            return std::nullopt;
        };
        const auto lower = value("lowerdir");
        if (!lower && !value("lowerdir+"))
            m_findings.add("mounts.overlay.lowerdir", field, "an overlay without lowerdir= has nothing to show: EINVAL",
                           "add \"lowerdir=/a/directory\", several with \":\" between them, the topmost first");
        if (value("upperdir").has_value() != value("workdir").has_value())
            m_findings.add(
                "mounts.overlay.workdir", field,
                "upperdir= and workdir= go together: overlayfs prepares each change in the one and moves it to the "
                "other",
                "give both, two directories on one filesystem, or neither for a read-only overlay");
        if (lower)
            for (const std::string &path : splitLowerdirs(*lower))
                checkPath(field, path, m_findings);
        for (const char *name : {"lowerdir+", "upperdir", "workdir"})
            if (const auto path = value(name))
                checkPath(field, *path, m_findings);
    }

    const Examined &m_examined;
    const MountSpec &m_mount;
    std::string m_field;
    Findings &m_findings;
};

/// What is mounted before the list: the policies' own trees.
PathIndex policyPlaces(const SandboxSpec &spec)
{
    PathIndex places;
    if (spec.proc != ProcPolicy::None)
        places.insert("/proc", "proc");
    if (spec.dev.policy != DevPolicy::None)
        places.insert("/dev", "dev");
    if (spec.dev.policy == DevPolicy::Minimal)
        places.insert("/dev/pts", "dev");
    if (spec.sys != SysPolicy::None)
        places.insert("/sys", "sys");
    return places;
}

void checkPlaces(const SandboxSpec &spec, Findings &findings)
{
    PathIndex places = policyPlaces(spec);
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        const std::string path = normalPath(spec.mounts[i].destination);
        const std::string owner = fmt::format("mounts[{}]", i);
        if (path == "/")
            continue;
        if (const auto *same = places.at(path))
            findings.add("mounts.destination.duplicate", owner + ".destination",
                         fmt::format("{} is a mount of {} already; this one is stacked on it and hides it",
                                     printable(path), same->second),
                         "remove one of the two");
        if (const auto *below = places.below(path))
            findings.add(
                "mounts.destination.hidden", owner + ".destination",
                fmt::format("it is mounted after {} and hides that one's {}", below->second, printable(below->first)),
                "put the mount of the upper directory before those below it");
        places.insert(path, owner);
    }
}

} // namespace

void checkMounts(const Examined &examined, Findings &findings)
{
    const std::vector<MountSpec> &mounts = examined.spec.mounts;
    if (mounts.size() > examined.limits.mounts) {
        findings.add("mounts.many", "mounts",
                     fmt::format("{} mounts; the limit is {}", mounts.size(), examined.limits.mounts),
                     "bind a directory that holds several of them");
        return;
    }
    for (std::size_t i = 0; i < mounts.size(); ++i)
        MountCheck(examined, i, findings).run();
    checkPlaces(examined.spec, findings);
}

} // namespace pivotbench::core
