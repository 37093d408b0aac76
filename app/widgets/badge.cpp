// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/badge.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QPainter>

namespace pivotbench::app {

namespace {

constexpr qreal badgeFontScale = 0.85;

QFont badgeFont(const QFont &font) { return variant(font, badgeFontScale, true); }

} // namespace

QSize badgeSize(const QString &text, const QFont &font)
{
    const QFontMetrics metrics(badgeFont(font));
    const int height = metrics.height() + 2;
    const int padding = space(Space::Tiny, metrics) + 2;
    return {std::max(metrics.horizontalAdvance(text) + 2 * padding, height), height};
}

void paintBadge(QPainter &painter, const QRect &rect, const QString &text, Tone which, const QPalette &palette,
                bool selected)
{
    painter.save();
    painter.setFont(badgeFont(painter.font()));
    const QFontMetrics metrics = painter.fontMetrics();
    const QColor ink = selected ? tone(Tone::SelectionText, palette) : tone(which, palette);
    const QColor ground = selected ? blended(tone(Tone::Selection, palette), ink, 0.18)
                                   : tint(which, palette, isDark(palette) ? 0.2 : 0.12);
    const QColor line = blended(ground, ink, 0.45);
    paintPanel(painter, rect, ground, line, rect.height() / 2.0);
    painter.setPen(readableOn(ground, ink));
    const int padding = std::min(space(Space::Tiny, metrics), std::max(0, (rect.width() - rect.height()) / 2));
    const QRect inner = rect.adjusted(padding, 0, -padding, 0);
    painter.drawText(inner, Qt::AlignCenter, metrics.elidedText(text, Qt::ElideRight, inner.width()));
    painter.restore();
}

Badge::Badge(const QString &text, Tone tone, QWidget *parent)
    : QWidget(parent)
    , m_text(text)
    , m_tone(tone)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Badge::setText(const QString &text)
{
    if (m_text == text) {
        return;
    }
    m_text = text;
    updateGeometry();
    update();
    tellNameChanged(this);
}

void Badge::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

QSize Badge::sizeHint() const { return badgeSize(m_text, font()); }

QSize Badge::minimumSizeHint() const { return sizeHint(); }

void Badge::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    paintBadge(painter, rect(), m_text, m_tone, palette());
}

} // namespace pivotbench::app
