// SPDX-License-Identifier: Apache-2.0
//
// The files of this machine, for a state built from its own mount table. Looks at one name at a time (lstat(2),
// readlink(2)), never further, and changes nothing. Any thread.
#pragma once

#include "core/kernel/tree.h"
#include "core/mount/mount_table.h"

#include <memory>

namespace pivotbench::core::kernel {

class HostFiles : public HostTree {
public:
    explicit HostFiles(std::shared_ptr<const MountTable> table);
    [[nodiscard]] Seen look(const std::string &directory, std::uint64_t mount, std::string_view name) const override;
    [[nodiscard]] std::optional<bool> isEmpty(const std::string &directory, std::uint64_t mount) const override;

private:
    [[nodiscard]] bool isOn(const std::string &directory, std::uint64_t mount) const;

    std::shared_ptr<const MountTable> m_table;
};

/// For the table of another machine: this machine's files where they exist, and directories everywhere else.
class AssumedFiles : public HostTree {
public:
    [[nodiscard]] Seen look(const std::string &directory, std::uint64_t mount, std::string_view name) const override;
    [[nodiscard]] std::optional<bool> isEmpty(const std::string &directory, std::uint64_t mount) const override;
};

/// For the table of another machine, where this one's files would be mistaken for its own: every name is a directory
/// that nobody has seen.
class UnseenFiles : public HostTree {
public:
    [[nodiscard]] Seen look(const std::string &directory, std::uint64_t mount, std::string_view name) const override;
    [[nodiscard]] std::optional<bool> isEmpty(const std::string &directory, std::uint64_t mount) const override;
};

} // namespace pivotbench::core::kernel
