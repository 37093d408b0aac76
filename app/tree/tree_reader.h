// SPDX-License-Identifier: Apache-2.0
//
// The only way from the tree to files, and always called beside the interface thread; a test puts another one in its
// place. Copied to whoever reads, so what the functions hold has to be shared safely.
#pragma once

#include "core/layers/merged_tree.h"

#include <functional>
#include <string>

namespace pivotbench::app {

struct TreeReader {
    std::function<core::Result<core::MergedDirectory>(const core::MergedTree &, const std::string &path,
                                                      const core::ReadControl &)>
        read;
    std::function<core::Result<core::MergedDirectory>(const core::MergedTree &, const std::string &path,
                                                      const core::ReadControl &)>
        readHidden;
    std::function<core::MergedTree::Seen(const core::MergedTree &, const std::string &path)> lookUp;
    /// 0: the host path is a directory; ENOTDIR: something else; any other errno: it cannot be reached.
    std::function<int(const std::string &hostPath)> directoryError;
};

[[nodiscard]] TreeReader diskReader();

} // namespace pivotbench::app
