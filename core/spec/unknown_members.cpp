// SPDX-License-Identifier: Apache-2.0
#include "core/spec/unknown_members.h"

#include "core/spec/sandbox_spec.h"

#include <fmt/format.h>

namespace pivotbench::core {
namespace {

/// visit(name of the object, its unknown members) for each object of a spec, const or not.
template <typename Spec, typename Visit> void forEachObject(Spec &spec, Visit visit)
{
    const auto each = [&](std::string_view field, auto &values) {
        for (std::size_t i = 0; i < values.size(); ++i)
            visit(fmt::format("{}[{}]", field, i), values[i].unknown);
    };
    visit("", spec.unknown);
    visit("root", spec.root.unknown);
    each("root.layers", spec.root.layers);
    each("mounts", spec.mounts);
    visit("namespaces", spec.namespaces.unknown);
    visit("idMaps", spec.idMaps.unknown);
    each("idMaps.uid", spec.idMaps.uid);
    each("idMaps.gid", spec.idMaps.gid);
    visit("dev", spec.dev.unknown);
    visit("files", spec.files.unknown);
    visit("files.resolvConf", spec.files.resolvConf.unknown);
    visit("files.hosts", spec.files.hosts.unknown);
    visit("files.hostnameFile", spec.files.hostnameFile.unknown);
    visit("seccomp", spec.seccomp.unknown);
    visit("resources", spec.resources.unknown);
    visit("process", spec.process.unknown);
    visit("process.user", spec.process.unknownOfUser);
    each("process.rlimits", spec.process.rlimits);
}

} // namespace

std::vector<std::string> unknownFields(const SandboxSpec &spec)
{
    std::vector<std::string> fields;
    forEachObject(spec, [&](const std::string &object, const UnknownMembers &members) {
        for (const UnknownMember &member : members)
            fields.push_back(object.empty() ? member.name : object + "." + member.name);
    });
    return fields;
}

SandboxSpec withoutUnknown(SandboxSpec spec)
{
    forEachObject(spec, [](const std::string &, UnknownMembers &members) { members.clear(); });
    spec.version = specVersion;
    return spec;
}

std::size_t unknownBytes(const SandboxSpec &spec)
{
    std::size_t bytes = 0;
    forEachObject(spec, [&](const std::string &, const UnknownMembers &members) {
        for (const UnknownMember &member : members)
            bytes += member.name.size() + member.json.size();
    });
    return bytes;
}

} // namespace pivotbench::core
