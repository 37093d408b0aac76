// SPDX-License-Identifier: Apache-2.0
#include "helper/new_root.h"

#include "helper/linux_system.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace pivotbench::helper {
namespace {

std::string_view parentOf(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash + 1);
}

/// One component that names an entry of its directory, and nothing else.
bool isEntryName(std::string_view name) { return !name.empty() && name != "." && name != ".."; }

} // namespace

/// Remembers the directory of `path` unless it is remembered already. False where it does not exist, or where the last
/// component says more than a name.
bool NewRoot::enterParent(std::string_view path)
{
    const std::string_view parent = parentOf(path);
    const std::string_view name = path.substr(parent.size());
    if (!isEntryName(name))
        return false;
    m_name = name;
    if (m_directory && m_directoryPath == parent)
        return true;
    Result<UniqueFd> directory = openInside(m_root.get(), std::string(parent));
    if (!directory)
        return false;
    m_made.clear();
    m_directory = std::move(*directory);
    m_directoryPath = parent;
    return true;
}

Result<MadeNode> NewRoot::make(const std::string &path, NodeKind kind, std::uint32_t mode)
{
    m_made.clear();
    m_found.reset();
    // Where the directory is known, making comes first: what is there already says EEXIST.
    const bool known = m_directory && m_directoryPath == parentOf(path);
    for (const bool making : {known, !known}) {
        if (!making) {
            if (sys::OutcomeFd found = lookInside(m_root.get(), path)) {
                m_found = std::move(*found);
                m_foundPath = path;
                return MadeNode::Existed;
            }
        } else if (enterParent(path)) {
            const int failed = kind == NodeKind::Directory
                                   ? ::mkdirat(m_directory.get(), m_name.c_str(), mode)
                                   : ::mknodat(m_directory.get(), m_name.c_str(), S_IFREG | mode, 0);
            if (failed == 0) {
                m_made = path;
                return MadeNode::Made;
            }
        }
    }
    // A missing parent, a dangling link, or an error: one component at a time.
    return makeInside(m_root.get(), path, kind, mode);
}

Result<NewRoot::Place> NewRoot::mountPoint(const std::string &path)
{
    if (m_directory && !m_made.empty() && m_made == path)
        return Place{m_directory.get(), m_name.c_str()};
    if (!m_found || m_foundPath != path) {
        Result<UniqueFd> found = openInside(m_root.get(), path);
        if (!found)
            return std::unexpected(found.error());
        m_found = std::move(*found);
        m_foundPath = path;
    }
    return Place{m_found.get(), ""};
}

Result<NewRoot::Place> NewRoot::newEntry(const std::string &path)
{
    m_made.clear();
    if (enterParent(path))
        return Place{m_directory.get(), m_name.c_str()};
    Result<UniqueFd> parent = parentInside(m_root.get(), path, m_name);
    if (!parent)
        return std::unexpected(parent.error());
    m_directory = std::move(*parent);
    m_directoryPath = parentOf(path);
    return Place{m_directory.get(), m_name.c_str()};
}

void NewRoot::mountedOn(std::string_view path)
{
    // On what was just made, which is no link: nothing above it has changed.
    if (m_made.empty() || m_made != path)
        m_directory.reset();
    m_made.clear();
    m_found.reset();
}

} // namespace pivotbench::helper
