// SPDX-License-Identifier: Apache-2.0
//
// The changes of a sandbox against overlayfs itself. Random changes are made through a real overlay over random layers;
// then the list of them must lead from the old tree to the new one, a layer made of them must show the new tree, a
// folder they are applied to must become it, and without them the old tree must be back.
#include "core/changes/take_changes.h"
#include "tests/layers/overlay_trials.h"
#include "tests/layers/random_layers.h"

#include <QtTest>

#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace pivotbench;
using namespace pivotbench::core;

namespace {

using Tree = std::map<std::string, std::string>; ///< path → kind, mode, content

void readTree(const std::string &root, const std::string &path, Tree &out)
{
    DIR *stream = ::opendir((root + path).c_str());
    if (!stream)
        return;
    while (const dirent *found = ::readdir(stream)) {
        const std::string name = found->d_name;
        struct stat status{};
        const std::string full = root + path + "/" + name;
        // A directory that is not merged is listed as it is, whiteouts and all; looking one up fails.
        if (name == "." || name == ".." || ::lstat(full.c_str(), &status) != 0)
            continue;
        std::string words = fmt::format("{:o}", status.st_mode & (S_IFMT | 0777));
        if (S_ISREG(status.st_mode)) {
            std::stringstream content;
            content << std::ifstream(full).rdbuf();
            words += " " + content.str();
        } else if (S_ISLNK(status.st_mode)) {
            words = "link " + std::filesystem::read_symlink(full).string();
        }
        out[path + "/" + name] = words;
        if (S_ISDIR(status.st_mode))
            readTree(root, path + "/" + name, out);
    }
    ::closedir(stream);
}

Tree treeOf(const std::string &root)
{
    Tree out;
    readTree(root, "", out);
    return out;
}

/// Through the overlay, as a sandbox would.
class Changer {
public:
    Changer(std::string root, std::uint64_t seed)
        : m_root(std::move(root))
        , m_random(seed)
    {
    }

    void change()
    {
        std::error_code error;
        const std::string path = somePath();
        switch (below(10)) {
        case 0:
        case 1: append(path, fmt::format("more {}", below(1000))); break;
        case 2:
        case 3: std::filesystem::remove_all(path, error); break;
        case 4: // what comes back is opaque
            std::filesystem::remove_all(path, error);
            ::mkdir(path.c_str(), below(2) == 0 ? 0755 : 0700);
            append(path + "/" + someName(), "inside");
            break;
        case 5: ::mkdir(path.c_str(), 0755); break;
        case 6: std::filesystem::create_symlink("somewhere/" + someName(), path, error); break;
        case 7:
            std::filesystem::permissions(
                path, below(2) == 0 ? std::filesystem::perms(0750) : std::filesystem::perms(0640), error);
            break;
        case 8: std::filesystem::rename(path, somePath(), error); break;
        case 9: std::filesystem::create_hard_link(path, somePath(), error); break;
        default: break;
        }
    }

private:
    /// Not to a FIFO, which would wait.
    static void append(const std::string &path, const std::string &text)
    {
        const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644));
        if (file)
            (void)!::write(file.get(), text.data(), text.size());
    }
    std::uint64_t below(std::uint64_t bound) { return m_random() % bound; }
    std::string someName() { return std::string(1, static_cast<char>('a' + below(5))); }
    /// Often one that exists.
    std::string somePath()
    {
        if (below(3) != 0) {
            const Tree tree = treeOf(m_root);
            if (!tree.empty())
                return m_root + std::next(tree.begin(), static_cast<std::ptrdiff_t>(below(tree.size())))->first;
        }
        std::string path = m_root;
        for (std::uint64_t depth = 1 + below(3); depth > 0; --depth)
            path += "/" + someName();
        return path;
    }

    std::string m_root;
    std::mt19937_64 m_random;
};

class Trial {
public:
    Trial(std::uint64_t seed, bool trusted)
        : m_seed(seed)
        , m_trusted(trusted)
    {
    }

    int run(std::uint64_t &told)
    {
        if (::mkdir(m_base.c_str(), 0755) != 0 || ::mount("layers", m_base.c_str(), "tmpfs", 0, nullptr) != 0)
            return 4;
        const int count = test::makeRandomLayers(m_base, m_seed, m_trusted ? "trusted.overlay." : "user.overlay.");
        for (const char *name : {"mount", "work", "upper", "taken", "empty"})
            ::mkdir((m_base + "/" + name).c_str(), 0755);
        m_root.below.attributes = m_trusted ? OverlayAttributes::Trusted : OverlayAttributes::User;
        for (int i = 0; i < count; ++i)
            m_root.below.layers.push_back({.path = fmt::format("{}/l{}", m_base, i)});
        if (!mountOver("upper", true))
            return test::skipped;
        const Tree before = treeOf(m_base + "/mount");
        if (std::system(fmt::format("cp -a {0}/mount {0}/folder 2>/dev/null", m_base).c_str()) < 0)
            return 5;
        Changer changer(m_base + "/mount", m_seed);
        for (int i = 0; i < 12; ++i)
            changer.change();
        const Tree after = treeOf(m_base + "/mount");
        unmount();

        const UniqueFd upper(::open((m_base + "/upper").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd base(::open(m_base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd folder(::open((m_base + "/folder").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        m_root.upper = upper.get();
        listLeadsTo(before, after, told);
        if (const auto taken = copyAsLayer(m_root, {}, base.get(), "layer"); !taken)
            differ("a layer cannot be made: " + core::describe(taken.error()));
        else if (mountOver("layer", false))
            same("a layer of the changes", after, treeOf(m_base + "/mount"));
        unmount();
        if (const auto taken = applyToFolder(m_root, {}, folder.get(), "old"); !taken)
            differ("they cannot be applied: " + core::describe(taken.error()));
        std::filesystem::remove_all(m_base + "/folder/old");
        const Tree wanted = withoutFifos(after, after);
        same("the folder", wanted, withoutFifos(treeOf(m_base + "/folder"), after));
        if (const auto taken = discardChanges(m_root, {}); !taken)
            differ("they cannot be discarded: " + core::describe(taken.error()));
        std::filesystem::remove_all(m_base + "/work");
        ::mkdir((m_base + "/work").c_str(), 0755);
        if (mountOver("upper", true))
            same("the root without its changes", before, treeOf(m_base + "/mount"));
        unmount();
        ::umount2(m_base.c_str(), MNT_DETACH);
        ::rmdir(m_base.c_str());
        return m_differs ? 1 : 0;
    }

private:
    /// `name` on top of the layers, written to or not.
    bool mountOver(const std::string &name, bool writable)
    {
        std::string lowers;
        for (const LayerSource &layer : m_root.below.layers)
            lowers += (lowers.empty() ? "" : ":") + layer.path;
        const std::string top = m_base + "/" + name;
        std::string options = writable ? fmt::format("lowerdir={},upperdir={},workdir={}/work", lowers, top, m_base)
                                       : fmt::format("lowerdir={}:{}", top, lowers);
        if (!m_trusted)
            options += ",userxattr";
        return ::mount("overlay", (m_base + "/mount").c_str(), "overlay", 0, options.c_str()) == 0;
    }
    void unmount() { ::umount2((m_base + "/mount").c_str(), MNT_DETACH); }

    /// Those are not made in a folder; what was in their place stays.
    static Tree withoutFifos(Tree tree, const Tree &after)
    {
        for (const auto &[path, words] : after)
            if (words.starts_with("10"))
                std::erase_if(tree, [&, gone = path](const auto &entry) {
                    return entry.first == gone || entry.first.starts_with(gone + "/");
                });
        return tree;
    }

    void listLeadsTo(const Tree &before, const Tree &after, std::uint64_t &told)
    {
        Tree led = before;
        const Status listed = listChanges(m_root, [&](const Change &change) {
            ++told;
            const auto here = led.find(change.path);
            if ((here == led.end()) != (change.kind == ChangeKind::Added))
                differ(fmt::format("{} is told as {}", change.path, static_cast<int>(change.kind)));
            const bool goes = change.kind == ChangeKind::Deleted || change.type != EntryKind::Directory ||
                              change.former != EntryKind::Directory;
            if (goes)
                std::erase_if(led, [&](const auto &entry) {
                    return entry.first == change.path || entry.first.starts_with(change.path + "/");
                });
            const auto now = after.find(change.path);
            if (change.kind == ChangeKind::Deleted) {
                if (now != after.end())
                    differ(change.path + " is told as deleted");
            } else if (now == after.end()) {
                differ(change.path + " is told and is not there");
            } else {
                led[change.path] = now->second;
            }
            return true;
        });
        if (!listed)
            differ("the changes cannot be listed: " + core::describe(listed.error()));
        same("the list of changes", after, led);
    }

    void same(const char *what, const Tree &wanted, const Tree &got)
    {
        for (const auto &[path, words] : wanted)
            if (const auto found = got.find(path); found == got.end())
                differ(fmt::format("{}: {} is missing ({})", what, path, words));
            else if (found->second != words)
                differ(fmt::format("{}: {} is {} instead of {}", what, path, found->second, words));
        for (const auto &[path, words] : got)
            if (!wanted.contains(path))
                differ(fmt::format("{}: {} is too much ({})", what, path, words));
    }

    void differ(const std::string &how)
    {
        m_differs = true;
        std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(m_seed), how.c_str());
    }

    std::uint64_t m_seed;
    bool m_trusted;
    bool m_differs = false;
    std::string m_base = fmt::format("{}/t", test::arena);
    ChangedRoot m_root;
};

int tryAll(const test::Overlays &overlays)
{
    std::uint64_t told = 0;
    int worst = 0;
    for (std::uint64_t seed = overlays.first; seed < overlays.first + overlays.count; ++seed) {
        const int status = Trial(seed, overlays.trusted).run(told);
        if (status > 1)
            return status;
        worst = std::max(worst, status);
    }
    std::fprintf(stderr, "%llu overlays from seed %llu (%s): %llu changes\n",
                 static_cast<unsigned long long>(overlays.count), static_cast<unsigned long long>(overlays.first),
                 overlays.trusted ? "trusted" : "userxattr", static_cast<unsigned long long>(told));
    return told > overlays.count ? worst : 3; // a comparison of nothing would always agree
}

} // namespace

class TestChangesKernel : public QObject {
    Q_OBJECT
private slots:
    void agrees_data() { test::overlayRows(); }
    void agrees() { test::tryOverlays(60, tryAll); }
};

QTEST_GUILESS_MAIN(TestChangesKernel)
#include "tst_changes_kernel.moc"
