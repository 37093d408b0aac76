// SPDX-License-Identifier: Apache-2.0
//
// A directory tree that appears at its place complete or not at all: it is made under a temporary name beside it and
// renamed at the end. Whoever loses a race against another process that makes the same tree uses the other's. Owner:
// the function that makes the tree. Blocking; one thread.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace pivotbench::core {

class NewTree {
public:
    /// Makes the missing parents (0700) and the temporary directory.
    [[nodiscard]] static Result<NewTree> begin(std::string finalPath);

    NewTree(NewTree &&other) noexcept;
    NewTree &operator=(NewTree &&) = delete;
    NewTree(const NewTree &) = delete;
    NewTree &operator=(const NewTree &) = delete;
    ~NewTree(); ///< removes the temporary tree unless commit() has put it in its place

    // Paths are relative to the tree; parents have to be made first. Modes do not depend on the umask.
    [[nodiscard]] Status directory(std::string_view path, mode_t mode = 0755);
    [[nodiscard]] Status symlink(std::string_view path, const std::string &pointsTo);
    [[nodiscard]] Status file(std::string_view path, std::string_view text, mode_t mode = 0644);
    [[nodiscard]] Status copyOf(std::string_view path, const std::string &source, mode_t mode);

    /// Keep: a tree that another process has put there meanwhile stays, and this one is dropped. Replace: what is there
    /// is taken away, in one step.
    enum class Existing { Keep, Replace };
    [[nodiscard]] Status commit(Existing existing = Existing::Keep);

private:
    NewTree(std::string finalPath, std::string temporary);
    [[nodiscard]] std::string at(std::string_view path) const;

    std::string m_final;
    std::string m_temporary; ///< empty once there is nothing to remove
};

} // namespace pivotbench::core
