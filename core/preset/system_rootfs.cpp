// SPDX-License-Identifier: Apache-2.0
#include "core/preset/system_rootfs.h"

#include "core/preset/new_tree.h"

#include <cerrno>
#include <climits>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pivotbench::core {
namespace {

/// Part of the name of each skeleton; one more whenever the lists below change what is made.
constexpr int layoutVersion = 1;

/// Where programs, their libraries and their settings are on the distributions of today, NixOS and Guix included.
constexpr const char *userland[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32",
                                    "usr", "etc",  "opt", "nix",   "gnu"};

struct Folder {
    const char *path;
    mode_t mode;
};
constexpr Folder ownFolders[] = {{"dev", 0755},     {"home", 0755},    {"media", 0755},   {"mnt", 0755},
                                 {"proc", 0755},    {"root", 0700},    {"run", 0755},     {"srv", 0755},
                                 {"sys", 0755},     {"tmp", 01777},    {"var", 0755},     {"var/cache", 0755},
                                 {"var/lib", 0755}, {"var/log", 0755}, {"var/tmp", 01777}};

struct TopLevel {
    std::string name;
    std::string pointsTo; ///< a link; empty: a directory
};

std::vector<TopLevel> lookAtTopLevel(const std::string &hostRoot)
{
    std::vector<TopLevel> entries;
    for (const char *name : userland) {
        const std::string path = fmt::format("{}/{}", hostRoot, name);
        struct stat status = {};
        if (::lstat(path.c_str(), &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode)) {
            entries.push_back({name, {}});
        } else if (S_ISLNK(status.st_mode)) {
            char target[PATH_MAX];
            const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
            if (length > 0 && length < PATH_MAX)
                entries.push_back({name, std::string(target, static_cast<std::size_t>(length))});
        }
    }
    return entries;
}

/// FNV-1a: a short name for the layout; nothing depends on it being hard to meet again.
std::uint64_t digestOf(const std::vector<TopLevel> &entries)
{
    std::uint64_t digest = 0xcbf29ce484222325;
    for (const TopLevel &entry : entries)
        for (const char c : entry.name + '\0' + entry.pointsTo + '\0')
            digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return digest;
}

Status makeSkeleton(const std::string &path, const std::vector<TopLevel> &entries)
{
    auto tree = NewTree::begin(path);
    if (!tree)
        return std::unexpected(std::move(tree.error()));
    for (const Folder &folder : ownFolders)
        if (Status status = tree->directory(folder.path, folder.mode); !status)
            return status;
    for (const TopLevel &entry : entries)
        if (Status status =
                entry.pointsTo.empty() ? tree->directory(entry.name) : tree->symlink(entry.name, entry.pointsTo);
            !status)
            return status;
    return tree->commit();
}

SystemRoot rootOf(const HostFacts &facts, const std::vector<TopLevel> &entries)
{
    SystemRoot root{.layer =
                        fmt::format("{}/system-{}-{:016x}", facts.cacheDirectory, layoutVersion, digestOf(entries)),
                    .binds = {}};
    for (const TopLevel &entry : entries)
        if (entry.pointsTo.empty())
            root.binds.push_back({.destination = "/" + entry.name,
                                  .type = "bind",
                                  .source = "/" + entry.name,
                                  .options = {"rbind", "rro", "rnosuid", "rnodev"}});
    return root;
}

Status checkCache(const HostFacts &facts)
{
    if (facts.cacheDirectory.empty())
        return failure("system.cache", "there is no place for the root: the user has no home directory", {},
                       "set HOME or XDG_CACHE_HOME");
    return {};
}

} // namespace

Result<SystemRoot> describeSystemRoot(const HostFacts &facts, const std::string &hostRoot)
{
    if (Status status = checkCache(facts); !status)
        return std::unexpected(std::move(status.error()));
    return rootOf(facts, lookAtTopLevel(hostRoot));
}

Result<SystemRoot> makeSystemRoot(const HostFacts &facts, const std::string &hostRoot)
{
    if (Status status = checkCache(facts); !status)
        return std::unexpected(std::move(status.error()));
    const std::vector<TopLevel> entries = lookAtTopLevel(hostRoot);
    SystemRoot root = rootOf(facts, entries);
    if (::access(root.layer.c_str(), F_OK) != 0)
        if (Status status = makeSkeleton(root.layer, entries); !status)
            return wrap(std::move(status.error()), "making a root from this system");
    return root;
}

} // namespace pivotbench::core
