// SPDX-License-Identifier: Apache-2.0
#include "core/spec/spec_json.h"

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pivotbench::core {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t maxFileBytes = 1 << 20;
/// Of what is kept without being understood. The writer takes the square of it.
constexpr std::size_t maxUnknownBytes = std::size_t{64} * 1024;

template <typename Enum> using Word = std::pair<std::string_view, Enum>;

constexpr Word<Writable> writableWords[] = {
    {"discard", Writable::Discard}, {"keep", Writable::Keep}, {"none", Writable::None}, {"direct", Writable::Direct}};
constexpr Word<SwitchRoot> switchRootWords[] = {{"pivot_root", SwitchRoot::PivotRoot},
                                                {"pivot_root_dot", SwitchRoot::PivotRootDot},
                                                {"chroot", SwitchRoot::Chroot},
                                                {"none", SwitchRoot::None}};
constexpr Word<RootPropagation> propagationWords[] = {{"private", RootPropagation::Private},
                                                      {"slave", RootPropagation::Slave},
                                                      {"shared", RootPropagation::Shared},
                                                      {"unbindable", RootPropagation::Unbindable},
                                                      {"unchanged", RootPropagation::Unchanged}};
constexpr Word<NamespaceChoice> namespaceWords[] = {{"new", NamespaceChoice::New}, {"host", NamespaceChoice::Host}};
constexpr Word<UserNamespaceChoice> userWords[] = {
    {"auto", UserNamespaceChoice::Auto}, {"new", UserNamespaceChoice::New}, {"host", UserNamespaceChoice::Host}};
constexpr Word<NetworkChoice> networkWords[] = {{"none", NetworkChoice::None}, {"host", NetworkChoice::Host}};
constexpr Word<IdMapMode> idMapWords[] = {
    {"auto", IdMapMode::Auto}, {"single", IdMapMode::Single}, {"explicit", IdMapMode::Explicit}};
constexpr Word<ProcPolicy> procWords[] = {
    {"private", ProcPolicy::Private}, {"host", ProcPolicy::Host}, {"none", ProcPolicy::None}};
constexpr Word<SysPolicy> sysWords[] = {{"readonly", SysPolicy::ReadOnly},
                                        {"private", SysPolicy::Private},
                                        {"masked", SysPolicy::Masked},
                                        {"host", SysPolicy::Host},
                                        {"none", SysPolicy::None}};
constexpr Word<DevPolicy> devWords[] = {{"minimal", DevPolicy::Minimal},
                                        {"devtmpfs", DevPolicy::Devtmpfs},
                                        {"host", DevPolicy::Host},
                                        {"none", DevPolicy::None}};
constexpr Word<FileInjection> fileWords[] = {{"none", FileInjection::None},
                                             {"copy", FileInjection::Copy},
                                             {"bind", FileInjection::Bind},
                                             {"bind-writable", FileInjection::BindWritable},
                                             {"text", FileInjection::Text}};
constexpr Word<CapabilityChoice> capabilityWords[] = {
    {"default", CapabilityChoice::Default}, {"none", CapabilityChoice::None}, {"all", CapabilityChoice::All}};
constexpr Word<SeccompChoice> seccompWords[] = {
    {"default", SeccompChoice::Default}, {"none", SeccompChoice::None}, {"file", SeccompChoice::File}};

// Decoding ------------------------------------------------------------------------------------------------------------

/// Decodes the object at `key`, when there is one, with `codec(ObjectReader &)`.
template <typename Codec> void readObject(ObjectReader &parent, std::string_view key, Codec codec)
{
    const JsonValue *value = parent.child(key);
    if (!value)
        return;
    ObjectReader reader(*value, parent.fieldName(key), parent.isTolerant());
    codec(reader);
    if (Status status = reader.finish(); !status)
        parent.fail(std::move(status.error()));
}

/// Decodes each element of the list at `key` with `codec(ObjectReader &, T &)`.
template <typename T, typename Codec>
void readList(ObjectReader &parent, std::string_view key, std::vector<T> &out, Codec codec)
{
    const JsonValue::Array *values = parent.children(key);
    if (!values)
        return;
    out.clear();
    for (const JsonValue &value : *values) {
        ObjectReader reader(value, parent.fieldName(key, out.size()), parent.isTolerant());
        codec(reader, out.emplace_back());
        if (Status status = reader.finish(); !status)
            return parent.fail(std::move(status.error()));
    }
}

/// Comes last in each object: what is left.
void keepUnknown(ObjectReader &reader, UnknownMembers &unknown)
{
    for (const UnknownJson &member : reader.takeUnknown())
        unknown.push_back(
            {.after = std::string(member.after), .name = std::string(member.key), .json = jsonText(*member.value)});
}

void readRoot(ObjectReader &reader, RootSpec &root)
{
    readList(reader, "layers", root.layers, [](ObjectReader &layer, Layer &out) {
        layer.read("path", out.path);
        layer.read("builtin", out.builtin);
        keepUnknown(layer, out.unknown);
    });
    reader.read("writable", root.writable, writableWords);
    reader.read("keepName", root.keepName);
    reader.read("scratchBytes", root.scratchBytes);
    reader.read("switchRoot", root.switchRoot, switchRootWords);
    reader.read("putOld", root.putOld);
    reader.read("propagation", root.propagation, propagationWords);
    keepUnknown(reader, root.unknown);
}

void readMount(ObjectReader &reader, MountSpec &mount)
{
    reader.require("destination").read("destination", mount.destination);
    reader.require("type").read("type", mount.type);
    reader.read("source", mount.source);
    reader.read("options", mount.options);
    keepUnknown(reader, mount.unknown);
}

void readNamespaces(ObjectReader &reader, NamespacesSpec &namespaces)
{
    reader.read("mount", namespaces.mount, namespaceWords);
    reader.read("pid", namespaces.pid, namespaceWords);
    reader.read("user", namespaces.user, userWords);
    reader.read("uts", namespaces.uts, namespaceWords);
    reader.read("ipc", namespaces.ipc, namespaceWords);
    reader.read("network", namespaces.network, networkWords);
    reader.read("cgroup", namespaces.cgroup, namespaceWords);
    reader.read("time", namespaces.time, namespaceWords);
    keepUnknown(reader, namespaces.unknown);
}

void readIdRange(ObjectReader &reader, IdRange &range)
{
    reader.require("containerID").read("containerID", range.containerId);
    reader.require("hostID").read("hostID", range.hostId);
    reader.require("size").read("size", range.size);
    keepUnknown(reader, range.unknown);
}

void readIdMaps(ObjectReader &reader, IdMapSpec &maps)
{
    reader.read("mode", maps.mode, idMapWords);
    readList(reader, "uid", maps.uid, readIdRange);
    readList(reader, "gid", maps.gid, readIdRange);
    keepUnknown(reader, maps.unknown);
}

void readDev(ObjectReader &reader, DevSpec &dev)
{
    reader.read("policy", dev.policy, devWords);
    reader.read("devices", dev.devices);
    keepUnknown(reader, dev.unknown);
}

void readFiles(ObjectReader &reader, FilesSpec &files)
{
    const auto file = [&](std::string_view key, InjectedFile &out) {
        readObject(reader, key, [&](ObjectReader &object) {
            object.read("mode", out.mode, fileWords);
            object.read("text", out.text);
            keepUnknown(object, out.unknown);
        });
    };
    file("resolvConf", files.resolvConf);
    file("hosts", files.hosts);
    file("hostnameFile", files.hostnameFile);
    keepUnknown(reader, files.unknown);
}

void readSeccomp(ObjectReader &reader, SeccompSpec &seccomp)
{
    reader.read("profile", seccomp.choice, seccompWords);
    reader.read("path", seccomp.path);
    keepUnknown(reader, seccomp.unknown);
}

template <typename T> void readOptional(ObjectReader &reader, std::string_view key, std::optional<T> &out)
{
    T value = 0;
    if (reader.read(key, value))
        out = value;
}

void readResources(ObjectReader &reader, ResourcesSpec &resources)
{
    readOptional(reader, "memoryBytes", resources.memoryBytes);
    readOptional(reader, "pids", resources.pids);
    readOptional(reader, "cpuQuota", resources.cpuQuota);
    readOptional(reader, "cpuWeight", resources.cpuWeight);
    keepUnknown(reader, resources.unknown);
}

/// A word, or a list of names.
void readCapabilities(ObjectReader &process, CapabilitiesSpec &capabilities)
{
    const JsonValue *value = process.child("capabilities");
    if (!value)
        return;
    if (value->array()) {
        if (process.read("capabilities", capabilities.names))
            capabilities.choice = CapabilityChoice::List;
    } else if (value->string()) {
        process.read("capabilities", capabilities.choice, capabilityWords);
    } else {
        process.fail("capabilities", fmt::format("must be a word or a list of names, but is {}", value->kind()));
    }
}

void readUser(ObjectReader &reader, ProcessSpec &process)
{
    reader.read("uid", process.uid);
    reader.read("gid", process.gid);
    reader.read("additionalGids", process.additionalGids);
    keepUnknown(reader, process.unknownOfUser);
}

void readProcess(ObjectReader &reader, ProcessSpec &process)
{
    reader.read("args", process.args);
    reader.read("env", process.env);
    reader.read("cwd", process.cwd);
    readObject(reader, "user", [&](ObjectReader &user) { readUser(user, process); });
    reader.read("terminal", process.terminal);
    readCapabilities(reader, process.capabilities);
    reader.read("noNewPrivileges", process.noNewPrivileges);
    readList(reader, "rlimits", process.rlimits, [](ObjectReader &object, ResourceLimit &limit) {
        object.require("type").read("type", limit.type);
        object.require("soft").read("soft", limit.soft);
        object.require("hard").read("hard", limit.hard);
        keepUnknown(object, limit.unknown);
    });
    keepUnknown(reader, process.unknown);
}

/// Comes first: what a newer version means by its other fields is not ours to judge.
void readVersion(ObjectReader &reader, int &version)
{
    if (!reader.require("pivotbench").read("pivotbench", version, 1))
        return;
    if (version > specVersion && !reader.isTolerant())
        reader.fail(Error{.code = "spec.version",
                          .what = fmt::format("{} is {}, and this Pivotbench reads specs up to version {}",
                                              reader.fieldName("pivotbench"), version, specVersion),
                          .hint = "open it with a newer Pivotbench"});
}

// Encoding ------------------------------------------------------------------------------------------------------------

enum class Unknown { Kept, Dropped };

/// An object that takes only what differs from the default. Fields come in the order of the struct, each once: what is
/// kept of a newer file follows the field that it followed there, whether that is written or not.
class Writer {
public:
    Writer(Unknown unknown, const UnknownMembers &members)
    {
        if (unknown == Unknown::Kept && !members.empty())
            m_members = &members;
        keepAfter({});
    }
    template <typename T> void put(const char *key, const T &value, const T &standard)
    {
        if (value != standard)
            m_json[key] = value;
        keepAfter(key);
    }
    template <typename Enum, std::size_t N>
    void put(const char *key, Enum value, Enum standard, const Word<Enum> (&table)[N])
    {
        if (value != standard)
            m_json[key] = wordOf(value, table);
        keepAfter(key);
    }
    template <typename T> void put(const char *key, const std::optional<T> &value)
    {
        if (value)
            m_json[key] = *value;
        keepAfter(key);
    }
    void put(const char *key, Json value)
    {
        if (!value.empty())
            m_json[key] = std::move(value);
        keepAfter(key);
    }
    void always(const char *key, Json value)
    {
        m_json[key] = std::move(value);
        keepAfter(key);
    }
    Json take() { return std::move(m_json); }

private:
    void keepAfter(std::string_view key)
    {
        if (!m_members)
            return;
        for (const UnknownMember &member : *m_members)
            if (member.after == key)
                m_json[member.name] = Json::parse(member.json);
    }

    const UnknownMembers *m_members = nullptr;
    Json m_json = Json::object();
};

template <typename T, typename Encode> Json listOf(const std::vector<T> &values, Encode encode)
{
    Json list = Json::array();
    for (const T &value : values)
        list.push_back(encode(value));
    return list;
}

Json encode(const RootSpec &root, Unknown unknown)
{
    const RootSpec standard;
    Writer writer(unknown, root.unknown);
    writer.put("layers", listOf(root.layers, [unknown](const Layer &layer) {
                   Writer object(unknown, layer.unknown);
                   object.put("path", layer.path, {});
                   object.put("builtin", layer.builtin, {});
                   return object.take();
               }));
    writer.put("writable", root.writable, standard.writable, writableWords);
    writer.put("keepName", root.keepName, standard.keepName);
    writer.put("scratchBytes", root.scratchBytes, standard.scratchBytes);
    writer.put("switchRoot", root.switchRoot, standard.switchRoot, switchRootWords);
    writer.put("putOld", root.putOld, standard.putOld);
    writer.put("propagation", root.propagation, standard.propagation, propagationWords);
    return writer.take();
}

Json encode(const MountSpec &mount, Unknown unknown)
{
    Writer writer(unknown, mount.unknown);
    writer.always("destination", mount.destination);
    writer.always("type", mount.type);
    writer.put("source", mount.source, {});
    writer.put("options", mount.options, {});
    return writer.take();
}

Json encode(const NamespacesSpec &namespaces, Unknown unknown)
{
    const NamespacesSpec standard;
    Writer writer(unknown, namespaces.unknown);
    writer.put("mount", namespaces.mount, standard.mount, namespaceWords);
    writer.put("pid", namespaces.pid, standard.pid, namespaceWords);
    writer.put("user", namespaces.user, standard.user, userWords);
    writer.put("uts", namespaces.uts, standard.uts, namespaceWords);
    writer.put("ipc", namespaces.ipc, standard.ipc, namespaceWords);
    writer.put("network", namespaces.network, standard.network, networkWords);
    writer.put("cgroup", namespaces.cgroup, standard.cgroup, namespaceWords);
    writer.put("time", namespaces.time, standard.time, namespaceWords);
    return writer.take();
}

Json encode(const IdMapSpec &maps, Unknown unknown)
{
    const auto range = [unknown](const IdRange &value) {
        Writer writer(unknown, value.unknown);
        writer.always("containerID", value.containerId);
        writer.always("hostID", value.hostId);
        writer.always("size", value.size);
        return writer.take();
    };
    Writer writer(unknown, maps.unknown);
    writer.put("mode", maps.mode, IdMapMode::Auto, idMapWords);
    writer.put("uid", listOf(maps.uid, range));
    writer.put("gid", listOf(maps.gid, range));
    return writer.take();
}

Json encode(const DevSpec &dev, Unknown unknown)
{
    Writer writer(unknown, dev.unknown);
    writer.put("policy", dev.policy, DevPolicy::Minimal, devWords);
    writer.put("devices", dev.devices, {});
    return writer.take();
}

Json encode(const FilesSpec &files, Unknown unknown)
{
    const auto file = [unknown](const InjectedFile &value) {
        Writer writer(unknown, value.unknown);
        writer.put("mode", value.mode, FileInjection::None, fileWords);
        writer.put("text", value.text, {});
        return writer.take();
    };
    Writer writer(unknown, files.unknown);
    writer.put("resolvConf", file(files.resolvConf));
    writer.put("hosts", file(files.hosts));
    writer.put("hostnameFile", file(files.hostnameFile));
    return writer.take();
}

Json encode(const SeccompSpec &seccomp, Unknown unknown)
{
    Writer writer(unknown, seccomp.unknown);
    writer.put("profile", seccomp.choice, SeccompChoice::Default, seccompWords);
    writer.put("path", seccomp.path, {});
    return writer.take();
}

Json encode(const ResourcesSpec &resources, Unknown unknown)
{
    Writer writer(unknown, resources.unknown);
    writer.put("memoryBytes", resources.memoryBytes);
    writer.put("pids", resources.pids);
    writer.put("cpuQuota", resources.cpuQuota);
    writer.put("cpuWeight", resources.cpuWeight);
    return writer.take();
}

Json encode(const ProcessSpec &process, Unknown unknown)
{
    const ProcessSpec standard;
    Writer user(unknown, process.unknownOfUser);
    user.put("uid", process.uid, standard.uid);
    user.put("gid", process.gid, standard.gid);
    user.put("additionalGids", process.additionalGids, standard.additionalGids);

    Writer writer(unknown, process.unknown);
    writer.put("args", process.args, standard.args);
    writer.put("env", process.env, standard.env);
    writer.put("cwd", process.cwd, standard.cwd);
    writer.put("user", user.take());
    writer.put("terminal", process.terminal, standard.terminal);
    if (process.capabilities.choice == CapabilityChoice::List)
        writer.always("capabilities", process.capabilities.names);
    else
        writer.put("capabilities", process.capabilities.choice, standard.capabilities.choice, capabilityWords);
    writer.put("noNewPrivileges", process.noNewPrivileges, standard.noNewPrivileges);
    writer.put("rlimits", listOf(process.rlimits, [unknown](const ResourceLimit &limit) {
                   Writer object(unknown, limit.unknown);
                   object.always("type", limit.type);
                   object.always("soft", limit.soft);
                   object.always("hard", limit.hard);
                   return object.take();
               }));
    return writer.take();
}

Json encode(const SandboxSpec &spec, Unknown unknown)
{
    const SandboxSpec standard;
    Writer writer(unknown, spec.unknown);
    writer.always("pivotbench", unknown == Unknown::Kept ? spec.version : specVersion);
    writer.put("name", spec.name, standard.name);
    writer.put("description", spec.description, standard.description);
    writer.put("root", encode(spec.root, unknown));
    writer.put("mounts", listOf(spec.mounts, [unknown](const MountSpec &mount) { return encode(mount, unknown); }));
    writer.put("namespaces", encode(spec.namespaces, unknown));
    writer.put("idMaps", encode(spec.idMaps, unknown));
    writer.put("proc", spec.proc, standard.proc, procWords);
    writer.put("sys", spec.sys, standard.sys, sysWords);
    writer.put("dev", encode(spec.dev, unknown));
    writer.put("hostname", spec.hostname, standard.hostname);
    writer.put("domainname", spec.domainname, standard.domainname);
    writer.put("files", encode(spec.files, unknown));
    writer.put("maskedPaths", spec.maskedPaths, standard.maskedPaths);
    writer.put("readonlyPaths", spec.readonlyPaths, standard.readonlyPaths);
    writer.put("seccomp", encode(spec.seccomp, unknown));
    writer.put("resources", encode(spec.resources, unknown));
    writer.put("process", encode(spec.process, unknown));
    return writer.take();
}

/// Bytes that are not UTF-8 have no form in JSON; they become U+FFFD, which saveSpec notices.
std::string dump(const SandboxSpec &spec, Unknown unknown, int indent)
{
    return encode(spec, unknown).dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Names beside a choice that ignores them have no form in the file.
SandboxSpec withoutUnusedNames(SandboxSpec spec)
{
    if (spec.process.capabilities.choice != CapabilityChoice::List)
        spec.process.capabilities.names.clear();
    return spec;
}

} // namespace

namespace {

Result<SandboxSpec> decode(const JsonValue &value, std::string field, bool tolerant)
{
    SandboxSpec spec;
    ObjectReader reader(value, std::move(field), tolerant);
    readVersion(reader, spec.version);
    reader.read("name", spec.name);
    reader.read("description", spec.description);
    readObject(reader, "root", [&](ObjectReader &root) { readRoot(root, spec.root); });
    readList(reader, "mounts", spec.mounts, readMount);
    readObject(reader, "namespaces", [&](ObjectReader &object) { readNamespaces(object, spec.namespaces); });
    readObject(reader, "idMaps", [&](ObjectReader &object) { readIdMaps(object, spec.idMaps); });
    reader.read("proc", spec.proc, procWords);
    reader.read("sys", spec.sys, sysWords);
    readObject(reader, "dev", [&](ObjectReader &object) { readDev(object, spec.dev); });
    reader.read("hostname", spec.hostname);
    reader.read("domainname", spec.domainname);
    readObject(reader, "files", [&](ObjectReader &object) { readFiles(object, spec.files); });
    reader.read("maskedPaths", spec.maskedPaths);
    reader.read("readonlyPaths", spec.readonlyPaths);
    readObject(reader, "seccomp", [&](ObjectReader &object) { readSeccomp(object, spec.seccomp); });
    readObject(reader, "resources", [&](ObjectReader &object) { readResources(object, spec.resources); });
    readObject(reader, "process", [&](ObjectReader &object) { readProcess(object, spec.process); });
    keepUnknown(reader, spec.unknown);
    if (Status status = reader.finish(); !status)
        return std::unexpected(std::move(status.error()));
    return spec;
}

Error asSpecError(Error error)
{
    if (error.code != "spec.version")
        error.code = "spec.parse";
    return error;
}

/// Where it cannot be understood, that it is newer is the likely reason.
Error newerError(Error error, const JsonValue &document)
{
    int version = 0;
    ObjectReader reader(document, {});
    if (reader.read("pivotbench", version, 1) && version > specVersion) {
        error.code = "spec.version";
        error.hint =
            fmt::format("the file is of version {}, and this Pivotbench knows version {}: open it with a newer "
                        "Pivotbench",
                        version, specVersion);
    }
    return error;
}

std::string adviceFor(const Error &error)
{
    switch (error.errnum) {
    case ENOENT:
    case ENOTDIR: return "it may have been moved or renamed, or lie on a disk that is not there now";
    case EACCES:
    case EPERM: return "ask its owner for leave to read it";
    case EISDIR: return "open a .pbox file in it";
    case ELOOP: return "the link leads nowhere: open the file that it should lead to";
    default: return error.errnum == 0 ? "a .pbox file is a regular file of at most 1 MiB; this is something else" : "";
    }
}

Result<SandboxSpec> load(const std::string &path, Result<SandboxSpec> (*parse)(std::string_view))
{
    auto text = readFile(path, maxFileBytes);
    if (!text) {
        text.error().hint = adviceFor(text.error());
        return wrap(std::move(text.error()), "opening the spec");
    }
    auto spec = parse(*text);
    if (!spec) {
        spec.error().path = path;
        if (spec.error().hint.empty())
            spec.error().hint = "correct it there with a text editor, or open another copy of the file";
    }
    return spec;
}

} // namespace

Result<SandboxSpec> decodeSpec(const JsonValue &value, std::string field)
{
    return decode(value, std::move(field), false);
}

Result<SandboxSpec> parseSpec(std::string_view text)
{
    const auto value = parseJson(text, {.maxBytes = maxFileBytes});
    if (!value)
        return std::unexpected(asSpecError(value.error()));
    auto spec = decodeSpec(*value, {});
    if (!spec)
        return std::unexpected(asSpecError(std::move(spec.error())));
    return spec;
}

Result<SandboxSpec> parseDocument(std::string_view text)
{
    const auto value = parseJson(text, {.maxBytes = maxFileBytes});
    if (!value)
        return std::unexpected(asSpecError(value.error()));
    auto spec = decode(*value, {}, true);
    if (!spec)
        return std::unexpected(newerError(asSpecError(std::move(spec.error())), *value));
    if (const std::size_t bytes = unknownBytes(*spec); bytes > maxUnknownBytes)
        return std::unexpected(newerError(
            failure("spec.parse", fmt::format("{} bytes of it are not understood, beginning with {}; up to {} are kept",
                                              bytes, printable(unknownFields(*spec).front()), maxUnknownBytes))
                .error(),
            *value));
    return spec;
}

std::string writeSpec(const SandboxSpec &spec) { return dump(spec, Unknown::Kept, 2) + "\n"; }

std::string writeSpecCompact(const SandboxSpec &spec) { return dump(spec, Unknown::Dropped, -1); }

Result<SandboxSpec> loadSpec(const std::string &path) { return load(path, parseSpec); }

Result<SandboxSpec> loadDocument(const std::string &path) { return load(path, parseDocument); }

Status saveSpec(const SandboxSpec &spec, const std::string &path)
{
    const std::string text = writeSpec(spec);
    const auto again = parseDocument(text);
    if (!again)
        return failure("spec.unwritable",
                       "the spec holds something that its file format cannot express: " + again.error().what, path);
    // What is unknown may have moved up to the field before, where its own is not written: the text is the same.
    if (withoutUnknown(*again) != withoutUnknown(withoutUnusedNames(spec)) || writeSpec(*again) != text)
        return failure("spec.unwritable",
                       "the spec holds a name that is not UTF-8 text, which its file format cannot express", path,
                       "rename the file or folder that it names");
    if (Status status = replaceFile(path, text); !status)
        return wrap(std::move(status.error()), "saving the spec");
    return {};
}

} // namespace pivotbench::core
