// SPDX-License-Identifier: Apache-2.0
#include "helper/sandbox_path.h"

#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace pivotbench::helper {
namespace {

using core::systemError;

constexpr std::uint64_t inside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
constexpr int maxLinks = 40; ///< as the kernel's own MAXSYMLINKS

const char *relative(const std::string &path)
{
    const char *start = path.c_str();
    while (*start == '/')
        ++start;
    return *start == '\0' ? "." : start;
}

/// Components without ".", with ".." applied to what stands before it: only used on prefixes that hold no link.
std::vector<std::string> components(std::string_view path)
{
    std::vector<std::string> parts;
    for (const std::string_view part : core::split(path, '/')) {
        if (part == "..") {
            if (!parts.empty())
                parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.emplace_back(part);
        }
    }
    return parts;
}

sys::Outcome<std::string> readLink(int fd)
{
    char buffer[PATH_MAX];
    const ssize_t size = ::readlinkat(fd, "", buffer, sizeof buffer);
    if (size < 0)
        return std::unexpected(errno);
    return std::string(buffer, static_cast<std::size_t>(size));
}

bool isLink(int fd)
{
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISLNK(status.st_mode);
}

/// The directory in which the last component of `parts` shall be made. A link on the way replaces `parts` by where it
/// leads and the walk starts anew; `links` bounds that.
Result<UniqueFd> walkToParent(int root, std::vector<std::string> &parts, const std::string &path, int &links)
{
    for (;;) {
        sys::OutcomeFd current = sys::openAt(root, ".", O_PATH | O_DIRECTORY);
        if (!current)
            return systemError("cannot open the root", current.error(), path);
        bool restarted = false;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const bool last = i + 1 == parts.size();
            sys::OutcomeFd next = sys::openAt2(current->get(), parts[i].c_str(), O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
            if (!next && next.error() == ENOENT) {
                if (last)
                    return std::move(*current);
                if (::mkdirat(current->get(), parts[i].c_str(), 0755) < 0 && errno != EEXIST)
                    return systemError("cannot make the parent directory \"" + parts[i] + "\"", errno, path);
                next = sys::openAt2(current->get(), parts[i].c_str(), O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
            }
            if (!next)
                return systemError("cannot look up \"" + parts[i] + "\"", next.error(), path);
            if (isLink(next->get())) {
                if (++links > maxLinks)
                    return systemError("too many symbolic links", ELOOP, path);
                sys::Outcome<std::string> target = readLink(next->get());
                if (!target)
                    return systemError("cannot read a symbolic link", target.error(), path);
                std::string replaced;
                if (!target->starts_with('/'))
                    for (std::size_t j = 0; j < i; ++j)
                        replaced += "/" + parts[j];
                replaced += "/" + *target;
                for (std::size_t j = i + 1; j < parts.size(); ++j)
                    replaced += "/" + parts[j];
                parts = components(replaced);
                restarted = true;
                break;
            }
            if (last)
                return std::move(*current);
            current = std::move(next);
        }
        if (!restarted)
            return std::move(*current); // the root itself
    }
}

} // namespace

sys::OutcomeFd lookInside(int root, const std::string &path)
{
    return sys::openAt2(root, relative(path), O_PATH, inside);
}

Result<UniqueFd> openInside(int root, const std::string &path)
{
    sys::OutcomeFd fd = lookInside(root, path);
    if (!fd)
        return systemError("cannot open the path inside the new root", fd.error(), path);
    return std::move(*fd);
}

Result<MadeNode> makeInside(int root, const std::string &path, NodeKind kind, std::uint32_t mode)
{
    if (lookInside(root, path))
        return MadeNode::Existed;
    std::vector<std::string> parts = components(path);
    int links = 0;
    Result<UniqueFd> parent = walkToParent(root, parts, path, links);
    if (!parent)
        return std::unexpected(parent.error());
    if (parts.empty())
        return MadeNode::Existed;
    const char *name = parts.back().c_str();
    if (kind == NodeKind::Directory) {
        if (::mkdirat(parent->get(), name, mode) < 0)
            return systemError("cannot make the directory", errno, path);
        return MadeNode::Made;
    }
    sys::OutcomeFd file = sys::openAt(parent->get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file)
        return systemError("cannot make the file", file.error(), path);
    return MadeNode::Made;
}

Result<UniqueFd> parentInside(int root, const std::string &path, std::string &name)
{
    const std::size_t slash = path.rfind('/');
    name = path.substr(slash + 1);
    const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
    if (Result<MadeNode> made = makeInside(root, directory, NodeKind::Directory, 0755); !made)
        return std::unexpected(made.error());
    return openInside(root, directory);
}

} // namespace pivotbench::helper
