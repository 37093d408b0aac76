// SPDX-License-Identifier: Apache-2.0
//
// Layers in a temporary folder, written down in words, and the merged tree as text.
#pragma once

#include "core/layers/merged_tree.h"

#include <QTemporaryDir>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace pivotbench::test {

class LayerFixture {
public:
    /// The tree of `count` empty layers, topmost first.
    explicit LayerFixture(int count)
    {
        for (int i = 0; i < count; ++i) {
            tree.layers.push_back({.path = root() + fmt::format("/layer{}", i)});
            std::filesystem::create_directory(tree.layers.back().path);
        }
    }

    LayerFixture(const LayerFixture &) = delete;
    LayerFixture &operator=(const LayerFixture &) = delete;
    /// QTemporaryDir cannot remove names that are not UTF-8.
    ~LayerFixture()
    {
        std::error_code ignored;
        std::filesystem::remove_all(root(), ignored);
    }

    [[nodiscard]] std::string root() const { return m_directory.path().toStdString(); }
    [[nodiscard]] std::string path(std::size_t layer, const std::string &name) const
    {
        return tree.layers[layer].path + "/" + name;
    }

    void directory(std::size_t layer, const std::string &name) const
    {
        std::filesystem::create_directories(path(layer, name));
    }
    void file(std::size_t layer, const std::string &name, const std::string &text = "text") const
    {
        std::ofstream(path(layer, name)) << text;
    }
    void link(std::size_t layer, const std::string &name, const std::string &target) const
    {
        std::filesystem::create_symlink(target, path(layer, name));
    }
    /// An ordinary user may make this one device.
    [[nodiscard]] bool whiteout(std::size_t layer, const std::string &name) const
    {
        return ::mknod(path(layer, name).c_str(), S_IFCHR, makedev(0, 0)) == 0;
    }
    [[nodiscard]] bool mark(std::size_t layer, const std::string &name, const char *attribute,
                            const std::string &value) const
    {
        return ::setxattr(path(layer, name).c_str(), attribute, value.data(), value.size(), 0) == 0;
    }

    core::MergedTree tree;

private:
    QTemporaryDir m_directory;
};

inline const char *kindWord(core::EntryKind kind)
{
    switch (kind) {
    case core::EntryKind::Directory: return "dir";
    case core::EntryKind::File: return "file";
    case core::EntryKind::Executable: return "program";
    case core::EntryKind::Link: return "link";
    case core::EntryKind::CharacterDevice: return "char";
    case core::EntryKind::BlockDevice: return "block";
    case core::EntryKind::Fifo: return "fifo";
    case core::EntryKind::Socket: return "socket";
    case core::EntryKind::Whiteout: return "whiteout";
    case core::EntryKind::Unknown: return "unknown";
    }
    return "";
}

/// One line an entry: "name kind @layer merges 0,1 hides 2 opaque".
inline std::string describe(const core::MergedDirectory &directory)
{
    std::string out;
    for (std::size_t i = 0; i < directory.size(); ++i) {
        const core::MergedEntry entry = directory.at(i);
        out += fmt::format("{} {} @{}", entry.name, kindWord(entry.kind), entry.layer);
        const auto list = [&](const char *word, std::span<const core::LayerIndex> layers) {
            std::string separator = fmt::format(" {} ", word);
            for (const core::LayerIndex layer : layers) {
                out += separator + std::to_string(layer);
                separator = ",";
            }
        };
        if (entry.mergedFrom.size() > 1)
            list("merges", entry.mergedFrom);
        list("hides", entry.hides);
        if (!entry.target.empty())
            out += fmt::format(" -> {}", entry.target);
        if ((entry.flags & core::entry_flag::opaque) != 0)
            out += " opaque";
        if ((entry.flags & core::entry_flag::redirected) != 0)
            out += " redirected";
        if ((entry.flags & core::entry_flag::metacopy) != 0)
            out += " metacopy";
        out += "\n";
    }
    return out;
}

inline std::string describe(const core::Result<core::MergedDirectory> &read)
{
    return read ? describe(*read) : "error " + read.error().code;
}

} // namespace pivotbench::test
