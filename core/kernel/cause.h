// SPDX-License-Identifier: Apache-2.0
//
// Why a call is refused: one enumerator for every check of the kernel that the model makes, with its errno, what it
// means, what to do about it, and where the manual says so. Several checks share one errno (pivot_root(2) has eight for
// EINVAL): that is what a reader wants told apart.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace pivotbench::core::kernel {

enum class Cause : std::uint8_t {
    Unknown, ///< the model cannot tell: it does not guess
    // Looking up a path (path_resolution(7))
    NoSuchEntry,
    EmptyPath,
    NotADirectory,
    TooManyLinks,
    LinksForbidden,
    NameTooLong,
    SearchDenied,
    BadDescriptor,
    // Any mount call
    NotPrivileged,
    TargetGone,
    NotOurMount,
    NotAMountPoint,
    FlagLocked,
    TooManyMounts,
    // A new filesystem
    NoFilesystemType,
    UnknownFilesystem,
    FilesystemNeedsRoot,
    NamespaceNotOwned,
    TooRevealing,
    SameFilesystemTwice,
    BindKindMismatch,
    // Bind, open_tree
    NoSource,
    SourceTooLong,
    SourceUnbindable,
    SourceNotOurs,
    SourceRemoved,
    LockedChildren,
    LockedUnbindable,
    RecursiveWithoutClone,
    // Propagation, remount, mount_setattr
    TwoPropagations,
    BadAttributes,
    SuperblockNotOurs,
    OverlayHasNoUpper,
    RemovedInUse,
    // Move
    MoveDetachedRoot,
    MoveLocked,
    MoveFromSharedParent,
    MoveInsideDetached,
    MoveKindMismatch,
    MoveUnbindableIntoShared,
    MoveIntoItself,
    // Unmount
    BadUnmountFlags,
    MountLocked,
    NamespaceRoot,
    HasSubmounts,
    InUse,
    // pivot_root
    PivotPutOldShared,
    PivotNewRootParentShared,
    PivotRootParentShared,
    PivotNotOurs,
    PivotNewRootLocked,
    PivotNewRootRemoved,
    PivotNewRootIsRoot,
    PivotPutOldOnRoot,
    PivotRootNotAMount,
    PivotRootNotAttached,
    PivotNewRootNotAMount,
    PivotNewRootNotAttached,
    PivotPutOldOutside,
    PivotNewRootOutside,
    // chroot, directories, nodes, files
    ChrootNotPrivileged,
    Exists,
    ReadOnly,
    NotEmpty,
    IsMountPoint,
    RemoveDot,
    RemoveDotDot,
    RemoveRoot,
    CreateWithSlash,
    DeviceNotAllowed,
    NoDevices,
    IsADirectory,
    IsALink,
    NoExecMount,
    NotExecutable,
    NotAProgram,
    // Overlay
    LayerNotADirectory,
    UpperReadOnly,
    UpperOnOverlay,
    WorkElsewhere,
    WorkInsideUpper,
    LayersOverlap,
    LayerThroughOverlay,
    TooDeepOverlay,
    LayerNotCloneable,
    NoLowers,
    OneLowerAlone,
    // Namespaces
    UserNamespaceInChroot,
    UserNamespaceTooDeep,
    NamespaceNotPrivileged,
    SameUserNamespace,
};
inline constexpr Cause lastCause = Cause::SameUserNamespace;

struct CauseText {
    Cause cause;
    int errnum;
    const char *word;   ///< "put-old-shared": stable, for machines
    const char *when;   ///< a clause: "put_old lies on a shared mount"
    const char *fix;    ///< an imperative, or empty
    const char *manual; ///< "pivot_root(2), ERRORS"
};
[[nodiscard]] const CauseText &textOf(Cause cause);

/// A call that did not happen.
struct Refusal {
    Cause cause = Cause::Unknown;
    std::string path = {}; ///< which of the call's paths, as far as it got
    bool operator==(const Refusal &) const = default;
    [[nodiscard]] int errnum() const { return textOf(cause).errnum; } ///< 0 for Unknown
};

/// For people and for a recording: code "model.WORD", what was refused and what to do about it.
[[nodiscard]] Error errorOf(const Refusal &refusal);

template <typename T> using Checked = std::expected<T, Refusal>;
[[nodiscard]] inline std::unexpected<Refusal> refuse(Cause cause, std::string path = {})
{
    return std::unexpected(Refusal{cause, std::move(path)});
}

} // namespace pivotbench::core::kernel
