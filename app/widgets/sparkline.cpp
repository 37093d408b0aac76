// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/sparkline.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace pivotbench::app {

namespace {

constexpr std::size_t usualCapacity = 120;
// From here on the value itself says that it nears its limit.
constexpr double nearLimit = 0.9;

} // namespace

Sparkline::Sparkline(const QString &title, QWidget *parent)
    : QWidget(parent)
    , m_title(title)
    , m_ring(usualCapacity)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void Sparkline::setCapacity(std::size_t samples)
{
    const std::size_t capacity = std::max<std::size_t>(samples, 2);
    std::vector<double> ring(capacity);
    const std::size_t kept = std::min(m_count, capacity);
    for (std::size_t index = 0; index < kept; ++index) {
        ring[index] = sample(m_count - kept + index);
    }
    m_ring = std::move(ring);
    m_count = kept;
    m_next = kept % capacity;
    update();
}

void Sparkline::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void Sparkline::setFormatter(std::function<QString(double)> formatter)
{
    m_formatter = std::move(formatter);
    update();
}

void Sparkline::setLimit(std::optional<double> limit)
{
    m_limit = limit;
    update();
}

void Sparkline::addSample(double value)
{
    m_ring[m_next] = value;
    m_next = (m_next + 1) % m_ring.size();
    m_count = std::min(m_count + 1, m_ring.size());
    update();
}

void Sparkline::clear()
{
    m_next = 0;
    m_count = 0;
    update();
}

double Sparkline::sample(std::size_t index) const
{
    return m_ring[(m_next + m_ring.size() - m_count + index) % m_ring.size()];
}

QString Sparkline::formatted(double value) const
{
    return m_formatter ? m_formatter(value) : locale().toString(value, 'g', 4);
}

QString Sparkline::valueText() const
{
    if (m_count == 0) {
        return tr("no data");
    }
    const QString value = formatted(sample(m_count - 1));
    return m_limit ? tr("%1 of %2").arg(value, formatted(*m_limit)) : value;
}

QString Sparkline::spokenDescription() const
{
    if (m_count < 2) {
        return valueText();
    }
    double low = sample(0);
    double high = low;
    for (std::size_t index = 1; index < m_count; ++index) {
        low = std::min(low, sample(index));
        high = std::max(high, sample(index));
    }
    return tr("%1; between %2 and %3 lately").arg(valueText(), formatted(low), formatted(high));
}

double Sparkline::top() const
{
    double high = 0;
    for (std::size_t index = 0; index < m_count; ++index) {
        high = std::max(high, sample(index));
    }
    // A limit far above would press the line flat; it is drawn once it is in sight.
    if (m_limit && *m_limit <= high * 4) {
        high = std::max(high, *m_limit);
    }
    return high > 0 ? high * 1.1 : 1;
}

QSize Sparkline::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 30, fontMetrics().height() * 4 + space(Space::Tiny, this)};
}

QSize Sparkline::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 16, sizeHint().height()}; }

void Sparkline::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    const int line = fontMetrics().height();
    const bool near = m_limit && m_count > 0 && sample(m_count - 1) >= *m_limit * nearLimit;
    const QColor ink = tone(near ? Tone::Error : m_tone, palette());

    const Qt::AlignmentFlag leading = isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft;
    const Qt::AlignmentFlag trailing = isRightToLeft() ? Qt::AlignLeft : Qt::AlignRight;
    // Where there is not room for all, the limit goes first, then the title: the line shows the one, its place the
    // other.
    const QFont valueFont = variant(font(), 1, true);
    QString reading = valueText();
    const auto widthOf = [&] { return QFontMetrics(valueFont).horizontalAdvance(reading) + 1; };
    if (m_count > 0 && widthOf() + space(Space::Small, this) + fontMetrics().horizontalAdvance(m_title) + 1 > width()) {
        reading = formatted(sample(m_count - 1));
    }
    const int valueWidth = std::min(width(), widthOf());
    const int titleWidth = std::max(0, width() - valueWidth - space(Space::Small, this));
    painter.setPen(tone(Tone::Muted, palette()));
    painter.drawText(QRect(0, 0, width(), line), static_cast<int>(leading | Qt::AlignVCenter),
                     fontMetrics().elidedText(m_title, Qt::ElideRight, titleWidth));
    painter.setFont(valueFont);
    painter.setPen(near ? ink : tone(Tone::Text, palette()));
    painter.drawText(QRect(0, 0, width(), line), static_cast<int>(trailing | Qt::AlignVCenter),
                     painter.fontMetrics().elidedText(reading, Qt::ElideRight, valueWidth));

    const QRectF plot(0, line + space(Space::Tiny, this), width(), height() - line - space(Space::Tiny, this));
    const QColor ground = tone(Tone::CardBackground, palette());
    paintPanel(painter, plot, ground, tone(Tone::Separator, palette()), innerRadius);
    const QRectF area = plot.adjusted(1, 2, -1, -1);
    if (m_count == 0 || area.height() < 2) {
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath inside;
    inside.addRoundedRect(plot.adjusted(1, 1, -1, -1), innerRadius - 1, innerRadius - 1);
    painter.setClipPath(inside);

    const double highest = top();
    const qreal step = area.width() / static_cast<qreal>(m_ring.size() - 1);
    const auto y = [&](double value) { return area.bottom() - std::max(0.0, value) / highest * area.height(); };
    // The newest sample is always at the end.
    QPolygonF curve;
    for (std::size_t index = 0; index < m_count; ++index) {
        const qreal age = static_cast<qreal>(m_count - 1 - index);
        curve << QPointF(area.right() - age * step, y(sample(index)));
    }
    QPolygonF below = curve;
    below << QPointF(curve.last().x(), plot.bottom()) << QPointF(curve.first().x(), plot.bottom());
    painter.setPen(Qt::NoPen);
    painter.setBrush(blended(ground, ink, 0.18));
    painter.drawPolygon(below);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(ink, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(curve);
    if (m_limit && *m_limit <= highest) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(tone(Tone::Warning, palette()), 1, Qt::DashLine));
        const int height = static_cast<int>(std::lround(y(*m_limit)));
        painter.drawLine(QPoint(0, height), QPoint(width(), height));
    }
}

} // namespace pivotbench::app
