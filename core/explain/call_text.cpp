// SPDX-License-Identifier: Apache-2.0
#include "core/explain/call_text.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace pivotbench::core {
namespace {

/// The kernel takes one backslash off these two options, unlike "lowerdir+".
std::string unescapable(std::string_view path)
{
    std::string out;
    for (const char c : path) {
        if (c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

/// A path in two pieces, as mkdirat(2) and its kin take it.
struct SplitPath {
    std::string parent; ///< "/" when there is no other
    std::string name;
};

SplitPath splitPath(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

/// "/dev/pts" → "dev/pts", as a lookup below a descriptor wants it; "/" → ".".
std::string belowRoot(const std::string &path)
{
    const std::size_t start = path.find_first_not_of('/');
    return start == std::string::npos ? "." : path.substr(start);
}

/// A constant by its name: what a decoded plan calls a capability or a limit has to stay one identifier.
std::string identifier(std::string_view name)
{
    std::string out;
    for (const char c : name)
        out += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ? c : '_';
    return out.empty() || (out[0] >= '0' && out[0] <= '9') ? "_" + out : out;
}

std::string alternatives(const std::vector<std::string> &constants)
{
    return constants.empty() ? "0" : join(constants, " | ");
}

std::string namespaceFlags(const std::vector<Namespace> &namespaces)
{
    std::vector<std::string> constants;
    constants.reserve(namespaces.size());
    for (const Namespace ns : namespaces)
        constants.emplace_back(namespaceConstant(ns));
    return alternatives(constants);
}

const char *propagationConstant(Propagation propagation)
{
    switch (propagation) {
    case Propagation::Shared: return "MS_SHARED";
    case Propagation::Slave: return "MS_SLAVE";
    case Propagation::Private: return "MS_PRIVATE";
    case Propagation::Unbindable: return "MS_UNBINDABLE";
    }
    std::unreachable();
}

std::string limitValue(std::uint64_t value)
{
    return value == std::numeric_limits<std::uint64_t>::max() ? "RLIM_INFINITY" : std::to_string(value);
}

std::string stringArray(const std::vector<std::string> &words)
{
    std::string out = "(char *[]){";
    for (const std::string &word : words)
        out += cString(word) + ", ";
    return out + "NULL}";
}

std::string keepMask(const std::vector<std::string> &capabilities)
{
    std::vector<std::string> bits;
    bits.reserve(capabilities.size());
    for (const std::string &name : capabilities)
        bits.push_back("1ULL << " + identifier(name));
    return alternatives(bits);
}

/// Collects the lines of one step.
class Calls {
public:
    template <typename... Args> void add(fmt::format_string<Args...> format, Args &&...args)
    {
        if (!m_text.empty())
            m_text += '\n';
        fmt::format_to(std::back_inserter(m_text), format, std::forward<Args>(args)...);
    }

    /// `variable` becomes a descriptor of the place.
    void open(std::string_view variable, const Location &location)
    {
        if (location.base == Location::Base::Host) {
            add("{} = open({}, O_PATH | O_CLOEXEC);", variable, cString(location.path));
            return;
        }
        if (location.base == Location::Base::Root)
            add("root = open(\"/\", O_PATH | O_DIRECTORY | O_CLOEXEC);");
        add("{} = syscall(SYS_openat2, {}, {}, &(struct open_how){{.flags = O_PATH | O_CLOEXEC, .resolve = "
            "RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}}, sizeof(struct open_how));",
            variable, location.base == Location::Base::Root ? "root" : "new_root", cString(belowRoot(location.path)));
    }

    void skipWhenMissing(std::string_view variable) { add("if ({} < 0 && errno == ENOENT) return;", variable); }

    /// The parent of a thing that shall be made becomes `parent`; returns the thing's name in it.
    std::string openParent(const Location &location)
    {
        SplitPath path = splitPath(location.path);
        open("parent", {location.base, std::move(path.parent)});
        return cString(path.name);
    }

    void attach(std::string_view mount)
    {
        add("move_mount({}, \"\", target, \"\", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);", mount);
    }

    void configure(const std::vector<FilesystemParameter> &parameters)
    {
        for (const auto &[key, value] : parameters) {
            if (value.empty())
                add("fsconfig(fd, FSCONFIG_SET_FLAG, {}, NULL, 0);", cString(key));
            else
                add("fsconfig(fd, FSCONFIG_SET_STRING, {}, {}, 0);", cString(key), cString(value));
        }
    }

    void createAndAttach(const MountAttributes &attributes, const Location &where)
    {
        const std::string flags = attributes.set == 0 ? "0" : attributeConstants(attributes.set);
        add("fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);");
        add("mnt = fsmount(fd, FSMOUNT_CLOEXEC, {});", flags);
        open("target", where);
        attach("mnt");
    }

    /// A file of the builder's own directory in /proc, and nothing that was mounted over it.
    void writeProc(const char *file, std::string_view text)
    {
        add("fd = syscall(SYS_openat2, builder_proc, \"{}\", &(struct open_how){{.flags = O_WRONLY | O_CLOEXEC, "
            ".resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS}}, sizeof(struct open_how));",
            file);
        add("write(fd, {}, {});", cString(text), text.size());
    }

    void writeCgroup(const char *file, std::string_view text)
    {
        add("fd = openat(cgroup, \"{}\", O_WRONLY | O_CLOEXEC);", file);
        add("write(fd, {}, {});", cString(text), text.size());
    }

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    std::string m_text;
};

std::string idMapText(const std::vector<IdRange> &ranges)
{
    std::string text;
    for (const IdRange &range : ranges)
        text += fmt::format("{} {} {}\n", range.containerId, range.hostId, range.size);
    return text;
}

std::string idMapTool(std::string_view tool, const std::vector<IdRange> &ranges)
{
    std::string call = fmt::format("execve(\"/usr/bin/{}\", (char *[]){{\"{}\", builder, ", tool, tool);
    for (const IdRange &range : ranges)
        call += fmt::format("\"{}\", \"{}\", \"{}\", ", range.containerId, range.hostId, range.size);
    return call + "NULL}, environ);";
}

void limits(Calls &calls, const ResourcesSpec &resources)
{
    const auto number = [&](const char *file, const std::optional<std::uint64_t> &value) {
        if (value)
            calls.writeCgroup(file, std::to_string(*value));
    };
    number("memory.max", resources.memoryBytes);
    number("pids.max", resources.pids);
    if (resources.cpuQuota)
        calls.writeCgroup("cpu.max", fmt::format("{} 100000", *resources.cpuQuota));
    number("cpu.weight", resources.cpuWeight);
}

void capabilitySets(Calls &calls, const SetCapabilities &sets)
{
    const char *inheritable = sets.ambient ? "keep" : "0";
    const char *inheritableHigh = sets.ambient ? "keep >> 32" : "0";
    calls.add("keep = {};", keepMask(sets.keep));
    calls.add("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);");
    calls.add("syscall(SYS_capset, &(struct __user_cap_header_struct){{.version = _LINUX_CAPABILITY_VERSION_3}}, "
              "(struct __user_cap_data_struct[]){{{{keep, keep, {}}}, {{keep >> 32, keep >> 32, {}}}}});",
              inheritable, inheritableHigh);
    if (sets.ambient)
        calls.add("for (int cap = 0; cap <= CAP_LAST_CAP; cap++) if (keep >> cap & 1) prctl(PR_CAP_AMBIENT, "
                  "PR_CAP_AMBIENT_RAISE, cap, 0, 0);");
}

void ids(Calls &calls, const SetIds &ids)
{
    calls.add("prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);");
    if (ids.setGroups) {
        std::vector<std::string> groups;
        groups.reserve(ids.additionalGids.size());
        for (const std::uint32_t gid : ids.additionalGids)
            groups.push_back(std::to_string(gid));
        if (groups.empty())
            calls.add("setgroups(0, NULL);");
        else
            calls.add("setgroups({}, (gid_t[]){{{}}});", groups.size(), join(groups, ", "));
    }
    calls.add("setresgid({0}, {0}, {0});", ids.gid);
    calls.add("setresuid({0}, {0}, {0});", ids.uid);
}

/// The length of the UTF-8 sequence that may stand unescaped at the start; 0 when its first byte has to be escaped.
std::size_t plainSequence(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
    return length <= text.size() && isPlain(text.substr(0, length)) ? length : 0;
}

} // namespace

std::string cString(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        const char c = text[0];
        std::size_t used = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (const std::size_t length = plainSequence(text); length != 0) {
            out += text.substr(0, length);
            used = length;
        } else {
            fmt::format_to(std::back_inserter(out), "\\{:03o}", static_cast<unsigned char>(c));
        }
        text.remove_prefix(used);
    }
    return out + '"';
}

std::string callText(const Operation &operation)
{
    Calls calls;
    std::visit(
        Overloaded{
            [&](const CreateProcess &o) {
                const std::string flags = o.namespaces.empty() ? "" : " | " + namespaceFlags(o.namespaces);
                calls.add("syscall(SYS_clone3, &(struct clone_args){{.flags = CLONE_PIDFD{}, .pidfd = "
                          "(uintptr_t)&pidfd, .exit_signal = SIGCHLD}}, sizeof(struct clone_args));",
                          flags);
            },
            [&](const DenySetgroups &) { calls.writeProc("setgroups", "deny"); },
            [&](const WriteIdMaps &o) {
                if (o.byTools) {
                    calls.add("{}", idMapTool("newuidmap", o.uid));
                    calls.add("{}", idMapTool("newgidmap", o.gid));
                } else {
                    calls.writeProc("uid_map", idMapText(o.uid));
                    calls.writeProc("gid_map", idMapText(o.gid));
                }
            },
            [&](const EnterCgroup &o) {
                calls.add("mkdirat(own_cgroup, sandbox, 0755);");
                calls.add("cgroup = openat(own_cgroup, sandbox, O_PATH | O_DIRECTORY | O_CLOEXEC);");
                limits(calls, o.limits);
                calls.add("fd = openat(cgroup, \"cgroup.procs\", O_WRONLY | O_CLOEXEC);");
                calls.add("write(fd, builder, strlen(builder));");
            },
            [&](const Unshare &o) { calls.add("unshare({});", namespaceFlags(o.namespaces)); },
            [&](const SetPropagation &o) {
                calls.open("target", o.target);
                calls.add("mount_setattr(target, \"\", AT_EMPTY_PATH{}, &(struct mount_attr){{.propagation = {}}}, "
                          "sizeof(struct mount_attr));",
                          o.change.recursive ? " | AT_RECURSIVE" : "", propagationConstant(o.change.propagation));
            },
            [&](const MountFilesystem &o) {
                calls.add("fd = fsopen({}, FSOPEN_CLOEXEC);", cString(o.type));
                if (!o.source.empty())
                    calls.add("fsconfig(fd, FSCONFIG_SET_STRING, \"source\", {}, 0);", cString(o.source));
                calls.configure(o.parameters);
                calls.createAndAttach(o.attributes, o.target);
            },
            [&](const MountOverlay &o) {
                calls.add("fd = fsopen(\"overlay\", FSOPEN_CLOEXEC);");
                calls.add("fsconfig(fd, FSCONFIG_SET_STRING, \"source\", \"overlay\", 0);");
                for (const std::string &lower : o.lowers)
                    calls.add("fsconfig(fd, FSCONFIG_SET_STRING, \"lowerdir+\", {}, 0);", cString(lower));
                if (!o.upper.empty())
                    calls.add("fsconfig(fd, FSCONFIG_SET_STRING, \"upperdir\", {}, 0);", cString(unescapable(o.upper)));
                if (!o.work.empty())
                    calls.add("fsconfig(fd, FSCONFIG_SET_STRING, \"workdir\", {}, 0);", cString(unescapable(o.work)));
                calls.configure(o.parameters);
                calls.createAndAttach(o.attributes, o.target);
            },
            [&](const BindMount &o) {
                calls.open("source", o.source);
                if (o.skipIfMissing)
                    calls.skipWhenMissing("source");
                calls.add("tree = open_tree(source, \"\", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH{});",
                          o.recursive ? " | AT_RECURSIVE" : "");
                calls.open("target", o.target);
                calls.attach("tree");
            },
            [&](const SetMountAttributes &o) {
                calls.open("target", o.target);
                if (o.skipIfMissing)
                    calls.skipWhenMissing("target");
                std::vector<std::string> fields;
                if (o.attributes.set != 0)
                    fields.push_back(".attr_set = " + attributeConstants(o.attributes.set));
                // The atime setting is one field of several bits: to set it, it has to be cleared (mount_setattr(2)).
                std::vector<std::string> clear;
                if ((o.attributes.clear & ~mount_attr::atimeMask) != 0)
                    clear.push_back(attributeConstants(o.attributes.clear & ~mount_attr::atimeMask));
                if (((o.attributes.clear | o.attributes.set) & mount_attr::atimeMask) != 0)
                    clear.emplace_back("MOUNT_ATTR__ATIME");
                if (!clear.empty())
                    fields.push_back(".attr_clr = " + alternatives(clear));
                calls.add("mount_setattr(target, \"\", AT_EMPTY_PATH{}, &(struct mount_attr){{{}}}, sizeof(struct "
                          "mount_attr));",
                          o.recursive ? " | AT_RECURSIVE" : "", fields.empty() ? "0" : join(fields, ", "));
            },
            [&](const MoveMount &o) {
                calls.open("source", o.source);
                calls.open("target", o.target);
                calls.attach("source");
            },
            [&](const MaskPath &o) {
                calls.open("target", o.target);
                calls.skipWhenMissing("target");
                calls.add("fstat(target, &status);");
                calls.add("null = open(\"/dev/null\", O_PATH | O_NOFOLLOW | O_CLOEXEC);");
                calls.add("fd = fsopen(\"tmpfs\", FSOPEN_CLOEXEC);");
                calls.configure({{"source", "masked"}, {"mode", "0555"}});
                calls.add("fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);");
                calls.add("tree = S_ISDIR(status.st_mode) ? fsmount(fd, FSMOUNT_CLOEXEC, {}) : open_tree(null, \"\", "
                          "OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);",
                          attributeConstants(mount_attr::readOnly | mount_attr::noSuid | mount_attr::noDev |
                                             mount_attr::noExec));
                calls.attach("tree");
            },
            [&](const MakeDirectory &o) {
                const std::string name = calls.openParent(o.target);
                calls.add("mkdirat(parent, {}, {:#o});", name, o.mode);
            },
            [&](const MakeMountPoint &o) {
                calls.open("like", o.like);
                calls.add("fstat(like, &status);");
                const std::string name = calls.openParent(o.target);
                calls.add("if (S_ISDIR(status.st_mode)) mkdirat(parent, {}, 0755);", name);
                calls.add("else fd = openat(parent, {}, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);",
                          name);
            },
            [&](const MakeDevice &o) {
                calls.add("stat({}, &status);", cString(o.like));
                const std::string name = calls.openParent(o.target);
                calls.add("mknodat(parent, {}, (status.st_mode & S_IFMT) | {:#o}, status.st_rdev);", name, o.mode);
            },
            [&](const MakeSymlink &o) {
                const std::string name = calls.openParent(o.target);
                calls.add("symlinkat({}, parent, {});", cString(o.pointsTo), name);
            },
            [&](const WriteFile &o) {
                if (!o.copyOf.empty()) {
                    calls.add("source = open({}, O_RDONLY | O_CLOEXEC);", cString(o.copyOf));
                    calls.add("length = read(source, buffer, sizeof buffer);");
                }
                const std::string name = calls.openParent(o.target);
                calls.add("fd = openat(parent, {}, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, {:#o});", name,
                          o.mode);
                if (!o.copyOf.empty())
                    calls.add("write(fd, buffer, length);");
                else
                    calls.add("write(fd, {}, {});", cString(o.text), o.text.size());
            },
            [&](const SetHostname &o) { calls.add("sethostname({}, {});", cString(o.name), o.name.size()); },
            [&](const SetDomainname &o) { calls.add("setdomainname({}, {});", cString(o.name), o.name.size()); },
            [&](const BringUpLoopback &) {
                calls.add("fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);");
                calls.add("ioctl(fd, SIOCSIFFLAGS, &(struct ifreq){{.ifr_name = \"lo\", .ifr_flags = IFF_UP}});");
            },
            [&](const ChangeDirectory &o) {
                if (o.target.base == Location::Base::NewRoot) {
                    calls.open("target", o.target);
                    calls.add("fchdir(target);");
                } else {
                    calls.add("chdir({});", cString(o.target.path));
                }
            },
            [&](const PivotRoot &o) {
                calls.add("syscall(SYS_pivot_root, {}, {});", cString(o.newRoot), cString(o.putOld));
            },
            [&](const ChangeRoot &o) { calls.add("chroot({});", cString(o.path)); },
            [&](const Unmount &o) {
                calls.add("umount2({}, {}UMOUNT_NOFOLLOW);", cString(o.path), o.detach ? "MNT_DETACH | " : "");
            },
            [&](const RemoveDirectory &o) { calls.add("rmdir({});", cString(o.path)); },
            [&](const OpenTerminal &) {
                calls.add("master = open(\"/dev/pts/ptmx\", O_RDWR | O_NOCTTY | O_CLOEXEC);");
                calls.add("ioctl(master, TIOCSPTLCK, &(int){{0}});");
                calls.add("terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);");
            },
            [&](const SpawnPayload &) { calls.add("clone(enter, stack, CLONE_VFORK | CLONE_VM | SIGCHLD, work);"); },
            [&](const NewSession &o) {
                calls.add("setsid();");
                if (o.controllingTerminal)
                    calls.add("ioctl(STDIN_FILENO, TIOCSCTTY, 0);");
            },
            [&](const SetResourceLimit &o) {
                calls.add("setrlimit({}, &(struct rlimit){{.rlim_cur = {}, .rlim_max = {}}});",
                          identifier(o.limit.type), limitValue(o.limit.soft), limitValue(o.limit.hard));
            },
            [&](const LimitCapabilities &o) {
                calls.add("keep = {};", keepMask(o.keep));
                calls.add("for (int cap = 0; cap <= CAP_LAST_CAP; cap++) if (!(keep >> cap & 1)) "
                          "prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);");
            },
            [&](const SetIds &o) { ids(calls, o); },
            [&](const SetCapabilities &o) { capabilitySets(calls, o); },
            [&](const SetNoNewPrivileges &) { calls.add("prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);"); },
            [&](const InstallSeccomp &) { calls.add("syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);"); },
            [&](const Execute &o) {
                const std::string program = o.args.empty() ? std::string() : o.args.front();
                const bool searched = program.find('/') == std::string::npos;
                calls.add("{}({}, {}, {});", searched ? "execvpe" : "execve", cString(program), stringArray(o.args),
                          stringArray(o.env));
            },
        },
        operation);
    return calls.take();
}

} // namespace pivotbench::core
