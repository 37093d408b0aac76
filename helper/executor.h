// SPDX-License-Identifier: Apache-2.0
//
// The executor: carries out one Step of a Plan on the real kernel. It lives in the builder, a fresh child with one
// thread, and changes only that process and the namespaces made for it. It decides nothing: what the Step does not say
// is not done. Each operation's sources are named in core/plan/operation.h.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/plan/plan.h"
#include "core/wire/messages.h"
#include "helper/new_root.h"
#include "helper/seccomp_filter.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::helper {

/// Namespaces by their index in pinOrder, in the order in which they have to be joined.
using NamespaceSet = std::vector<std::pair<std::size_t, core::UniqueFd>>;

/// Namespaces to enter instead of making some: another process in a sandbox that exists.
struct JoinTarget {
    NamespaceSet namespaces;
    core::UniqueFd root;
    core::UniqueFd cwd; ///< empty: the root
};

/// What the builder was given. Owned by the caller of runBuilder, copied into the child by fork.
struct BuildOrder {
    core::Plan plan;
    std::map<std::string, core::UniqueFd> sources; ///< the client's own descriptors of host paths
    core::UniqueFd input, output, error;           ///< standard streams; empty with a terminal
    core::wire::WindowSize window;
    std::shared_ptr<const SeccompFilter> seccomp; ///< compiled beforehand; null when the plan installs none
    std::optional<JoinTarget> join;
    NamespaceSet prepared;       ///< fresh ones to enter instead of making them; with the user namespace, or none
    bool onlyNamespaces = false; ///< hand the plan's namespaces to the helper, and end
    core::UniqueFd keepLock;     ///< holds the lock of a kept layer as long as the sandbox lives
    bool observed = false;
    /// Kernels before 6.8 know no "lowerdir+", and those before 6.5 take any option and refuse the whole at its end.
    bool overlayByOneCall = false;
    bool helperWritesMaps = false; ///< id maps need newuidmap or root: ask over the channel
};

enum class Outcome { Done, Skipped };

class Executor {
public:
    /// Opens what is needed from the host before any namespace changes: /proc.
    [[nodiscard]] static core::Result<Executor> prepare(BuildOrder &order, int channel);

    /// Everything but CreateProcess, SpawnPayload and Execute's success, which the builder does itself. An error's step
    /// is set.
    [[nodiscard]] core::Result<Outcome> execute(const core::Step &step, std::size_t index);

    /// /proc of the host, for the builder's own files ("self/ns/mnt").
    [[nodiscard]] int hostProc() const { return m_proc.get(); }

private:
    Executor(BuildOrder &order, int channel)
        : m_order(&order)
        , m_channel(channel)
    {
    }

    using Done = core::Result<Outcome>;
    Done run(const core::CreateProcess &);
    Done run(const core::DenySetgroups &);
    Done run(const core::WriteIdMaps &);
    Done run(const core::EnterCgroup &);
    Done run(const core::Unshare &);
    Done run(const core::SetPropagation &);
    Done run(const core::MountFilesystem &);
    Done run(const core::MountOverlay &);
    Done run(const core::BindMount &);
    Done run(const core::MoveMount &);
    Done run(const core::SetMountAttributes &);
    Done run(const core::MaskPath &);
    Done run(const core::MakeDirectory &);
    Done run(const core::MakeMountPoint &);
    Done run(const core::MakeDevice &);
    Done run(const core::MakeSymlink &);
    Done run(const core::WriteFile &);
    Done run(const core::SetHostname &);
    Done run(const core::SetDomainname &);
    Done run(const core::BringUpLoopback &);
    Done run(const core::ChangeDirectory &);
    Done run(const core::PivotRoot &);
    Done run(const core::ChangeRoot &);
    Done run(const core::Unmount &);
    Done run(const core::RemoveDirectory &);
    Done run(const core::OpenTerminal &);
    Done run(const core::SpawnPayload &);
    Done run(const core::NewSession &);
    Done run(const core::SetResourceLimit &);
    Done run(const core::LimitCapabilities &);
    Done run(const core::SetIds &);
    Done run(const core::SetCapabilities &);
    Done run(const core::SetNoNewPrivileges &);
    Done run(const core::InstallSeccomp &);
    Done run(const core::Execute &);

    [[nodiscard]] core::Result<core::UniqueFd> open(const core::Location &location);
    using Layers = std::vector<core::UniqueFd>;
    [[nodiscard]] core::Result<core::UniqueFd> openLayer(const std::string &path);
    [[nodiscard]] core::Result<Layers> openLayers(const core::MountOverlay &overlay);
    [[nodiscard]] core::Result<core::UniqueFd> makeOverlay(const core::MountOverlay &overlay, const Layers &layers);
    [[nodiscard]] core::Result<core::UniqueFd> mountOverlayByOneCall(const core::MountOverlay &overlay,
                                                                     const Layers &layers);
    [[nodiscard]] core::Status giveUpper(const std::string &path);
    [[nodiscard]] core::Result<core::UniqueFd> copyMount(const core::BindMount &step);
    [[nodiscard]] core::Status compareWithClient(int found, const std::string &path) const;
    [[nodiscard]] core::Result<Outcome> attach(int mount, const core::Location &target);
    void attached(core::UniqueFd tree, const core::Location &target);
    /// An error of a file system context, with what the kernel itself had to say about it.
    [[nodiscard]] static std::unexpected<core::Error> contextError(sys::FilesystemContext &context, std::string what,
                                                                   int errnum, std::string path);
    [[nodiscard]] core::Result<NewRoot *> newRoot();
    [[nodiscard]] core::Status writeProc(const char *file, std::string_view text);
    [[nodiscard]] core::Status askHelper(bool maps);

    BuildOrder *m_order;
    int m_channel;
    core::UniqueFd m_proc;
    std::optional<NewRoot> m_newRoot; ///< opened when first needed, and anew when something is mounted on it
    core::UniqueFd m_emptyTree;       ///< the read-only tmpfs that hides directories, once one is hidden
    core::UniqueFd m_nullTree;        ///< the null device that hides files, once one is hidden
    core::UniqueFd m_lastTree;        ///< the mount attached last, and where: an attribute step often follows
    core::Location m_lastTarget;
};

} // namespace pivotbench::helper
