// SPDX-License-Identifier: Apache-2.0
#include "app/stage/phase_track.h"

#include "app/stage/frame_report.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QPainter>
#include <algorithm>

namespace pivotbench::app {

using namespace core;

void PhaseTrack::collect(const std::vector<std::optional<Phase>> &phases)
{
    m_segments.clear();
    std::optional<Phase> phase;
    for (std::size_t i = 0; i < phases.size(); ++i) {
        if (m_segments.empty() || (phases[i] && phases[i] != phase)) {
            if (phase || m_segments.empty())
                m_segments.push_back({.first = i});
            if (phases[i]) {
                phase = phases[i];
                m_segments.back().title = phaseTitle(*phase);
            }
        }
        ++m_segments.back().count;
    }
}

/// Every segment has room for its title where that can be had; the rest is shared by the number of steps.
void PhaseTrack::arrange(const QWidget &widget, double left)
{
    const double gap = space(Space::Tiny, &widget);
    const double gaps = gap * static_cast<double>(m_segments.empty() ? 0 : m_segments.size() - 1);
    const double room = widget.width() - left - gaps - 2;
    double wanted = 0;
    double steps = 0;
    for (Segment &segment : m_segments) {
        segment.width = widget.fontMetrics().horizontalAdvance(segment.title) + space(Space::Medium, &widget);
        wanted += segment.width;
        steps += static_cast<double>(segment.count);
    }
    // Where titles alone are too much, half of the room goes by steps, so that none is lost behind a title.
    const double forTitles = wanted > room * 0.75 ? room * 0.5 : wanted;
    const double squeeze = wanted > 0 ? forTitles / wanted : 0;
    left += 1;
    for (Segment &segment : m_segments) {
        segment.width = segment.width * squeeze + (room - forTitles) * static_cast<double>(segment.count) / steps;
        segment.left = left;
        left += segment.width + gap;
    }
}

double PhaseTrack::xOf(std::size_t place) const
{
    const auto after = std::ranges::upper_bound(m_segments, place, {}, &Segment::first);
    if (after == m_segments.begin() || !std::prev(after)->contains(place))
        return 0;
    const Segment &segment = *std::prev(after);
    const double part = (static_cast<double>(place - segment.first) + 0.5) / static_cast<double>(segment.count);
    return segment.left + part * segment.width;
}

std::size_t PhaseTrack::placeAt(double x) const
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

void PhaseTrack::paintTitles(QPainter &painter, const QWidget &widget, std::size_t now) const
{
    for (const Segment &segment : m_segments) {
        const bool current = segment.contains(now);
        painter.setFont(variant(widget.font(), 0.92, current && now > 0));
        painter.setPen(tone(current ? Tone::Text : Tone::Muted, widget.palette()));
        const QRectF words(segment.left, 0, segment.width, widget.fontMetrics().height());
        const QString text =
            painter.fontMetrics().elidedText(segment.title, Qt::ElideRight, static_cast<int>(segment.width));
        if (text.size() > 2 || text == segment.title)
            painter.drawText(words, Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextSingleLine, text);
    }
}

} // namespace pivotbench::app
