// SPDX-License-Identifier: Apache-2.0
//
// A spec as one command line of bubblewrap (bwrap(1)). What bwrap cannot look up by itself, a few lines of shell do
// before it: whether it can stack layers (0.11), and what kind of thing a masked path is. The options stand in the
// order in which bwrap carries them out, which is the planner's.
#include "core/base/text.h"
#include "core/explain/shell_text.h"
#include "core/export/losses.h"
#include "core/plan/planner.h"
#include "core/spec/effective_ids.h"
#include "core/spec/mount_options.h"
#include "core/spec/overlay_paths.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace pivotbench::core {
namespace {

/// "64k" as bytes; nothing for what tmpfs(5) knows besides ("50%").
std::optional<std::uint64_t> bytesOf(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end == text.data())
        return std::nullopt;
    const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
    constexpr std::string_view suffixes = "kmgt";
    unsigned shift = 0;
    if (suffix.size() == 1) {
        const std::size_t at = suffixes.find(static_cast<char>(suffix.front() | 0x20));
        if (at == std::string_view::npos)
            return std::nullopt;
        shift = static_cast<unsigned>(at + 1) * 10;
    } else if (!suffix.empty()) {
        return std::nullopt;
    }
    if (value == 0 || (value << shift) >> shift != value)
        return std::nullopt;
    return value << shift;
}

bool isMode(std::string_view text)
{
    return !text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == std::string_view::npos &&
           (text.size() < 5 || text.front() == '0');
}

bool isInside(std::string_view path, std::string_view directory)
{
    return directory == "/" || path == directory ||
           (path.starts_with(directory) && path.substr(directory.size()).starts_with('/'));
}

/// Text that a here-document shows as it is.
bool isPlainDocument(std::string text)
{
    std::ranges::replace(text, '\t', ' ');
    return text.ends_with('\n') && printable(text, true) == text;
}

class BwrapWriter {
public:
    BwrapWriter(const SandboxSpec &spec, const HostFacts &facts)
        : m_spec(spec)
        , m_facts(facts)
        , m_ids(effectiveIds(spec, facts))
    {
    }

    Export write()
    {
        writeNamespaces();
        m_root = rootLines();
        writePolicies();
        for (std::size_t i = 0; i < m_spec.mounts.size(); ++i)
            writeMount(m_spec.mounts[i], fmt::format("mounts[{}]", i));
        writeFile("/etc/resolv.conf", "files.resolvConf", m_spec.files.resolvConf, m_spec.files.resolvConf.text);
        writeFile("/etc/hosts", "files.hosts", m_spec.files.hosts, m_spec.files.hosts.text);
        const InjectedFile &hostname = m_spec.files.hostnameFile;
        writeFile("/etc/hostname", "files.hostnameFile", hostname,
                  hostname.text.empty() ? m_spec.hostname + "\n" : hostname.text);
        flush();
        writeProtectedPaths();
        writeProcess();
        loseLock(m_spec, m_losses);
        loseWhatOnlyARuntimeHas(m_spec, m_losses);
        std::string text = assemble();
        return {std::move(text), m_losses.take()};
    }

private:
    /// One option and its operands, in the order given.
    void option(std::string_view name, const std::vector<std::string> &operands = {})
    {
        m_options += fmt::format(" \\\n    {}", name);
        for (const std::string &operand : operands)
            m_options += " " + shellWord(operand);
    }

    /// What was collected becomes arguments; whatever the shell has to look at comes behind.
    void flush()
    {
        if (!m_options.empty())
            m_body += "set -- \"$@\"" + m_options + '\n';
        m_options.clear();
    }

    void lose(std::string field, std::string_view sentence) { m_losses.add(std::move(field), sentence); }

    // Namespaces, ids
    // ---------------------------------------------------------------------------------------------------

    void writeNamespaces()
    {
        const NamespacesSpec &ns = m_spec.namespaces;
        if (ns.mount == NamespaceChoice::Host)
            lose("namespaces.mount", "it has a mount namespace of its own: bwrap makes one always");
        if (ns.time == NamespaceChoice::New)
            lose("namespaces.time", "the clocks are the host's: bwrap makes no time namespace");
        writeIds();
        const auto flag = [&](bool wanted, const char *name) {
            if (wanted)
                option(name);
        };
        flag(ns.pid == NamespaceChoice::New, "--unshare-pid");
        flag(ns.uts == NamespaceChoice::New, "--unshare-uts");
        flag(ns.ipc == NamespaceChoice::New, "--unshare-ipc");
        flag(ns.network == NetworkChoice::None, "--unshare-net");
        flag(ns.cgroup == NamespaceChoice::New, "--unshare-cgroup");
        if (!m_spec.hostname.empty()) {
            if (ns.uts == NamespaceChoice::New)
                option("--hostname", {m_spec.hostname});
            else
                lose("hostname", "the host name stays the host's: bwrap changes it only in a namespace of its own");
        }
        if (!m_spec.domainname.empty())
            lose("domainname", "bwrap sets no NIS domain name");
        option("--die-with-parent");
        if (!m_spec.process.terminal)
            option("--new-session");
    }

    void writeIds()
    {
        const ProcessSpec &process = m_spec.process;
        if (m_ids.newUserNamespace || !m_facts.privileged) {
            option("--unshare-user");
            option("--uid", {std::to_string(process.uid)});
            option("--gid", {std::to_string(process.gid)});
            const auto more = [](const std::vector<IdRange> &map) {
                return map.size() > 1 || (map.size() == 1 && map.front().size > 1);
            };
            if (!m_ids.newUserNamespace)
                lose("namespaces.user", "it has a user namespace: bwrap cannot do without one for an ordinary user");
            if (more(m_ids.uid) || more(m_ids.gid))
                lose("idMaps", fmt::format("bwrap maps one id: you are {} inside, files of all others belong to "
                                           "nobody, and the command can become no other user",
                                           process.uid));
        } else if (process.uid != 0 || process.gid != 0) {
            lose("process.user", "the command runs as who starts bwrap: without a user namespace it changes no ids");
        }
        if (!process.additionalGids.empty())
            lose("process.user.additionalGids", "bwrap sets no groups: those of who starts it stay");
        else if (!m_ids.groupsDenied)
            lose("process.user.additionalGids", "the groups of who starts it stay: bwrap cannot drop them");
    }

    // Root
    // --------------------------------------------------------------------------------------------------------------

    std::string rootLines()
    {
        const RootSpec &root = m_spec.root;
        if (root.propagation != RootPropagation::Slave)
            lose("root.propagation", "bwrap makes the tree a slave: mounts that the host makes later in a bound "
                                     "directory appear inside, and none get out");
        switch (root.switchRoot) {
        case SwitchRoot::PivotRootDot: break;
        case SwitchRoot::PivotRoot:
            lose("root.putOld",
                 fmt::format("bwrap has a place of its own for the old root while it switches, not {}", root.putOld));
            break;
        case SwitchRoot::Chroot:
        case SwitchRoot::None:
            lose("root.switchRoot", "bwrap switches by pivot_root, always: the old root is gone inside");
            break;
        }
        if (root.writable == Writable::Discard && root.scratchBytes != 0)
            lose("root.scratchBytes", "what can be written to the root has no limit but the memory");
        const std::string top = shellWord(root.layers.front().path);
        const bool single = root.layers.size() == 1;
        switch (root.writable) {
        case Writable::Direct: return fmt::format("set -- --bind {} /\n", top);
        case Writable::None:
            if (single)
                return fmt::format("set -- --ro-bind {} /\n", top);
            return stacked("--ro-overlay /", {});
        case Writable::Discard:
            if (!single)
                return stacked("--tmp-overlay /", {});
            lose("root.writable", "bubblewrap before 0.11 shows the layer read-only: nothing can be written to it, and "
                                  "what is mounted or written on has to be in it");
            m_fallback = true;
            return fmt::format("# bubblewrap stacks layers since 0.11.\n"
                               "if bwrap --help 2>&1 | grep -q -e --tmp-overlay; then\n"
                               "    stacks=yes\n"
                               "    set -- --overlay-src {0} --tmp-overlay /\n"
                               "else\n"
                               "    stacks=\n"
                               "    set -- --ro-bind {0} /\n"
                               "fi\n",
                               top);
        case Writable::Keep: {
            const std::string kept = fmt::format("{}/layers/{}", m_facts.stateDirectory,
                                                 root.keepName.empty() ? m_spec.name : root.keepName);
            const std::string upper = shellWord(kept + "/upper");
            const std::string work = shellWord(kept + "/work");
            return stacked(fmt::format("--overlay {} {} /", upper, work),
                           fmt::format("mkdir -p -- {} {}\n", upper, work));
        }
        }
        return {};
    }

    static constexpr const char *needsOverlays =
        "bwrap --help 2>&1 | grep -q -e --tmp-overlay || {\n"
        "    echo \"bubblewrap 0.11 is needed: this one stacks no layers\" >&2\n"
        "    exit 125\n"
        "}\n";

    /// The lowest layer first, as bwrap has it.
    std::string stacked(const std::string &mount, const std::string &before)
    {
        lose("root.layers", "layers are stacked by bubblewrap 0.11 and later; an older one refuses");
        std::string out = needsOverlays + before + "set --";
        for (std::size_t i = m_spec.root.layers.size(); i > 0; --i)
            out += " --overlay-src " + shellWord(m_spec.root.layers[i - 1].path);
        return out + " " + mount + "\n";
    }

    // /proc, /dev, /sys
    // -------------------------------------------------------------------------------------------------

    void writePolicies()
    {
        switch (m_spec.proc) {
        case ProcPolicy::Private: option("--proc", {"/proc"}); break;
        case ProcPolicy::Host: option("--dev-bind", {"/proc", "/proc"}); break;
        case ProcPolicy::None: break;
        }
        switch (m_spec.dev.policy) {
        case DevPolicy::Minimal:
            option("--dev", {"/dev"});
            lose("dev.policy", "bwrap's /dev has no size limit, and programs in it can be run");
            for (const std::string &device : m_spec.dev.devices)
                option("--dev-bind", {device, device});
            break;
        case DevPolicy::Devtmpfs:
            lose("dev.policy", "the host's /dev is bound: bwrap mounts no devtmpfs");
            [[fallthrough]];
        case DevPolicy::Host: option("--dev-bind", {"/dev", "/dev"}); break;
        case DevPolicy::None: break;
        }
        switch (m_spec.sys) {
        case SysPolicy::ReadOnly:
            lose("sys", "the host's /sys is bound read-only, with the host's network devices: bwrap mounts no sysfs");
            option("--ro-bind", {"/sys", "/sys"});
            break;
        case SysPolicy::Private:
            lose("sys", "the host's /sys is bound, with the host's network devices: bwrap mounts no sysfs");
            option("--bind", {"/sys", "/sys"});
            break;
        case SysPolicy::Masked:
            option("--perms 0555 --tmpfs", {"/sys"});
            option("--remount-ro", {"/sys"});
            break;
        case SysPolicy::Host: option("--dev-bind", {"/sys", "/sys"}); break;
        case SysPolicy::None: break;
        }
    }

    // Mounts of the spec
    // ------------------------------------------------------------------------------------------------

    void writeMount(const MountSpec &mount, const std::string &field)
    {
        const Result<MountOptions> options = parseMountOptions(mount.options);
        if (!options) {
            lose(field + ".options", "the mount is left out: " + options.error().what);
            return;
        }
        if (mount.type == "bind" || mount.type == "rbind" || options->bind)
            writeBind(mount, *options, field);
        else if (mount.type == "tmpfs")
            writeTmpfs(mount, *options, field);
        else if (mount.type == "proc" || mount.type == "mqueue")
            writeKernelTree(mount, *options, field);
        else if (mount.type == "overlay")
            writeOverlay(mount, *options, field);
        else {
            lose(field + ".type",
                 fmt::format("nothing is mounted on {}: bwrap mounts no {}", mount.destination, mount.type));
            return;
        }
        // What is shared on the host comes in as a slave, see root.propagation.
        if (options->propagation && options->propagation->propagation != Propagation::Slave)
            lose(field + ".options", fmt::format("{} stays a slave of the host, not {}", mount.destination,
                                                 propagationWord(options->propagation->propagation)));
    }

    static bool wants(const MountOptions &options, std::uint64_t bit)
    {
        return ((options.attributes.set | options.recursiveAttributes.set) & bit) != 0;
    }

    /// Which of the wished attributes the mount does not have, and which of the unwished.
    void loseAttributes(const MountSpec &mount, const MountOptions &options, std::uint64_t has,
                        const std::string &field)
    {
        const std::uint64_t set = options.attributes.set | options.recursiveAttributes.set;
        const std::uint64_t clear = options.attributes.clear | options.recursiveAttributes.clear;
        const std::vector<std::string> missing = attributeWords({set & ~has, 0});
        const std::vector<std::string> extra = attributeWords({clear & has & ~set & ~mount_attr::atimeMask, 0});
        if (!missing.empty())
            lose(field + ".options",
                 fmt::format("{} is not {}: bwrap has no option for that", mount.destination, join(missing, ", ")));
        if (!extra.empty())
            lose(field + ".options",
                 fmt::format("{} is {}: bwrap mounts everything so", mount.destination, join(extra, ", ")));
    }

    void loseParameters(const std::vector<std::string> &words, const std::string &field)
    {
        if (!words.empty())
            lose(field + ".options", fmt::format("without {}: bwrap has no option for that", join(words, ", ")));
    }

    static std::string wordOf(const FilesystemParameter &parameter)
    {
        return parameter.second.empty() ? parameter.first : parameter.first + "=" + parameter.second;
    }

    void writeBind(const MountSpec &mount, const MountOptions &options, const std::string &field)
    {
        const bool readOnly = wants(options, mount_attr::readOnly);
        const bool device = isInside(mount.source, "/dev") && !wants(options, mount_attr::noDev);
        option(device ? "--dev-bind" : readOnly ? "--ro-bind" : "--bind", {mount.source, mount.destination});
        if (readOnly && device)
            option("--remount-ro", {mount.destination});
        const bool recursive = options.recursiveBind || mount.type == "rbind";
        if (!recursive)
            lose(field + ".options",
                 fmt::format("what is mounted below {} comes along: bwrap's binds are recursive", mount.source));
        else if (readOnly && !device && (options.recursiveAttributes.set & mount_attr::readOnly) == 0)
            lose(field + ".options", fmt::format("what is mounted below {} is read-only too", mount.source));
        loseAttributes(
            mount, options,
            mount_attr::readOnly * (readOnly ? 1U : 0U) | mount_attr::noSuid | (device ? 0 : mount_attr::noDev), field);
        std::vector<std::string> rest;
        std::ranges::transform(options.parameters, std::back_inserter(rest), wordOf);
        loseParameters(rest, field);
    }

    void writeTmpfs(const MountSpec &mount, const MountOptions &options, const std::string &field)
    {
        std::string mode = "1777"; // the kernel's own choice; bwrap's is 0755
        std::optional<std::uint64_t> size;
        std::vector<std::string> rest;
        for (const FilesystemParameter &parameter : options.parameters) {
            if (parameter.first == "mode" && isMode(parameter.second))
                mode = parameter.second;
            else if (parameter.first == "size" && bytesOf(parameter.second))
                size = bytesOf(parameter.second);
            else
                rest.push_back(wordOf(parameter));
        }
        option(fmt::format("--perms {}{} --tmpfs", mode, size ? fmt::format(" --size {}", *size) : ""),
               {mount.destination});
        const bool readOnly = wants(options, mount_attr::readOnly);
        if (readOnly)
            option("--remount-ro", {mount.destination});
        loseAttributes(mount, options, mount_attr::noSuid | mount_attr::noDev | (readOnly ? mount_attr::readOnly : 0),
                       field);
        loseParameters(rest, field);
        loseSource(mount, field);
    }

    void loseSource(const MountSpec &mount, const std::string &field)
    {
        if (!mount.source.empty() && mount.source != mount.type)
            lose(field + ".source", fmt::format("the mount table calls it {}, not {}", mount.type, mount.source));
    }

    void writeKernelTree(const MountSpec &mount, const MountOptions &options, const std::string &field)
    {
        option("--" + mount.type, {mount.destination});
        std::uint64_t has = mount_attr::noSuid | mount_attr::noDev | mount_attr::noExec;
        if (mount.type == "mqueue")
            has = 0;
        if (wants(options, mount_attr::readOnly)) {
            option("--remount-ro", {mount.destination});
            has |= mount_attr::readOnly;
        }
        loseAttributes(mount, options, has, field);
        std::vector<std::string> rest;
        std::ranges::transform(options.parameters, std::back_inserter(rest), wordOf);
        loseParameters(rest, field);
        loseSource(mount, field);
    }

    void writeOverlay(const MountSpec &mount, const MountOptions &options, const std::string &field)
    {
        std::vector<std::string> lowers;
        std::string upper;
        std::string work;
        std::vector<std::string> rest;
        for (const FilesystemParameter &parameter : options.parameters) {
            if (parameter.first == "lowerdir")
                lowers = splitLowerdirs(parameter.second);
            else if (parameter.first == "upperdir")
                upper = parameter.second;
            else if (parameter.first == "workdir")
                work = parameter.second;
            else if (parameter.first != "userxattr" || !m_ids.newUserNamespace)
                rest.push_back(wordOf(parameter));
        }
        const bool writable = !upper.empty() && !work.empty();
        if (lowers.empty() || (upper.empty() && lowers.size() < 2)) {
            if (lowers.empty()) {
                lose(field + ".options", fmt::format("nothing is mounted on {}: it has no layer", mount.destination));
                return;
            }
            option("--ro-bind", {lowers.front(), mount.destination});
            lose(field + ".type", fmt::format("{} is a read-only bind of its only layer", mount.destination));
        } else {
            m_overlays = true;
            lose(field + ".type",
                 fmt::format("{} is stacked by bubblewrap 0.11 and later; an older one refuses", mount.destination));
            for (std::size_t i = lowers.size(); i > 0; --i)
                option("--overlay-src", {lowers[i - 1]});
            if (writable)
                option("--overlay", {upper, work, mount.destination});
            else
                option("--ro-overlay", {mount.destination});
        }
        const bool readOnly = wants(options, mount_attr::readOnly);
        if (readOnly && writable)
            option("--remount-ro", {mount.destination});
        loseAttributes(mount, options, readOnly ? mount_attr::readOnly : 0, field);
        loseParameters(rest, field);
        loseSource(mount, field);
    }

    // Injected files
    // ----------------------------------------------------------------------------------------------------

    void writeFile(const std::string &path, const std::string &field, const InjectedFile &file, const std::string &text)
    {
        switch (file.mode) {
        case FileInjection::None: return;
        case FileInjection::Bind: option("--ro-bind", {path, path}); return;
        case FileInjection::BindWritable: option("--bind", {path, path}); return;
        case FileInjection::Copy: m_redirections += fmt::format(" {}<{}", m_descriptor, path); break;
        case FileInjection::Text: {
            if (isPlainDocument(text)) {
                const std::string end = delimiterFor(text, "END");
                m_redirections += fmt::format(" {}<<'{}'", m_descriptor, end);
                m_documents += text + end + '\n';
                break;
            }
            // Spelled out, because it could deceive a terminal; $(…) takes newlines off the end, <<END adds one.
            std::string_view trimmed = text;
            while (trimmed.ends_with('\n'))
                trimmed.remove_suffix(1);
            if (std::string(trimmed) + '\n' != text)
                lose(field + ".text", "it ends in exactly one newline here");
            m_redirections += fmt::format(" {}<<END", m_descriptor);
            m_documents += fmt::format("$(printf {})\nEND\n", printfFormat(trimmed));
            break;
        }
        }
        if (m_fallback) {
            flush();
            m_body += fmt::format("[ -z \"$stacks\" ] && [ ! -e {} ] ||\n   ",
                                  shellWord(m_spec.root.layers.front().path + path));
        }
        option("--perms 0644 --bind-data", {std::to_string(m_descriptor), path});
        if (m_fallback)
            flush();
        ++m_descriptor;
    }

    // Masks
    // -------------------------------------------------------------------------------------------------------------

    /// Host paths of what the sandbox shows at a path before it is protected, the first that exists; none where that
    /// cannot be told.
    std::vector<std::string> sourcesOf(const std::string &path) const
    {
        for (std::size_t i = m_spec.mounts.size(); i > 0; --i) {
            const MountSpec &mount = m_spec.mounts[i - 1];
            if (!isInside(path, mount.destination))
                continue;
            if (mount.type == "bind" || mount.type == "rbind")
                return {mount.source + path.substr(mount.destination == "/" ? 0 : mount.destination.size())};
            return {};
        }
        const bool hosts =
            (isInside(path, "/proc") && m_spec.proc != ProcPolicy::None) ||
            (isInside(path, "/sys") && m_spec.sys != SysPolicy::None && m_spec.sys != SysPolicy::Masked) ||
            (isInside(path, "/dev") && m_spec.dev.policy != DevPolicy::None);
        if (hosts)
            return {path};
        std::vector<std::string> sources;
        for (const Layer &layer : m_spec.root.layers)
            sources.push_back(layer.path + path);
        return sources;
    }

    void writeProtectedPaths()
    {
        for (std::size_t i = 0; i < m_spec.readonlyPaths.size(); ++i)
            writeReadOnly(m_spec.readonlyPaths[i], fmt::format("readonlyPaths[{}]", i));
        writeLoop("[ ! -e \"$path\" ] || set -- \"$@\" --ro-bind \"$path\" \"$path\"");
        for (std::size_t i = 0; i < m_spec.maskedPaths.size(); ++i)
            writeMask(m_spec.maskedPaths[i], fmt::format("maskedPaths[{}]", i));
        writeLoop(maskLines("if", "\"$path\"", "\"$path\"") + "fi");
    }

    /// The same lines for all paths that the sandbox shows as the host does.
    void writeLoop(const std::string &lines)
    {
        if (m_loop.empty())
            return;
        m_body += fmt::format("for path in{}; do\n", m_loop);
        for (const std::string_view line : split(lines, '\n'))
            m_body += fmt::format("    {}\n", line);
        m_body += "done\n";
        m_loop.clear();
    }

    static std::string maskLines(std::string_view word, const std::string &source, const std::string &target)
    {
        return fmt::format("{0} [ -d {1} ]; then\n"
                           "    set -- \"$@\" --perms 0555 --tmpfs {2} --remount-ro {2}\n"
                           "elif [ -e {1} ]; then\n"
                           "    set -- \"$@\" --dev-bind /dev/null {2}\n",
                           word, source, target);
    }

    void writeReadOnly(const std::string &path, const std::string &field)
    {
        const bool mounted =
            std::ranges::any_of(m_spec.mounts, [&](const MountSpec &mount) { return mount.destination == path; });
        const std::vector<std::string> sources = sourcesOf(path);
        if (mounted) {
            m_body += fmt::format("set -- \"$@\" --remount-ro {}\n", shellWord(path));
        } else if (sources.size() == 1 && sources.front() == path) {
            m_loop += " \\\n    " + shellWord(path);
        } else if (sources.size() == 1) {
            m_body += fmt::format("[ ! -e {0} ] || set -- \"$@\" --ro-bind {0} {1}\n", shellWord(sources.front()),
                                  shellWord(path));
        } else if (m_spec.root.writable != Writable::None || sources.empty()) {
            lose(field, fmt::format("{} stays writable: bwrap binds from the host only, not what the layers show "
                                    "together",
                                    path));
        }
    }

    void writeMask(const std::string &path, const std::string &field)
    {
        const std::vector<std::string> sources = sourcesOf(path);
        if (sources.empty()) {
            lose(field, fmt::format("{} is not hidden: what stands there is known only inside", path));
            return;
        }
        if (sources.front() == path) {
            m_loop += " \\\n    " + shellWord(path);
            return;
        }
        const char *word = "if";
        for (const std::string &source : sources) {
            m_body += maskLines(word, shellWord(source), shellWord(path));
            word = "elif";
        }
        m_body += "fi\n";
    }

    // Process
    // -----------------------------------------------------------------------------------------------------------

    void writeProcess()
    {
        const ProcessSpec &process = m_spec.process;
        for (std::size_t i = 0; i < process.rlimits.size(); ++i)
            m_prefix += "prlimit " + prlimitOption({process.rlimits[i]}) + " ";
        if (!process.noNewPrivileges)
            lose("process.noNewPrivileges", "set-user-ID programs gain nothing: bwrap sets no_new_privs, always");
        option("--cap-drop", {"ALL"});
        const bool ordinary = process.uid != 0;
        if (process.capabilities.choice == CapabilityChoice::All)
            option("--cap-add", {"ALL"});
        else if (!ordinary || process.capabilities.choice == CapabilityChoice::List)
            for (const std::string &name : keptCapabilities(process.capabilities))
                option("--cap-add", {name});
        if (!ordinary && process.capabilities.choice != CapabilityChoice::None)
            lose("process.capabilities", "the command's are ambient as well: they outlive a change of its ids");
        if (ordinary && process.capabilities.choice == CapabilityChoice::Default)
            lose("process.capabilities", "the bounding set is empty: bwrap bounds by what the command has, and that is "
                                         "nothing");
        option("--clearenv");
        for (std::size_t i = 0; i < process.env.size(); ++i) {
            const std::string &entry = process.env[i];
            const std::size_t equals = entry.find('=');
            if (equals == 0 || equals == std::string::npos)
                lose(fmt::format("process.env[{}]", i), "it is no NAME=VALUE, and left out");
            else
                option("--setenv", {entry.substr(0, equals), entry.substr(equals + 1)});
        }
        option("--chdir", {process.cwd});
        lose("process.env", "PWD is set besides: bwrap says so where the command begins");
        flush();
    }

    std::string assemble() const
    {
        std::string out = fmt::format("#!/bin/sh\n"
                                      "# The sandbox \"{}\" by bubblewrap, 0.8 or later.\n",
                                      printable(m_spec.name));
        out += lossComments(m_losses.all());
        out += "set -eu\n";
        out += (m_overlays ? needsOverlays : "") + m_root + m_body;
        out += fmt::format("exec {}bwrap \"$@\" --", m_prefix);
        for (const std::string &argument : m_spec.process.args)
            out += " " + shellWord(argument);
        return out + m_redirections + '\n' + m_documents;
    }

    const SandboxSpec &m_spec;
    const HostFacts &m_facts;
    EffectiveIds m_ids;
    Losses m_losses;
    std::string m_root;    ///< lines that make the root the first arguments
    std::string m_options; ///< collected for the next "set --"
    std::string m_body;    ///< lines that add all others
    std::string m_prefix;  ///< programs before bwrap
    std::string m_redirections;
    std::string m_documents; ///< here-documents, in the order of the redirections
    int m_descriptor = 7;    ///< of the next injected file; sh knows those of one digit
    bool m_overlays = false; ///< besides the root's
    bool m_fallback = false; ///< the root may be read-only, with an old bwrap
    std::string m_loop;      ///< words for the next loop of writeProtectedPaths()
};

} // namespace

Result<Export> exportBwrap(const SandboxSpec &spec, const HostFacts &facts)
{
    // What it refuses is no sandbox at all: a spec without layers or command.
    if (const Result<Plan> plan = makePlan(spec, facts); !plan)
        return std::unexpected(plan.error());
    return BwrapWriter(spec, facts).write();
}

} // namespace pivotbench::core
