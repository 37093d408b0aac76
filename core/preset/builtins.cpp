// SPDX-License-Identifier: Apache-2.0
#include "core/preset/builtins.h"

#include "core/base/text.h"
#include "core/preset/busybox_rootfs.h"
#include "core/preset/system_rootfs.h"
#include "core/spec/effective_ids.h"

#include <fmt/format.h>

namespace pivotbench::core {
namespace {

Status resolveBusybox(SandboxSpec &spec, Layer &layer, const HostFacts &facts, bool make)
{
    const RootUse use = spec.root.writable == Writable::Direct ? RootUse::Direct : RootUse::Shared;
    auto path = make ? makeBusyboxRoot(facts, use) : busyboxRootPath(facts, use);
    if (!path)
        return std::unexpected(std::move(path.error()));
    layer.path = std::move(*path);
    return {};
}

/// For root the whole of "/" below an overlay; see system_rootfs.h for why an ordinary user gets it in pieces.
Status resolveSystem(SandboxSpec &spec, Layer &layer, const HostFacts &facts, bool make)
{
    if (!effectiveIds(spec, facts).inUserNamespace) {
        layer.path = std::string("/");
        return {};
    }
    auto root = make ? makeSystemRoot(facts) : describeSystemRoot(facts);
    if (!root)
        return std::unexpected(std::move(root.error()));
    layer.path = std::move(root->layer);
    spec.mounts.insert(spec.mounts.begin(), root->binds.begin(), root->binds.end());
    return {};
}

Result<SandboxSpec> resolve(SandboxSpec spec, const HostFacts &facts, bool make)
{
    for (std::size_t i = 0; i < spec.root.layers.size(); ++i) {
        Layer &layer = spec.root.layers[i];
        if (layer.builtin.empty() || !layer.path.empty())
            continue;
        Status status;
        if (layer.builtin == "busybox")
            status = resolveBusybox(spec, layer, facts, make);
        else if (layer.builtin == "system")
            status = resolveSystem(spec, layer, facts, make);
        else
            status = failure("spec.builtin", fmt::format("there is no built-in layer \"{}\"", printable(layer.builtin)),
                             {}, "the built-in ones are \"busybox\" and \"system\"");
        if (!status)
            return wrap(std::move(status.error()), fmt::format("resolving root.layers[{}]", i));
    }
    return spec;
}

} // namespace

Result<SandboxSpec> resolveBuiltins(SandboxSpec spec, const HostFacts &facts)
{
    return resolve(std::move(spec), facts, true);
}

Result<SandboxSpec> nameBuiltins(SandboxSpec spec, const HostFacts &facts)
{
    return resolve(std::move(spec), facts, false);
}

} // namespace pivotbench::core
