// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/operation_call.h"

#include "core/base/overloaded.h"

#include <utility>

namespace pivotbench::core::kernel {
namespace {

constexpr std::pair<Propagation, std::uint64_t> propagations[] = {{Propagation::Shared, ms::shared},
                                                                  {Propagation::Slave, ms::slave},
                                                                  {Propagation::Private, ms::isPrivate},
                                                                  {Propagation::Unbindable, ms::unbindable}};

constexpr std::pair<std::uint64_t, std::uint64_t> attributes[] = {{ms::readOnly, mount_attr::readOnly},
                                                                  {ms::noSuid, mount_attr::noSuid},
                                                                  {ms::noDev, mount_attr::noDev},
                                                                  {ms::noExec, mount_attr::noExec},
                                                                  {ms::noAtime, mount_attr::noAtime},
                                                                  {ms::noDirAtime, mount_attr::noDirAtime},
                                                                  {ms::strictAtime, mount_attr::strictAtime},
                                                                  {ms::noSymFollow, mount_attr::noSymFollow}};

std::uint64_t flagsOf(const PropagationChange &change)
{
    std::uint64_t flags = change.recursive ? ms::recursive : 0;
    for (const auto &[propagation, flag] : propagations)
        if (change.propagation == propagation)
            flags |= flag;
    return flags;
}

std::uint64_t attributesOf(std::uint64_t flags)
{
    std::uint64_t out = 0;
    for (const auto &[flag, attribute] : attributes)
        if ((flags & flag) != 0)
            out |= attribute;
    return out;
}

Location seen(std::string path) { return {Location::Base::Host, std::move(path)}; }

/// MS_BIND | MS_REMOUNT sets the flags that it names and clears the others.
SetMountAttributes remountOf(const MountCall &call)
{
    constexpr std::uint64_t settable =
        mount_attr::readOnly | mount_attr::noSuid | mount_attr::noDev | mount_attr::noExec;
    const std::uint64_t set = attributesOf(call.flags);
    return {.target = seen(call.target), .attributes = {.set = set, .clear = settable & ~set}};
}

std::optional<Operation> operationOf(const MountCall &call)
{
    const bool recursive = (call.flags & ms::recursive) != 0;
    if ((call.flags & ms::remount) != 0)
        return (call.flags & ms::bind) != 0 ? std::optional<Operation>(remountOf(call)) : std::nullopt;
    if ((call.flags & ms::bind) != 0)
        return BindMount{.source = seen(call.source), .target = seen(call.target), .recursive = recursive};
    for (const auto &[propagation, flag] : propagations)
        if ((call.flags & flag) != 0)
            return SetPropagation{.target = seen(call.target), .change = {propagation, recursive}};
    if ((call.flags & ms::move) != 0)
        return MoveMount{.source = seen(call.source), .target = seen(call.target)};
    if (call.type == "overlay")
        return MountOverlay{.lowers = call.overlay.lowers,
                            .upper = call.overlay.upper,
                            .work = call.overlay.work,
                            .target = seen(call.target),
                            .attributes = {.set = attributesOf(call.flags)},
                            .parameters = {}};
    return MountFilesystem{.type = call.type,
                           .source = call.source,
                           .target = seen(call.target),
                           .attributes = {.set = attributesOf(call.flags)},
                           .parameters = {}};
}

std::vector<Namespace> namespacesOf(const NamespaceSet &set)
{
    std::vector<Namespace> out;
    for (const auto &[wanted, space] : {std::pair(set.user, Namespace::User), std::pair(set.mount, Namespace::Mount),
                                        std::pair(set.pid, Namespace::Pid), std::pair(set.network, Namespace::Network),
                                        std::pair(set.ipc, Namespace::Ipc), std::pair(set.cgroup, Namespace::Cgroup)})
        if (wanted)
            out.push_back(space);
    return out;
}

} // namespace

std::optional<Call> callOf(const Plan &plan, const Operation &operation)
{
    const auto path = [&plan](const Location &location) { return displayPath(plan, location); };
    return std::visit(
        Overloaded{
            [](const PivotRoot &step) { return std::optional<Call>(PivotRootCall{step.newRoot, step.putOld}); },
            [](const Unmount &step) {
                return std::optional<Call>(
                    UnmountCall{step.path, (step.detach ? UnmountCall::detach : 0) | UnmountCall::noFollow});
            },
            [&](const BindMount &step) {
                return std::optional<Call>(MountCall{.source = path(step.source),
                                                     .target = path(step.target),
                                                     .flags = ms::bind | (step.recursive ? ms::recursive : 0)});
            },
            [&](const MoveMount &step) {
                return std::optional<Call>(
                    MountCall{.source = path(step.source), .target = path(step.target), .flags = ms::move});
            },
            [&](const MountFilesystem &step) {
                return std::optional<Call>(
                    MountCall{.source = step.source, .target = path(step.target), .type = step.type});
            },
            [&](const MountOverlay &step) {
                return std::optional<Call>(MountCall{.source = "overlay",
                                                     .target = path(step.target),
                                                     .type = "overlay",
                                                     .overlay = {step.lowers, step.upper, step.work}});
            },
            [&](const SetPropagation &step) {
                return std::optional<Call>(MountCall{.target = path(step.target), .flags = flagsOf(step.change)});
            },
            [&](const SetMountAttributes &step) {
                return std::optional<Call>(MountSetattrCall{.target = {path(step.target)},
                                                            .recursive = step.recursive,
                                                            .set = step.attributes.set,
                                                            .clear = step.attributes.clear});
            },
            [](const auto &) { return std::optional<Call>(); },
        },
        operation);
}

std::optional<Operation> operationOf(const Call &call)
{
    return std::visit(
        Overloaded{
            [](const MountCall &mount) { return operationOf(mount); },
            [](const UnmountCall &unmount) {
                return std::optional<Operation>(
                    Unmount{.path = unmount.target, .detach = (unmount.flags & UnmountCall::detach) != 0});
            },
            [](const PivotRootCall &pivot) { return std::optional<Operation>(PivotRoot{pivot.newRoot, pivot.putOld}); },
            [](const ChrootCall &chroot) { return std::optional<Operation>(ChangeRoot{chroot.path}); },
            [](const ChdirCall &chdir) { return std::optional<Operation>(ChangeDirectory{seen(chdir.path)}); },
            [](const MkdirCall &mkdir) { return std::optional<Operation>(MakeDirectory{.target = seen(mkdir.path)}); },
            [](const RmdirCall &rmdir) { return std::optional<Operation>(RemoveDirectory{rmdir.path}); },
            [](const SymlinkCall &link) {
                return std::optional<Operation>(MakeSymlink{.target = seen(link.path), .pointsTo = link.target});
            },
            [](const UnshareCall &unshare) {
                return std::optional<Operation>(Unshare{namespacesOf(unshare.namespaces)});
            },
            [](const auto &) { return std::optional<Operation>(); },
        },
        call);
}

} // namespace pivotbench::core::kernel
