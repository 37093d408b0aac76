// SPDX-License-Identifier: Apache-2.0
#include "core/kernel/diagnose.h"

#include "core/base/overloaded.h"
#include "core/kernel/call_parts.h"
#include "core/kernel/from_frame.h"
#include "core/kernel/operation_call.h"
#include "core/kernel/tree.h"

#include <algorithm>
#include <cerrno>
#include <set>

namespace pivotbench::core::kernel {
namespace {

using Causes = std::vector<Cause>;

constexpr Cause overlayCauses[] = {Cause::LayerNotADirectory, Cause::UpperOnOverlay, Cause::UpperReadOnly,
                                   Cause::NoLowers,           Cause::WorkElsewhere,  Cause::WorkInsideUpper,
                                   Cause::OneLowerAlone,      Cause::TooDeepOverlay, Cause::LayerNotCloneable,
                                   Cause::LayersOverlap};
constexpr Cause copyCauses[] = {Cause::SourceUnbindable, Cause::SourceNotOurs, Cause::LockedChildren,
                                Cause::LockedUnbindable};

void append(Causes &out, std::span<const Cause> more) { out.insert(out.end(), more.begin(), more.end()); }

Causes causesOf(const MountCall &call)
{
    constexpr std::uint64_t propagations = ms::shared | ms::slave | ms::isPrivate | ms::unbindable;
    Causes out = {Cause::NotPrivileged};
    if ((call.flags & ms::remount) != 0) {
        append(out, std::array{Cause::NotOurMount, Cause::NotAMountPoint, Cause::FlagLocked, Cause::SuperblockNotOurs,
                               Cause::OverlayHasNoUpper, Cause::RemovedInUse});
    } else if ((call.flags & ms::bind) != 0) {
        append(out, std::array{Cause::NoSource, Cause::TargetGone, Cause::NotOurMount});
        append(out, copyCauses);
        out.push_back(Cause::BindKindMismatch);
    } else if ((call.flags & propagations) != 0) {
        append(out, std::array{Cause::NotAMountPoint, Cause::TwoPropagations, Cause::NotOurMount});
    } else if ((call.flags & ms::move) != 0) {
        append(out, std::array{Cause::NoSource, Cause::NotAMountPoint, Cause::MoveKindMismatch, Cause::TargetGone,
                               Cause::MoveDetachedRoot, Cause::MoveLocked, Cause::MoveFromSharedParent,
                               Cause::NotOurMount, Cause::MoveUnbindableIntoShared, Cause::MoveIntoItself});
    } else {
        append(out, std::array{Cause::NoFilesystemType, Cause::UnknownFilesystem, Cause::FilesystemNeedsRoot,
                               Cause::NamespaceNotOwned});
        if (call.type == "overlay")
            append(out, overlayCauses);
        append(out, std::array{Cause::TooRevealing, Cause::TargetGone, Cause::NotOurMount, Cause::SameFilesystemTwice,
                               Cause::BindKindMismatch});
    }
    return out;
}

/// Those that can be looked past, in the kernel's order; what goes wrong on the way to a path comes before them.
Causes causesOf(const Call &call)
{
    return std::visit(
        Overloaded{
            [](const MountCall &mount) { return causesOf(mount); },
            [](const UnmountCall &) {
                return Causes{Cause::BadUnmountFlags, Cause::NotPrivileged,
                              Cause::NotAMountPoint,  Cause::NotOurMount,
                              Cause::MountLocked,     Cause::SuperblockNotOurs,
                              Cause::RemovedInUse,    Cause::NamespaceRoot,
                              Cause::HasSubmounts,    Cause::InUse};
            },
            [](const OpenTreeCall &) {
                Causes out = {Cause::RecursiveWithoutClone, Cause::NotPrivileged};
                append(out, copyCauses);
                return out;
            },
            [](const MoveMountCall &) {
                return Causes{Cause::NotPrivileged,
                              Cause::NotAMountPoint,
                              Cause::MoveKindMismatch,
                              Cause::TargetGone,
                              Cause::MoveDetachedRoot,
                              Cause::MoveLocked,
                              Cause::MoveFromSharedParent,
                              Cause::SourceNotOurs,
                              Cause::MoveInsideDetached,
                              Cause::NotOurMount,
                              Cause::MoveUnbindableIntoShared,
                              Cause::MoveIntoItself};
            },
            [](const FsMountCall &mount) {
                Causes out = {Cause::NotPrivileged, Cause::UnknownFilesystem, Cause::FilesystemNeedsRoot,
                              Cause::NamespaceNotOwned};
                if (mount.type == "overlay")
                    append(out, overlayCauses);
                append(out, std::array{Cause::BadAttributes, Cause::TooRevealing});
                return out;
            },
            [](const MountSetattrCall &) {
                return Causes{Cause::NotPrivileged, Cause::BadAttributes, Cause::NotAMountPoint, Cause::NotOurMount,
                              Cause::FlagLocked};
            },
            [](const PivotRootCall &) {
                return Causes{Cause::NotPrivileged,         Cause::TargetGone,
                              Cause::PivotPutOldShared,     Cause::PivotNewRootParentShared,
                              Cause::PivotRootParentShared, Cause::PivotNotOurs,
                              Cause::PivotNewRootLocked,    Cause::PivotNewRootRemoved,
                              Cause::PivotNewRootIsRoot,    Cause::PivotPutOldOnRoot,
                              Cause::PivotRootNotAMount,    Cause::PivotRootNotAttached,
                              Cause::PivotNewRootNotAMount, Cause::PivotNewRootNotAttached,
                              Cause::PivotPutOldOutside,    Cause::PivotNewRootOutside};
            },
            [](const UnshareCall &) {
                return Causes{Cause::UserNamespaceTooDeep, Cause::UserNamespaceInChroot, Cause::NamespaceNotPrivileged};
            },
            [](const CloneCall &) {
                return Causes{Cause::UserNamespaceTooDeep, Cause::UserNamespaceInChroot, Cause::NamespaceNotPrivileged};
            },
            [](const auto &) { return Causes{}; },
        },
        call);
}

Checked<void> attempt(const State &state, ProcessId process, const Call &call, const std::set<Cause> &overlooked)
{
    State copy = state;
    Caller caller(copy, process, &overlooked);
    return std::visit([&caller](const auto &alternative) { return caller.run(alternative); }, call);
}

} // namespace

std::vector<Diagnosis> diagnose(const State &state, ProcessId process, const Call &call)
{
    const Causes all = causesOf(call);
    std::set<Cause> applies;
    Checked<void> outcome = attempt(state, process, call, applies);
    if (outcome)
        return {};
    const int errnum = outcome.error().errnum();
    std::vector<Diagnosis> out;
    // A check that is met twice cannot be looked past, and neither can one that is not in the list.
    while (!outcome && std::ranges::find(all, outcome.error().cause) != all.end() &&
           applies.insert(outcome.error().cause).second)
        outcome = attempt(state, process, call, applies);
    std::size_t decided = all.size();
    if (!outcome) {
        const auto stopped = std::ranges::find(all, outcome.error().cause);
        decided = stopped == all.end() ? 0 : static_cast<std::size_t>(stopped - all.begin()) + 1;
        if (stopped == all.end() && outcome.error().errnum() == errnum && outcome.error().cause != Cause::Unknown)
            out.push_back({outcome.error().cause, Diagnosis::Verdict::Applies});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (textOf(all[i]).errnum != errnum)
            continue;
        const bool is = applies.contains(all[i]);
        out.push_back({all[i], is            ? Diagnosis::Verdict::Applies
                               : i < decided ? Diagnosis::Verdict::DoesNot
                                             : Diagnosis::Verdict::Undecided});
    }
    return out;
}

std::vector<Diagnosis> diagnoseFrame(const Recording &recording, std::size_t frame,
                                     std::shared_ptr<const HostTree> files)
{
    const std::vector<Frame> &frames = recording.frames;
    const Plan &plan = recording.header.plan;
    if (frame == 0 || frame >= frames.size() || !frames[frame].error || frames[frame].error->errnum == 0 ||
        frames[frame].step >= plan.steps.size())
        return {};
    const std::optional<Call> call = callOf(plan, plan.steps[frames[frame].step].operation);
    if (!call)
        return {};
    Machine machine = machineOfFrame(recording, frame - 1, std::move(files));
    std::vector<Diagnosis> out = diagnose(machine.state, machine.reader, *call);
    // Another errno than the kernel's: the model looked at something else.
    if (!out.empty() && textOf(out.front().cause).errnum != frames[frame].error->errnum)
        return {};
    return out;
}

} // namespace pivotbench::core::kernel
