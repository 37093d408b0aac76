// SPDX-License-Identifier: Apache-2.0
#include "app/stage/duet_timeline.h"

#include "app/base/text.h"
#include "app/stage/duet.h"
#include "app/stage/frame_report.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace pivotbench::app {

using namespace core;
using namespace core::stage;

namespace {

constexpr double markRadius = 3.5;
constexpr double leastMarkRoom = 9; ///< below that there is a line, and no single marks
constexpr double thick = 4;
constexpr int mostNameLetters = 22;

/// How many places are painted as one: recordings may have more of them than a screen has pixels.
std::size_t blockOf(double each)
{
    return each >= 1 ? 1 : static_cast<std::size_t>(std::ceil(1 / std::max(each, 1e-6)));
}

} // namespace

DuetTimeline::DuetTimeline(Duet &duet, QWidget *parent)
    : QWidget(parent)
    , m_duet(duet)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Steps of both"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&duet, &Duet::stagedChanged, this, &DuetTimeline::collect);
    connect(&duet, &Duet::breakpointsChanged, this, qOverload<>(&QWidget::update));
    connect(&duet, &Duet::momentChanged, this, [this] {
        tellStepChanged(this);
        update();
    });
    collect();
}

void DuetTimeline::setNames(const LaneNames &names)
{
    m_names = names;
    arrange();
}

std::size_t DuetTimeline::stepCount() const { return m_duet.momentCount(); }

std::size_t DuetTimeline::currentStep() const { return m_duet.moment(); }

void DuetTimeline::seekTo(std::size_t step) { m_duet.seek(step); }

QString DuetTimeline::textOf(std::size_t moment) const
{
    if (moment >= m_duet.momentCount())
        return tr("nothing");
    QString text = tr("moment %1 of %2").arg(moment + 1).arg(m_duet.momentCount());
    const Abreast &here = m_duet.abreast(moment);
    for (const Lane lane : lanes)
        text += QStringLiteral(", ") +
                tr("%1: %2").arg(m_names[static_cast<std::size_t>(lane)],
                                 here.happensIn(lane) ? titleOf(*m_duet.staged(lane)->recording, here.frameOf(lane))
                                                      : tr("nothing happens"));
    return text;
}

QString DuetTimeline::valueText() const { return textOf(m_duet.moment()); }

DuetTimeline::Mark DuetTimeline::markOf(Lane lane, std::size_t moment) const
{
    const Abreast &here = m_duet.abreast(moment);
    if (!here.happensIn(lane))
        return Mark::None;
    const Frame &frame = m_duet.staged(lane)->recording->frames[here.frameOf(lane)];
    return frame.initial ? Mark::Beginning : frame.error ? Mark::Failed : frame.skipped ? Mark::Skipped : Mark::Done;
}

void DuetTimeline::collect()
{
    m_marks.clear();
    std::vector<std::optional<Phase>> phases;
    for (std::size_t i = 0; i < m_duet.momentCount(); ++i) {
        m_marks.push_back({markOf(Lane::Left, i), markOf(Lane::Right, i)});
        phases.push_back(m_duet.phaseOf(i));
    }
    m_track.collect(phases);
    arrange();
}

void DuetTimeline::arrange()
{
    double widest = 0;
    for (const QString &name : m_names)
        widest = std::max(widest, fontMetrics().horizontalAdvance(name) * 0.92);
    const double most =
        std::min(width() / 5.0, fontMetrics().averageCharWidth() * static_cast<double>(mostNameLetters));
    m_left = widest > 0 ? std::min(widest, most) + space(Space::Medium, this) : 0;
    m_track.arrange(*this, m_left);
    update();
}

double DuetTimeline::trackY(Lane lane) const
{
    const double first = fontMetrics().height() + space(Space::Small, this) * 1.5;
    return lane == Lane::Left ? first : first + fontMetrics().height() + space(Space::Hairline, this);
}

QPointF DuetTimeline::placeOf(Lane lane, std::size_t moment) const { return {m_track.xOf(moment), trackY(lane)}; }

QSize DuetTimeline::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60, static_cast<int>(trackY(Lane::Right)) + space(Space::Large, this)};
}

QSize DuetTimeline::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 30, sizeHint().height()}; }

/// Thick where something happens, else a thin line; a run of either at once.
void DuetTimeline::paintTrack(QPainter &painter, Lane lane) const
{
    const auto index = static_cast<std::size_t>(lane);
    const double y = trackY(lane);
    const double now = placeOf(lane, m_duet.moment()).x();
    painter.setPen(Qt::NoPen);
    const auto line = [&](double from, double to, bool happens) {
        const double height = happens ? thick : 1;
        painter.setBrush(tone(happens ? Tone::Separator : Tone::CardBorder, palette()));
        painter.drawRoundedRect(QRectF(from, y - height / 2, to - from, height), height / 2, height / 2);
        if (!happens || now <= from)
            return;
        painter.setBrush(tone(Tone::Accent, palette()));
        painter.drawRoundedRect(QRectF(from, y - height / 2, std::min(to, now) - from, height), height / 2, height / 2);
    };
    for (const PhaseTrack::Segment &segment : m_track.segments()) {
        const double each = segment.width / static_cast<double>(segment.count);
        const std::size_t block = blockOf(each);
        const auto happensAt = [&](std::size_t first) {
            for (std::size_t i = first; i < std::min(first + block, segment.count); ++i)
                if (m_marks[segment.first + i][index] != Mark::None)
                    return true;
            return false;
        };
        std::size_t from = 0;
        bool happens = happensAt(0);
        for (std::size_t i = block; i < segment.count + block; i += block) {
            const bool next = i < segment.count && happensAt(i);
            if (i < segment.count && next == happens)
                continue;
            const auto end = static_cast<double>(std::min(i, segment.count));
            line(segment.left + static_cast<double>(from) * each, segment.left + end * each, happens);
            from = i;
            happens = next;
        }
    }
}

void DuetTimeline::paintMark(QPainter &painter, Lane lane, std::size_t moment) const
{
    const Mark mark = m_marks[moment][static_cast<std::size_t>(lane)];
    if (mark == Mark::None)
        return;
    const QPointF at = placeOf(lane, moment);
    const QColor ground = palette().color(QPalette::Window);
    if (mark == Mark::Failed) {
        for (const QColor &ink : {ground, tone(Tone::Error, palette())}) {
            painter.setPen(QPen(ink, ink == ground ? 6 : 2.5, Qt::SolidLine, Qt::RoundCap));
            painter.drawLine(at - QPointF(5, 5), at + QPointF(5, 5));
            painter.drawLine(at - QPointF(5, -5), at + QPointF(5, -5));
        }
        return;
    }
    const QColor ink = tone(moment <= m_duet.moment() ? Tone::Accent : Tone::CardBorder, palette());
    const bool ring = mark != Mark::Done;
    painter.setPen(QPen(ink, 1.5));
    painter.setBrush(ring ? ground : ink);
    painter.drawEllipse(at, ring ? markRadius - 0.5 : markRadius, ring ? markRadius - 0.5 : markRadius);
}

/// A frame around both marks; the mark is large where something happens.
void DuetTimeline::paintNow(QPainter &painter) const
{
    const std::size_t now = m_duet.moment();
    const QPointF above = placeOf(Lane::Left, now);
    const QPointF below = placeOf(Lane::Right, now);
    const QRectF both(above.x() - 9, above.y() - 9, 18, below.y() - above.y() + 18);
    paintPanel(painter, both, tint(Tone::Accent, palette()), tone(Tone::Accent, palette()), 9, 1.5);
    for (const Lane lane : lanes) {
        if (m_marks[now][static_cast<std::size_t>(lane)] == Mark::Failed) {
            paintMark(painter, lane, now);
            continue;
        }
        const bool happens = m_duet.abreast(now).happensIn(lane);
        painter.setPen(QPen(tone(Tone::Accent, palette()), 1.5));
        painter.setBrush(happens ? QBrush(tone(Tone::Accent, palette())) : QBrush(Qt::NoBrush));
        painter.drawEllipse(placeOf(lane, now), happens ? 5.5 : 2.0, happens ? 5.5 : 2.0);
    }
}

void DuetTimeline::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_marks.empty())
        return;
    m_track.paintTitles(painter, *this, m_duet.moment());
    painter.setFont(variant(font(), 0.92, false));
    painter.setPen(tone(Tone::Muted, palette()));
    for (const Lane lane : lanes) {
        const int room = static_cast<int>(m_left) - space(Space::Small, this);
        const QRectF words(0, trackY(lane) - fontMetrics().height() / 2.0, room, fontMetrics().height());
        painter.drawText(
            words, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine,
            painter.fontMetrics().elidedText(m_names[static_cast<std::size_t>(lane)], Qt::ElideMiddle, room));
    }
    for (const Lane lane : lanes)
        paintTrack(painter, lane);
    for (const PhaseTrack::Segment &segment : m_track.segments()) {
        const double each = segment.width / static_cast<double>(segment.count);
        for (std::size_t i = segment.first; i < segment.first + segment.count; i += blockOf(each)) {
            if (m_duet.hasBreakpoint(i)) {
                painter.setPen(Qt::NoPen);
                painter.setBrush(tone(Tone::Error, palette()));
                painter.drawEllipse(placeOf(Lane::Right, i) + QPointF(0, space(Space::Medium, this)), 3.5, 3.5);
            }
            for (const Lane lane : lanes)
                if (each >= leastMarkRoom || m_marks[i][static_cast<std::size_t>(lane)] == Mark::Failed)
                    paintMark(painter, lane, i);
        }
    }
    paintNow(painter);
    if (hasFocus())
        paintFocus(painter, rect(), palette(), innerRadius);
}

bool DuetTimeline::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && m_duet.momentCount() > 0) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QToolTip::showText(help->globalPos(), plainToolTip(textOf(momentAt(help->pos().x()))), this);
        return true;
    }
    return QWidget::event(event);
}

void DuetTimeline::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        updateGeometry();
        arrange();
    }
}

void DuetTimeline::keyPressEvent(QKeyEvent *event)
{
    if (event->modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) {
        event->ignore();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: m_duet.back(); return;
    case Qt::Key_Right:
    case Qt::Key_Up: m_duet.next(); return;
    case Qt::Key_Home: m_duet.seek(0); return;
    case Qt::Key_End: m_duet.seek(m_duet.momentCount()); return;
    case Qt::Key_PageDown: m_duet.nextPhase(); return;
    case Qt::Key_PageUp: m_duet.previousPhase(); return;
    case Qt::Key_B: m_duet.toggleBreakpoint(m_duet.moment()); return;
    default: event->ignore();
    }
}

void DuetTimeline::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && event->position().x() >= m_left)
        m_duet.seek(momentAt(event->position().x()));
}

void DuetTimeline::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons().testFlag(Qt::LeftButton))
        m_duet.seek(momentAt(event->position().x()));
}

void DuetTimeline::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

} // namespace pivotbench::app
