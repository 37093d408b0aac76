// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/banner.h"

#include "app/widgets/icons.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/primary_button.h"

#include <QAction>
#include <QBoxLayout>
#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>

namespace pivotbench::app {

namespace {

QLabel *textLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setWordWrap(true);
    // What comes from a file or the kernel is text, whatever it looks like.
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

Banner::Banner(QWidget *parent)
    : QWidget(parent)
    , m_what(textLabel(this))
    , m_rest(textLabel(this))
    , m_buttonRow(new QWidget(this))
    , m_buttons(new QHBoxLayout(m_buttonRow))
    , m_copy(new QPushButton(icon(Icon::Copy), tr("Copy details"), m_buttonRow))
    , m_close(new QToolButton(this))
    , m_layout(new QHBoxLayout(this))
    , m_texts(new QVBoxLayout)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    m_close->setAutoRaise(true);
    m_close->setIcon(icon(Icon::Close));
    m_close->setToolTip(tr("Close"));
    m_close->setAccessibleName(tr("Close this message"));
    m_buttons->addWidget(m_copy);
    m_buttons->addStretch();
    m_buttons->setContentsMargins(0, 0, 0, 0);
    m_texts->addWidget(m_what);
    m_texts->addWidget(m_rest);
    m_texts->addWidget(m_buttonRow);
    m_layout->addLayout(m_texts, 1);
    m_layout->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_close, &QToolButton::clicked, this, &Banner::close);
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(asText()); });
    measure();
    hide();
}

void Banner::measure()
{
    const int small = space(Space::Small, this);
    const int stripe = space(Space::Tiny, this) + 1;
    const int picture = iconExtent(IconSize::Small, this);
    m_layout->setSpacing(small);
    m_texts->setSpacing(space(Space::Tiny, this) / 2);
    m_buttons->setSpacing(small);
    m_layout->setContentsMargins(stripe + picture + 2 * space(Space::Medium, this) - 2, small + 2, small, small + 2);
    m_what->setFont(variant(font(), 1, true));
    const int extent = iconExtent(IconSize::Small, this);
    m_close->setIconSize({extent, extent});
    m_what->setMinimumHeight(m_close->sizeHint().height());
}

void Banner::show(const Message &message)
{
    m_message = message;
    // Those that are left: a button also goes with its action.
    for (const QPointer<QWidget> &button : m_actionButtons) {
        delete button;
    }
    m_actionButtons.clear();
    m_what->setText(message.what);
    QStringList rest;
    for (const QString &part : {message.where, message.why, message.now}) {
        if (!part.isEmpty()) {
            rest << part;
        }
    }
    m_rest->setText(rest.join(QLatin1Char('\n')));
    m_rest->setVisible(!rest.isEmpty());
    const bool copyable = !message.details.isEmpty() || !message.where.isEmpty() || !message.why.isEmpty();
    m_copy->setVisible(copyable);
    m_buttonRow->setVisible(copyable);
    setVisible(true);
    update();
    announce(this, asText());
}

void Banner::addBannerAction(QAction *action)
{
    QPushButton *button = buttonFor(action, m_buttonRow);
    m_buttons->insertWidget(static_cast<int>(m_actionButtons.size()), button);
    m_actionButtons << button;
    m_buttonRow->setVisible(true);
}

void Banner::setClosable(bool closable) { m_close->setVisible(closable); }

QString Banner::asText() const
{
    QStringList parts;
    for (const QString &part : {m_message.what, m_message.where, m_message.why, m_message.now, m_message.details}) {
        if (!part.isEmpty()) {
            parts << part;
        }
    }
    return parts.join(QLatin1Char('\n'));
}

QString Banner::spokenName() const
{
    if (m_message.tone == Tone::Error) {
        return tr("Error: %1").arg(m_message.what);
    }
    if (m_message.tone == Tone::Warning) {
        return tr("Warning: %1").arg(m_message.what);
    }
    return m_message.what;
}

QString Banner::spokenDescription() const { return m_rest->text(); }

void Banner::close()
{
    hide();
    emit closed();
}

void Banner::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QWidget::changeEvent(event);
}

void Banner::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !m_close->isHidden()) {
        close();
        return;
    }
    QWidget::keyPressEvent(event);
}

void Banner::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    const QColor ink = tone(m_message.tone, palette());
    const QColor ground = tint(m_message.tone, palette(), isDark(palette()) ? 0.13 : 0.09);
    paintPanel(painter, rect(), ground, blended(ground, ink, 0.5), outerRadius);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath inside;
    inside.addRoundedRect(rect(), outerRadius, outerRadius);
    painter.setClipPath(inside);
    const int stripe = space(Space::Tiny, this) + 1;
    painter.fillRect(isRightToLeft() ? QRect(width() - stripe, 0, stripe, height()) : QRect(0, 0, stripe, height()),
                     ink);
    painter.restore();
    const int extent = iconExtent(IconSize::Small, this);
    const int left = stripe + space(Space::Medium, this) - 1;
    // Level with the first line, wherever the label puts it.
    const QFontMetrics metrics = m_what->fontMetrics();
    const int text =
        metrics.boundingRect(QRect(0, 0, m_what->width(), height()), Qt::TextWordWrap, m_what->text()).height();
    const int top = m_what->y() + (m_what->height() - text + metrics.height() - extent) / 2;
    paintIcon(painter, QRectF(isRightToLeft() ? width() - left - extent : left, top, extent, extent),
              verdictIcon(m_message.tone), palette());
}

} // namespace pivotbench::app
