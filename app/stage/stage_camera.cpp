// SPDX-License-Identifier: Apache-2.0
#include "app/stage/stage_camera.h"

#include "app/stage/frame_report.h"

#include <QFontDatabase>
#include <QGuiApplication>
#include <QPainter>
#include <algorithm>

namespace pivotbench::app {

using namespace core::stage;

namespace {

constexpr double sceneWidth = 1000;
constexpr int captionHeight = 84;
constexpr double largestScale = 1.6;

} // namespace

std::vector<Drawing> drawingsOf(const Staged &staged, double width)
{
    std::vector<Drawing> drawings;
    const std::vector<Moment> &moments = staged.story.moments();
    for (std::size_t i = 0; i < moments.size(); ++i)
        drawings.push_back(draw(makeScene(*staged.recording, moments[i], i == 0 ? nullptr : &moments[i - 1],
                                          staged.focus, {.width = width})));
    return drawings;
}

StageCamera::StageCamera(const Staged &staged, QSize size, const QPalette &palette)
    : m_staged(staged)
    , m_size(size)
    , m_palette(palette)
    , m_drawings(drawingsOf(staged, sceneWidth))
{
    m_painter.setPalette(palette);
    m_painter.setFont(QGuiApplication::font());
    for (const Drawing &drawing : m_drawings)
        m_largest = m_largest.expandedTo({drawing.view.width, drawing.view.height});
}

QImage StageCamera::take(std::size_t frame, const Drawing &drawing)
{
    QImage image(m_size, QImage::Format_RGB32);
    image.fill(m_palette.color(QPalette::Window));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const QSizeF room(m_size.width(), m_size.height() - captionHeight);
    const double scale = std::min({room.width() / m_largest.width(), room.height() / m_largest.height(), largestScale});
    const QPointF origin((room.width() - m_largest.width() * scale) / 2,
                         std::max(0.0, room.height() - m_largest.height() * scale) / 2);
    m_painter.paint(painter, drawing, scale, origin, QRectF(QPointF(), QSizeF(m_size)));
    paintCaption(painter, frame);
    return image;
}

/// Which step, of how many; its title; the first line of its call.
void StageCamera::paintCaption(QPainter &painter, std::size_t frame) const
{
    const core::Recording &recording = *m_staged.recording;
    const QRect band(0, m_size.height() - captionHeight, m_size.width(), captionHeight);
    const int edge = 24;
    const double part = m_staged.size() < 2 ? 1 : double(frame) / double(m_staged.size() - 1);
    painter.fillRect(QRectF(0, band.top(), band.width(), 3), tone(Tone::Separator, m_palette));
    painter.fillRect(QRectF(0, band.top(), band.width() * part, 3), tone(Tone::Accent, m_palette));

    QFont small = QGuiApplication::font();
    small.setPixelSize(13);
    QFont large = small;
    large.setPixelSize(20);
    large.setBold(true);
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPixelSize(13);
    const auto write = [&](const QFont &font, Tone ink, double base, const QString &text) {
        const QFontMetrics metrics(font);
        painter.setFont(font);
        painter.setPen(tone(ink, m_palette));
        painter.drawText(QPointF(edge, band.top() + base),
                         metrics.elidedText(text, Qt::ElideRight, band.width() - 2 * edge));
    };
    const core::Step *step = stepOf(recording, frame);
    const bool failed = recording.frames[frame].error.has_value();
    QString place = placeOf(recording, frame);
    if (step)
        place += " · " + phaseTitle(step->phase);
    if (failed)
        place += " · " + reportOf(recording, frame).outcomeText;
    write(small, failed ? Tone::Error : Tone::Muted, 24, place);
    write(large, Tone::Text, 49, titleOf(recording, frame));
    if (step)
        write(fixed, Tone::Muted, 71, reportOf(recording, frame).call.section('\n', -1));
}

} // namespace pivotbench::app
