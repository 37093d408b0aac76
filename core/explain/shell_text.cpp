// SPDX-License-Identifier: Apache-2.0
#include "core/explain/shell_text.h"
#include "core/spec/overlay_paths.h"

#include "core/base/overloaded.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace pivotbench::core {
namespace {

/// Joins the non-empty words with single spaces.
std::string words(std::initializer_list<std::string_view> list)
{
    std::string out;
    for (const std::string_view word : list) {
        if (!out.empty() && !word.empty())
            out += ' ';
        out += word;
    }
    return out;
}

std::string parameterText(const FilesystemParameter &parameter)
{
    return parameter.second.empty() ? parameter.first : parameter.first + "=" + parameter.second;
}

/// "-o nosuid,size=1m", quoted; empty when there is nothing to say.
std::string optionWords(std::vector<std::string> options)
{
    std::erase(options, std::string());
    return options.empty() ? std::string() : "-o " + shellWord(join(options, ","));
}

/// fsmount(2) makes the mount read-only; "mount -o ro" would make the file system so, for every mount of it, and fails
/// where the file system is there already. So read-only comes second, as a change of the mount.
std::string mountLine(std::string_view type, std::string_view source, std::vector<std::string> options,
                      const MountAttributes &attributes, const std::string &target)
{
    const MountAttributes first{attributes.set & ~mount_attr::readOnly, 0};
    std::vector<std::string> all = attributeWords(first);
    all.insert(all.end(), options.begin(), options.end());
    std::string line = words(
        {"mount -t", shellWord(type), optionWords(std::move(all)), shellWord(source.empty() ? type : source), target});
    if ((attributes.set & mount_attr::readOnly) != 0)
        line += " && mount -o remount,bind,ro " + target;
    return line;
}

std::string overlayLine(const MountOverlay &o, const std::string &target)
{
    std::vector<std::string> lowers;
    lowers.reserve(o.lowers.size());
    for (const std::string &lower : o.lowers)
        lowers.push_back(overlayEscaped(lower, "\\:,"));
    std::vector<std::string> options{"lowerdir=" + join(lowers, ":")};
    if (!o.upper.empty())
        options.push_back("upperdir=" + overlayEscaped(o.upper, "\\,"));
    if (!o.work.empty())
        options.push_back("workdir=" + overlayEscaped(o.work, "\\,"));
    std::ranges::transform(o.parameters, std::back_inserter(options), parameterText);
    return mountLine("overlay", "overlay", std::move(options), o.attributes, target);
}

std::string parentOf(const Location &location, const PathWriter &path)
{
    const std::size_t slash = location.path.rfind('/');
    return path({location.base, slash == 0 || slash == std::string::npos ? "/" : location.path.substr(0, slash)});
}

std::string idMapFormat(const std::vector<IdRange> &ranges)
{
    std::string text;
    for (const IdRange &range : ranges)
        text += fmt::format("{} {} {}\n", range.containerId, range.hostId, range.size);
    return printfFormat(text);
}

std::string idMapArguments(const std::vector<IdRange> &ranges)
{
    std::string text;
    for (const IdRange &range : ranges)
        text += fmt::format(" {} {} {}", range.containerId, range.hostId, range.size);
    return text;
}

std::string cgroupLines(const ResourcesSpec &limits)
{
    std::string out = "mkdir \"$cgroup\"";
    const auto limit = [&](const char *file, const std::string &value) {
        out += fmt::format(" && echo {} >\"$cgroup\"/{}", value, file);
    };
    if (limits.memoryBytes)
        limit("memory.max", std::to_string(*limits.memoryBytes));
    if (limits.pids)
        limit("pids.max", std::to_string(*limits.pids));
    if (limits.cpuQuota)
        limit("cpu.max", fmt::format("'{} 100000'", *limits.cpuQuota));
    if (limits.cpuWeight)
        limit("cpu.weight", std::to_string(*limits.cpuWeight));
    return out + " && echo \"$builder\" >\"$cgroup\"/cgroup.procs";
}

/// A constant's name in lower case; other characters than those of a name vanish.
std::string lowerWord(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
            out += c;
    }
    return out;
}

std::string capabilityList(const std::vector<std::string> &names)
{
    std::string out = "-all";
    for (const std::string &name : names)
        out += ",+" + lowerWord(name.starts_with("CAP_") ? std::string_view(name).substr(4) : name);
    return out;
}

std::string limitText(std::uint64_t value)
{
    return value == std::numeric_limits<std::uint64_t>::max() ? "unlimited" : std::to_string(value);
}

} // namespace

std::string printfFormat(std::string_view text)
{
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n')
            out += "\\n";
        else if (c == '%')
            out += "%%";
        else if (byte < 0x20 || byte >= 0x7f || c == '\'' || c == '\\' ||
                 (c == '-' && out.size() == 1)) // not an option
            out += fmt::format("\\{:03o}", byte);
        else
            out += c;
    }
    return out + "'";
}

std::string shellWord(std::string_view word)
{
    // $(…) takes newlines off the end; such a word keeps its raw form, which a shell reads all the same.
    if (isPlain(word) || word.ends_with('\n'))
        return shellQuote(word);
    return "\"$(printf " + printfFormat(word) + ")\"";
}

const char *namespaceOption(Namespace ns)
{
    switch (ns) {
    case Namespace::User: return "--user";
    case Namespace::Mount: return "--mount";
    case Namespace::Pid: return "--pid";
    case Namespace::Uts: return "--uts";
    case Namespace::Ipc: return "--ipc";
    case Namespace::Network: return "--net";
    case Namespace::Cgroup: return "--cgroup";
    case Namespace::Time: return "--time";
    }
    std::unreachable();
}

std::string setprivOptions(const LimitCapabilities &operation)
{
    return "--bounding-set=" + capabilityList(operation.keep);
}

std::string setprivOptions(const SetIds &operation)
{
    std::string groups = "--keep-groups";
    if (operation.setGroups && operation.additionalGids.empty())
        groups = "--clear-groups";
    else if (operation.setGroups) {
        std::vector<std::string> gids;
        gids.reserve(operation.additionalGids.size());
        for (const std::uint32_t gid : operation.additionalGids)
            gids.push_back(std::to_string(gid));
        groups = "--groups=" + join(gids, ",");
    }
    return fmt::format("--reuid={} --regid={} {}", operation.uid, operation.gid, groups);
}

std::string setprivOptions(const SetCapabilities &operation)
{
    const std::string inherited = operation.ambient ? capabilityList(operation.keep) : "-all";
    return fmt::format("--inh-caps={0} --ambient-caps={0}", inherited);
}

std::string prlimitOption(const SetResourceLimit &operation)
{
    std::string_view type = operation.limit.type;
    if (type.starts_with("RLIMIT_"))
        type.remove_prefix(7);
    return fmt::format("--{}={}:{}", lowerWord(type), limitText(operation.limit.soft), limitText(operation.limit.hard));
}

std::string writeIdMapLines(const WriteIdMaps &maps)
{
    return fmt::format("printf {} >/proc/\"$builder\"/uid_map\nprintf {} >/proc/\"$builder\"/gid_map",
                       idMapFormat(maps.uid), idMapFormat(maps.gid));
}

std::string environmentWords(const Execute &operation, std::string_view directory)
{
    std::string out = "env -i";
    if (!directory.empty())
        out += " --chdir=" + std::string(directory);
    for (const std::string &variable : operation.env)
        out += " " + shellWord(variable);
    for (const std::string &argument : operation.args)
        out += " " + shellWord(argument);
    return out;
}

std::string shellLine(const Operation &operation, const PathWriter &path)
{
    return std::visit(
        Overloaded{
            [](const CreateProcess &o) {
                std::string line = "unshare";
                for (const Namespace ns : o.namespaces)
                    line += std::string(" ") + namespaceOption(ns);
                return line + " --fork sh";
            },
            [](const DenySetgroups &) { return std::string("printf deny >/proc/\"$builder\"/setgroups"); },
            [](const WriteIdMaps &o) {
                if (!o.byTools)
                    return writeIdMapLines(o);
                return fmt::format("newuidmap \"$builder\"{}\nnewgidmap \"$builder\"{}", idMapArguments(o.uid),
                                   idMapArguments(o.gid));
            },
            [](const EnterCgroup &o) { return cgroupLines(o.limits); },
            [](const Unshare &o) {
                std::string line = "unshare";
                for (const Namespace ns : o.namespaces) {
                    line += std::string(" ") + namespaceOption(ns);
                    if (ns == Namespace::Mount)
                        line += " --propagation unchanged";
                }
                return line + " sh";
            },
            [&](const SetPropagation &o) {
                return fmt::format("mount --make-{}{} {}", o.change.recursive ? "r" : "",
                                   propagationWord(o.change.propagation), path(o.target));
            },
            [&](const MountFilesystem &o) {
                std::vector<std::string> options;
                std::ranges::transform(o.parameters, std::back_inserter(options), parameterText);
                return mountLine(o.type, o.source, std::move(options), o.attributes, path(o.target));
            },
            [&](const MountOverlay &o) { return overlayLine(o, path(o.target)); },
            [&](const BindMount &o) {
                return fmt::format("{}mount --{}bind {} {}",
                                   o.skipIfMissing ? fmt::format("[ ! -e {} ] || ", path(o.source)) : "",
                                   o.recursive ? "r" : "", path(o.source), path(o.target));
            },
            [&](const MoveMount &o) { return fmt::format("mount --move {} {}", path(o.source), path(o.target)); },
            [&](const SetMountAttributes &o) {
                const std::string target = path(o.target);
                std::vector<std::string> options{"remount", "bind"};
                const std::vector<std::string> attributes = attributeWords(o.attributes);
                options.insert(options.end(), attributes.begin(), attributes.end());
                const std::string remount = "mount " + optionWords(std::move(options)) + " ";
                // "ro=recursive" came with util-linux 2.39.
                const std::string line =
                    o.recursive
                        ? fmt::format("findmnt -R -n -l -o TARGET {} | while IFS= read -r at; do {}\"$at\"; done",
                                      target, remount)
                        : remount + target;
                return o.skipIfMissing ? fmt::format("[ ! -e {} ] || {}", target, line) : line;
            },
            [&](const MaskPath &o) {
                const std::string target = path(o.target);
                return fmt::format("if [ -d {0} ]; then mount -t tmpfs -o nosuid,nodev,noexec,mode=0555 masked {0} && "
                                   "mount -o remount,bind,ro {0}; elif [ -e {0} ]; then mount --bind /dev/null {0}; fi",
                                   target);
            },
            [&](const MakeDirectory &o) { return fmt::format("mkdir -p -m {:04o} {}", o.mode, path(o.target)); },
            [&](const MakeMountPoint &o) {
                const std::string target = path(o.target);
                return fmt::format("if [ -d {} ]; then mkdir -p {}; elif [ ! -e {} ]; then mkdir -p {} && : >{}; fi",
                                   path(o.like), target, target, parentOf(o.target, path), target);
            },
            [&](const MakeDevice &o) {
                return fmt::format("[ -e {2} ] || {{ mkdir -p {0} && cp --archive {1} {2} && chmod {3:04o} {2}; }}",
                                   parentOf(o.target, path), shellWord(o.like), path(o.target), o.mode);
            },
            [&](const MakeSymlink &o) {
                return fmt::format("[ -e {2} ] || [ -L {2} ] || {{ mkdir -p {0} && ln -s -- {1} {2}; }}",
                                   parentOf(o.target, path), shellWord(o.pointsTo), path(o.target));
            },
            [&](const WriteFile &o) {
                const std::string target = path(o.target);
                const std::string made = o.copyOf.empty() ? fmt::format("printf {} >{}", printfFormat(o.text), target)
                                                          : fmt::format("cat {} >{}", shellWord(o.copyOf), target);
                return fmt::format("{} && chmod {:04o} {}", made, o.mode, target);
            },
            [](const SetHostname &o) { return "hostname " + shellWord(o.name); },
            [](const SetDomainname &o) { return "domainname " + shellWord(o.name); },
            [](const BringUpLoopback &) { return std::string("ip link set lo up"); },
            [&](const ChangeDirectory &o) { return "cd " + path(o.target); },
            [](const PivotRoot &o) {
                return fmt::format("pivot_root {} {}", shellWord(o.newRoot), shellWord(o.putOld));
            },
            [](const ChangeRoot &o) { return "chroot " + shellWord(o.path); },
            [](const Unmount &o) { return fmt::format("umount {}{}", o.detach ? "-l " : "", shellWord(o.path)); },
            [](const RemoveDirectory &o) { return "rmdir " + shellWord(o.path); },
            [](const OpenTerminal &) {
                return std::string("# no command opens a terminal of the sandbox; script(1) opens one of the host's");
            },
            [](const SpawnPayload &) { return std::string("\"$@\" & wait \"$!\""); },
            [](const NewSession &o) {
                return std::string(o.controllingTerminal ? "setsid --ctty --wait \"$@\"" : "setsid --wait \"$@\"");
            },
            [](const SetResourceLimit &o) { return fmt::format("prlimit {} \"$@\"", prlimitOption(o)); },
            [](const LimitCapabilities &o) { return fmt::format("setpriv {} \"$@\"", setprivOptions(o)); },
            [](const SetIds &o) { return fmt::format("setpriv {} \"$@\"", setprivOptions(o)); },
            [](const SetCapabilities &o) { return fmt::format("setpriv {} \"$@\"", setprivOptions(o)); },
            [](const SetNoNewPrivileges &) { return std::string("setpriv --no-new-privs \"$@\""); },
            [](const InstallSeccomp &) {
                return std::string("# no command of util-linux 2.38 installs a system call filter");
            },
            [](const Execute &o) { return "exec " + environmentWords(o); },
        },
        operation);
}

} // namespace pivotbench::core
