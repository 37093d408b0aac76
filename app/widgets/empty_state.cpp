// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/empty_state.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"
#include "app/widgets/primary_button.h"

#include <QBoxLayout>
#include <QEvent>
#include <QLabel>
#include <QPainter>

namespace pivotbench::app {

namespace {

QLabel *centredLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    return label;
}

} // namespace

EmptyState::EmptyState(Icon icon, const QString &title, const QString &sentence, QWidget *parent)
    : QWidget(parent)
    , m_icon(icon)
    , m_picture(new QWidget(this))
    , m_title(centredLabel(title, this))
    , m_sentence(centredLabel(sentence, this))
    , m_buttons(new QHBoxLayout)
    , m_layout(new QVBoxLayout(this))
{
    m_picture->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_buttons->addStretch();
    m_buttons->addStretch();
    m_layout->addStretch(2);
    m_layout->addWidget(m_picture, 0, Qt::AlignHCenter);
    m_layout->addWidget(m_title, 0, Qt::AlignHCenter);
    m_layout->addWidget(m_sentence, 0, Qt::AlignHCenter);
    m_layout->addLayout(m_buttons);
    m_layout->addStretch(3);
    measure();
}

void EmptyState::measure()
{
    const int large = space(Space::Large, this);
    const int disc = iconExtent(IconSize::Hero, this) + 2 * large;
    m_picture->setFixedSize(disc, disc);
    m_title->setFont(variant(font(), 1.3, true));
    const int line = fontMetrics().averageCharWidth() * 60;
    m_title->setFixedWidth(line);
    m_sentence->setFixedWidth(line);
    m_layout->setSpacing(space(Space::Small, this));
    m_layout->setContentsMargins(large, large, large, large);
    m_buttons->setSpacing(space(Space::Small, this));
    m_buttons->setContentsMargins(0, space(Space::Small, this), 0, 0);
}

void EmptyState::setTitle(const QString &title)
{
    m_title->setText(title);
    tellNameChanged(this);
}

void EmptyState::setSentence(const QString &sentence) { m_sentence->setText(sentence); }

void EmptyState::addStateAction(QAction *action)
{
    QPushButton *button = m_hasPrimary ? buttonFor(action, this) : new PrimaryButton(action, this);
    m_hasPrimary = true;
    m_buttons->insertWidget(m_buttons->count() - 1, button);
}

QString EmptyState::spokenName() const { return m_title->text(); }

QString EmptyState::spokenDescription() const { return m_sentence->text(); }

void EmptyState::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QWidget::changeEvent(event);
}

void EmptyState::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    const QRectF disc = m_picture->geometry();
    paintPanel(painter, disc, tint(Tone::Accent, palette(), 0.1), {}, disc.width() / 2);
    const qreal extent = iconExtent(IconSize::Hero, this);
    paintIcon(painter, QRectF(disc.center() - QPointF(extent, extent) / 2, QSizeF(extent, extent)), m_icon, palette());
}

} // namespace pivotbench::app
