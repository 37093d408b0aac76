// SPDX-License-Identifier: Apache-2.0
//
// An archive becomes a folder that can be a layer: complete under its own name, or not there at all. Blocking, and long
// for a big archive: run it beside the interface, with a stop token.
#pragma once

#include "core/image/unpack.h"

#include <span>
#include <string>
#include <string_view>

namespace pivotbench::core {

struct ImportedArchive {
    std::string path; ///< of the new folder
    UnpackSummary summary;
};

/// "$XDG_DATA_HOME/pivotbench/layers", or below ~/.local/share; empty where there is no home.
[[nodiscard]] std::string importedLayersDirectory();

/// How names of archives that can be read end: ".tar.gz" and so on.
[[nodiscard]] std::span<const std::string_view> archiveSuffixes();

/// Whether the name ends like that, in any case; what it holds, its bytes tell.
[[nodiscard]] bool hasArchiveName(std::string_view path);

/// A folder's name from an archive's path: "base" for "/tmp/base.tar.gz". Never hidden, nothing that a title or an
/// option of overlayfs would have to escape.
[[nodiscard]] std::string layerNameFor(std::string_view archivePath);

/// Unpacks into a new folder in `directory`, having removed what killed programs left there. Fails as unpackArchive(),
/// and then everything it made is gone again.
[[nodiscard]] Result<ImportedArchive> importArchive(const std::string &archivePath, const std::string &directory,
                                                    const UnpackLimits &limits = {}, const std::stop_token &stop = {},
                                                    const UnpackProgress &progress = {});

} // namespace pivotbench::core
