// SPDX-License-Identifier: Apache-2.0
//
// A staged recording as files: pictures of its steps, films, and the page that plays it in a browser. All show the
// same drawings as the window. Interface thread, because pictures are painted with its icons; a film takes seconds, so
// it has a process of its own (pivotbench --export, which pivotctl stage starts).
#pragma once

#include "app/stage/staged.h"
#include "app/widgets/palette.h"
#include "core/base/result.h"

#include <QSize>
#include <QString>
#include <functional>
#include <optional>

namespace pivotbench::app {

enum class StageFormat { Svg, Png, Html, Apng, Gif, Webm };
/// By its word: "svg", "png", …
[[nodiscard]] std::optional<StageFormat> stageFormatOf(const QString &word);
[[nodiscard]] QString formatWord(StageFormat format);
/// "svg, png, html, apng, gif, webm".
[[nodiscard]] QString stageFormatWords();

struct StageExport {
    StageFormat format = StageFormat::Svg;
    QString path = {};
    QString step = {};     ///< by its id or number, of a picture; empty: a picture of each step, "OUT-07.svg"
    QSize size{1280, 720}; ///< pixels, of everything but SVG and HTML
    bool dark = false;     ///< HTML has both
};

/// All drawings are held at once, and a file from outside may hold very many.
inline constexpr std::size_t mostExportedFrames = 1000;

/// Told after each frame; false stops it, and then nothing is there.
using ExportProgress = std::function<bool(std::size_t done, std::size_t total)>;

/// Codes: "export.long" for a recording of more than mostExportedFrames, "export.step" for a step that the recording
/// has not, "export.write", "cancelled", and those of film.h.
[[nodiscard]] core::Status exportStage(const Staged &staged, const StageExport &options,
                                       const ExportProgress &progress);

} // namespace pivotbench::app
