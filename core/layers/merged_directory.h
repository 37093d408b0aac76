// SPDX-License-Identifier: Apache-2.0
//
// One directory of the merged tree, read: which names it shows, which layer provides each, and what that hides. Made by
// MergedTree (merged_tree.h); shared as `std::shared_ptr<const MergedDirectory>` between threads, because nothing in it
// changes.
//
// A directory may hold half a million names, so an entry is forty bytes and its name in one common text; MergedEntry is
// a view that lives as long as the directory. Names are arbitrary bytes from a tree that may be hostile: show them
// through printable() of core/base/text.h.
//
// Source: Documentation/filesystems/overlayfs.rst ("Upper and Lower", "whiteouts and opaque directories", "Multiple
// lower layers"), and the kernel's fs/overlayfs/namei.c (ovl_lookup), which is stricter than the words.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pivotbench::core {

/// Position of a layer; 0 is the topmost.
using LayerIndex = std::uint16_t;

/// Executable: a regular file that somebody may execute. Unknown: the directory may be listed but not looked into.
enum class EntryKind : std::uint8_t {
    Directory,
    File,
    Executable,
    Link,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
    Whiteout, ///< is not in the tree: deletes what lower layers have under this name
    Unknown,
};

/// A regular file.
[[nodiscard]] constexpr bool isFile(EntryKind kind) { return kind == EntryKind::File || kind == EntryKind::Executable; }

namespace entry_flag {
/// Directory: hides what lower layers have in it (xattr overlay.opaque is "y").
inline constexpr std::uint8_t opaque = 0x01;
/// The kernel goes on under another name in lower layers (xattr overlay.redirect), or refuses to; that is not followed
/// here.
inline constexpr std::uint8_t redirected = 0x02;
/// A file that has only its attributes here, the data in a lower layer (xattr overlay.metacopy).
inline constexpr std::uint8_t metacopy = 0x04;
/// On the host something is mounted here. overlayfs does not see that mount but what lies beneath, which nobody can
/// read without unmounting; kind, size and times are those of the mount.
inline constexpr std::uint8_t coveredOnHost = 0x08;
/// Something of what it hides is a directory, which may hold more.
inline constexpr std::uint8_t hidesDirectory = 0x10;
} // namespace entry_flag

struct MergedEntry {
    std::string_view name;
    std::string_view target; ///< of a link
    EntryKind kind = EntryKind::Unknown;
    std::uint8_t flags = 0;
    LayerIndex layer = 0;      ///< provides it
    std::uint16_t mode = 0;    ///< permission bits with set-user-ID, set-group-ID and sticky
    std::uint64_t size = 0;    ///< bytes of a file; 0 for everything else
    std::int64_t modified = 0; ///< seconds since 1970
    int problem = 0;           ///< errno where it could not be looked at
    /// Directory: the layers whose contents it shows, the provider first.
    std::span<const LayerIndex> mergedFrom;
    /// Lower layers that have something under this name which is not shown (any more).
    std::span<const LayerIndex> hides;
};

/// A layer that could not be read here. What the others have is shown; the kernel would refuse more.
struct LayerProblem {
    LayerIndex layer = 0;
    Error error;
    bool operator==(const LayerProblem &) const = default;
};

class MergedDirectory {
public:
    [[nodiscard]] std::size_t size() const { return m_records.size(); }
    /// Sorted by the bytes of the names.
    [[nodiscard]] MergedEntry at(std::size_t index) const;
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

    /// The layers that this directory is made of, topmost first.
    [[nodiscard]] const std::vector<LayerIndex> &layers() const { return m_layers; }
    /// Lower layers that have a directory here which is not shown.
    [[nodiscard]] const std::vector<LayerIndex> &hiddenLayers() const { return m_hiddenLayers; }
    [[nodiscard]] const std::vector<LayerProblem> &problems() const { return m_problems; }
    /// More than `maxEntries` names: the rest was not read.
    [[nodiscard]] bool truncated() const { return m_truncated; }

    static constexpr std::size_t maxEntries = 4'000'000;

private:
    friend class MergedDirectoryBuilder;

    struct Record {
        std::uint64_t size = 0;
        std::int64_t modified = 0;
        std::uint32_t text = 0;  ///< where the name begins; the target follows it
        std::uint32_t lists = 0; ///< where its two lists begin, plus one; 0: only itself, and nothing hidden
        std::uint16_t targetLength = 0;
        std::uint16_t layer = 0;
        std::uint16_t mode = 0;
        std::uint16_t problem = 0;
        std::uint8_t nameLength = 0;
        EntryKind kind = EntryKind::Unknown;
        std::uint8_t flags = 0;
    };

    [[nodiscard]] std::string_view nameOf(const Record &record) const
    {
        return std::string_view(m_text).substr(record.text, record.nameLength);
    }

    std::vector<Record> m_records;
    std::string m_text;
    std::vector<LayerIndex> m_lists; ///< for each: length of merged, length of hides, merged…, hides…
    std::vector<LayerIndex> m_layers;
    std::vector<LayerIndex> m_hiddenLayers;
    std::vector<LayerProblem> m_problems;
    bool m_truncated = false;
};

/// Takes what the layers have under each name, layer after layer from the top, and merges it. One use.
class MergedDirectoryBuilder {
public:
    struct Found {
        std::string_view name; ///< up to 255 bytes
        std::string_view target = {};
        EntryKind kind = EntryKind::Unknown;
        std::uint8_t flags = 0;
        std::uint16_t mode = 0;
        std::uint64_t size = 0;
        std::int64_t modified = 0;
        int problem = 0;
    };

    /// The layer whose names follow.
    void beginLayer(LayerIndex layer) { m_made.m_layers.push_back(layer); }
    /// False when there are too many.
    [[nodiscard]] bool add(const Found &found);
    void addHiddenLayer(LayerIndex layer) { m_made.m_hiddenLayers.push_back(layer); }
    void addProblem(LayerProblem problem) { m_made.m_problems.push_back(std::move(problem)); }
    [[nodiscard]] const std::vector<LayerProblem> &problems() const { return m_made.m_problems; }
    [[nodiscard]] std::size_t layerCount() const { return m_made.m_layers.size(); }
    [[nodiscard]] std::size_t size() const { return m_made.m_records.size(); }

    [[nodiscard]] MergedDirectory finish();

private:
    void sort();
    void mergeSameName(std::size_t first, std::size_t last, std::vector<MergedDirectory::Record> &out);

    MergedDirectory m_made;
};

/// Whether the kernel reads lower layers under this name behind such an entry.
[[nodiscard]] bool continuesBelow(EntryKind kind, std::uint8_t flags);

} // namespace pivotbench::core
