// SPDX-License-Identifier: Apache-2.0
//
// What the workbench was started with. Parsed before there is a window, so that --help needs no display.
#pragma once

#include "app/widgets/palette.h"
#include "app/workbench/main_window.h"

#include <QStringList>
#include <expected>
#include <optional>

namespace pivotbench::app {

struct CommandLine {
    QStringList files = {};
    QString preset = {};
    std::optional<Place> place = {};
    std::optional<Theme> theme = {}; ///< for this run only
    QString step = {};               ///< of the Stage, by its id or number
    QString compare = {};            ///< what the Stage puts beside what it shows: the id of a preset, or a file
    QString walk = {};               ///< a path that the Stage walks
    QStringList whatIf = {};         ///< operations that the Stage supposes, one after the other
    bool run = false;
    bool newInstance = false;       ///< neither hands on what it was started with, nor takes that of others
    QString screenshot = {};        ///< renders the window offscreen into this PNG, and exits
    std::optional<QSize> size = {}; ///< of the window for a screenshot, or of pictures that are exported
    bool progress = false;          ///< of the export, a line for each frame
    QString exportTo = {};          ///< writes what the Stage plays into this file, and exits
    QString format = {};            ///< of that; empty: as the file's name ends
};

/// Absent with the text to print and the exit status, for --help, --version and what is wrong.
struct CommandLineEnd {
    QString text;
    int status = 0;
};
[[nodiscard]] std::expected<CommandLine, CommandLineEnd> parseCommandLine(const QStringList &arguments);

} // namespace pivotbench::app
