// SPDX-License-Identifier: Apache-2.0
#include "core/preset/busybox_rootfs.h"

#include "core/base/text.h"
#include "core/preset/applet_list.h"
#include "core/preset/new_tree.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>

namespace pivotbench::core {
namespace {

/// Part of the name of each root; one more whenever what makeTree() makes is different.
constexpr int layoutVersion = 1;

constexpr std::size_t maxApplets = 1024;
constexpr std::size_t maxAppletBytes = 64;

struct Folder {
    const char *path;
    mode_t mode;
};
constexpr Folder folders[] = {{"bin", 0755},  {"dev", 0755},  {"etc", 0755},     {"home", 0755}, {"mnt", 0755},
                              {"proc", 0755}, {"root", 0700}, {"run", 0755},     {"sys", 0755},  {"tmp", 01777},
                              {"usr", 0755},  {"var", 0755},  {"var/tmp", 01777}};

/// Every program is in /bin, whatever place a script expects it in.
constexpr std::pair<const char *, const char *> links[] = {
    {"sbin", "bin"}, {"usr/bin", "../bin"}, {"usr/sbin", "../bin"}};

constexpr std::pair<const char *, const char *> files[] = {
    {"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
    {"etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"},
    {"etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"},
    {"etc/profile", "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                    "export PS1='\\u@\\h:\\w\\$ '\n"},
};

Result<struct stat> lookAt(const std::string &program)
{
    struct stat status = {};
    if (::stat(program.c_str(), &status) != 0)
        return systemError("cannot look at BusyBox", errno, program);
    return status;
}

Status makeTree(NewTree &tree, const std::string &program, const std::vector<std::string> &applets, bool replace)
{
    for (const Folder &folder : folders)
        if (Status status = tree.directory(folder.path, folder.mode); !status)
            return status;
    for (const auto &[path, pointsTo] : links)
        if (Status status = tree.symlink(path, pointsTo); !status)
            return status;
    for (const auto &[path, text] : files)
        if (Status status = tree.file(path, text); !status)
            return status;
    if (Status status = tree.copyOf("bin/busybox", program, 0755); !status)
        return status;
    for (const std::string &applet : applets)
        if (Status status = tree.symlink("bin/" + applet, "busybox"); !status)
            return status;
    return tree.commit(replace ? NewTree::Existing::Replace : NewTree::Existing::Keep);
}

/// Whether the copy of the program is there in full; someone may have tidied up the cache by hand.
bool isWhole(const std::string &root, const struct stat &program)
{
    struct stat copy = {};
    return ::lstat((root + "/bin/busybox").c_str(), &copy) == 0 && S_ISREG(copy.st_mode) &&
           copy.st_size == program.st_size && (copy.st_mode & 0111) != 0;
}

std::string nameOf(const HostFacts &facts, const struct stat &program, RootUse use)
{
    return fmt::format("{}/busybox-{}-{:x}-{:x}.{:09}{}", facts.cacheDirectory, layoutVersion, program.st_size,
                       program.st_mtim.tv_sec, program.st_mtim.tv_nsec, use == RootUse::Direct ? "-direct" : "");
}

Result<struct stat> findProgram(const HostFacts &facts)
{
    if (facts.busyboxPath.empty())
        return failure("busybox.missing", "this machine has no statically linked BusyBox", {},
                       "install it (Debian: apt install busybox-static)");
    if (facts.cacheDirectory.empty())
        return failure("busybox.cache", "there is no place for the root: the user has no home directory", {},
                       "set HOME or XDG_CACHE_HOME");
    return lookAt(facts.busyboxPath);
}

} // namespace

std::vector<std::string> parseAppletList(std::string_view text)
{
    std::vector<std::string> applets;
    for (const std::string_view word : split(text, '\n')) {
        const bool plain = std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
        if (word.empty() || word.size() > maxAppletBytes || !plain || word == "." || word == ".." || word == "busybox")
            continue;
        if (applets.size() == maxApplets)
            break;
        applets.emplace_back(word);
    }
    std::ranges::sort(applets);
    const auto repeated = std::ranges::unique(applets);
    applets.erase(repeated.begin(), repeated.end());
    return applets;
}

Result<std::string> busyboxRootPath(const HostFacts &facts, RootUse use)
{
    const auto program = findProgram(facts);
    if (!program)
        return std::unexpected(program.error());
    return nameOf(facts, *program, use);
}

Result<std::string> makeBusyboxRoot(const HostFacts &facts, RootUse use)
{
    const auto program = findProgram(facts);
    if (!program)
        return std::unexpected(program.error());
    std::string root = nameOf(facts, *program, use);
    if (isWhole(root, *program))
        return root;
    const auto doing = [&](Error error) { return wrap(std::move(error), "making a root filesystem from BusyBox"); };

    const auto list = readAppletList(facts.busyboxPath);
    if (!list)
        return doing(list.error());
    auto tree = NewTree::begin(root);
    if (!tree)
        return doing(std::move(tree.error()));
    struct stat damaged = {};
    const bool replace = ::lstat(root.c_str(), &damaged) == 0;
    if (Status status = makeTree(*tree, facts.busyboxPath, parseAppletList(*list), replace); !status)
        return doing(std::move(status.error()));
    return root;
}

} // namespace pivotbench::core
