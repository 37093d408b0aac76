// SPDX-License-Identifier: Apache-2.0
#include "app/compose/inspector_fields.h"

#include <limits>
#include <type_traits>

namespace pivotbench::app {

using namespace core;

namespace {

QString tr(const char *text) { return SpecForm::tr(text); }

/// What a chain of pointers to members leads to.
template <auto First, auto... Rest> decltype(auto) at(auto &object)
{
    if constexpr (sizeof...(Rest) == 0)
        return (object.*First);
    else
        return at<Rest...>(object.*First);
}

template <auto... Path> void text(SpecForm &form, const SpecForm::Row &row, const QString &placeholder = {})
{
    form.addText(
        row, [](const SandboxSpec &spec) { return at<Path...>(spec); },
        [](SandboxSpec &spec, std::string value) { at<Path...>(spec) = std::move(value); }, placeholder);
}

template <auto... Path> void lines(SpecForm &form, const SpecForm::Row &row, const QString &placeholder = {})
{
    form.addLines(
        row, [](const SandboxSpec &spec) { return at<Path...>(spec); },
        [](SandboxSpec &spec, std::vector<std::string> value) { at<Path...>(spec) = std::move(value); }, placeholder);
}

template <auto... Path> void onOff(SpecForm &form, const SpecForm::Row &row)
{
    form.addSwitch(
        row, [](const SandboxSpec &spec) { return at<Path...>(spec); },
        [](SandboxSpec &spec, bool value) { at<Path...>(spec) = value; });
}

/// The choices in the order of the enumeration.
template <auto... Path>
void choice(SpecForm &form, const SpecForm::Row &row, const std::vector<SpecForm::Choice> &choices)
{
    form.addChoice(
        row, choices, [](const SandboxSpec &spec) { return static_cast<int>(at<Path...>(spec)); },
        [](SandboxSpec &spec, int value) {
            at<Path...>(spec) = static_cast<std::remove_reference_t<decltype(at<Path...>(spec))>>(value);
        });
}

template <auto... Path>
void number(SpecForm &form, const SpecForm::Row &row, const QString &unit = {}, std::uint64_t factor = 1)
{
    form.addNumber(
        row, [](const SandboxSpec &spec) { return at<Path...>(spec); },
        [](SandboxSpec &spec, std::optional<std::uint64_t> value) { at<Path...>(spec) = value; }, unit, factor);
}

/// An id: a number that is always there.
template <auto... Path> void id(SpecForm &form, const SpecForm::Row &row)
{
    form.addNumber(
        row, [](const SandboxSpec &spec) { return std::optional<std::uint64_t>(at<Path...>(spec)); },
        [](SandboxSpec &spec, std::optional<std::uint64_t> value) {
            at<Path...>(spec) = static_cast<std::uint32_t>(value.value_or(0));
        },
        {}, 1, std::numeric_limits<std::uint32_t>::max());
}

std::vector<std::string> rangeLines(const std::vector<IdRange> &ranges)
{
    std::vector<std::string> lines;
    for (const IdRange &range : ranges)
        lines.push_back(QString("%1 %2 %3").arg(range.containerId).arg(range.hostId).arg(range.size).toStdString());
    return lines;
}

/// Lines that are not (yet) three numbers are left out.
std::vector<IdRange> rangesOf(const std::vector<std::string> &lines)
{
    std::vector<IdRange> ranges;
    for (const std::string &line : lines) {
        const QStringList words = QString::fromStdString(line).simplified().split(' ');
        bool valid[3] = {};
        if (words.size() != 3)
            continue;
        const IdRange range{words[0].toUInt(&valid[0]), words[1].toUInt(&valid[1]), words[2].toUInt(&valid[2])};
        if (valid[0] && valid[1] && valid[2])
            ranges.push_back(range);
    }
    return ranges;
}

template <auto Member> void idMap(SpecForm &form, const SpecForm::Row &row)
{
    form.addLines(
        row, [](const SandboxSpec &spec) { return rangeLines(spec.idMaps.*Member); },
        [](SandboxSpec &spec, const std::vector<std::string> &value) { spec.idMaps.*Member = rangesOf(value); },
        QStringLiteral("0 100000 65536"));
    form.showOnlyWhen(row.field, [](const SandboxSpec &spec) { return spec.idMaps.mode == IdMapMode::Explicit; });
}

template <auto Member> void file(SpecForm &form, const QString &field, const QString &path)
{
    choice<&SandboxSpec::files, Member, &InjectedFile::mode>(
        form, {field + ".mode", path, {}},
        {{tr("none"), tr("what the layers hold")},
         {tr("copy"), tr("the host's file as it is now")},
         {tr("bind"), tr("the host's file itself, live, read-only")},
         {tr("bind-writable"), tr("the host's file itself: the sandbox can change it")},
         {tr("text"), tr("the text below")}});
    form.addLines(
        {field + ".text", tr("Text of %1").arg(path), {}},
        [](const SandboxSpec &spec) {
            std::vector<std::string> lines;
            const QString whole = QString::fromStdString((spec.files.*Member).text);
            for (const QString &line : whole.split('\n'))
                lines.push_back(line.toStdString());
            if (!lines.empty() && lines.back().empty())
                lines.pop_back();
            return lines;
        },
        [](SandboxSpec &spec, const std::vector<std::string> &lines) {
            std::string &whole = (spec.files.*Member).text;
            whole.clear();
            for (const std::string &line : lines)
                whole += line + '\n';
        });
    form.showOnlyWhen(field + ".text",
                      [](const SandboxSpec &spec) { return (spec.files.*Member).mode == FileInjection::Text; });
}

template <auto Member> void isolated(SpecForm &form, const char *field, const QString &label, const QString &help)
{
    choice<&SandboxSpec::namespaces, Member>(form, {QString("namespaces.%1").arg(field), label, help},
                                             {{tr("new"), tr("its own")}, {tr("host"), tr("the machine's")}});
}

} // namespace

void addGeneralFields(SpecForm &form)
{
    text<&SandboxSpec::name>(form, {"name", tr("Name"), {}}, tr("A name for people"));
    text<&SandboxSpec::description>(form, {"description", tr("Description"), {}});
    lines<&SandboxSpec::process, &ProcessSpec::args>(
        form,
        {"process.args", tr("Command"),
         tr("The program and its arguments, one a line. A program without a slash is "
            "searched in PATH inside the sandbox.")},
        QStringLiteral("/bin/sh"));
    onOff<&SandboxSpec::process, &ProcessSpec::terminal>(
        form, {"process.terminal", tr("Run in a terminal"), tr("A pseudoterminal of the sandbox's own devpts.")});
}

void addRootFields(SpecForm &form)
{
    choice<&SandboxSpec::root, &RootSpec::writable>(
        form, {"root.writable", tr("Changes"), {}},
        {{tr("discard"), tr("go to a layer that vanishes with the sandbox")},
         {tr("keep"), tr("go to a named layer that stays")},
         {tr("none"), tr("are refused: the root is read-only")},
         {tr("direct"), tr("go into the single layer itself")}});
    text<&SandboxSpec::root, &RootSpec::keepName>(
        form, {"root.keepName", tr("Name of the kept layer"), tr("Empty: the sandbox's name.")});
    form.showOnlyWhen("root.keepName", [](const SandboxSpec &spec) { return spec.root.writable == Writable::Keep; });
    form.addNumber(
        {"root.scratchBytes", tr("Room for changes"), tr("They are held in memory. Empty: half of it, as tmpfs does.")},
        [](const SandboxSpec &spec) {
            return spec.root.scratchBytes == 0 ? std::nullopt : std::optional(spec.root.scratchBytes);
        },
        [](SandboxSpec &spec, std::optional<std::uint64_t> value) { spec.root.scratchBytes = value.value_or(0); },
        tr("MiB"), 1 << 20);
    form.showOnlyWhen("root.scratchBytes",
                      [](const SandboxSpec &spec) { return spec.root.writable == Writable::Discard; });
    choice<&SandboxSpec::root, &RootSpec::switchRoot>(
        form, {"root.switchRoot", tr("Switch to the new root with"), {}},
        {{tr("pivot_root"), tr("and unmount put_old: the textbook")},
         {tr("pivot_root(\".\", \".\")"), tr("needs no put_old directory")},
         {tr("chroot"), tr("and nothing more: teaches why not")},
         {tr("nothing"), tr("the root stays where it is")}});
    text<&SandboxSpec::root, &RootSpec::putOld>(
        form, {"root.putOld", tr("put_old"), tr("Directory in the new root that takes the old one for a moment.")});
    form.showOnlyWhen("root.putOld",
                      [](const SandboxSpec &spec) { return spec.root.switchRoot == SwitchRoot::PivotRoot; });
    choice<&SandboxSpec::root, &RootSpec::propagation>(
        form,
        {"root.propagation", tr("Propagation of the copied tree"),
         tr("Decides whether mounts travel between the host and the sandbox.")},
        {{tr("private"), tr("no event goes either way")},
         {tr("slave"), tr("the host's mounts arrive here")},
         {tr("shared"), tr("mounts travel both ways")},
         {tr("unbindable"), tr("private, and cannot be bound")},
         {tr("unchanged"), tr("as unshare(2) leaves it: may leak")}});
}

void addNamespaceFields(SpecForm &form)
{
    isolated<&NamespacesSpec::mount>(form, "mount", tr("Mounts"), tr("Which mounts it sees and makes."));
    isolated<&NamespacesSpec::pid>(form, "pid", tr("Processes"), tr("Which processes it sees and can signal."));
    choice<&SandboxSpec::namespaces, &NamespacesSpec::user>(
        form, {"namespaces.user", tr("Users"), tr("Whether root inside is somebody else outside.")},
        {{tr("auto"), tr("new, except for root")}, {tr("new"), tr("its own")}, {tr("host"), tr("the machine's")}});
    choice<&SandboxSpec::namespaces, &NamespacesSpec::network>(
        form, {"namespaces.network", tr("Network"), {}},
        {{tr("none"), tr("its own, with loopback only")}, {tr("host"), tr("the machine's")}});
    isolated<&NamespacesSpec::uts>(form, "uts", tr("Host name"), {});
    isolated<&NamespacesSpec::ipc>(form, "ipc", tr("System V IPC and message queues"), {});
    isolated<&NamespacesSpec::cgroup>(form, "cgroup", tr("Control groups"),
                                      tr("Whether it sees where in the machine's cgroup tree it is."));
    isolated<&NamespacesSpec::time>(form, "time", tr("Clocks"), tr("Boot time and monotonic time."));
    text<&SandboxSpec::hostname>(form, {"hostname", tr("Host name inside"), {}});
    text<&SandboxSpec::domainname>(form, {"domainname", tr("NIS domain name inside"), {}});
}

void addIdMapFields(SpecForm &form)
{
    choice<&SandboxSpec::idMaps, &IdMapSpec::mode>(
        form, {"idMaps.mode", tr("Ids"), tr("Which users and groups exist inside, and who they are outside.")},
        {{tr("auto"), tr("you are root, your subordinate ids follow")},
         {tr("single"), tr("your own id alone")},
         {tr("explicit"), tr("the ranges below")}});
    idMap<&IdMapSpec::uid>(form, {"idMaps.uid", tr("Users"),
                                  tr("One range a line: first id inside, first id outside, "
                                     "how many.")});
    idMap<&IdMapSpec::gid>(form, {"idMaps.gid", tr("Groups"), {}});
}

void addKernelTreeFields(SpecForm &form)
{
    choice<&SandboxSpec::proc>(form, {"proc", tr("/proc"), {}},
                               {{tr("private"), tr("a new one, with its own processes")},
                                {tr("host"), tr("the machine's, bound")},
                                {tr("none"), tr("no /proc: ps and mount will not work")}});
    choice<&SandboxSpec::sys>(form, {"sys", tr("/sys"), {}},
                              {{tr("readonly"), tr("a new one, read-only")},
                               {tr("private"), tr("a new one, writable")},
                               {tr("masked"), tr("an empty tmpfs hides it")},
                               {tr("host"), tr("the machine's, bound")},
                               {tr("none"), tr("no /sys")}});
    choice<&SandboxSpec::dev, &DevSpec::policy>(form, {"dev.policy", tr("/dev"), {}},
                                                {{tr("minimal"), tr("a tmpfs with null, zero, full, random, tty")},
                                                 {tr("devtmpfs"), tr("the kernel's one, with every device")},
                                                 {tr("host"), tr("the machine's, bound")},
                                                 {tr("none"), tr("no /dev")}});
    lines<&SandboxSpec::dev, &DevSpec::devices>(
        form, {"dev.devices", tr("More devices"), tr("Nodes of the host, one a line.")}, QStringLiteral("/dev/fuse"));
    form.showOnlyWhen("dev.devices", [](const SandboxSpec &spec) { return spec.dev.policy == DevPolicy::Minimal; });
    lines<&SandboxSpec::maskedPaths>(
        form, {"maskedPaths", tr("Masked paths"), tr("Hidden by /dev/null or an empty read-only tmpfs.")},
        QStringLiteral("/proc/kcore"));
    lines<&SandboxSpec::readonlyPaths>(form, {"readonlyPaths", tr("Read-only paths"), {}}, QStringLiteral("/proc/sys"));
}

void addFileFields(SpecForm &form)
{
    file<&FilesSpec::resolvConf>(form, "files.resolvConf", "/etc/resolv.conf");
    file<&FilesSpec::hosts>(form, "files.hosts", "/etc/hosts");
    file<&FilesSpec::hostnameFile>(form, "files.hostnameFile", "/etc/hostname");
}

void addHardeningFields(SpecForm &form)
{
    choice<&SandboxSpec::process, &ProcessSpec::capabilities, &CapabilitiesSpec::choice>(
        form, {"process.capabilities", tr("Capabilities"), tr("What root inside may do beyond files of its own.")},
        {{tr("default"), tr("the short list that the big runtimes keep")},
         {tr("none"), {}},
         {tr("all"), tr("within its namespaces")},
         {tr("list"), tr("those below")}});
    lines<&SandboxSpec::process, &ProcessSpec::capabilities, &CapabilitiesSpec::names>(
        form, {"process.capabilities.names", tr("Kept capabilities"), tr("One a line, as in capabilities(7).")},
        QStringLiteral("CAP_NET_BIND_SERVICE"));
    form.showOnlyWhen("process.capabilities.names", [](const SandboxSpec &spec) {
        return spec.process.capabilities.choice == CapabilityChoice::List;
    });
    onOff<&SandboxSpec::process, &ProcessSpec::noNewPrivileges>(
        form, {"process.noNewPrivileges", tr("No new privileges"),
               tr("Set-user-ID programs and file capabilities give nothing (no_new_privs).")});
    choice<&SandboxSpec::seccomp, &SeccompSpec::choice>(form, {"seccomp.profile", tr("System call filter"), {}},
                                                        {{tr("default"), tr("refuses what the big runtimes refuse")},
                                                         {tr("none"), tr("every call is allowed")},
                                                         {tr("file"), tr("an OCI seccomp profile")}});
    text<&SandboxSpec::seccomp, &SeccompSpec::path>(form, {"seccomp.path", tr("Profile"), {}});
    form.showOnlyWhen("seccomp.path",
                      [](const SandboxSpec &spec) { return spec.seccomp.choice == SeccompChoice::File; });
}

void addProcessFields(SpecForm &form)
{
    lines<&SandboxSpec::process, &ProcessSpec::env>(
        form, {"process.env", tr("Environment"), tr("NAME=VALUE, one a line; nothing else reaches the command.")},
        QStringLiteral("PATH=/usr/bin:/bin"));
    text<&SandboxSpec::process, &ProcessSpec::cwd>(form, {"process.cwd", tr("Working directory"), {}},
                                                   QStringLiteral("/"));
    id<&SandboxSpec::process, &ProcessSpec::uid>(form, {"process.user.uid", tr("User id"), tr("Inside; 0 is root.")});
    id<&SandboxSpec::process, &ProcessSpec::gid>(form, {"process.user.gid", tr("Group id"), {}});
    form.addText(
        {"process.user.additionalGids", tr("More groups"), tr("Ids, separated by spaces.")},
        [](const SandboxSpec &spec) {
            QStringList ids;
            for (const std::uint32_t gid : spec.process.additionalGids)
                ids << QString::number(gid);
            return ids.join(' ').toStdString();
        },
        [](SandboxSpec &spec, const std::string &value) {
            spec.process.additionalGids.clear();
            for (const QString &word : QString::fromStdString(value).simplified().split(' ', Qt::SkipEmptyParts)) {
                bool valid = false;
                if (const std::uint32_t gid = word.toUInt(&valid); valid)
                    spec.process.additionalGids.push_back(gid);
            }
        });
    form.addLines(
        {"process.rlimits", tr("Resource limits"), tr("Name, soft and hard limit, one a line, as in setrlimit(2).")},
        [](const SandboxSpec &spec) {
            std::vector<std::string> lines;
            for (const ResourceLimit &limit : spec.process.rlimits)
                lines.push_back(limit.type + ' ' + std::to_string(limit.soft) + ' ' + std::to_string(limit.hard));
            return lines;
        },
        [](SandboxSpec &spec, const std::vector<std::string> &lines) {
            spec.process.rlimits.clear();
            for (const std::string &line : lines) {
                const QStringList words = QString::fromStdString(line).simplified().split(' ');
                bool valid[2] = {};
                if (words.size() != 3)
                    continue;
                const ResourceLimit limit{words[0].toStdString(), words[1].toULongLong(&valid[0]),
                                          words[2].toULongLong(&valid[1])};
                if (valid[0] && valid[1])
                    spec.process.rlimits.push_back(limit);
            }
        },
        QStringLiteral("RLIMIT_NOFILE 1024 4096"));
}

void addResourceFields(SpecForm &form)
{
    number<&SandboxSpec::resources, &ResourcesSpec::memoryBytes>(
        form, {"resources.memoryBytes", tr("Memory"), tr("Beyond it processes are killed.")}, tr("MiB"), 1 << 20);
    number<&SandboxSpec::resources, &ResourcesSpec::pids>(
        form, {"resources.pids", tr("Processes and threads"), tr("Beyond it fork(2) fails.")});
    number<&SandboxSpec::resources, &ResourcesSpec::cpuQuota>(
        form, {"resources.cpuQuota", tr("CPU time"), tr("Of every 100 ms; 100 % is one processor.")}, tr("%"), 1000);
    number<&SandboxSpec::resources, &ResourcesSpec::cpuWeight>(
        form, {"resources.cpuWeight", tr("CPU weight"), tr("Against others, 1 to 10000; 100 is usual.")});
}

} // namespace pivotbench::app
