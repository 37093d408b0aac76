// SPDX-License-Identifier: Apache-2.0
#include "core/plan/planner.h"

#include "core/spec/capability_names.h"
#include "core/spec/effective_ids.h"
#include "core/spec/overlay_paths.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace pivotbench::core {
namespace {

constexpr std::string_view minimalNodes[] = {"null", "zero", "full", "random", "urandom", "tty"};

Location host(std::string path) { return {Location::Base::Host, std::move(path)}; }
Location inNewRoot(std::string path) { return {Location::Base::NewRoot, std::move(path)}; }
Location inRoot(std::string path) { return {Location::Base::Root, std::move(path)}; }

/// Walks the spec once, in the order of the phases, and writes down the steps.
class Planner {
public:
    Planner(const SandboxSpec &spec, const HostFacts &facts)
        : m_spec(spec)
        , m_facts(facts)
        , m_ids(effectiveIds(spec, facts))
    {
    }

    Result<Plan> plan()
    {
        m_plan.name = m_spec.name;
        m_newMounts = m_spec.namespaces.mount == NamespaceChoice::New;
        m_plan.newRoot = m_newMounts ? m_facts.runtimeDirectory + "/root" : m_spec.root.layers.front().path;
        chooseUserNamespace();

        planNamespaces();
        if (m_newMounts) {
            planRoot();
            planProc();
            planDev();
            planSys();
            for (std::size_t i = 0; i < m_spec.mounts.size(); ++i)
                if (Status status = planMount(m_spec.mounts[i], fmt::format("mounts[{}]", i)); !status)
                    return wrap(status.error(), fmt::format("planning mounts[{}]", i));
            planFiles();
            planMasks();
        }
        planNames();
        planSwitch();
        planProcess();
        return std::move(m_plan);
    }

private:
    void add(Phase phase, std::string id, std::string cause, Operation operation)
    {
        std::string unique = id;
        for (int i = 2; !m_stepIds.insert(unique).second; ++i)
            unique = fmt::format("{}#{}", id, i);
        m_plan.steps.push_back({std::move(unique), phase, std::move(cause), std::move(operation)});
    }

    // Namespaces ------------------------------------------------------------------------------------------------------

    void chooseUserNamespace()
    {
        const bool chosen = m_spec.namespaces.user == UserNamespaceChoice::Auto;
        if (!m_ids.newUserNamespace) {
            m_plan.userNamespace =
                chosen ? "the present user namespace, because root needs no other: root inside is root outside"
                       : "the present user namespace, as asked: root inside is root outside";
            return;
        }
        m_plan.userNamespace = fmt::format("a new user namespace: {}", idMapSentence());
    }

    std::string idMapSentence() const
    {
        if (m_spec.idMaps.mode == IdMapMode::Explicit)
            return "ids are mapped as the spec says";
        if (m_ids.single)
            return fmt::format("your id {} alone is {} inside, every other file owner shows as nobody", m_facts.uid,
                               m_spec.process.uid == 0 ? "root" : "mapped");
        if (m_facts.privileged)
            return "every id is mapped to itself";
        return fmt::format("your id {} is root inside, your subordinate ids follow", m_facts.uid);
    }

    void planNamespaces()
    {
        CreateProcess create;
        if (m_ids.newUserNamespace)
            create.namespaces.push_back(Namespace::User);
        if (m_spec.namespaces.pid == NamespaceChoice::New)
            create.namespaces.push_back(Namespace::Pid);
        add(Phase::Namespaces, "create-process", "namespaces", std::move(create));
        if (m_ids.newUserNamespace) {
            if (m_ids.single)
                add(Phase::Namespaces, "deny-setgroups", "idMaps", DenySetgroups{});
            add(Phase::Namespaces, "id-maps", "idMaps",
                WriteIdMaps{.uid = m_ids.uid, .gid = m_ids.gid, .byTools = !m_facts.privileged && !m_ids.single});
        }
        if (m_spec.resources.any())
            add(Phase::Namespaces, "cgroup", "resources", EnterCgroup{m_spec.resources});

        Unshare unshare;
        const NamespacesSpec &ns = m_spec.namespaces;
        if (ns.mount == NamespaceChoice::New)
            unshare.namespaces.push_back(Namespace::Mount);
        if (ns.uts == NamespaceChoice::New)
            unshare.namespaces.push_back(Namespace::Uts);
        if (ns.ipc == NamespaceChoice::New)
            unshare.namespaces.push_back(Namespace::Ipc);
        if (ns.network == NetworkChoice::None)
            unshare.namespaces.push_back(Namespace::Network);
        if (ns.cgroup == NamespaceChoice::New)
            unshare.namespaces.push_back(Namespace::Cgroup);
        if (ns.time == NamespaceChoice::New)
            unshare.namespaces.push_back(Namespace::Time);
        if (!unshare.namespaces.empty())
            add(Phase::Namespaces, "unshare", "namespaces", std::move(unshare));
    }

    // Root ------------------------------------------------------------------------------------------------------------

    void planRoot()
    {
        planPropagation();
        add(Phase::Root, "new-root-directory", "root", MakeDirectory{host(m_plan.newRoot), 0700});
        const std::vector<std::string> lowers = layerPaths();
        switch (m_spec.root.writable) {
        case Writable::Discard:
            planScratch("root.writable", m_spec.root.scratchBytes);
            add(Phase::Root, "upper-directory", "root.writable", MakeDirectory{host(m_scratch + "/upper"), 0755});
            add(Phase::Root, "work-directory", "root.writable", MakeDirectory{host(m_scratch + "/work"), 0700});
            planOverlay(lowers, m_scratch + "/upper", m_scratch + "/work", true);
            break;
        case Writable::Keep: {
            m_plan.keepDirectory = fmt::format("{}/layers/{}", m_facts.stateDirectory,
                                               m_spec.root.keepName.empty() ? m_spec.name : m_spec.root.keepName);
            const std::string upper = m_plan.keepDirectory + "/upper";
            const std::string work = m_plan.keepDirectory + "/work";
            add(Phase::Root, "upper-directory", "root.keepName", MakeDirectory{host(upper), 0755});
            add(Phase::Root, "work-directory", "root.keepName", MakeDirectory{host(work), 0700});
            planOverlay(lowers, upper, work, false);
            break;
        }
        case Writable::None:
            if (lowers.size() > 1) {
                planOverlay(lowers, {}, {}, false);
            } else {
                planRootBind(lowers.front());
                add(Phase::Root, "root-read-only", "root.writable",
                    SetMountAttributes{.target = inNewRoot("/"),
                                       .attributes = {mount_attr::readOnly | rootProtection(), 0},
                                       .recursive = true});
            }
            break;
        case Writable::Direct:
            planRootBind(lowers.front());
            if (rootProtection() != 0)
                add(Phase::Root, "root-attributes", "process.noNewPrivileges",
                    SetMountAttributes{
                        .target = inNewRoot("/"), .attributes = {rootProtection(), 0}, .recursive = true});
            break;
        }
    }

    void planPropagation()
    {
        Propagation propagation = Propagation::Private;
        switch (m_spec.root.propagation) {
        case RootPropagation::Unchanged: return;
        case RootPropagation::Private: break;
        case RootPropagation::Slave: propagation = Propagation::Slave; break;
        case RootPropagation::Shared: propagation = Propagation::Shared; break;
        case RootPropagation::Unbindable: propagation = Propagation::Unbindable; break;
        }
        add(Phase::Root, "propagation", "root.propagation", SetPropagation{host("/"), {propagation, true}});
    }

    std::vector<std::string> layerPaths() const
    {
        std::vector<std::string> paths;
        for (const Layer &layer : m_spec.root.layers)
            paths.push_back(layer.path);
        return paths;
    }

    /// A tmpfs that no other namespace sees: it and all that is in it vanish with the sandbox.
    void planScratch(std::string cause, std::uint64_t bytes)
    {
        if (!m_scratch.empty())
            return;
        m_scratch = m_facts.runtimeDirectory + "/scratch";
        add(Phase::Root, "scratch-directory", cause, MakeDirectory{host(m_scratch), 0700});
        MountFilesystem tmpfs{.type = "tmpfs",
                              .source = "scratch",
                              .target = host(m_scratch),
                              .attributes = {mount_attr::noSuid | mount_attr::noDev, 0},
                              .parameters = {{"mode", "0700"}}};
        if (bytes != 0)
            tmpfs.parameters.emplace_back("size", std::to_string(bytes));
        add(Phase::Root, "scratch", std::move(cause), std::move(tmpfs));
    }

    /// A set-user-ID program in a layer gains nothing, unless the spec wants such programs to work.
    std::uint64_t rootProtection() const { return m_spec.process.noNewPrivileges ? mount_attr::noSuid : 0; }

    void planOverlay(std::vector<std::string> lowers, std::string upper, std::string work, bool discard)
    {
        MountOverlay overlay{.lowers = std::move(lowers),
                             .upper = std::move(upper),
                             .work = std::move(work),
                             .target = host(m_plan.newRoot),
                             .attributes = {},
                             .parameters = {}};
        overlay.attributes.set |= rootProtection();
        if (m_ids.inUserNamespace) {
            overlay.attributes.set |= mount_attr::noDev;
            overlay.parameters.emplace_back("userxattr", "");
        }
        if (discard)
            overlay.parameters.emplace_back("volatile", "");
        add(Phase::Root, "overlay", "root.layers", std::move(overlay));
    }

    /// Recursive: a clone of one mount alone would uncover what is hidden below it, and the kernel refuses that where
    /// the mounts below are locked.
    void planRootBind(const std::string &layer)
    {
        add(Phase::Root, "root", "root.layers",
            BindMount{.source = host(layer), .target = host(m_plan.newRoot), .recursive = true});
    }

    // /proc, /dev, /sys -----------------------------------------------------------------------------------------------

    void planDirectory(Phase phase, const std::string &path, std::string cause, std::uint32_t mode = 0755)
    {
        add(phase, "mkdir:" + path, std::move(cause), MakeDirectory{inNewRoot(path), mode});
    }

    void planFilesystem(const std::string &path, std::string cause, MountFilesystem filesystem)
    {
        filesystem.target = inNewRoot(path);
        planDirectory(Phase::Filesystems, path, cause);
        add(Phase::Filesystems, "mount:" + path, std::move(cause), std::move(filesystem));
    }

    void planHostTree(const std::string &path, std::string cause)
    {
        planDirectory(Phase::Filesystems, path, cause);
        add(Phase::Filesystems, "bind:" + path, std::move(cause),
            BindMount{.source = host(path), .target = inNewRoot(path), .recursive = true});
    }

    static constexpr std::uint64_t inert = mount_attr::noSuid | mount_attr::noDev | mount_attr::noExec;

    void planProc()
    {
        switch (m_spec.proc) {
        case ProcPolicy::Private:
            planFilesystem(
                "/proc", "proc",
                {.type = "proc", .source = "proc", .target = {}, .attributes = {inert, 0}, .parameters = {}});
            break;
        case ProcPolicy::Host: planHostTree("/proc", "proc"); break;
        case ProcPolicy::None: break;
        }
    }

    void planSys()
    {
        switch (m_spec.sys) {
        case SysPolicy::ReadOnly:
        case SysPolicy::Private:
            planFilesystem("/sys", "sys",
                           {.type = "sysfs",
                            .source = "sysfs",
                            .target = {},
                            .attributes = {inert | (m_spec.sys == SysPolicy::ReadOnly ? mount_attr::readOnly : 0), 0},
                            .parameters = {}});
            break;
        case SysPolicy::Masked:
            planFilesystem("/sys", "sys",
                           {.type = "tmpfs",
                            .source = "masked",
                            .target = {},
                            .attributes = {inert | mount_attr::readOnly, 0},
                            .parameters = {{"size", "0"}, {"mode", "0555"}}});
            break;
        case SysPolicy::Host: planHostTree("/sys", "sys"); break;
        case SysPolicy::None: break;
        }
    }

    void planDev()
    {
        switch (m_spec.dev.policy) {
        case DevPolicy::Minimal: planMinimalDev(); break;
        case DevPolicy::Devtmpfs:
            planFilesystem("/dev", "dev.policy",
                           {.type = "devtmpfs",
                            .source = "devtmpfs",
                            .target = {},
                            .attributes = {mount_attr::noSuid | mount_attr::noExec, 0},
                            .parameters = {}});
            break;
        case DevPolicy::Host: planHostTree("/dev", "dev.policy"); break;
        case DevPolicy::None: break;
        }
    }

    void planMinimalDev()
    {
        const std::string cause = "dev.policy";
        planFilesystem("/dev", cause,
                       {.type = "tmpfs",
                        .source = "dev",
                        .target = {},
                        .attributes = {mount_attr::noSuid | mount_attr::noExec | mount_attr::strictAtime, 0},
                        .parameters = {{"mode", "0755"}, {"size", "65536k"}}});
        for (const std::string_view node : minimalNodes)
            planDevice(fmt::format("/dev/{}", node), cause);
        for (std::size_t i = 0; i < m_spec.dev.devices.size(); ++i)
            planDevice(m_spec.dev.devices[i], fmt::format("dev.devices[{}]", i));
        static constexpr std::pair<const char *, const char *> links[] = {{"fd", "/proc/self/fd"},
                                                                          {"stdin", "/proc/self/fd/0"},
                                                                          {"stdout", "/proc/self/fd/1"},
                                                                          {"stderr", "/proc/self/fd/2"},
                                                                          {"ptmx", "pts/ptmx"}};
        for (const auto &[name, target] : links)
            add(Phase::Filesystems, fmt::format("link:/dev/{}", name), cause,
                MakeSymlink{inNewRoot(fmt::format("/dev/{}", name)), target});
        planDirectory(Phase::Filesystems, "/dev/shm", cause, 01777);
        MountFilesystem devpts{.type = "devpts",
                               .source = "devpts",
                               .target = {},
                               .attributes = {mount_attr::noSuid | mount_attr::noExec, 0},
                               .parameters = {{"newinstance", ""}, {"ptmxmode", "0666"}, {"mode", "0620"}}};
        if (!m_ids.inUserNamespace || mapsInside(m_ids.gid, ttyGroup))
            devpts.parameters.emplace_back("gid", std::to_string(ttyGroup));
        planFilesystem("/dev/pts", cause, std::move(devpts));
    }

    static constexpr std::uint32_t ttyGroup = 5; ///< "tty" on every Linux system

    /// mknod(2) is refused in a user namespace, so the host's node is bound there.
    void planDevice(const std::string &path, const std::string &cause)
    {
        if (!m_ids.inUserNamespace) {
            add(Phase::Filesystems, "node:" + path, cause, MakeDevice{inNewRoot(path), path, 0666});
            return;
        }
        add(Phase::Filesystems, "mount-point:" + path, cause, MakeMountPoint{inNewRoot(path), host(path)});
        add(Phase::Filesystems, "bind:" + path, cause, BindMount{.source = host(path), .target = inNewRoot(path)});
    }

    // Mounts of the spec ----------------------------------------------------------------------------------------------

    Status planMount(const MountSpec &mount, const std::string &cause)
    {
        Result<MountOptions> options = parseMountOptions(mount.options);
        if (!options)
            return std::unexpected(options.error());
        const Location target = inNewRoot(mount.destination);
        const std::string &path = mount.destination;
        if (mount.type == "bind" || mount.type == "rbind" || options->bind) {
            add(Phase::Mounts, "mount-point:" + path, cause, MakeMountPoint{target, host(mount.source)});
            add(Phase::Mounts, "bind:" + path, cause,
                BindMount{.source = host(mount.source),
                          .target = target,
                          .recursive = options->recursiveBind || mount.type == "rbind"});
            if (!options->attributes.empty())
                add(Phase::Mounts, "attributes:" + path, cause,
                    SetMountAttributes{.target = target, .attributes = options->attributes});
        } else if (mount.type == "overlay") {
            planDirectory(Phase::Mounts, path, cause);
            add(Phase::Mounts, "overlay:" + path, cause, overlayOf(*options, target));
        } else {
            planDirectory(Phase::Mounts, path, cause);
            add(Phase::Mounts, "mount:" + path, cause,
                MountFilesystem{.type = mount.type,
                                .source = mount.source.empty() ? mount.type : mount.source,
                                .target = target,
                                .attributes = options->attributes,
                                .parameters = options->parameters});
        }
        if (!options->recursiveAttributes.empty())
            add(Phase::Mounts, "recursive-attributes:" + path, cause,
                SetMountAttributes{.target = target, .attributes = options->recursiveAttributes, .recursive = true});
        if (options->propagation)
            add(Phase::Mounts, "propagation:" + path, cause, SetPropagation{target, *options->propagation});
        return {};
    }

    MountOverlay overlayOf(const MountOptions &options, const Location &target) const
    {
        MountOverlay overlay{.lowers = {},
                             .upper = {},
                             .work = {},
                             .target = target,
                             .attributes = options.attributes,
                             .parameters = {}};
        for (const auto &[key, value] : options.parameters) {
            if (key == "lowerdir") {
                overlay.lowers = splitLowerdirs(value);
            } else if (key == "upperdir") {
                overlay.upper = value;
            } else if (key == "workdir") {
                overlay.work = value;
            } else {
                overlay.parameters.emplace_back(key, value);
            }
        }
        const bool hasUserXattr =
            std::ranges::any_of(overlay.parameters, [](const auto &p) { return p.first == "userxattr"; });
        if (m_ids.inUserNamespace && !hasUserXattr)
            overlay.parameters.emplace_back("userxattr", "");
        return overlay;
    }

    // Injected files, masks -------------------------------------------------------------------------------------------

    void planFiles()
    {
        planFile("/etc/resolv.conf", "files.resolvConf", m_spec.files.resolvConf, m_spec.files.resolvConf.text);
        planFile("/etc/hosts", "files.hosts", m_spec.files.hosts, m_spec.files.hosts.text);
        const InjectedFile &file = m_spec.files.hostnameFile;
        planFile("/etc/hostname", "files.hostnameFile", file, file.text.empty() ? m_spec.hostname + "\n" : file.text);
    }

    /// A copy or a text lives in the scratch tmpfs and is bound, so that neither a kept layer nor the host is written.
    void planFile(const std::string &path, const std::string &cause, const InjectedFile &file, const std::string &text)
    {
        std::string source = path;
        switch (file.mode) {
        case FileInjection::None: return;
        case FileInjection::Bind:
        case FileInjection::BindWritable: break;
        case FileInjection::Copy:
        case FileInjection::Text: {
            planScratch(cause, 0);
            source = fmt::format("{}/{}", m_scratch, path.substr(path.rfind('/') + 1));
            const bool copy = file.mode == FileInjection::Copy;
            add(Phase::Configuration, "write:" + path, cause,
                WriteFile{host(source), copy ? std::string() : text, copy ? path : std::string(), 0644});
            break;
        }
        }
        const Location target = inNewRoot(path);
        add(Phase::Configuration, "mount-point:" + path, cause, MakeMountPoint{target, host(source)});
        add(Phase::Configuration, "bind:" + path, cause, BindMount{.source = host(source), .target = target});
        if (file.mode == FileInjection::Bind)
            add(Phase::Configuration, "read-only:" + path, cause,
                SetMountAttributes{.target = target, .attributes = {mount_attr::readOnly, 0}});
    }

    void planMasks()
    {
        for (std::size_t i = 0; i < m_spec.readonlyPaths.size(); ++i) {
            const std::string cause = fmt::format("readonlyPaths[{}]", i);
            const std::string &path = m_spec.readonlyPaths[i];
            const Location target = inNewRoot(path);
            add(Phase::Hardening, "bind-itself:" + path, cause,
                BindMount{.source = target, .target = target, .recursive = true, .skipIfMissing = true});
            add(Phase::Hardening, "read-only:" + path, cause,
                SetMountAttributes{.target = target,
                                   .attributes = {mount_attr::readOnly, 0},
                                   .recursive = true,
                                   .skipIfMissing = true});
        }
        for (std::size_t i = 0; i < m_spec.maskedPaths.size(); ++i)
            add(Phase::Hardening, "mask:" + m_spec.maskedPaths[i], fmt::format("maskedPaths[{}]", i),
                MaskPath{inNewRoot(m_spec.maskedPaths[i])});
    }

    // Host name, network ----------------------------------------------------------------------------------------------

    void planNames()
    {
        if (!m_spec.hostname.empty())
            add(Phase::Configuration, "hostname", "hostname", SetHostname{m_spec.hostname});
        if (!m_spec.domainname.empty())
            add(Phase::Configuration, "domainname", "domainname", SetDomainname{m_spec.domainname});
        if (m_spec.namespaces.network == NetworkChoice::None)
            add(Phase::Configuration, "loopback", "namespaces.network", BringUpLoopback{});
    }

    // Switch ----------------------------------------------------------------------------------------------------------

    void planSwitch()
    {
        const std::string cause = "root.switchRoot";
        const auto enter = [&] { add(Phase::Switch, "enter-new-root", cause, ChangeDirectory{host(m_plan.newRoot)}); };
        const auto toSlash = [&] { add(Phase::Switch, "chdir-root", cause, ChangeDirectory{inRoot("/")}); };
        switch (m_spec.root.switchRoot) {
        case SwitchRoot::PivotRoot: {
            const std::string &putOld = m_spec.root.putOld;
            add(Phase::Switch, "put-old-directory", "root.putOld", MakeDirectory{inNewRoot(putOld), 0700});
            enter();
            add(Phase::Switch, "pivot-root", cause, PivotRoot{".", putOld.substr(1)});
            toSlash();
            add(Phase::Switch, "detach-old-root", cause, Unmount{putOld, true});
            add(Phase::Switch, "remove-put-old", "root.putOld", RemoveDirectory{putOld});
            break;
        }
        case SwitchRoot::PivotRootDot:
            enter();
            add(Phase::Switch, "pivot-root", cause, PivotRoot{".", "."});
            add(Phase::Switch, "detach-old-root", cause, Unmount{".", true});
            toSlash();
            break;
        case SwitchRoot::Chroot:
            enter();
            add(Phase::Switch, "chroot", cause, ChangeRoot{"."});
            toSlash();
            break;
        case SwitchRoot::None: break;
        }
    }

    // Process ---------------------------------------------------------------------------------------------------------

    void planProcess()
    {
        const ProcessSpec &process = m_spec.process;
        if (process.terminal)
            add(Phase::Process, "terminal", "process.terminal", OpenTerminal{});
        add(Phase::Process, "payload", "process", SpawnPayload{});
        add(Phase::Process, "session", "process.terminal", NewSession{process.terminal});
        for (std::size_t i = 0; i < process.rlimits.size(); ++i)
            add(Phase::Hardening, "rlimit:" + process.rlimits[i].type, fmt::format("process.rlimits[{}]", i),
                SetResourceLimit{process.rlimits[i]});

        const std::vector<std::string> kept = keptCapabilities(process.capabilities);
        const bool limited = process.capabilities.choice != CapabilityChoice::All;
        const auto seccomp = [&] {
            if (m_spec.seccomp.choice != SeccompChoice::None)
                add(Phase::Hardening, "seccomp", "seccomp", InstallSeccomp{m_spec.seccomp, kept});
        };
        if (limited)
            add(Phase::Hardening, "bounding-set", "process.capabilities", LimitCapabilities{kept});
        // Without no_new_privs the kernel wants CAP_SYS_ADMIN for a filter, so it comes before the capabilities go.
        if (!process.noNewPrivileges)
            seccomp();
        // With one id there is nothing to change to.
        const bool change = !m_ids.groupsDenied || process.uid != 0 || process.gid != 0;
        if (change && !(m_ids.newUserNamespace && m_ids.single))
            add(Phase::Hardening, "ids", "process.user",
                SetIds{process.uid, process.gid, process.additionalGids, !m_ids.groupsDenied});
        const bool ordinary = process.uid != 0;
        const bool ambient = ordinary && (process.capabilities.choice == CapabilityChoice::List || !limited);
        if (limited || ordinary)
            add(Phase::Hardening, "capabilities", "process.capabilities",
                SetCapabilities{ordinary && !ambient ? std::vector<std::string>{} : kept, ambient});
        add(Phase::Process, "working-directory", "process.cwd", ChangeDirectory{inRoot(process.cwd)});
        if (process.noNewPrivileges) {
            add(Phase::Hardening, "no-new-privileges", "process.noNewPrivileges", SetNoNewPrivileges{});
            seccomp();
        }
        add(Phase::Process, "execute", "process.args", Execute{process.args, process.env});
    }

    const SandboxSpec &m_spec;
    const HostFacts &m_facts;
    Plan m_plan;
    EffectiveIds m_ids;
    std::set<std::string> m_stepIds;
    bool m_newMounts = true;
    std::string m_scratch; ///< empty until something needs it
};

} // namespace

std::vector<std::string> keptCapabilities(const CapabilitiesSpec &capabilities)
{
    switch (capabilities.choice) {
    case CapabilityChoice::Default: return defaultCapabilities();
    case CapabilityChoice::None: return {};
    case CapabilityChoice::All: return allCapabilities();
    case CapabilityChoice::List: break;
    }
    std::vector<std::string> kept;
    for (const std::string &name : allCapabilities())
        if (std::ranges::find(capabilities.names, name) != capabilities.names.end())
            kept.push_back(name);
    return kept;
}

Result<Plan> makePlan(const SandboxSpec &spec, const HostFacts &facts)
{
    if (spec.root.layers.empty())
        return failure("plan.layers", "the spec has no layer");
    for (const Layer &layer : spec.root.layers)
        if (layer.path.empty())
            return failure("plan.builtin",
                           fmt::format("the layer \"{}\" is not resolved to a directory", layer.builtin));
    if (spec.root.switchRoot == SwitchRoot::PivotRoot && !spec.root.putOld.starts_with('/'))
        return failure("plan.putOld", "root.putOld is no absolute path");
    if (spec.process.args.empty())
        return failure("plan.args", "the spec has no command");
    return Planner(spec, facts).plan();
}

} // namespace pivotbench::core
