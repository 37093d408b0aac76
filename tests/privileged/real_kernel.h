// SPDX-License-Identifier: Apache-2.0
//
// Runs scenarios on the kernel: a process for every worker, in a mount namespace whose root is an empty tmpfs, cut off
// from the machine's mounts. What the workers see is read after every act.
#pragma once

#include "scenario.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pivotbench::test {

/// A place as statx(2) tells it.
struct SeenPlace {
    int errnum = 0;
    std::uint64_t mountId = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
};

struct SeenWorker {
    std::size_t worker = 0;
    std::string mountinfo;
    SeenPlace root;
    SeenPlace cwd;
    std::vector<SeenPlace> samples;
};

struct SeenAct {
    int errnum = 0;
    std::vector<SeenWorker> workers; ///< all that are alive after it
};

/// The user namespace that the machine began with: only there is root what a scenario as root takes it to be.
[[nodiscard]] bool inInitialUserNamespace();

/// Moves this process into the namespaces that all scenarios share, and forks: everything after it runs in the child,
/// which is the first process of a PID namespace. Returns false with a reason where that is not possible here.
[[nodiscard]] bool enterArena(bool userNamespace, std::string &whyNot);

/// One scenario's processes. Ends them with the object.
class RealKernel {
public:
    explicit RealKernel(const Scenario &scenario);
    ~RealKernel();
    RealKernel(const RealKernel &) = delete;
    RealKernel &operator=(const RealKernel &) = delete;

    [[nodiscard]] SeenAct look();                 ///< without an act
    [[nodiscard]] SeenAct act(std::size_t index); ///< acts[index]; its worker must be alive
    [[nodiscard]] bool isAlive(std::size_t worker) const { return m_alive[worker]; }

private:
    struct Order {
        std::int64_t index = -1; ///< of an act; -1 to look
        std::size_t made = 0;    ///< workers so far: the number of the next
    };
    [[noreturn]] void work(std::size_t worker);
    int perform(const kernel::Call &call, std::size_t made);
    void sendNamespace(const Act &act);
    [[nodiscard]] std::vector<SeenWorker> lookAll();
    void noteTheDead();

    const Scenario &m_scenario;
    int m_ours[mostWorkers] = {};
    int m_theirs[mostWorkers] = {};
    bool m_alive[mostWorkers] = {};
    int m_pids[mostWorkers] = {}; ///< in the arena's PID namespace
    int m_socket = -1;            ///< a worker's own
    std::size_t m_made = 1;
};

} // namespace pivotbench::test
