// SPDX-License-Identifier: Apache-2.0
#include "core/changes/take_changes.h"

#include "core/changes/beneath.h"
#include "core/changes/copy_entry.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pivotbench::core {
namespace {

constexpr int pathDirectory = O_PATH | O_DIRECTORY;

/// What the three ways of taking have in common: they go through the changes, and each does one of them.
class Taker {
public:
    Taker(const ChangedRoot &root, const ChangeSelection &selection, const TakeProgress &progress)
        : m_root(root)
        , m_selection(selection)
        , m_progress(progress)
    {
    }
    virtual ~Taker() = default;
    Taker(const Taker &) = delete;
    Taker &operator=(const Taker &) = delete;

    Result<TakenChanges> run()
    {
        std::optional<Error> error;
        const Status listed = listChanges(m_root, [&](const Change &change) {
            if (change.ours || !isSelected(m_selection, change.path))
                return true;
            Status taken =
                change.problem != 0
                    ? Status(systemError("cannot read all of what is to be taken", change.problem, change.path))
                    : take(change);
            if (taken && !told(0))
                taken = failure("cancelled", "it was cancelled");
            if (taken)
                return true;
            error = std::move(taken.error());
            if (error->path.find('/') == std::string::npos)
                error->path = change.path;
            return false;
        });
        if (error)
            return std::unexpected(std::move(*error));
        if (!listed)
            return std::unexpected(listed.error());
        return m_taken;
    }

protected:
    virtual Status take(const Change &change) = 0;

    [[nodiscard]] const ChangedRoot &root() const { return m_root; }
    [[nodiscard]] TakenChanges &taken() { return m_taken; }
    [[nodiscard]] const ChangeSelection &selection() const { return m_selection; }

    [[nodiscard]] bool told(std::uint64_t bytes)
    {
        m_taken.bytes += bytes;
        return !m_progress || m_progress(m_taken.entries, m_taken.bytes);
    }
    void count(const CopiedEntry &copied)
    {
        if (copied.leftOut)
            ++m_taken.leftOut;
        else
            ++m_taken.entries;
        if (copied.attributesLost)
            ++m_taken.attributesLost;
    }
    Status copy(const SplitPath &from, EntryPlace to, CopyFidelity fidelity)
    {
        const UniqueFd directory = openBeneath(m_root.upper, from.parent, pathDirectory);
        if (!directory)
            return systemError("cannot open a directory of the changes", errno, from.parent);
        const Result<CopiedEntry> copied = copyEntry({directory.get(), from.name.c_str()}, to, fidelity,
                                                     [this](std::uint64_t bytes) { return told(bytes); });
        if (!copied)
            return std::unexpected(copied.error());
        count(*copied);
        return {};
    }

private:
    const ChangedRoot &m_root;
    const ChangeSelection &m_selection;
    const TakeProgress &m_progress;
    TakenChanges m_taken;
};

// A layer -------------------------------------------------------------------------------------------------------------

class LayerCopy final : public Taker {
public:
    LayerCopy(const ChangedRoot &root, const ChangeSelection &selection, int layer, const TakeProgress &progress)
        : Taker(root, selection, progress)
        , m_layer(layer)
    {
    }

private:
    Status take(const Change &change) override
    {
        const SplitPath place = splitPath(change.path);
        if (change.byOpaque && isSelected(selection(), place.parent))
            return {};
        const Result<UniqueFd> parent = makeParents(place.parent);
        if (!parent)
            return std::unexpected(parent.error());
        if (change.kind == ChangeKind::Deleted) {
            if (::mknodat(parent->get(), place.name.c_str(), S_IFCHR, 0) < 0)
                return systemError("cannot make a whiteout", errno, change.path);
            ++taken().entries;
            return {};
        }
        return change.type == EntryKind::Directory
                   ? copy(place, {parent->get(), place.name.c_str()}, CopyFidelity::Exact)
                   : copyFile(change.path, place, parent->get());
    }

    /// Names of one file stay names of one file.
    Status copyFile(const std::string &path, const SplitPath &place, int parent)
    {
        struct stat status{};
        const UniqueFd from = openBeneath(root().upper, path, O_PATH);
        const bool several =
            from && ::fstat(from.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink > 1;
        if (several) {
            const auto [known, isNew] = m_links.try_emplace({status.st_dev, status.st_ino}, path);
            const char *first = known->second.c_str() + 1;
            if (!isNew && ::linkat(m_layer, first, parent, place.name.c_str(), 0) == 0) {
                ++taken().entries;
                return {};
            }
        }
        return copy(place, {parent, place.name.c_str()}, CopyFidelity::Exact);
    }

    /// Directories that were not taken themselves, with their attributes and without their marks: what they hide was
    /// not taken.
    Result<UniqueFd> makeParents(const std::string &path)
    {
        if (UniqueFd there = openBeneath(m_layer, path, pathDirectory))
            return there;
        const SplitPath place = splitPath(path);
        Result<UniqueFd> parent = makeParents(place.parent);
        if (!parent)
            return parent;
        const CopyProgress none;
        const UniqueFd from = openBeneath(root().upper, place.parent, pathDirectory);
        const Result<CopiedEntry> copied =
            copyEntry({from.get(), place.name.c_str()}, {parent->get(), place.name.c_str()}, CopyFidelity::Exact, none);
        if (!copied)
            return std::unexpected(copied.error());
        UniqueFd made = openBeneath(m_layer, path, O_RDONLY | O_DIRECTORY);
        if (!made)
            return systemError("cannot open the directory", errno, path);
        if (!isSelected(selection(), path))
            for (const char *mark : {"user.overlay.opaque", "trusted.overlay.opaque"})
                (void)::fremovexattr(made.get(), mark);
        return made;
    }

    int m_layer;
    std::map<std::pair<dev_t, ino_t>, std::string> m_links;
};

/// Locked as long as it is being made.
Result<UniqueFd> beginLayer(int parent, const std::string &partial)
{
    for (int attempt = 0; attempt < 2; ++attempt) {
        const bool made = ::mkdirat(parent, partial.c_str(), 0755) == 0;
        if (!made && errno != EEXIST)
            return systemError("cannot make the layer's directory", errno, partial);
        UniqueFd directory(::openat(parent, partial.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory)
            return systemError("cannot open the layer's directory", errno, partial);
        if (::flock(directory.get(), LOCK_EX | LOCK_NB) < 0)
            return systemError("the layer is being made already", EBUSY, partial);
        if (made)
            return directory;
        if (const int error = removeTree(parent, partial); error != 0) // left by one that was killed
            return systemError("cannot remove what an earlier attempt has left", error, partial);
    }
    return systemError("cannot make the layer's directory", EEXIST, partial);
}

// A folder ------------------------------------------------------------------------------------------------------------

class FolderChange final : public Taker {
public:
    FolderChange(const ChangedRoot &root, const ChangeSelection &selection, int folder, std::string keepOld,
                 const TakeProgress &progress)
        : Taker(root, selection, progress)
        , m_folder(folder)
        , m_keepOld(std::move(keepOld))
    {
    }

private:
    Status take(const Change &change) override
    {
        const SplitPath place = splitPath(change.path);
        if (change.kind == ChangeKind::Deleted) {
            const UniqueFd parent = openBeneath(m_folder, place.parent, pathDirectory);
            if (!parent)
                return errno == ENOENT ? Status() : blocked(place.parent);
            if (Status moved = moveAside(parent.get(), place.name, change.path); !moved)
                return moved;
            ++taken().entries;
            return {};
        }
        const Result<UniqueFd> parent = makeDirectories(m_folder, place.parent);
        if (!parent)
            return std::unexpected(parent.error());
        if (change.type == EntryKind::Directory)
            return takeDirectory(change, place, parent->get());
        // Whoever looks sees the old file or the new one.
        const std::string fresh = fmt::format(".pivotbench-new-{}-{}", ::getpid(), m_fresh++);
        const std::uint64_t leftOut = taken().leftOut;
        if (Status copied = copy(place, {parent->get(), fresh.c_str()}, CopyFidelity::Plain); !copied)
            return copied;
        if (taken().leftOut != leftOut)
            return {};
        if (Status moved = moveAside(parent->get(), place.name, change.path); !moved) {
            (void)::unlinkat(parent->get(), fresh.c_str(), 0);
            return moved;
        }
        if (::renameat(parent->get(), fresh.c_str(), parent->get(), place.name.c_str()) < 0)
            return systemError("cannot put the file in its place", errno, change.path);
        return {};
    }

    Status takeDirectory(const Change &change, const SplitPath &place, int parent)
    {
        struct stat status{};
        const bool exists = ::fstatat(parent, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (exists && (!S_ISDIR(status.st_mode) || change.opaque))
            if (Status moved = moveAside(parent, place.name, change.path); !moved)
                return moved;
        return copy(place, {parent, place.name.c_str()}, CopyFidelity::Plain);
    }

    static Status blocked(const std::string &path)
    {
        const int errnum = errno;
        Status error = systemError("cannot enter the directory of the folder", errnum, path);
        if (errnum == ELOOP || errnum == ENOTDIR)
            error.error().hint = "it is a file or a link there, and links are not followed: apply to another folder";
        return error;
    }

    Result<UniqueFd> makeDirectories(int root, const std::string &path)
    {
        if (UniqueFd there = openBeneath(root, path, pathDirectory))
            return there;
        if (errno != ENOENT)
            return std::unexpected(blocked(path).error());
        const SplitPath place = splitPath(path);
        Result<UniqueFd> parent = makeDirectories(root, place.parent);
        if (!parent)
            return parent;
        if (::mkdirat(parent->get(), place.name.c_str(), 0755) < 0 && errno != EEXIST)
            return systemError("cannot make the directory", errno, path);
        UniqueFd made = openBeneath(root, path, pathDirectory);
        if (!made)
            return std::unexpected(blocked(path).error());
        return made;
    }

    /// Nothing happens where there is nothing.
    Status moveAside(int parent, const std::string &name, const std::string &path)
    {
        struct stat status{};
        if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0)
            return errno == ENOENT ? Status() : Status(systemError("cannot look at what is there", errno, path));
        const std::string kept = "/" + m_keepOld;
        if (taken().replaced.empty() && ::mkdirat(m_folder, m_keepOld.c_str(), 0700) < 0)
            return systemError("cannot make the directory for what is replaced", errno, kept);
        taken().replaced = m_keepOld;
        const Result<UniqueFd> aside =
            makeDirectories(m_folder, kept + (splitPath(path).parent == "/" ? "" : splitPath(path).parent));
        if (!aside)
            return std::unexpected(aside.error());
        if (::renameat2(parent, name.c_str(), aside->get(), name.c_str(), RENAME_NOREPLACE) < 0)
            return systemError("cannot move aside what is there", errno, path);
        return {};
    }

    int m_folder;
    std::string m_keepOld;
    unsigned m_fresh = 0;
};

// Discarding ----------------------------------------------------------------------------------------------------------

class Discarding final : public Taker {
public:
    using Taker::Taker;

private:
    Status take(const Change &change) override
    {
        if (change.byOpaque) {
            if (!isSelected(selection(), splitPath(change.path).parent))
                ++taken().leftOut;
            return {};
        }
        const SplitPath place = splitPath(change.path);
        const UniqueFd parent = openBeneath(root().upper, place.parent, pathDirectory);
        if (!parent && errno == ENOENT)
            return {}; // with a directory above
        const int error = parent ? removeTree(parent.get(), place.name) : errno;
        if (error != 0)
            return systemError("cannot remove what was changed", error, change.path);
        ++taken().entries;
        return {};
    }
};

} // namespace

bool isSelected(const ChangeSelection &selection, const std::string &path)
{
    if (selection.empty() || selection.contains(path) || selection.contains("/"))
        return true;
    for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
         slash = path.rfind('/', slash - 1))
        if (selection.contains(path.substr(0, slash)))
            return true;
    return false;
}

Result<TakenChanges> copyAsLayer(const ChangedRoot &root, const ChangeSelection &selection, int parent,
                                 const std::string &name, const TakeProgress &progress)
{
    const auto exists = [&] {
        return failure("layer.exists", "there is a layer of that name already", name, "choose another name");
    };
    if (::faccessat(parent, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return exists();
    const std::string partial = "." + name + ".partial";
    Result<UniqueFd> layer = beginLayer(parent, partial);
    if (!layer)
        return std::unexpected(layer.error());
    Result<TakenChanges> taken = LayerCopy(root, selection, layer->get(), progress).run();
    if (taken && ::syncfs(layer->get()) < 0)
        taken = systemError("cannot write the layer to the disk", errno, name);
    if (taken && ::renameat2(parent, partial.c_str(), parent, name.c_str(), RENAME_NOREPLACE) < 0) {
        if (errno == EEXIST)
            taken = exists();
        else
            taken = systemError("cannot give the layer its name", errno, name);
    }
    if (!taken)
        (void)removeTree(parent, partial);
    return taken;
}

Result<TakenChanges> applyToFolder(const ChangedRoot &root, const ChangeSelection &selection, int folder,
                                   const std::string &keepOld, const TakeProgress &progress)
{
    return FolderChange(root, selection, folder, keepOld, progress).run();
}

Result<TakenChanges> discardChanges(const ChangedRoot &root, const ChangeSelection &selection,
                                    const TakeProgress &progress)
{
    return Discarding(root, selection, progress).run();
}

} // namespace pivotbench::core
