// SPDX-License-Identifier: Apache-2.0
#include "app/stage/timeline.h"

#include "app/base/text.h"
#include "app/stage/frame_report.h"
#include "app/stage/stage_player.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace pivotbench::app {

using namespace core;

namespace {

constexpr double markRadius = 3.5;
constexpr double leastMarkRoom = 9; ///< below that there is a line, and no single marks

} // namespace

Timeline::Timeline(StagePlayer &player, QWidget *parent)
    : QWidget(parent)
    , m_player(player)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Steps"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMouseTracking(true);
    connect(&player, &StagePlayer::stagedChanged, this, &Timeline::collect);
    connect(&player, &StagePlayer::frameChanged, this, &Timeline::announceValue);
    connect(&player, &StagePlayer::breakpointsChanged, this, qOverload<>(&QWidget::update));
    collect();
}

std::size_t Timeline::stepCount() const { return m_player.frameCount(); }

std::size_t Timeline::currentStep() const { return m_player.frame(); }

void Timeline::seekTo(std::size_t step) { m_player.seek(step); }

QString Timeline::valueText() const
{
    if (m_player.frame() >= m_player.frameCount())
        return tr("nothing");
    const Recording &recording = *m_player.staged()->recording;
    return tr("%1, %2").arg(app::placeOf(recording, m_player.frame()).toLower(), titleOf(recording, m_player.frame()));
}

void Timeline::announceValue()
{
    tellStepChanged(this);
    update();
}

void Timeline::collect()
{
    m_marks.clear();
    std::vector<std::optional<Phase>> phases;
    const Staged *staged = m_player.staged();
    const std::size_t count = staged ? m_player.frameCount() + staged->toCome().size() : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Frame *frame = i < m_player.frameCount() ? &staged->recording->frames[i] : nullptr;
        m_marks.push_back(!frame           ? Mark::ToCome
                          : frame->initial ? Mark::Beginning
                          : frame->error   ? Mark::Failed
                          : frame->skipped ? Mark::Skipped
                                           : Mark::Done);
        const Step *step = stepAt(i);
        phases.push_back(step ? std::optional(step->phase) : std::nullopt);
    }
    m_track.collect(phases);
    arrange();
}

const Step *Timeline::stepAt(std::size_t place) const
{
    const Staged *staged = m_player.staged();
    if (!staged || place < m_player.frameCount())
        return staged ? stepOf(*staged->recording, place) : nullptr;
    const std::span<const Step> toCome = staged->toCome();
    const std::size_t ahead = place - m_player.frameCount();
    return ahead < toCome.size() ? &toCome[ahead] : nullptr;
}

void Timeline::arrange()
{
    m_track.arrange(*this);
    update();
}

double Timeline::trackY() const { return fontMetrics().height() + space(Space::Small, this) * 1.5; }

QPointF Timeline::placeOf(std::size_t frame) const { return {m_track.xOf(frame), trackY()}; }

std::size_t Timeline::frameAt(double x) const { return m_track.placeAt(x); }

QSize Timeline::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60,
            static_cast<int>(trackY()) + space(Space::Large, this) + space(Space::Tiny, this)};
}

QSize Timeline::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 24, sizeHint().height()}; }

void Timeline::paintSegments(QPainter &painter) const
{
    const double y = trackY();
    const double thick = 4;
    const double head = placeOf(m_player.frame()).x();
    m_track.paintTitles(painter, *this, m_player.frame());
    for (const PhaseTrack::Segment &segment : m_track.segments()) {
        const QRectF track(segment.left, y - thick / 2, segment.width, thick);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tone(Tone::Separator, palette()));
        painter.drawRoundedRect(track, thick / 2, thick / 2);
        if (head > segment.left) {
            QRectF gone = track;
            gone.setRight(std::min(track.right(), head));
            painter.setBrush(tone(Tone::Accent, palette()));
            painter.drawRoundedRect(gone, thick / 2, thick / 2);
        }
    }
}

void Timeline::paintMarks(QPainter &painter) const
{
    const QColor ground = palette().color(QPalette::Window);
    const QColor past = tone(Tone::Accent, palette());
    const QColor future = tone(Tone::CardBorder, palette());
    for (const PhaseTrack::Segment &segment : m_track.segments()) {
        const bool roomy = segment.width / static_cast<double>(segment.count) >= leastMarkRoom;
        for (std::size_t i = segment.first; i < segment.first + segment.count; ++i) {
            const QPointF at = placeOf(i);
            const bool failed = m_marks[i] == Mark::Failed;
            if (const Step *step = stepAt(i); step && m_player.hasBreakpoint(*step)) {
                painter.setPen(Qt::NoPen);
                painter.setBrush(tone(Tone::Error, palette()));
                painter.drawEllipse(at + QPointF(0, space(Space::Medium, this)), 3.5, 3.5);
            }
            if (failed) {
                painter.setPen(QPen(ground, 5, Qt::SolidLine, Qt::RoundCap));
                for (const QColor &ink : {ground, tone(Tone::Error, palette())}) {
                    painter.setPen(QPen(ink, ink == ground ? 6 : 2.5, Qt::SolidLine, Qt::RoundCap));
                    painter.drawLine(at - QPointF(5, 5), at + QPointF(5, 5));
                    painter.drawLine(at - QPointF(5, -5), at + QPointF(5, -5));
                }
                continue;
            }
            if (!roomy)
                continue;
            const bool gone = i <= m_player.frame();
            const bool ring =
                m_marks[i] == Mark::Skipped || m_marks[i] == Mark::Beginning || m_marks[i] == Mark::ToCome;
            painter.setPen(QPen(gone ? past : future, 1.5));
            painter.setBrush(ring ? ground : gone ? past : future);
            painter.drawEllipse(at, ring ? markRadius - 0.5 : markRadius, ring ? markRadius - 0.5 : markRadius);
        }
    }
}

void Timeline::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_player.frameCount() == 0)
        return;
    paintSegments(painter);
    paintMarks(painter);
    if (m_marks[m_player.frame()] != Mark::Failed) {
        painter.setPen(QPen(palette().color(QPalette::Window), 2));
        painter.setBrush(tone(Tone::Accent, palette()));
        painter.drawEllipse(placeOf(m_player.frame()), 8, 8);
    } else {
        painter.setPen(QPen(tone(Tone::Error, palette()), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(placeOf(m_player.frame()), 11, 11);
    }
    if (hasFocus())
        paintFocus(painter, rect(), palette(), innerRadius);
}

bool Timeline::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && m_player.frameCount() > 0) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const std::size_t frame = frameAt(help->pos().x());
        const Step *toCome = frame < m_player.frameCount() ? nullptr : stepAt(frame);
        const Recording &recording = *m_player.staged()->recording;
        QToolTip::showText(help->globalPos(),
                           plainToolTip(toCome ? tr("%1: still to come").arg(titleOf(recording.header.plan, *toCome))
                                               : sentenceOf(recording, frame)),
                           this);
        return true;
    }
    return QWidget::event(event);
}

void Timeline::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        updateGeometry();
        arrange();
    }
}

void Timeline::contextMenuEvent(QContextMenuEvent *event)
{
    if (m_player.frameCount() == 0)
        return;
    const std::size_t frame =
        event->reason() == QContextMenuEvent::Mouse ? frameAt(event->pos().x()) : m_player.frame();
    const Step *step = stepAt(frame);
    if (!step)
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (frame >= m_player.frameCount())
        menu->addAction(icon(Icon::Step), tr("Run to here"), this,
                        [this, id = QString::fromStdString(step->id)] { emit runToRequested(id); });
    menu->addAction(icon(Icon::Breakpoint),
                    m_player.hasBreakpoint(*step) ? tr("Do not stop after this step") : tr("Stop after this step"),
                    this, [this, frame] {
                        if (const Step *chosen = stepAt(frame))
                            m_player.toggleBreakpoint(*chosen);
                    });
    menu->popup(event->globalPos());
}

void Timeline::keyPressEvent(QKeyEvent *event)
{
    if (event->modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) {
        event->ignore();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: m_player.back(); return;
    case Qt::Key_Right:
    case Qt::Key_Up: m_player.next(); return;
    case Qt::Key_Home: m_player.seek(0); return;
    case Qt::Key_End: m_player.seek(m_player.frameCount()); return;
    case Qt::Key_PageDown: m_player.nextPhase(); return;
    case Qt::Key_PageUp: m_player.previousPhase(); return;
    case Qt::Key_B:
        if (m_player.step())
            m_player.toggleBreakpoint(*m_player.step());
        return;
    default: event->ignore();
    }
}

void Timeline::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && m_player.frameCount() > 0)
        m_player.seek(frameAt(event->position().x()));
}

void Timeline::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons().testFlag(Qt::LeftButton) && m_player.frameCount() > 0)
        m_player.seek(frameAt(event->position().x()));
}

void Timeline::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

} // namespace pivotbench::app
