// SPDX-License-Identifier: Apache-2.0
#include "app/stage/side_text.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

namespace pivotbench::app {

QLabel *wrappedLabel(const QString &name)
{
    auto *label = new QLabel;
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(1);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Minimum);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeading);
    if (!name.isEmpty())
        label->setAccessibleName(name);
    return label;
}

QString breakable(const QString &text)
{
    QString broken = text.left(mostLetters);
    return broken.replace('/', QStringLiteral("/\u200b"));
}

VerdictLine::VerdictLine(bool panel)
    : m_panel(panel)
    , m_text(wrappedLabel())
    , m_layout(new QHBoxLayout(this))
{
    m_layout->addWidget(m_text);
    measure();
}

void VerdictLine::set(Icon picture, Tone tone, const QString &text)
{
    m_icon = picture;
    m_tone = tone;
    m_text->setText(text);
    update();
}

QString VerdictLine::text() const { return m_text->text(); }

void VerdictLine::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        measure();
}

void VerdictLine::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    if (m_panel)
        paintPanel(painter, rect(), tint(m_tone, palette()), {}, innerRadius);
    const int extent = iconExtent(IconSize::Small, this);
    const int line = fontMetrics().height();
    const int left = m_panel ? space(Space::Small, this) : 0;
    paintIcon(painter, QRectF(left, m_text->y() + (line - extent) / 2.0, extent, extent), m_icon,
              tone(m_tone, palette()));
}

void VerdictLine::measure()
{
    const int picture = iconExtent(IconSize::Small, this) + space(Space::Small, this);
    const int side = m_panel ? space(Space::Small, this) : 0;
    const int above = m_panel ? space(Space::Tiny, this) + 2 : 0;
    m_layout->setContentsMargins(side + picture, above, side, above);
}

} // namespace pivotbench::app
