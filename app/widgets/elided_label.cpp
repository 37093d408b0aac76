// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/elided_label.h"

#include "app/base/text.h"
#include "app/widgets/painting.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

namespace pivotbench::app {

ElidedLabel::ElidedLabel(const QString &text, QWidget *parent)
    : QWidget(parent)
    , m_text(text)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString &text)
{
    if (m_text == text) {
        return;
    }
    m_text = text;
    updateGeometry();
    update();
    tellNameChanged(this);
}

void ElidedLabel::setElideMode(Qt::TextElideMode mode)
{
    m_mode = mode;
    update();
}

void ElidedLabel::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void ElidedLabel::setFontVariant(qreal scale, bool bold)
{
    m_scale = scale;
    m_bold = bold;
    updateGeometry();
    update();
}

bool ElidedLabel::isElided() const { return QFontMetrics(textFont()).horizontalAdvance(m_text) > width(); }

QFont ElidedLabel::textFont() const { return variant(font(), m_scale, m_bold); }

QSize ElidedLabel::sizeHint() const
{
    const QFontMetrics metrics(textFont());
    return {metrics.horizontalAdvance(m_text) + 1, metrics.height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const QFontMetrics metrics(textFont());
    return {std::min(sizeHint().width(), metrics.averageCharWidth() * 6), metrics.height()};
}

bool ElidedLabel::event(QEvent *event)
{
    // A tooltip that somebody set says more than the text does.
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && isElided()) {
        QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), plainToolTip(m_text), this);
        return true;
    }
    return QWidget::event(event);
}

void ElidedLabel::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    painter.setFont(textFont());
    painter.setPen(isEnabled() ? tone(m_tone, palette()) : palette().color(QPalette::Disabled, QPalette::WindowText));
    const int alignment =
        static_cast<int>(Qt::AlignVCenter | QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft));
    painter.drawText(rect(), alignment | Qt::TextSingleLine, painter.fontMetrics().elidedText(m_text, m_mode, width()));
}

} // namespace pivotbench::app
