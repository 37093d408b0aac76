// SPDX-License-Identifier: Apache-2.0
//
// Lessons: scenarios whose outcome is known beforehand. Model and kernel agreeing is not enough for those; both have to
// show what the lesson says: which call is refused and why, which mount stands where, where a path leads. So every
// claim is checked on what the model shows and, by itself, on what the kernel shows.
#pragma once

#include "scenario.h"

#include "core/mount/mount_table.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pivotbench::test {

/// Where a path leads one process. Numbers are the model's or the kernel's, never compared with each other.
struct Sight {
    int errnum = 0;
    std::uint64_t mountId = 0;
    std::pair<std::uint64_t, std::uint64_t> node = {};
};

/// What one process sees.
struct View {
    std::vector<core::MountEntry> rows;
    std::map<std::string, Sight> places; ///< of all sampled paths
};
using Views = std::map<std::size_t, View>; ///< by worker, of those alive

struct Claim {
    std::size_t after = 0; ///< so many acts
    std::string text;
    std::function<bool(const Views &)> holds;
};

struct Expected {
    std::optional<kernel::Cause> cause; ///< nullopt: the call is done
    int errnum = 0;
};

/// A scenario with its outcome, written line after line: calls, and after each what is true then. The first argument is
/// always the worker.
class Lesson {
public:
    explicit Lesson(std::string name);

    Lesson &does(std::size_t worker, const kernel::Call &call);
    /// The errno is given beside the cause, so that a wrong number in the model's table is found, too.
    Lesson &fails(std::size_t worker, const kernel::Call &call, kernel::Cause cause, int errnum);

    /// A row of the table stands on this path and has this source.
    Lesson &mounted(std::size_t worker, const std::string &path, const std::string &source);
    /// No row stands on this path.
    Lesson &bare(std::size_t worker, const std::string &path);
    /// "private", "shared", "slave", "shared slave" or "unbindable"; of the only row that stands there.
    Lesson &propagation(std::size_t worker, const std::string &path, const std::string &word);
    Lesson &flags(std::size_t worker, const std::string &path, const std::string &options);
    /// Some row has this source; no row has it.
    Lesson &holds(std::size_t worker, const std::string &source);
    Lesson &lacks(std::size_t worker, const std::string &source);
    Lesson &rows(std::size_t worker, std::size_t count);

    /// The path leads to somewhere on the mount with this source.
    Lesson &lies(std::size_t worker, const std::string &path, const std::string &source);
    Lesson &nowhere(std::size_t worker, const std::string &path, int errnum);
    /// Two paths, perhaps of two processes, lead to the same directory or file.
    Lesson &same(std::size_t worker, const std::string &path, std::size_t other, const std::string &otherPath);
    Lesson &differ(std::size_t worker, const std::string &path, std::size_t other, const std::string &otherPath);

    /// Its numbers hold only where no user namespace is around all of it.
    Lesson &inInitialNamespace();

    [[nodiscard]] bool needsInitialNamespace() const { return m_needsInitialNamespace; }
    [[nodiscard]] bool expects(kernel::Cause cause) const;
    [[nodiscard]] const std::string &name() const { return m_name; }
    [[nodiscard]] const std::vector<Act> &acts() const { return m_acts; }

    // Each tells what is not as the lesson says; nullopt where all is.
    [[nodiscard]] std::optional<std::string> runOnModel(bool userNamespace) const;
    /// In the arena only (real_kernel.h), and only where runOnModel() found nothing.
    [[nodiscard]] std::optional<std::string> runOnKernel(bool userNamespace) const;
    /// compare(), with nothing left out.
    [[nodiscard]] std::optional<std::string> runOnBoth(bool userNamespace) const;

private:
    Lesson &claim(std::string text, std::function<bool(const Views &)> holds);
    void sample(const std::string &path);
    [[nodiscard]] std::optional<std::string> checkClaims(std::size_t after, const Views &views) const;
    [[nodiscard]] Scenario scenario(bool userNamespace) const;

    std::string m_name;
    std::vector<Act> m_acts;
    std::vector<Expected> m_expected; ///< of the acts
    std::vector<Claim> m_claims;
    bool m_needsInitialNamespace = false;
    std::vector<std::string> m_samples = {"/", "."};
};

// The lessons, by theme. What differs between the two beginnings is told by the argument.
[[nodiscard]] std::vector<Lesson> propagationLessons();
[[nodiscard]] std::vector<Lesson> rootLessons(bool userNamespace);
[[nodiscard]] std::vector<Lesson> pivotLessons(bool userNamespace);
[[nodiscard]] std::vector<Lesson> userNamespaceLessons(bool userNamespace);
[[nodiscard]] std::vector<Lesson> allLessons(bool userNamespace);

// Calls, short to write.
[[nodiscard]] kernel::MountCall tmpfs(std::string target, std::string source, std::uint64_t flags = 0);
[[nodiscard]] kernel::MountCall bind(std::string source, std::string target, std::uint64_t flags = 0);
/// mount --make-…; the types are flags of kernel::ms.
[[nodiscard]] kernel::MountCall make(std::string target, std::uint64_t type);
[[nodiscard]] kernel::UnmountCall unmount(std::string target);
[[nodiscard]] kernel::UnmountCall detach(std::string target);

} // namespace pivotbench::test
