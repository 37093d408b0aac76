// SPDX-License-Identifier: Apache-2.0
//
// What the files of call.h share: one function for each call, and the questions that several of them ask.
#pragma once

#include "core/kernel/call.h"
#include "core/kernel/walk.h"

#include <set>

namespace pivotbench::core::kernel {

/// A call as it runs: it changes a copy of the state, which is thrown away when the call is refused.
class Caller {
public:
    Caller(State &of, ProcessId process, const std::set<Cause> *overlooked = nullptr)
        : state(of)
        , id(process)
        , m_overlooked(overlooked)
    {
    }

    Checked<void> run(const MountCall &call);
    Checked<void> run(const UnmountCall &call);
    Checked<void> run(const OpenTreeCall &call);
    Checked<void> run(const MoveMountCall &call);
    Checked<void> run(const FsMountCall &call);
    Checked<void> run(const MountSetattrCall &call);
    Checked<void> run(const PivotRootCall &call);
    Checked<void> run(const ChrootCall &call);
    Checked<void> run(const ChdirCall &call);
    Checked<void> run(const FchdirCall &call);
    Checked<void> run(const OpenCall &call);
    Checked<void> run(const CloseCall &call);
    Checked<void> run(const MkdirCall &call);
    Checked<void> run(const RmdirCall &call);
    Checked<void> run(const SymlinkCall &call);
    Checked<void> run(const MknodCall &call);
    Checked<void> run(const ExecCall &call);
    Checked<void> run(const UnshareCall &call);
    Checked<void> run(const CloneCall &call);
    Checked<void> run(const SetnsCall &call);
    Checked<void> run(const DropCapabilitiesCall &call);
    Checked<void> run(const ExitCall &call);

    /// An overlay makes "work" in its work directory before its last checks: it stays when those fail.
    [[nodiscard]] NodeId workMadeIn() const { return m_workMadeIn; }

private:
    [[nodiscard]] const Process &self() const { return state.processes[id]; }
    [[nodiscard]] Process &editSelf() { return state.processes.edit(id); }
    [[nodiscard]] const Mount &mountAt(Place place) const { return state.mounts[place.mount]; }
    [[nodiscard]] const Node &nodeAt(Place place) const { return state.nodes[place.node]; }
    [[nodiscard]] bool isDirectory(Place place) const { return nodeAt(place).kind == NodeKind::Directory; }
    [[nodiscard]] bool isMountRoot(Place place) const { return mountAt(place).root == place.node; }

    /// False where diagnose() wants to know what the checks behind this one would say.
    [[nodiscard]] bool checks(Cause cause) const { return m_overlooked == nullptr || !m_overlooked->contains(cause); }
    /// Then nothing is to be done, for what a check keeps away may not be possible.
    [[nodiscard]] bool onlyChecks() const { return m_overlooked != nullptr; }

    /// CAP_SYS_ADMIN over the owner of the mount namespace: what every change of mounts asks for.
    [[nodiscard]] bool mayMount() const;
    /// The mount belongs to the caller's mount namespace.
    [[nodiscard]] bool isOurs(MountId mount) const { return state.mounts[mount].space == self().space; }
    /// The root of a detached tree that was made in the caller's mount namespace.
    [[nodiscard]] bool isDetachedRoot(MountId mount) const;
    [[nodiscard]] bool isDetached(MountId mount) const;
    [[nodiscard]] bool isDetachedOfOurs(MountId mount) const;

    /// The refusal for a lock: it is only as certain as the lock.
    [[nodiscard]] static std::unexpected<Refusal> refuseLocked(std::uint32_t flags, Cause cause, std::string path = {})
    {
        return refuse((flags & flag::locked) != 0 ? cause : Cause::Unknown, std::move(path));
    }
    static constexpr std::uint32_t anyLock = flag::locked | flag::maybeLocked;

    [[nodiscard]] Checked<Place> find(const At &at, WalkOptions options = {});
    /// Where a mount on this place would go: on top of what stands there. Fails where nothing may be mounted.
    [[nodiscard]] Checked<Place> placeToMountOn(Place place);

    // mount(2)
    Checked<void> addNew(const MountCall &call, Place target, std::uint32_t flags);
    Checked<void> bind(const MountCall &call, Place target);
    Checked<void> changePropagation(const MountCall &call, Place target);
    Checked<void> remount(const MountCall &call, Place target, std::uint32_t flags);
    Checked<void> makeReadOnly(SuperblockId superblock, bool readOnly);
    Checked<void> move(Place from, Place to);
    /// A copy of what is mounted at a place: bind mounts and detached trees.
    Checked<MountId> copyAt(Place from, bool recursive);
    /// A superblock for a new mount. `superFlags`: ms::readOnly or none.
    Checked<SuperblockId> newFilesystem(const std::string &type, const OverlayOptions &overlay,
                                        std::uint64_t superFlags);
    Checked<SuperblockId> newSuperblock(const std::string &type, const OverlayOptions &overlay,
                                        std::uint64_t superFlags);
    Checked<SuperblockId> newOverlay(const OverlayOptions &options);
    Checked<SuperblockId> ownedFilesystem(std::string_view type, OtherNamespaceId space, std::uint64_t superFlags);
    void showAsOnHost(SuperblockId superblock);
    [[nodiscard]] bool isMountedAnywhere(SuperblockId superblock) const;
    /// May add locked flags, where a mount of the type has them.
    [[nodiscard]] Checked<void> checkRevealing(SuperblockId superblock, std::uint32_t &flags) const;
    Checked<void> graft(MountId mount, Place target);

    // Places of processes: what they no longer refer to may end.
    void setRoot(ProcessId process, Place place);
    void setCwd(ProcessId process, Place place);
    void setDescriptor(int number, Descriptor descriptor);
    void closeDescriptor(int number);
    void endNamespaceIfUnused(MountNamespaceId space);
    void end(ProcessId process);

    // Creating entries
    struct NewEntry {
        Place directory;
        std::string name;
    };
    Checked<NewEntry> placeForEntry(const std::string &path, bool directory);
    Checked<NodeId> makeEntry(const NewEntry &entry, NodeKind kind, const std::string &path);
    [[nodiscard]] bool isReadOnly(Place place) const;
    /// On an overlay whose upper directory's filesystem was made read-only since: seen only when something is written.
    [[nodiscard]] bool isUpperReadOnly(Place place) const;

    // Namespaces
    Checked<void> makeNamespaces(ProcessId of, const NamespaceSet &set, bool forChild);
    [[nodiscard]] bool isChrooted(const Process &process) const;
    MountNamespaceId copyMountNamespace(ProcessId of, UserNamespaceId owner);

    State &state;
    ProcessId id;
    const std::set<Cause> *m_overlooked;
    NodeId m_workMadeIn = NodeId::None;
};

} // namespace pivotbench::core::kernel
