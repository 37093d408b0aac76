// SPDX-License-Identifier: Apache-2.0
#include "app/stage/timeline.h"

#include "app/base/text.h"
#include "app/stage/frame_report.h"
#include "app/stage/stage_player.h"
#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QAccessible>
#include <QAccessibleWidget>
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

class TimelineAccessible final : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    explicit TimelineAccessible(Timeline *timeline)
        : QAccessibleWidget(timeline, QAccessible::Slider)
        , m_timeline(timeline)
    {
    }

    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Value ? m_timeline->valueText() : QAccessibleWidget::text(kind);
    }
    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface *>(this)
                                                   : QAccessibleWidget::interface_cast(type);
    }
    QVariant currentValue() const override { return static_cast<int>(m_timeline->player().frame()); }
    void setCurrentValue(const QVariant &value) override
    {
        m_timeline->player().seek(static_cast<std::size_t>(std::max(0, value.toInt())));
    }
    QVariant minimumValue() const override { return 0; }
    QVariant maximumValue() const override
    {
        const std::size_t count = m_timeline->player().frameCount();
        return static_cast<int>(count > 0 ? count - 1 : 0);
    }
    QVariant minimumStepSize() const override { return 1; }

private:
    Timeline *m_timeline;
};

QAccessibleInterface *make(const QString &, QObject *object)
{
    auto *timeline = qobject_cast<Timeline *>(object);
    return timeline ? new TimelineAccessible(timeline) : nullptr;
}

} // namespace

Timeline::Timeline(StagePlayer &player, QWidget *parent)
    : QWidget(parent)
    , m_player(player)
{
    static const bool installed = (QAccessible::installFactory(make), true);
    static_cast<void>(installed);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Steps"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMouseTracking(true);
    connect(&player, &StagePlayer::stagedChanged, this, &Timeline::collect);
    connect(&player, &StagePlayer::frameChanged, this, &Timeline::announceValue);
    connect(&player, &StagePlayer::breakpointsChanged, this, qOverload<>(&QWidget::update));
    collect();
}

QString Timeline::valueText() const
{
    if (m_player.frame() >= m_player.frameCount())
        return tr("nothing");
    const Recording &recording = *m_player.staged()->recording;
    return tr("%1, %2").arg(app::placeOf(recording, m_player.frame()).toLower(), titleOf(recording, m_player.frame()));
}

void Timeline::announceValue()
{
    QAccessibleValueChangeEvent changed(this, static_cast<int>(m_player.frame()));
    QAccessible::updateAccessibility(&changed);
    update();
}

void Timeline::collect()
{
    m_segments.clear();
    m_marks.clear();
    const Staged *staged = m_player.staged();
    const std::size_t count = staged ? m_player.frameCount() + staged->toCome().size() : 0;
    std::optional<Phase> phase;
    for (std::size_t i = 0; i < count; ++i) {
        const Frame *frame = i < m_player.frameCount() ? &staged->recording->frames[i] : nullptr;
        m_marks.push_back(!frame           ? Mark::ToCome
                          : frame->initial ? Mark::Beginning
                          : frame->error   ? Mark::Failed
                          : frame->skipped ? Mark::Skipped
                                           : Mark::Done);
        const Step *step = stepAt(i);
        if (m_segments.empty() || (step && step->phase != phase)) {
            // The state before the first step belongs to what follows it.
            if (phase || m_segments.empty())
                m_segments.push_back({.title = {}, .first = i});
            if (step) {
                phase = step->phase;
                m_segments.back().title = phaseTitle(*phase);
            }
        }
        ++m_segments.back().count;
    }
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

/// Every segment has room for its title where that can be had; the rest is shared by the number of steps.
void Timeline::arrange()
{
    const double gap = space(Space::Tiny, this);
    const double room = width() - gap * static_cast<double>(m_segments.empty() ? 0 : m_segments.size() - 1) - 2;
    double wanted = 0;
    double steps = 0;
    for (Segment &segment : m_segments) {
        segment.width = fontMetrics().horizontalAdvance(segment.title) + space(Space::Medium, this);
        wanted += segment.width;
        steps += static_cast<double>(segment.count);
    }
    // Where titles alone are too much, half of the room goes by steps, so that none is lost behind a title.
    const double forTitles = wanted > room * 0.75 ? room * 0.5 : wanted;
    const double squeeze = wanted > 0 ? forTitles / wanted : 0;
    double left = 1;
    for (Segment &segment : m_segments) {
        segment.width = segment.width * squeeze + (room - forTitles) * static_cast<double>(segment.count) / steps;
        segment.left = left;
        left += segment.width + gap;
    }
    update();
}

double Timeline::trackY() const { return fontMetrics().height() + space(Space::Small, this) * 1.5; }

QPointF Timeline::placeOf(std::size_t frame) const
{
    const auto segment = std::ranges::find_if(
        m_segments, [&](const Segment &one) { return frame >= one.first && frame < one.first + one.count; });
    if (segment == m_segments.end())
        return {0, trackY()};
    const double part = (static_cast<double>(frame - segment->first) + 0.5) / static_cast<double>(segment->count);
    return {segment->left + part * segment->width, trackY()};
}

std::size_t Timeline::frameAt(double x) const
{
    for (const Segment &segment : m_segments) {
        const bool last = &segment == &m_segments.back();
        if (x >= segment.left + segment.width && !last)
            continue;
        const double part = segment.width > 0 ? std::clamp((x - segment.left) / segment.width, 0.0, 1.0) : 0;
        const auto index = static_cast<std::size_t>(part * static_cast<double>(segment.count));
        return segment.first + std::min(index, segment.count - 1);
    }
    return 0;
}

QSize Timeline::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60,
            static_cast<int>(trackY()) + space(Space::Large, this) + space(Space::Tiny, this)};
}

QSize Timeline::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 24, sizeHint().height()}; }

void Timeline::paintSegments(QPainter &painter) const
{
    const Step *step = m_player.step();
    const std::size_t now = m_player.frame();
    const double y = trackY();
    const double thick = 4;
    const double head = m_player.frameCount() > 0 ? placeOf(now).x() : 0;
    for (const Segment &segment : m_segments) {
        const bool current = now >= segment.first && now < segment.first + segment.count;
        painter.setFont(variant(font(), 0.92, current && step));
        painter.setPen(tone(current ? Tone::Text : Tone::Muted, palette()));
        const QRectF words(segment.left, 0, segment.width, fontMetrics().height());
        const QString text =
            painter.fontMetrics().elidedText(segment.title, Qt::ElideRight, static_cast<int>(segment.width));
        if (text.size() > 2 || text == segment.title)
            painter.drawText(words, Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextSingleLine, text);
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
    for (const Segment &segment : m_segments) {
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
