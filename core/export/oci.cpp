// SPDX-License-Identifier: Apache-2.0
//
// A spec as config.json of an OCI bundle (runtime-spec 1.1, config.md and config-linux.md). Most words are the same;
// what differs is that a runtime takes one finished root directory, makes its own devices in /dev, and finds files only
// on the host.
#include "core/export/losses.h"

#include "core/base/text.h"
#include "core/explain/shell_text.h"
#include "core/plan/planner.h"
#include "core/spec/effective_ids.h"
#include "core/spec/mount_options.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core {
namespace {

using nlohmann::ordered_json;

class OciWriter {
public:
    OciWriter(const SandboxSpec &spec, const HostFacts &facts, const Plan &plan)
        : m_spec(spec)
        , m_facts(facts)
        , m_plan(plan)
        , m_ids(effectiveIds(spec, facts))
    {
    }

    Export write()
    {
        ordered_json config;
        // 1.1 came with the domain name.
        config["ociVersion"] = m_spec.domainname.empty() ? "1.0.2" : "1.1.0";
        config["process"] = process();
        config["root"] = root();
        if (!m_spec.hostname.empty())
            config["hostname"] = text(m_spec.hostname, "hostname");
        if (!m_spec.domainname.empty())
            config["domainname"] = text(m_spec.domainname, "domainname");
        config["mounts"] = mounts();
        config["linux"] = linuxPart();
        return {config.dump(2) + '\n', m_losses.take()};
    }

private:
    void lose(std::string field, std::string_view sentence) { m_losses.add(std::move(field), sentence); }

    /// JSON is UTF-8, and names of files are bytes.
    std::string text(const std::string &value, const std::string &field)
    {
        if (isUtf8(value))
            return value;
        lose(field, "it is not UTF-8, which JSON cannot hold: shown with escapes, it names something else");
        return printable(value);
    }

    ordered_json texts(const std::vector<std::string> &values, const std::string &field)
    {
        ordered_json list = ordered_json::array();
        for (std::size_t i = 0; i < values.size(); ++i)
            list.push_back(text(values[i], fmt::format("{}[{}]", field, i)));
        return list;
    }

    // Process
    // -----------------------------------------------------------------------------------------------------------

    ordered_json process()
    {
        const ProcessSpec &process = m_spec.process;
        ordered_json user = {{"uid", process.uid}, {"gid", process.gid}};
        if (!process.additionalGids.empty() && m_ids.groupsDenied)
            lose("process.user.additionalGids", "left out: with one id mapped the kernel lets nobody set groups");
        else if (!process.additionalGids.empty())
            user["additionalGids"] = process.additionalGids;
        const std::vector<std::string> kept = keptCapabilities(process.capabilities);
        const bool ordinary = process.uid != 0;
        const bool ambient = ordinary && (process.capabilities.choice == CapabilityChoice::List ||
                                          process.capabilities.choice == CapabilityChoice::All);
        const std::vector<std::string> effective = ordinary && !ambient ? std::vector<std::string>() : kept;
        ordered_json capabilities = {{"bounding", kept}, {"effective", effective}, {"permitted", effective}};
        // The kernel keeps ambient what is inheritable too.
        if (ambient) {
            capabilities["inheritable"] = kept;
            capabilities["ambient"] = kept;
        }
        ordered_json object = {{"terminal", process.terminal},
                               {"user", std::move(user)},
                               {"args", texts(process.args, "process.args")},
                               {"env", texts(process.env, "process.env")},
                               {"cwd", text(process.cwd, "process.cwd")},
                               {"capabilities", std::move(capabilities)}};
        if (!process.rlimits.empty()) {
            ordered_json limits = ordered_json::array();
            for (std::size_t i = 0; i < process.rlimits.size(); ++i) {
                const ResourceLimit &limit = process.rlimits[i];
                limits.push_back({{"type", text(limit.type, fmt::format("process.rlimits[{}].type", i))},
                                  {"hard", limit.hard},
                                  {"soft", limit.soft}});
            }
            object["rlimits"] = std::move(limits);
        }
        object["noNewPrivileges"] = process.noNewPrivileges;
        const auto isHome = [](const std::string &entry) { return entry.starts_with("HOME="); };
        if (std::ranges::none_of(process.env, isHome))
            lose("process.env", "HOME is set besides: runtimes do so where it is missing");
        return object;
    }

    // Root
    // --------------------------------------------------------------------------------------------------------------

    /// A directory named "rootfs" beside config.json, with the command that fills it.
    ordered_json preparedRoot(const char *field, const std::string &upper, const std::string &work)
    {
        std::vector<std::string> lowers;
        for (const Layer &layer : m_spec.root.layers)
            lowers.push_back(layer.path);
        MountOverlay overlay{.lowers = std::move(lowers),
                             .upper = upper,
                             .work = work,
                             .target = {Location::Base::Host, "rootfs"},
                             .attributes = {},
                             .parameters = {}};
        lose(field, fmt::format("a runtime takes one directory: before it runs, root does \"{}\" beside config.json",
                                shellLine(overlay, [](const Location &location) { return location.path; })));
        return {{"path", "rootfs"}, {"readonly", upper.empty()}};
    }

    ordered_json root()
    {
        const RootSpec &root = m_spec.root;
        switch (root.switchRoot) {
        case SwitchRoot::PivotRootDot: break;
        case SwitchRoot::PivotRoot:
            lose("root.putOld", fmt::format("a runtime needs no {} while it switches", root.putOld));
            break;
        case SwitchRoot::Chroot:
            lose("root.switchRoot", "the runtime decides: \"runc run --no-pivot\" is the nearest to chroot");
            break;
        case SwitchRoot::None:
            lose("root.switchRoot", "the root is switched all the same: a runtime always does");
            break;
        }
        if (root.writable == Writable::Discard && root.scratchBytes != 0)
            lose("root.scratchBytes", "there is no layer whose size could be limited");
        const std::string &top = root.layers.front().path;
        const bool single = root.layers.size() == 1;
        const auto directly = [&](bool readOnly) {
            return ordered_json{{"path", text(top, "root.layers[0]")}, {"readonly", readOnly}};
        };
        switch (root.writable) {
        case Writable::Direct: return directly(false);
        case Writable::None:
            if (single)
                return directly(true);
            break;
        case Writable::Discard:
            if (single) {
                lose("root.writable", "the root is read-only, because a runtime has no layer to throw away: to have "
                                      "one, stack it on the layer with an overlay mount and name that as root.path");
                return directly(true);
            }
            return preparedRoot("root.layers", "upper", "work");
        case Writable::Keep: {
            loseLock(m_spec, m_losses);
            const std::string &kept = m_plan.keepDirectory;
            return preparedRoot("root.layers", kept + "/upper", kept + "/work");
        }
        }
        return preparedRoot("root.layers", {}, {});
    }

    // Mounts
    // ------------------------------------------------------------------------------------------------------------

    static ordered_json mount(const char *destination, const char *type, const char *source,
                              std::vector<std::string> options)
    {
        return {{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}};
    }

    ordered_json mounts()
    {
        ordered_json list = ordered_json::array();
        const auto tree = [&](const char *path) { list.push_back(mount(path, "bind", path, {"rbind"})); };
        switch (m_spec.proc) {
        case ProcPolicy::Private: list.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"})); break;
        case ProcPolicy::Host: tree("/proc"); break;
        case ProcPolicy::None:
            lose("proc", "many runtimes need a /proc to set up what is inside; without one they may refuse");
            break;
        }
        switch (m_spec.dev.policy) {
        case DevPolicy::Minimal: minimalDev(list); break;
        case DevPolicy::Devtmpfs:
            list.push_back(mount("/dev", "devtmpfs", "devtmpfs", {"nosuid", "noexec"}));
            lose("dev.policy", "the runtime makes its devices and links in it, in the machine's one devtmpfs");
            break;
        case DevPolicy::Host: tree("/dev"); break;
        case DevPolicy::None:
            lose("dev.policy", "the runtime makes its devices all the same, in the /dev of the root directory");
            break;
        }
        switch (m_spec.sys) {
        case SysPolicy::ReadOnly:
            list.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
            break;
        case SysPolicy::Private: list.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev"})); break;
        case SysPolicy::Masked:
            list.push_back(mount("/sys", "tmpfs", "masked", {"nosuid", "noexec", "nodev", "ro", "mode=0555"}));
            break;
        case SysPolicy::Host: tree("/sys"); break;
        case SysPolicy::None: break;
        }
        for (std::size_t i = 0; i < m_spec.mounts.size(); ++i)
            addMount(list, m_spec.mounts[i], fmt::format("mounts[{}]", i));
        addFile(list, "/etc/resolv.conf", "files.resolvConf", m_spec.files.resolvConf);
        addFile(list, "/etc/hosts", "files.hosts", m_spec.files.hosts);
        addFile(list, "/etc/hostname", "files.hostnameFile", m_spec.files.hostnameFile);
        return list;
    }

    void minimalDev(ordered_json &list)
    {
        list.push_back(mount("/dev", "tmpfs", "dev", {"nosuid", "noexec", "strictatime", "mode=0755", "size=65536k"}));
        std::vector<std::string> pts{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"};
        if (!m_ids.inUserNamespace || mapsInside(m_ids.gid, ttyGroup))
            pts.push_back(fmt::format("gid={}", ttyGroup));
        list.push_back(mount("/dev/pts", "devpts", "devpts", std::move(pts)));
        // A directory would do, but there are only mounts.
        list.push_back(mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}));
        // A node of its own wants the device's numbers, and they are not in the spec.
        for (std::size_t i = 0; i < m_spec.dev.devices.size(); ++i) {
            const std::string field = fmt::format("dev.devices[{}]", i);
            const std::string path = text(m_spec.dev.devices[i], field);
            list.push_back({{"destination", path}, {"type", "bind"}, {"source", path}, {"options", {"bind"}}});
            if (!m_ids.inUserNamespace)
                lose(field, fmt::format("{} is the host's node, bound", m_spec.dev.devices[i]));
        }
    }

    static constexpr std::uint32_t ttyGroup = 5; ///< "tty" on every Linux system

    void addMount(ordered_json &list, const MountSpec &mount, const std::string &field)
    {
        std::vector<std::string> options = mount.options;
        std::string type = mount.type;
        const auto has = [&](const char *word) { return std::ranges::find(options, word) != options.end(); };
        if (type == "bind" || type == "rbind") {
            if (!has("bind") && !has("rbind"))
                options.insert(options.begin(), type);
            type = "bind";
        }
        if (type == "overlay" && m_ids.inUserNamespace && !has("userxattr"))
            options.emplace_back("userxattr");
        const Result<MountOptions> sorted = parseMountOptions(mount.options);
        if (sorted && !sorted->recursiveAttributes.empty())
            lose(field + ".options", "recursive attributes (rro, …) need runc 1.2 or crun 1.9; older ones refuse or "
                                     "ignore them");
        if (sorted && ((sorted->attributes.set | sorted->attributes.clear) & mount_attr::noSymFollow) != 0)
            lose(field + ".options", "nosymfollow is no word of the specification, and runtimes may not know it");
        list.push_back({{"destination", text(mount.destination, field + ".destination")},
                        {"type", text(type, field + ".type")},
                        {"source", text(mount.source.empty() ? type : mount.source, field + ".source")},
                        {"options", texts(options, field + ".options")}});
    }

    void addFile(ordered_json &list, const char *path, const std::string &field, const InjectedFile &file)
    {
        switch (file.mode) {
        case FileInjection::None: return;
        case FileInjection::Bind: list.push_back(mount(path, "bind", path, {"bind", "ro"})); return;
        case FileInjection::BindWritable: list.push_back(mount(path, "bind", path, {"bind"})); return;
        case FileInjection::Copy:
            lose(field, fmt::format("the host's {} itself is bound, read-only, where the spec wants a copy", path));
            list.push_back(mount(path, "bind", path, {"bind", "ro"}));
            return;
        case FileInjection::Text:
            lose(field, fmt::format("{} is left as it is in the root, because a runtime has no place for a text: write "
                                    "it to a file, and bind that",
                                    path));
            return;
        }
    }

    // Linux
    // -------------------------------------------------------------------------------------------------------------

    static ordered_json mappings(const std::vector<IdRange> &map)
    {
        ordered_json list = ordered_json::array();
        for (const IdRange &range : map)
            list.push_back({{"containerID", range.containerId}, {"hostID", range.hostId}, {"size", range.size}});
        return list;
    }

    ordered_json namespaces()
    {
        const NamespacesSpec &ns = m_spec.namespaces;
        ordered_json list = ordered_json::array();
        const auto add = [&](bool wanted, const char *type) {
            if (wanted)
                list.push_back({{"type", type}});
        };
        add(true, "mount");
        if (ns.mount == NamespaceChoice::Host)
            lose("namespaces.mount", "it has a mount namespace of its own: runtimes want one");
        add(m_ids.newUserNamespace, "user");
        if (!m_ids.newUserNamespace && !m_facts.privileged)
            lose("namespaces.user", "without a user namespace only root can run it");
        add(ns.pid == NamespaceChoice::New, "pid");
        add(ns.uts == NamespaceChoice::New, "uts");
        add(ns.ipc == NamespaceChoice::New, "ipc");
        add(ns.network == NetworkChoice::None, "network");
        add(ns.cgroup == NamespaceChoice::New, "cgroup");
        if (ns.time == NamespaceChoice::New)
            lose("namespaces.time", "the clocks are the host's: time namespaces came with version 1.2 of the "
                                    "specification");
        return list;
    }

    ordered_json linuxPart()
    {
        ordered_json object = {{"namespaces", namespaces()}};
        if (m_ids.newUserNamespace) {
            object["uidMappings"] = mappings(m_ids.uid);
            object["gidMappings"] = mappings(m_ids.gid);
        }
        if (m_spec.resources.any())
            object["resources"] = resources();
        switch (m_spec.root.propagation) {
        case RootPropagation::Private: object["rootfsPropagation"] = "private"; break;
        case RootPropagation::Slave: object["rootfsPropagation"] = "slave"; break;
        case RootPropagation::Shared: object["rootfsPropagation"] = "shared"; break;
        case RootPropagation::Unbindable: object["rootfsPropagation"] = "unbindable"; break;
        case RootPropagation::Unchanged:
            lose("root.propagation", "the runtime makes the tree a slave or private: the specification has no word for "
                                     "leaving it");
            break;
        }
        switch (m_spec.seccomp.choice) {
        case SeccompChoice::None: break;
        case SeccompChoice::Default:
            lose("seccomp.profile", "no system call filter is installed: the specification has no default one, so put "
                                    "yours under linux.seccomp (Podman's is /usr/share/containers/seccomp.json)");
            break;
        case SeccompChoice::File:
            lose("seccomp.path", fmt::format("no system call filter is installed: put what {} holds under "
                                             "linux.seccomp",
                                             m_spec.seccomp.path));
            break;
        }
        if (!m_spec.maskedPaths.empty())
            object["maskedPaths"] = texts(m_spec.maskedPaths, "maskedPaths");
        if (!m_spec.readonlyPaths.empty())
            object["readonlyPaths"] = texts(m_spec.readonlyPaths, "readonlyPaths");
        return object;
    }

    ordered_json resources()
    {
        const ResourcesSpec &limits = m_spec.resources;
        ordered_json object = ordered_json::object();
        if (limits.memoryBytes)
            object["memory"]["limit"] = signedNumber(*limits.memoryBytes, "resources.memoryBytes");
        if (limits.pids)
            object["pids"]["limit"] = signedNumber(*limits.pids, "resources.pids");
        if (limits.cpuQuota) {
            object["cpu"]["quota"] = signedNumber(*limits.cpuQuota, "resources.cpuQuota");
            object["cpu"]["period"] = 100000;
        }
        if (limits.cpuWeight) {
            // The shares of cgroup v1, from which runtimes make a weight: 1 + (shares - 2) * 9999 / 262142.
            const std::uint64_t weight = std::clamp<std::uint64_t>(*limits.cpuWeight, 1, 10000);
            const std::uint64_t shares = 2 + ((weight - 1) * 262142 + 9998) / 9999;
            object["cpu"]["shares"] = shares;
            const std::uint64_t becomes = 1 + (shares - 2) * 9999 / 262142;
            if (becomes != *limits.cpuWeight)
                lose("resources.cpuWeight", fmt::format("a weight of {}, by way of {} shares", becomes, shares));
        }
        return object;
    }

    std::int64_t signedNumber(std::uint64_t value, const char *field)
    {
        if (std::in_range<std::int64_t>(value))
            return static_cast<std::int64_t>(value);
        lose(field, "too large for the specification: no limit");
        return -1;
    }

    const SandboxSpec &m_spec;
    const HostFacts &m_facts;
    const Plan &m_plan;
    EffectiveIds m_ids;
    Losses m_losses;
};

} // namespace

Result<Export> exportOci(const SandboxSpec &spec, const HostFacts &facts)
{
    const Result<Plan> plan = makePlan(spec, facts);
    if (!plan)
        return std::unexpected(plan.error());
    return OciWriter(spec, facts, *plan).write();
}

} // namespace pivotbench::core
