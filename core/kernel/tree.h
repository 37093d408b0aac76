// SPDX-License-Identifier: Apache-2.0
//
// Directory trees: looking up one name, making and removing entries. No mount is crossed here (walk.h does that).
#pragma once

#include "core/kernel/cause.h"
#include "core/kernel/state.h"

#include <optional>

namespace pivotbench::core::kernel {

/// What lies on the machine whose mount table the state was built from. The model asks it for names that it does not
/// know yet, and only through a mount that was visible there.
class HostTree {
public:
    enum class Kind { Absent, Directory, File, Link, Device, Whiteout, Denied, Unknown };
    struct Seen {
        Kind kind = Kind::Unknown;
        std::string target = {}; ///< of a link
        bool executable = false; ///< a file with an x bit
        bool opaque = false;     ///< a directory that hides those below it in an overlay
        bool assumed = false;    ///< nobody has seen it
    };
    virtual ~HostTree() = default;
    HostTree() = default;
    HostTree(const HostTree &) = delete;
    HostTree &operator=(const HostTree &) = delete;
    /// `directory` is absolute and without links, and lies on the mount with this id of the host's table. Unknown where
    /// another mount hides it.
    [[nodiscard]] virtual Seen look(const std::string &directory, std::uint64_t mount, std::string_view name) const = 0;
    /// Whether it has no entries; nothing where nobody can tell.
    [[nodiscard]] virtual std::optional<bool> isEmpty(const std::string &directory, std::uint64_t mount) const = 0;
};

/// A filesystem whose entries the kernel makes: what can be made in it, or how names are looked up, is for it to say.
[[nodiscard]] bool isKernelsOwn(const Superblock &superblock);

/// A new entry, not checked against an old one of the same name.
NodeId addEntry(State &state, NodeId directory, std::string_view name, NodeKind kind);
NodeId addEntry(State &state, NodeId directory, NameId name, NodeKind kind);
/// A superblock with an empty root directory.
SuperblockId addSuperblock(State &state, std::string type, UserNamespaceId owner);

/// The entry of this name; None where there is none. Fails with Unknown where nobody can tell.
[[nodiscard]] Checked<NodeId> findEntry(State &state, NodeId directory, std::string_view name);
/// Whether a directory has no entries, and none that nobody knows of.
[[nodiscard]] Checked<bool> isEmpty(State &state, NodeId directory);

/// Makes an entry where findEntry() found none; in an overlay, in its upper directory.
NodeId create(State &state, NodeId directory, std::string_view name, NodeKind kind);
/// What a new link points to; in an overlay also that in its upper directory.
void setTarget(State &state, NodeId link, std::string_view target);
/// Takes an empty directory out of its parent.
void remove(State &state, NodeId node);
/// The first entry is removed from its parent; what its overlay needs is left behind. For overlay.cpp.
void unlink(State &state, NodeId node);

/// Whether `node` is `above` or lies below it, in one superblock.
[[nodiscard]] bool isWithin(const State &state, NodeId node, NodeId above);
/// The path from the root of its superblock: "/", "/data/x"; ends in "//deleted" once removed, as in mountinfo.
[[nodiscard]] std::string pathInSuperblock(const State &state, NodeId node);

} // namespace pivotbench::core::kernel
