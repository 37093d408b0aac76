// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/card.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QAction>
#include <QApplication>
#include <QBoxLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>

namespace pivotbench::app {

// An icon asked for anew at every painting, so that it follows the palette.
class Card::Picture : public QWidget {
public:
    Picture(IconSize size, QWidget *parent)
        : QWidget(parent)
        , m_size(size)
    {
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        setVisible(false);
    }

    void setIcon(const QIcon &icon)
    {
        m_icon = icon;
        setVisible(!icon.isNull());
        update();
    }

    QSize sizeHint() const override
    {
        const int extent = iconExtent(m_size, this);
        return {extent, extent};
    }

protected:
    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        m_icon.paint(&painter, rect(), Qt::AlignCenter, isEnabled() ? QIcon::Normal : QIcon::Disabled);
    }

private:
    IconSize m_size;
    QIcon m_icon;
};

Card::Card(const QString &title, const QString &subtitle, QWidget *parent)
    : QWidget(parent)
    , m_handle(new Picture(IconSize::Small, this))
    , m_picture(new Picture(IconSize::Rail, this))
    , m_title(new ElidedLabel(title, this))
    , m_subtitle(new ElidedLabel(subtitle, this))
    , m_badges(new QHBoxLayout)
    , m_actions(new QHBoxLayout)
    , m_header(new QHBoxLayout)
    , m_texts(new QVBoxLayout)
    , m_layout(new QVBoxLayout(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    m_title->setFontVariant(1, true);
    m_subtitle->setTone(Tone::Muted);
    m_subtitle->setFontVariant(0.92, false);
    m_subtitle->setVisible(!subtitle.isEmpty());
    m_texts->addWidget(m_title);
    m_texts->addWidget(m_subtitle);
    m_header->addWidget(m_handle);
    m_header->addWidget(m_picture);
    m_header->addLayout(m_texts, 1);
    m_header->addLayout(m_badges);
    m_header->addLayout(m_actions);
    m_layout->addLayout(m_header);
    measure();
}

void Card::measure()
{
    const int tiny = space(Space::Tiny, this);
    const int small = space(Space::Small, this);
    const int medium = space(Space::Medium, this);
    m_texts->setSpacing(tiny / 2);
    m_badges->setSpacing(tiny);
    m_actions->setSpacing(0);
    m_header->setSpacing(small);
    m_layout->setSpacing(small);
    m_layout->setContentsMargins(medium + (m_stripe ? tiny : 0), small + 1, m_actions->isEmpty() ? medium : small,
                                 small + 1);
}

QString Card::title() const { return m_title->text(); }

void Card::setTitle(const QString &title)
{
    m_title->setText(title);
    tellNameChanged(this);
}

QString Card::subtitle() const { return m_subtitle->text(); }

void Card::setSubtitle(const QString &subtitle)
{
    m_subtitle->setText(subtitle);
    m_subtitle->setVisible(!subtitle.isEmpty());
}

void Card::setSubtitleElideMode(Qt::TextElideMode mode) { m_subtitle->setElideMode(mode); }

void Card::setIcon(const QIcon &icon) { m_picture->setIcon(icon); }

void Card::setStripe(std::optional<Tone> tone)
{
    m_stripe = tone;
    measure();
    update();
}

void Card::setActivation(Activation activation) { m_activation = activation; }

void Card::setDraggable(bool draggable)
{
    m_draggable = draggable;
    m_handle->setIcon(draggable ? icon(Icon::DragHandle, Tone::Muted) : QIcon());
}

Badge *Card::addBadge(const QString &text, Tone tone)
{
    auto *badge = new Badge(text, tone, this);
    m_badges->addWidget(badge);
    return badge;
}

void Card::clearBadges()
{
    while (QLayoutItem *item = m_badges->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

void Card::addCardAction(QAction *action)
{
    auto *button = new QToolButton(this);
    button->setAutoRaise(true);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    const int extent = iconExtent(IconSize::Small, this);
    button->setIconSize({extent, extent});
    button->setFocusPolicy(Qt::TabFocus);
    connect(action, &QObject::destroyed, button, &QObject::deleteLater);
    m_actions->addWidget(button);
    measure();
}

void Card::setContent(QWidget *content)
{
    if (m_content == content) {
        return;
    }
    delete m_content;
    m_content = content;
    if (content) {
        m_layout->addWidget(content);
    }
}

void Card::setSelected(bool selected)
{
    if (m_selected == selected) {
        return;
    }
    m_selected = selected;
    update();
    QAccessible::State changed;
    changed.selected = true;
    tellStateChanged(this, changed);
}

QAccessible::Role Card::spokenRole() const
{
    return m_activation == Activation::Click ? QAccessible::Button : QAccessible::ListItem;
}

QString Card::spokenDescription() const
{
    QStringList parts;
    if (!subtitle().isEmpty()) {
        parts << subtitle();
    }
    for (int index = 0; index < m_badges->count(); ++index) {
        if (const auto *badge = qobject_cast<Badge *>(m_badges->itemAt(index)->widget())) {
            parts << badge->text();
        }
    }
    return parts.join(QStringLiteral(", "));
}

void Card::addSpokenState(QAccessible::State &state) const
{
    state.selectable = m_activation == Activation::DoubleClick;
    state.selected = m_selected;
}

bool Card::event(QEvent *event)
{
    const QEvent::Type type = event->type();
    if (type == QEvent::HoverEnter || type == QEvent::HoverLeave || type == QEvent::FocusIn ||
        type == QEvent::FocusOut) {
        update();
    }
    return QWidget::event(event);
}

void Card::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QWidget::changeEvent(event);
}

void Card::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Select:
        emit clicked();
        if (m_activation == Activation::Click) {
            emit activated();
        }
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter: emit activated(); return;
    default: QWidget::keyPressEvent(event);
    }
}

void Card::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton) {
        QWidget::mousePressEvent(event);
        return;
    }
    m_pressed = event->position().toPoint();
    update();
}

void Card::mouseMoveEvent(QMouseEvent *event)
{
    if (m_draggable && m_pressed &&
        (event->position().toPoint() - *m_pressed).manhattanLength() >= QApplication::startDragDistance()) {
        m_pressed.reset();
        update();
        emit dragStarted();
    }
}

void Card::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !m_pressed) {
        return;
    }
    m_pressed.reset();
    update();
    if (!rect().contains(event->position().toPoint())) {
        return;
    }
    // Whoever listens may delete the card.
    const QPointer<Card> self(this);
    emit clicked();
    if (self && m_activation == Activation::Click) {
        emit activated();
    }
}

void Card::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && m_activation == Activation::DoubleClick) {
        emit activated();
    } else {
        mousePressEvent(event);
    }
}

void Card::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    const bool live = isEnabled();
    const bool hovered = live && underMouse();
    QColor ground = tone(hovered ? Tone::CardHover : Tone::CardBackground, palette());
    QColor line = tone(hovered ? Tone::Accent : Tone::CardBorder, palette());
    if (m_selected) {
        ground = tint(Tone::Accent, palette(), hovered ? 0.2 : 0.15);
        line = tone(Tone::Accent, palette());
    }
    if (m_pressed) {
        ground = blended(ground, line, 0.12);
    }
    paintPanel(painter, rect(), ground, line, outerRadius);
    if (m_stripe) {
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        QPainterPath inside;
        inside.addRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), outerRadius - 1, outerRadius - 1);
        painter.setClipPath(inside);
        const int width = space(Space::Tiny, this) + 1;
        const int left = isRightToLeft() ? this->width() - width - 1 : 1;
        painter.fillRect(QRect(left, 1, width, height() - 2), tone(*m_stripe, palette()));
        painter.restore();
    }
    if (hasFocus()) {
        paintFocus(painter, rect(), palette(), outerRadius);
    } else if (m_selected) {
        paintPanel(painter, rect(), {}, line, outerRadius, 1.5);
    }
}

} // namespace pivotbench::app
