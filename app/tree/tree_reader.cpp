// SPDX-License-Identifier: Apache-2.0
#include "app/tree/tree_reader.h"

namespace pivotbench::app {

TreeReader diskReader()
{
    return {
        .read = [](const core::MergedTree &tree, const std::string &path,
                   const core::ReadControl &control) { return tree.read(path, control); },
        .readHidden = [](const core::MergedTree &tree, const std::string &path,
                         const core::ReadControl &control) { return tree.readHidden(path, control); },
        .lookUp = [](const core::MergedTree &tree, const std::string &path) { return tree.lookUp(path); },
        .directoryError =
            [](const std::string &hostPath) {
                const auto opened = core::openLayer(hostPath);
                return opened ? 0 : opened.error().errnum;
            },
    };
}

} // namespace pivotbench::app
