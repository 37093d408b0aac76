// SPDX-License-Identifier: Apache-2.0
//
// Paths in order, to ask what else is on, above or below one without comparing each with each. Normal absolute paths
// only. Used inside core/spec only.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace pivotbench::core {

class PathIndex {
public:
    using Entry = std::pair<const std::string, std::string>; ///< path, and whose it is

    /// The first owner of a path stays.
    void insert(std::string path, std::string owner) { m_owners.emplace(std::move(path), std::move(owner)); }

    [[nodiscard]] const Entry *at(const std::string &path) const
    {
        const auto found = m_owners.find(path);
        return found == m_owners.end() ? nullptr : &*found;
    }
    /// One of those below, not the path itself.
    [[nodiscard]] const Entry *below(const std::string &path) const
    {
        const std::string prefix = path == "/" ? path : path + "/";
        const auto found = m_owners.upper_bound(prefix);
        return found != m_owners.end() && found->first.starts_with(prefix) ? &*found : nullptr;
    }
    /// The nearest of those above.
    [[nodiscard]] const Entry *above(const std::string &path) const
    {
        for (std::string folder = path; folder != "/";) {
            const std::size_t slash = folder.rfind('/');
            folder = slash == 0 ? "/" : folder.substr(0, slash);
            if (const Entry *entry = at(folder))
                return entry;
        }
        return nullptr;
    }

private:
    std::map<std::string, std::string> m_owners;
};

} // namespace pivotbench::core
