// SPDX-License-Identifier: Apache-2.0
#include "app/workbench/command_line.h"

#include "app/stage/stage_export.h"
#include "core/preset/presets.h"

#include <QCommandLineParser>
#include <QFileInfo>

namespace pivotbench::app {
namespace {

/// The parser asks the application for its name, and there is none yet.
QString helpOf(const QCommandLineParser &parser)
{
    return parser.helpText().replace("<executable_name>", "pivotbench");
}

} // namespace

std::expected<CommandLine, CommandLineEnd> parseCommandLine(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        "Container workbench: compose a sandbox, see what its root will hold, run it in a terminal.\n\n"
        "Examples:\n"
        "  pivotbench                                       the start page\n"
        "  pivotbench web.pbox                              open a sandbox\n"
        "  pivotbench --preset busybox --run                the BusyBox playground, running\n"
        "  pivotbench launch.pbrec                          watch a recorded launch on the Stage\n"
        "  pivotbench --preset bare-pivot --compare chroot-jail\n"
        "                                                   both on the Stage, on one timeline\n"
        "  pivotbench --preset busybox --screenshot a.png   a picture of Compose, without a display");
    const QCommandLineOption help({"h", "help"}, "Print this.");
    const QCommandLineOption version({"v", "version"}, "Print the version.");
    const QCommandLineOption preset("preset", "Start from a preset: busybox, this-system, bare-pivot, chroot-jail.",
                                    "ID");
    const QCommandLineOption place("place", "Go to a place: start, compose, stage, run.", "PLACE");
    const QCommandLineOption step("step", "Show this step on the Stage, by its number or id.", "STEP");
    const QCommandLineOption compare("compare", "Put a preset or a file beside what the Stage shows, on one timeline.",
                                     "PRESET|FILE");
    const QCommandLineOption walk("walk", "Walk this path on the Stage, in the step that is shown.", "PATH");
    const QCommandLineOption whatIf("what-if",
                                    "Suppose an operation on the Stage, in the step that is shown, such as \"umount "
                                    "/proc\"; pivotctl whatif --help names them. May be given several times.",
                                    "OPERATION");
    const QCommandLineOption theme("theme", "Colours for this time: system, light, dark.", "THEME");
    const QCommandLineOption run("run", "Run what is opened.");
    const QCommandLineOption screenshot("screenshot", "Render the window offscreen into a PNG file, and exit.",
                                        "OUT.png");
    const QCommandLineOption size(
        "size", "Size of the window for --screenshot, 1280x800 by default, or of what --export paints, 1280x720.",
        "WxH");
    const QCommandLineOption exportTo("export", "Write what the Stage plays into a file, and exit.", "OUT");
    const QCommandLineOption format("format", "What --export writes: svg, png, html, apng, gif, webm.", "FORMAT");
    const QCommandLineOption progress("progress", "Tell of every picture that --export has painted, for scripts.");
    const QCommandLineOption newInstance(
        "new-instance", "Open windows in a program of its own, even if a Pivotbench runs on this display already.");
    parser.addOptions({help, version, preset, place, step, compare, walk, whatIf, theme, run, newInstance, screenshot,
                       size, exportTo, format, progress});
    parser.addPositionalArgument("FILE", "Sandboxes (.pbox) and recordings (.pbrec) to open.", "[FILE…]");

    const auto wrong = [](const QString &text) {
        return std::unexpected(CommandLineEnd{"pivotbench: " + text + "\nTry \"pivotbench --help\".\n", 2});
    };
    if (!parser.parse(arguments))
        return wrong(parser.errorText());
    if (parser.isSet(help))
        return std::unexpected(CommandLineEnd{helpOf(parser), 0});
    if (parser.isSet(version))
        return std::unexpected(CommandLineEnd{QStringLiteral("pivotbench " PIVOTBENCH_VERSION "\n"), 0});

    CommandLine line{.files = parser.positionalArguments(),
                     .preset = parser.value(preset),
                     .step = parser.value(step),
                     .compare = parser.value(compare),
                     .walk = parser.value(walk),
                     .whatIf = parser.values(whatIf),
                     .run = parser.isSet(run),
                     .newInstance = parser.isSet(newInstance),
                     .screenshot = parser.value(screenshot),
                     .progress = parser.isSet(progress),
                     .exportTo = parser.value(exportTo),
                     .format = parser.value(format)};
    if (const QString word = parser.value(place); word == "start")
        line.place = Place::Start;
    else if (word == "compose")
        line.place = Place::Compose;
    else if (word == "stage")
        line.place = Place::Stage;
    else if (word == "run")
        line.place = Place::Run;
    else if (parser.isSet(place))
        return wrong(QString("there is no place \"%1\": start, compose, stage, run").arg(word));
    if (const QString word = parser.value(theme); word == "system")
        line.theme = Theme::System;
    else if (word == "light")
        line.theme = Theme::Light;
    else if (word == "dark")
        line.theme = Theme::Dark;
    else if (parser.isSet(theme))
        return wrong(QString("there are no colours \"%1\": system, light, dark").arg(word));
    if (parser.isSet(size)) {
        const QStringList sides = parser.value(size).split('x');
        bool valid[2] = {};
        QSize wanted;
        if (sides.size() == 2)
            wanted = {sides[0].toInt(&valid[0]), sides[1].toInt(&valid[1])};
        constexpr int most = 10000;
        if (!valid[0] || !valid[1] || wanted.isEmpty() || wanted.width() > most || wanted.height() > most)
            return wrong(QString("\"%1\" is no size such as 1280x800").arg(parser.value(size)));
        line.size = wanted;
    }
    if (!line.exportTo.isEmpty()) {
        if (line.format.isEmpty())
            line.format = QFileInfo(line.exportTo).suffix();
        if (!stageFormatOf(line.format))
            return wrong(QString("there is no format \"%1\": %2").arg(line.format, stageFormatWords()));
        if (line.files.size() != (parser.isSet(preset) ? 0 : 1))
            return wrong("--export wants one file or a preset");
    }
    if (parser.isSet(preset))
        if (const auto known = core::findPreset(line.preset.toStdString()); !known)
            return wrong(QString::fromStdString(core::describe(known.error())));
    if (!line.preset.isEmpty() && !line.files.isEmpty())
        return wrong("give a preset or files, not both");
    return line;
}

} // namespace pivotbench::app
