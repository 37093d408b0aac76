// SPDX-License-Identifier: Apache-2.0
//
// The mounted new root, as the builder works in it: the lookups of sandbox_path.h, with a memory of the directory in
// which it worked last. A minimal /dev is twenty nodes in one directory, and a thousand mount points often lie in
// another.
//
// What is remembered are descriptors that were found inside the root. It is all forgotten when something is mounted
// anywhere but on the entry that was made last, because a path may lead elsewhere from then on.
#pragma once

#include "helper/sandbox_path.h"

#include <string>
#include <string_view>

namespace pivotbench::helper {

class NewRoot {
public:
    /// `root`: O_PATH descriptor of the root, mounted.
    explicit NewRoot(UniqueFd root)
        : m_root(std::move(root))
    {
    }

    /// An entry of a directory, for the system calls that take both. The descriptor is lent until the next call. An
    /// empty name is the descriptor itself; any other is one component, and no link is to be followed there.
    struct Place {
        int directory = -1;
        const char *name = "";
    };

    [[nodiscard]] Result<UniqueFd> open(const std::string &path) const { return openInside(m_root.get(), path); }
    /// As makeInside.
    [[nodiscard]] Result<MadeNode> make(const std::string &path, NodeKind kind, std::uint32_t mode);
    /// Where to mount on `path`, which exists.
    [[nodiscard]] Result<Place> mountPoint(const std::string &path);
    /// Where to make `path`; missing parents are made.
    [[nodiscard]] Result<Place> newEntry(const std::string &path);
    /// To be called after each mount on `path`.
    void mountedOn(std::string_view path);

private:
    [[nodiscard]] bool enterParent(std::string_view path);

    UniqueFd m_root;
    UniqueFd m_directory; ///< the remembered directory, and by which path it was found
    std::string m_directoryPath;
    std::string m_name; ///< the last component of the present path; Place points to it
    std::string m_made; ///< the path made last, which is m_name in m_directory
    UniqueFd m_found;   ///< what was found last, and by which path
    std::string m_foundPath;
};

} // namespace pivotbench::helper
