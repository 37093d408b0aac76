// SPDX-License-Identifier: Apache-2.0
//
// A folder for what is being unpacked, under a name that says so, until it is complete and gets its own. Its directory
// is locked with flock(2) meanwhile, so what nobody holds is what a program that was killed has left. Owner: the
// function that unpacks. Blocking; one thread.
#pragma once

#include "core/base/result.h"
#include "core/base/unique_fd.h"

#include <string>
#include <string_view>

namespace pivotbench::core {

class UnpackPlace {
public:
    /// In `directory`, which is made where it is missing (0700), and so are its parents.
    [[nodiscard]] static Result<UnpackPlace> begin(std::string directory);

    UnpackPlace(UnpackPlace &&other) noexcept;
    UnpackPlace &operator=(UnpackPlace &&) = delete;
    UnpackPlace(const UnpackPlace &) = delete;
    UnpackPlace &operator=(const UnpackPlace &) = delete;
    ~UnpackPlace(); ///< removes the folder unless settle() has named it

    [[nodiscard]] int fd() const { return m_fd.get(); }

    /// Brings everything to the disk. Named before that, the folder could be empty after a crash and would be taken for
    /// good. Waits for what others write to that filesystem, too.
    [[nodiscard]] Status sync() const;
    /// The path it has from now on: `name`, or "name-2" and so on where that is taken.
    [[nodiscard]] Result<std::string> settle(std::string_view name);

private:
    UnpackPlace(std::string directory, std::string temporary, UniqueFd fd);

    std::string m_directory;
    std::string m_temporary; ///< empty once there is nothing to remove
    UniqueFd m_fd;           ///< holds the lock
};

/// Removes what programs that were killed have left in `directory`, and nothing that one is unpacking now.
void removeUnfinished(const std::string &directory);

} // namespace pivotbench::core
