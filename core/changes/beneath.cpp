// SPDX-License-Identifier: Apache-2.0
#include "core/changes/beneath.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace pivotbench::core {
namespace {

constexpr int readDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// A directory deeper than this is moved up first: a tree may be deeper than the stack and the descriptors allow.
constexpr int mostLevels = 64;

class Remover {
public:
    explicit Remover(int top)
        : m_top(top)
    {
    }

    int remove(const std::string &name)
    {
        int error = removeEntry(m_top, name.c_str(), 0);
        while (error == 0 && !m_movedUp.empty()) {
            const std::string next = std::move(m_movedUp.back());
            m_movedUp.pop_back();
            error = removeEntry(m_top, next.c_str(), 0);
        }
        return error;
    }

private:
    int removeEntry(int directory, const char *name, int level)
    {
        if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT)
            return 0;
        if (errno != EISDIR && errno != EPERM)
            return errno;
        if (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return 0;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return errno;
        if (level >= mostLevels) {
            std::string up = fmt::format(".pivotbench-removed-{}-{}", ::getpid(), m_moved++);
            if (::renameat2(directory, name, m_top, up.c_str(), RENAME_NOREPLACE) < 0)
                return errno;
            m_movedUp.push_back(std::move(up));
            return 0;
        }
        if (const int error = removeContents(directory, name, level + 1); error != 0)
            return error;
        return ::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
    }

    int removeContents(int parent, const char *name, int level)
    {
        const OpenDirectory list = listOf(UniqueFd(::openat(parent, name, readDirectory)));
        if (!list)
            return errno;
        while (const dirent *entry = ::readdir(list.get())) {
            if (std::string_view(entry->d_name) == "." || std::string_view(entry->d_name) == "..")
                continue;
            if (const int error = removeEntry(::dirfd(list.get()), entry->d_name, level); error != 0)
                return error;
        }
        return 0;
    }

    int m_top;
    unsigned m_moved = 0;
    std::vector<std::string> m_movedUp;
};

} // namespace

SplitPath splitPath(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

UniqueFd openBeneath(int root, const std::string &path, int flags, mode_t mode)
{
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_NOFOLLOW | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const char *name = path == "/" ? "." : path.c_str() + 1;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how)));
}

OpenDirectory listOf(UniqueFd directory)
{
    OpenDirectory list(directory ? ::fdopendir(directory.get()) : nullptr);
    if (list)
        (void)directory.release();
    return list;
}

int removeTree(int directory, const std::string &name) { return Remover(directory).remove(name); }

} // namespace pivotbench::core
