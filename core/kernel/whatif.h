// SPDX-License-Identifier: Apache-2.0
//
// Operations on the model alone, one after the other, and what each of them changes: in the mount namespace of the
// process that calls, and in all others that hear of it.
//
// Processes are numbered as a person counts them: 1 is the one that begins, each clone makes the next. Beside them
// stands the machine: a process that does nothing, for all others of the host. It keeps the first namespace alive when
// process 1 leaves it, and what propagates there can be seen. Pure but for what the HostTree of the machine looks at.
#pragma once

#include "core/kernel/from_table.h"
#include "core/kernel/whatif_operation.h"
#include "core/mount/table_diff.h"

#include <map>
#include <memory>
#include <optional>

namespace pivotbench::core::kernel {

/// A mount namespace that somebody is in. It is seen from its top, whatever chroot(2) did to its processes.
struct NamespaceView {
    std::uint32_t id = 0;
    bool machine = false;               ///< the machine is in it
    std::vector<std::size_t> processes; ///< numbers of those in it
    std::shared_ptr<const MountTable> table;
};

struct NamespaceRipple {
    NamespaceView before; ///< an empty table where the operation made the namespace
    NamespaceView after;  ///< an empty table where its last process left
    TableDiff diff;
};

/// Where a process stands, by the path from the top of its mount namespace; "(unreachable)/x" where no path leads.
struct Standing {
    std::string root;
    std::string cwd;
    bool operator==(const Standing &) const = default;
};

struct ProcessRipple {
    std::size_t number = 0;
    std::optional<Standing> before; ///< none: the operation made it
    std::optional<Standing> after;  ///< none: it ended
    /// How the places of `after` were called before; empty where they had no name.
    Standing formerly = {};
};

struct Ripple {
    std::vector<NamespaceRipple> namespaces; ///< those that changed, came or went, by id
    std::vector<ProcessRipple> processes;    ///< the same of processes, those that ended last
};

struct Effect {
    std::size_t process = 0;        ///< who called
    std::optional<Refusal> refusal; ///< nothing changed
    Ripple ripple;
};

class WhatIf {
public:
    explicit WhatIf(Machine machine);

    /// The machine makes all of its mounts shared, as systemd does.
    [[nodiscard]] Checked<void> shareAll();
    /// Process 1 does what unshare(1) does with --user --mount: its mounts become private afterwards.
    [[nodiscard]] Checked<void> enterUserNamespace();

    /// Fails with "arguments" where nobody is there to do it.
    [[nodiscard]] Result<Effect> run(const WhatIfOperation &operation);

    [[nodiscard]] std::vector<NamespaceView> namespaces() const;
    [[nodiscard]] std::size_t process() const { return m_current; } ///< who goes on; 0: nobody is left

private:
    /// What a state looks like, kept from one operation to the next.
    struct Views {
        std::map<MountNamespaceId, NamespaceView> namespaces;
        std::map<MountNamespaceId, Place> tops;    ///< where each is seen from
        std::map<std::size_t, Standing> standings; ///< of the living, by number
    };
    struct Member {
        ProcessId id;
        std::size_t parent; ///< number; 0 for the first
    };

    [[nodiscard]] bool isAlive(std::size_t number) const;
    [[nodiscard]] Views views() const;
    [[nodiscard]] static std::string nameBefore(const State &before, const Views &viewsBefore, Place place);
    [[nodiscard]] Ripple rippleFrom(const State &before, const Views &viewsBefore) const;

    State m_state;
    std::vector<Member> m_members; ///< number 1 first
    ProcessId m_machine;
    std::size_t m_current = 1;
    Views m_views; ///< of m_state
};

} // namespace pivotbench::core::kernel
