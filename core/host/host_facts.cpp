// SPDX-License-Identifier: Apache-2.0
#include "core/host/host_facts.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/host/executable.h"
#include "core/host/id_tables.h"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::core {
namespace {

constexpr std::size_t maxTableBytes = 1 << 20;
constexpr unsigned capSysAdmin = 21;
/// inode of the first user namespace, PROC_USER_INIT_INO in include/uapi/linux/nsfs.h and include/linux/proc_ns.h
constexpr std::string_view initialUserNamespace = "user:[4026531837]";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

class Probe {
public:
    explicit Probe(const HostSources &sources)
        : m_sources(sources)
    {
    }

    HostFacts facts()
    {
        m_facts.uid = m_sources.uid;
        m_facts.gid = m_sources.gid;
        probeUser();
        probePrivilege();
        probeKernel();
        probeDirectories();
        probeUserNamespaces();
        probeIds();
        probeCgroups();
        probeBusybox();
        return std::move(m_facts);
    }
    /// All that the runtime directory depends on.
    std::string runtimeDirectory()
    {
        m_facts.uid = m_sources.uid;
        probeDirectories();
        return std::move(m_facts.runtimeDirectory);
    }

private:
    [[nodiscard]] std::string real(const std::string &path) const { return m_sources.root + path; }
    [[nodiscard]] std::string read(const std::string &path) const
    {
        return readFile(real(path), maxTableBytes).value_or(std::string());
    }
    [[nodiscard]] bool exists(const std::string &path) const { return ::access(real(path).c_str(), F_OK) == 0; }
    [[nodiscard]] bool writable(const std::string &path) const
    {
        return ::faccessat(AT_FDCWD, real(path).c_str(), W_OK, AT_EACCESS) == 0;
    }
    /// A sysctl that is 0 or 1 (or a count); nothing where the kernel has none of this name.
    [[nodiscard]] std::optional<std::uint32_t> sysctl(const std::string &path) const
    {
        return parseId(trimmed(read("/proc/sys/" + path)));
    }
    /// An environment variable that holds an absolute path; the XDG specification says to ignore any other.
    [[nodiscard]] std::string pathVariable(const char *name) const
    {
        const auto value = m_sources.environment ? m_sources.environment(name) : std::nullopt;
        return value && value->starts_with('/') ? *value : std::string();
    }
    [[nodiscard]] bool isOwnDirectory(const std::string &path) const
    {
        struct stat status = {};
        return ::stat(real(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == m_facts.uid;
    }

    /// Without getpwuid(3): a static program cannot load the modules behind it. A user from elsewhere (LDAP) is taken
    /// by the name in the environment; newuidmap(1) checks it again.
    void probeUser()
    {
        m_passwordRead = true;
        const std::string table = read("/etc/passwd");
        for (const std::string_view line : split(table, '\n')) {
            const std::vector<std::string_view> fields = split(line, ':');
            if (fields.size() == 7 && parseId(fields[2]) == m_facts.uid) {
                m_facts.userName = fields[0];
                m_passwordHome = fields[5];
                return;
            }
        }
        for (const char *name : {"LOGNAME", "USER"})
            if (m_facts.userName.empty() && m_sources.environment)
                m_facts.userName = m_sources.environment(name).value_or(std::string());
    }

    void probePrivilege()
    {
        std::uint64_t effective = 0;
        const std::string status = read("/proc/self/status");
        for (const std::string_view line : split(status, '\n')) {
            if (!line.starts_with("CapEff:"))
                continue;
            const std::string_view number = trimmed(line.substr(line.find(':') + 1));
            std::from_chars(number.data(), number.data() + number.size(), effective, 16);
        }
        m_facts.privileged = m_facts.uid == 0 && ((effective >> capSysAdmin) & 1U) != 0;

        m_facts.setgroupsDenied = trimmed(read("/proc/self/setgroups")) == "deny";

        char target[64] = {};
        const ssize_t length = ::readlink(real("/proc/self/ns/user").c_str(), target, sizeof target);
        m_haveUserNamespaceFile = length > 0;
        m_facts.initialUserNamespace =
            length < 0 || std::string_view(target, static_cast<std::size_t>(length)) == initialUserNamespace;
    }

    void probeKernel()
    {
        m_facts.kernelRelease = trimmed(read("/proc/sys/kernel/osrelease"));
        const std::string &release = m_facts.kernelRelease;
        const char *end = release.data() + release.size();
        const auto [afterMajor, error] = std::from_chars(release.data(), end, m_facts.kernelMajor);
        if (error == std::errc() && afterMajor != end && *afterMajor == '.')
            std::from_chars(afterMajor + 1, end, m_facts.kernelMinor);
        m_facts.overlayLowerAppend = m_facts.kernelAtLeast(6, 8);
        m_facts.tmpfsUserXattr = m_facts.kernelAtLeast(6, 6);
    }

    /// A home that belongs to someone else (sudo can leave it so) is not used: its owner would find root's files there.
    [[nodiscard]] std::string home()
    {
        std::string fromEnvironment = pathVariable("HOME");
        if (!fromEnvironment.empty() && isOwnDirectory(fromEnvironment))
            return fromEnvironment;
        if (!m_passwordRead)
            probeUser();
        return m_passwordHome.starts_with('/') ? m_passwordHome : fromEnvironment;
    }

    void probeDirectories()
    {
        const std::string userHome = home();
        const auto below = [&](const char *variable, const char *standard) {
            const std::string chosen = pathVariable(variable);
            if (!chosen.empty())
                return chosen + "/pivotbench";
            return userHome.empty() ? std::string() : userHome + standard + "/pivotbench";
        };
        m_facts.stateDirectory = below("XDG_STATE_HOME", "/.local/state");
        m_facts.cacheDirectory = below("XDG_CACHE_HOME", "/.cache");
        for (const std::string &candidate :
             {pathVariable("XDG_RUNTIME_DIR"), "/run/user/" + std::to_string(m_facts.uid)}) {
            if (!candidate.empty() && isOwnDirectory(candidate)) {
                m_facts.runtimeDirectory = candidate + "/pivotbench";
                return;
            }
        }
        if (!m_facts.stateDirectory.empty())
            m_facts.runtimeDirectory = m_facts.stateDirectory + "/run";
    }

    void probeUserNamespaces()
    {
        if (!m_haveUserNamespaceFile)
            m_facts.userNamespaceObstacle = "the kernel was built without user namespaces";
        else if (sysctl("user/max_user_namespaces") == 0U)
            m_facts.userNamespaceObstacle = "user.max_user_namespaces is 0";
        else if (!m_facts.privileged && sysctl("kernel/unprivileged_userns_clone") == 0U)
            m_facts.userNamespaceObstacle = "kernel.unprivileged_userns_clone is 0";
        m_facts.userNamespaces = m_facts.userNamespaceObstacle.empty();
        m_facts.appArmorRestricts =
            !m_facts.privileged && sysctl("kernel/apparmor_restrict_unprivileged_userns").value_or(0) != 0;
    }

    void probeIds()
    {
        m_facts.ownUidMap = parseIdMap(read("/proc/self/uid_map"));
        m_facts.ownGidMap = parseIdMap(read("/proc/self/gid_map"));
        m_facts.subordinateUids = parseSubordinateIds(read("/etc/subuid"), m_facts.userName, m_facts.uid);
        m_facts.subordinateGids = parseSubordinateIds(read("/etc/subgid"), m_facts.userName, m_facts.uid);
        m_facts.idMapTools = !findProgram("newuidmap").empty() && !findProgram("newgidmap").empty();
    }

    /// The first program of this name along PATH, and where a short PATH would miss it.
    template <typename Accept> [[nodiscard]] std::string findProgram(const std::string &name, Accept accept) const
    {
        const auto path = m_sources.environment ? m_sources.environment("PATH") : std::nullopt;
        const std::string folders = path.value_or("") + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        for (const std::string_view folder : split(folders, ':')) {
            if (!folder.starts_with('/'))
                continue;
            std::string candidate = std::string(folder) + "/" + name;
            struct stat status = {};
            if (::stat(real(candidate).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                ::faccessat(AT_FDCWD, real(candidate).c_str(), X_OK, AT_EACCESS) == 0 && accept(real(candidate)))
                return candidate;
        }
        return {};
    }
    [[nodiscard]] std::string findProgram(const std::string &name) const
    {
        return findProgram(name, [](const std::string &) { return true; });
    }

    /// Every v2 directory has cgroup.controllers, no v1 directory has.
    void probeCgroups()
    {
        std::string mountPoint;
        if (exists("/sys/fs/cgroup/cgroup.controllers")) {
            m_facts.cgroupLayout = CgroupLayout::Unified;
            mountPoint = "/sys/fs/cgroup";
        } else if (exists("/sys/fs/cgroup/unified/cgroup.controllers")) {
            m_facts.cgroupLayout = CgroupLayout::Hybrid;
            mountPoint = "/sys/fs/cgroup/unified";
        } else {
            m_facts.cgroupLayout = exists("/sys/fs/cgroup/memory") ? CgroupLayout::Legacy : CgroupLayout::None;
            return;
        }
        const std::string membership = read("/proc/self/cgroup");
        for (const std::string_view line : split(membership, '\n')) {
            if (!line.starts_with("0::/") || line.contains("/.."))
                continue;
            const std::string_view path = line.substr(3);
            const std::string directory = mountPoint + std::string(path == "/" ? std::string_view() : path);
            if (exists(directory + "/cgroup.procs"))
                m_facts.cgroupDirectory = directory;
        }
        probeDelegation();
    }

    /// A controller can be handed on where the three files that cgroup-v2.rst ("Delegation") names can be written.
    void probeDelegation()
    {
        const std::string &directory = m_facts.cgroupDirectory;
        if (directory.empty() || !writable(directory) || !writable(directory + "/cgroup.procs") ||
            !writable(directory + "/cgroup.subtree_control"))
            return;
        const std::string controllers = read(directory + "/cgroup.controllers");
        for (const std::string_view controller : split(trimmed(controllers), ' '))
            if (!controller.empty())
                m_facts.cgroupControllers.emplace_back(controller);
    }

    void probeBusybox() { m_facts.busyboxPath = findProgram("busybox", isStaticExecutable); }

    const HostSources &m_sources;
    HostFacts m_facts;
    std::string m_passwordHome;
    bool m_passwordRead = false;
    bool m_haveUserNamespaceFile = false;
};

HostSources thisMachine()
{
    return {.root = {},
            .uid = ::geteuid(),
            .gid = ::getegid(),
            .environment = [](const char *name) -> std::optional<std::string> {
                const char *value = std::getenv(name);
                return value ? std::optional<std::string>(value) : std::nullopt;
            }};
}

} // namespace

HostFacts probeHostFacts() { return probeHostFacts(thisMachine()); }

std::string probeRuntimeDirectory()
{
    const HostSources sources = thisMachine();
    return Probe(sources).runtimeDirectory();
}

std::string helperSocket(const std::string &runtimeDirectory) { return runtimeDirectory + "/helper.sock"; }

HostFacts probeHostFacts(const HostSources &sources) { return Probe(sources).facts(); }

} // namespace pivotbench::core
