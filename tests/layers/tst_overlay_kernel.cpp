// SPDX-License-Identifier: Apache-2.0
//
// The merged tree against overlayfs itself: random layers are mounted for real, in namespaces of their own, and every
// directory of the mount is compared with what core/layers reads from the layers.
#include "core/layers/merged_tree.h"
#include "overlay_trials.h"
#include "random_layers.h"

#include <QtTest>

#include <cstdio>
#include <dirent.h>
#include <fmt/format.h>
#include <map>
#include <set>
#include <sys/mount.h>
#include <sys/stat.h>
#include <vector>

using namespace pivotbench;
using namespace pivotbench::core;

namespace {

/// Everything that is compared of a name.
std::string inWords(EntryKind kind, unsigned mode, std::uint64_t size, std::int64_t modified, const std::string &target)
{
    return fmt::format("kind {} mode {:o} size {} time {} target {}", static_cast<int>(kind), mode, size, modified,
                       target);
}

using Listing = std::map<std::string, std::string>;

std::string ofMount(const std::string &path, const struct stat &status)
{
    EntryKind kind = EntryKind::Unknown;
    std::string target;
    switch (status.st_mode & S_IFMT) {
    case S_IFDIR: kind = EntryKind::Directory; break;
    case S_IFREG: kind = (status.st_mode & 0111) != 0 ? EntryKind::Executable : EntryKind::File; break;
    case S_IFIFO: kind = EntryKind::Fifo; break;
    case S_IFLNK: {
        kind = EntryKind::Link;
        char buffer[256];
        const ssize_t size = ::readlink(path.c_str(), buffer, sizeof buffer);
        target.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        break;
    }
    default: break;
    }
    const bool regular = S_ISREG(status.st_mode);
    return inWords(kind, status.st_mode & 07777, regular ? static_cast<std::uint64_t>(status.st_size) : 0,
                   status.st_mtim.tv_sec, target);
}

struct Totals {
    int directories = 0;
    int entries = 0;
    int whiteouts = 0;
    int ghosts = 0; ///< names that the kernel lists and then denies
    int differences = 0;
};

class Comparison {
public:
    Comparison(std::uint64_t seed, std::string mount, MergedTree tree, Totals &totals)
        : m_seed(seed)
        , m_mount(std::move(mount))
        , m_tree(std::move(tree))
        , m_totals(totals)
    {
    }

    /// `layers`: what the list above says that the directory is made of; empty for the root.
    void compare(const std::string &path, const std::vector<LayerIndex> &layers = {})
    {
        ++m_totals.directories;
        const Listing kernel = listMount(path);
        Listing ours;
        std::map<std::string, std::vector<LayerIndex>> directories;
        const Result<MergedDirectory> read = m_tree.read(path.empty() ? "/" : path);
        if (!read || !read->problems().empty())
            return differ(path, "ours cannot be read: " + (read ? "problems" : core::describe(read.error())));
        if (!layers.empty() && layers != read->layers())
            differ(path, "made of other layers than the list says");
        for (std::size_t i = 0; i < read->size(); ++i) {
            const MergedEntry entry = read->at(i);
            const std::string child = path + "/" + std::string(entry.name);
            if (entry.kind == EntryKind::Whiteout) {
                ++m_totals.whiteouts;
                struct stat status{};
                if (::lstat((m_mount + child).c_str(), &status) == 0)
                    differ(child, "ours says deleted");
                continue;
            }
            ours[std::string(entry.name)] =
                inWords(entry.kind, entry.mode, entry.size, entry.modified, std::string(entry.target));
            const MergedTree::Seen seen = m_tree.lookUp(child);
            if (seen.at.errnum != 0 || seen.at.kind != entry.kind || seen.layer != entry.layer)
                differ(child, "a look-up says something else than the list");
            if (entry.kind == EntryKind::Directory)
                directories[child].assign(entry.mergedFrom.begin(), entry.mergedFrom.end());
        }
        m_totals.entries += static_cast<int>(ours.size());
        for (const auto &[name, words] : kernel)
            if (const auto found = ours.find(name); found == ours.end())
                differ(path + "/" + name, "only the kernel has it: " + words);
            else if (found->second != words)
                differ(path + "/" + name, fmt::format("kernel {}, ours {}", words, found->second));
        for (const auto &[name, words] : ours)
            if (!kernel.contains(name))
                differ(path + "/" + name, "only ours has it: " + words);
        for (const auto &[directory, from] : directories)
            compare(directory, from);
    }

private:
    Listing listMount(const std::string &path)
    {
        Listing out;
        DIR *stream = ::opendir((m_mount + path).c_str());
        if (!stream) {
            differ(path, "the kernel cannot list it");
            return out;
        }
        while (const dirent *found = ::readdir(stream)) {
            const std::string name = found->d_name;
            if (name == "." || name == "..")
                continue;
            struct stat status{};
            const std::string full = m_mount + path + "/" + name;
            // A directory that is not merged is listed as it is, whiteouts and all; looking one up fails.
            if (::lstat(full.c_str(), &status) == 0)
                out[name] = ofMount(full, status);
            else
                ++m_totals.ghosts;
        }
        ::closedir(stream);
        return out;
    }

    void differ(const std::string &path, const std::string &how)
    {
        if (++m_totals.differences <= 20)
            std::fprintf(stderr, "seed %llu: %s: %s\n", static_cast<unsigned long long>(m_seed), path.c_str(),
                         how.c_str());
    }

    std::uint64_t m_seed;
    std::string m_mount;
    MergedTree m_tree;
    Totals &m_totals;
};

/// In the child, in its own mount namespace. `trusted`: as root of the machine, without userxattr.
int compareOne(std::uint64_t seed, bool trusted, Totals &totals)
{
    const std::string base = fmt::format("{}/t", test::arena);
    if (::mkdir(base.c_str(), 0755) != 0 || ::mount("layers", base.c_str(), "tmpfs", 0, nullptr) != 0)
        return 4;
    const int count = test::makeRandomLayers(base, seed, trusted ? "trusted.overlay." : "user.overlay.");
    const std::string mount = base + "/mount";
    const std::string work = base + "/work";
    ::mkdir(mount.c_str(), 0755);
    ::mkdir(work.c_str(), 0755);
    const bool upper = seed % 2 == 0;
    std::string lowers;
    MergedTree tree;
    tree.attributes = trusted ? OverlayAttributes::Trusted : OverlayAttributes::User;
    for (int i = 0; i < count; ++i) {
        const std::string layer = fmt::format("{}/l{}", base, i);
        tree.layers.push_back({.path = layer, .writable = upper && i == 0});
        if (!upper || i > 0)
            lowers += (lowers.empty() ? "" : ":") + layer;
    }
    std::string options = "lowerdir=" + lowers + (trusted ? "" : ",userxattr");
    if (upper)
        options += fmt::format(",upperdir={}/l0,workdir={}", base, work);
    if (::mount("overlay", mount.c_str(), "overlay", 0, options.c_str()) != 0) {
        std::perror("mounting an overlay");
        return test::skipped;
    }
    Comparison(seed, mount, std::move(tree), totals).compare("");
    ::umount2(mount.c_str(), MNT_DETACH);
    ::umount2(base.c_str(), MNT_DETACH);
    ::rmdir(base.c_str());
    return 0;
}

int compareAll(const test::Overlays &overlays)
{
    Totals totals;
    for (std::uint64_t seed = overlays.first; seed < overlays.first + overlays.count; ++seed)
        if (const int status = compareOne(seed, overlays.trusted, totals); status != 0)
            return status;
    std::fprintf(stderr,
                 "%llu overlays from seed %llu (%s): %d directories, %d entries, %d whiteouts, %d names listed but not "
                 "there, %d differences\n",
                 static_cast<unsigned long long>(overlays.count), static_cast<unsigned long long>(overlays.first),
                 overlays.trusted ? "trusted" : "userxattr", totals.directories, totals.entries, totals.whiteouts,
                 totals.ghosts, totals.differences);
    // A comparison of nothing would always agree.
    return totals.differences == 0 && totals.entries > static_cast<int>(overlays.count) && totals.whiteouts > 0 ? 0 : 1;
}

} // namespace

class TestOverlayKernel : public QObject {
    Q_OBJECT
private slots:
    void agrees_data() { test::overlayRows(); }
    void agrees() { test::tryOverlays(200, compareAll); }
};

QTEST_GUILESS_MAIN(TestOverlayKernel)
#include "tst_overlay_kernel.moc"
