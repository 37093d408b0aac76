// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_export.h"

#include "app/film/film.h"
#include "app/stage/frame_report.h"
#include "app/stage/stage_camera.h"
#include "core/base/text.h"
#include "core/stage/player.h"
#include "core/stage/svg.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;
using std::chrono::milliseconds;

namespace {

constexpr std::array<std::pair<const char *, StageFormat>, 6> words{{{"svg", StageFormat::Svg},
                                                                     {"png", StageFormat::Png},
                                                                     {"html", StageFormat::Html},
                                                                     {"apng", StageFormat::Apng},
                                                                     {"gif", StageFormat::Gif},
                                                                     {"webm", StageFormat::Webm}}};
constexpr double drawingWidth = 1000;
// Of a film.
constexpr int glideImages = 24;
constexpr milliseconds glideImage{40};
constexpr milliseconds restOfChange{1400}; ///< long enough to read the title
constexpr milliseconds restOfOther{700};
constexpr milliseconds restAtEnd{3000};

InkColors inkColorsOf(const QPalette &palette)
{
    const auto rgb = [](const QColor &color) {
        return Rgb{static_cast<std::uint8_t>(color.red()), static_cast<std::uint8_t>(color.green()),
                   static_cast<std::uint8_t>(color.blue())};
    };
    InkColors colors;
    for (std::size_t i = 0; i < inkCount; ++i)
        colors.inks[i] = rgb(tone(toneOf(static_cast<Ink>(i)), palette));
    colors.background = rgb(palette.color(QPalette::Window));
    return colors;
}

std::string iconSvg(std::string_view name)
{
    QFile file(":/pivotbench/icons/" + QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())) + ".svg");
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

Status write(const QString &path, const std::string &text)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) < 0 ||
        !file.commit())
        return failure("export.write", file.errorString().toStdString(), path.toStdString());
    return {};
}

std::unexpected<Error> stopped() { return std::unexpected(Error{.code = "cancelled", .what = "it was stopped"}); }

class Exporter {
public:
    Exporter(const Staged &staged, const StageExport &options, const ExportProgress &progress)
        : m_staged(staged)
        , m_options(options)
        , m_progress(progress)
        , m_palette(options.dark ? darkPalette() : lightPalette())
    {
    }

    Status run()
    {
        switch (m_options.format) {
        case StageFormat::Svg:
        case StageFormat::Png: return pictures();
        case StageFormat::Html: return page();
        case StageFormat::Apng: return film(FilmFormat::Apng);
        case StageFormat::Gif: return film(FilmFormat::Gif);
        case StageFormat::Webm: return film(FilmFormat::Webm);
        }
        return {};
    }

private:
    Status pictures()
    {
        if (!m_options.step.isEmpty()) {
            const std::size_t wanted = m_staged.recording->header.plan.find(m_options.step.toStdString());
            for (std::size_t frame = 0; frame < m_staged.size(); ++frame)
                if (stepOf(*m_staged.recording, frame) && m_staged.recording->frames[frame].step == wanted)
                    return picture(frame, m_options.path);
            return failure("export.step",
                           fmt::format("the recording has no step \"{}\"", printable(m_options.step.toStdString())), {},
                           "pivotctl show FILE lists them");
        }
        const QFileInfo file(m_options.path);
        const auto digits = static_cast<int>(std::to_string(m_staged.size()).size());
        for (std::size_t frame = 0; frame < m_staged.size(); ++frame) {
            const QString suffix = file.suffix().isEmpty() ? QString() : '.' + file.suffix();
            const QString name = QString("%1/%2-%3%4")
                                     .arg(file.path(), file.completeBaseName())
                                     .arg(frame, digits, 10, QChar('0'))
                                     .arg(suffix);
            if (Status written = picture(frame, name); !written)
                return written;
            if (!m_progress(frame + 1, m_staged.size()))
                return stopped();
        }
        return {};
    }

    Status picture(std::size_t frame, const QString &path)
    {
        if (m_options.format == StageFormat::Png) {
            if (!m_camera)
                m_camera.emplace(m_staged, m_options.size, m_palette);
            QSaveFile file(path);
            if (!file.open(QIODevice::WriteOnly) ||
                !m_camera->take(frame, m_camera->drawing(frame)).save(&file, "PNG") || !file.commit())
                return failure("export.write", file.errorString().toStdString(), path.toStdString());
            return {};
        }
        if (m_drawings.empty())
            m_drawings = drawingsOf(m_staged, drawingWidth);
        return write(path,
                     svgOf(m_drawings[frame], {.colors = inkColorsOf(m_palette),
                                               .icons = iconSvg,
                                               .title = titleOf(*m_staged.recording, frame).toStdString(),
                                               .description = sentenceOf(*m_staged.recording, frame).toStdString()}));
    }

    Status page()
    {
        const Recording &recording = *m_staged.recording;
        PlayerInput input{.name = printable(recording.header.plan.name),
                          .kernel = printable(recording.header.kernel),
                          .origin = recording.header.origin == "kernel" ? "recorded from the kernel" : "predicted",
                          .frames = {},
                          .light = inkColorsOf(lightPalette()),
                          .dark = inkColorsOf(darkPalette()),
                          .icons = iconSvg};
        std::vector<Drawing> drawings = drawingsOf(m_staged, drawingWidth);
        for (std::size_t i = 0; i < m_staged.size(); ++i) {
            const FrameReport report = reportOf(recording, i);
            const Step *step = stepOf(recording, i);
            PlayerFrame frame;
            frame.drawing = std::move(drawings[i]);
            frame.step = step ? recording.frames[i].step + 1 : 0;
            frame.phase = step ? phaseWord(step->phase) : "";
            frame.title = report.title.toStdString();
            frame.call = report.call.toStdString();
            frame.shell = report.shell.toStdString();
            frame.narration = report.why.toStdString();
            frame.manual = report.manual.toStdString();
            frame.outcome = report.outcomeText.toStdString();
            if (report.outcome == FrameReport::Outcome::Failed)
                frame.result = PlayerResult::Failed;
            else if (report.outcome == FrameReport::Outcome::Skipped)
                frame.result = PlayerResult::Skipped;
            input.frames.push_back(std::move(frame));
            if (!m_progress(i + 1, m_staged.size()))
                return stopped();
        }
        return write(m_options.path, playerOf(input));
    }

    Status film(FilmFormat format)
    {
        Result<std::unique_ptr<Film>> film = openFilm(format, m_options.path);
        if (!film)
            return std::unexpected(std::move(film.error()));
        StageCamera camera(m_staged, m_options.size, m_palette);
        for (std::size_t frame = 0; frame < m_staged.size(); ++frame) {
            const Drawing &drawing = camera.drawing(frame);
            const bool glides = frame > 0 && !(drawing == camera.drawing(frame - 1));
            for (int i = 1; glides && i < glideImages; ++i) {
                const Drawing way = blend(camera.drawing(frame - 1), drawing, double(i) / glideImages);
                if (Status added = (*film)->add(camera.take(frame, way), glideImage); !added)
                    return added;
            }
            const milliseconds rest = frame + 1 == m_staged.size() ? restAtEnd
                                      : glides || frame == 0       ? restOfChange
                                                                   : restOfOther;
            if (Status added = (*film)->add(camera.take(frame, drawing), rest); !added)
                return added;
            if (!m_progress(frame + 1, m_staged.size()))
                return stopped();
        }
        return (*film)->finish();
    }

    const Staged &m_staged;
    const StageExport &m_options;
    const ExportProgress &m_progress;
    QPalette m_palette;
    std::optional<StageCamera> m_camera;
    std::vector<Drawing> m_drawings;
};

} // namespace

std::optional<StageFormat> stageFormatOf(const QString &word)
{
    for (const auto &[name, format] : words)
        if (word.compare(QLatin1String(name), Qt::CaseInsensitive) == 0)
            return format;
    return std::nullopt;
}

QString formatWord(StageFormat format)
{
    const auto *found = std::ranges::find(words, format, &std::pair<const char *, StageFormat>::second);
    return QString::fromLatin1(found->first);
}

QString stageFormatWords()
{
    QStringList names;
    for (const auto &[name, format] : words)
        names << QLatin1String(name);
    return names.join(", ");
}

Status exportStage(const Staged &staged, const StageExport &options, const ExportProgress &progress)
{
    if (staged.size() > mostExportedFrames)
        return failure(
            "export.long",
            fmt::format("the recording has {} frames, and {} can be drawn", staged.size(), mostExportedFrames), {},
            "read a step as text: pivotctl show FILE --step N");
    return Exporter(staged, options, progress).run();
}

} // namespace pivotbench::app
