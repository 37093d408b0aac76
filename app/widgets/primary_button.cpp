// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/primary_button.h"

#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"
#include "app/widgets/palette.h"

#include <QAction>
#include <QPainter>
#include <QStyleOptionButton>

namespace pivotbench::app {

namespace {

void bind(QPushButton *button, QAction *action)
{
    const auto take = [button, action] {
        button->setText(action->text());
        button->setIcon(action->icon());
        button->setToolTip(action->toolTip() == action->text() ? QString() : action->toolTip());
        button->setEnabled(action->isEnabled());
        button->setVisible(action->isVisible());
    };
    button->setText(action->text());
    button->setIcon(action->icon());
    button->setEnabled(action->isEnabled());
    QObject::connect(action, &QAction::changed, button, take);
    QObject::connect(action, &QObject::destroyed, button, &QObject::deleteLater);
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
}

} // namespace

PrimaryButton::PrimaryButton(const QString &text, QWidget *parent)
    : QPushButton(text, parent)
{
    setAttribute(Qt::WA_Hover);
}

PrimaryButton::PrimaryButton(QAction *action, QWidget *parent)
    : PrimaryButton(QString(), parent)
{
    bind(this, action);
}

QSize PrimaryButton::sizeHint() const { return QPushButton::sizeHint() + QSize(space(Space::Small, this), 0); }

void PrimaryButton::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    const bool down = option.state.testFlag(QStyle::State_Sunken);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    const QColor text = tone(Tone::SelectionText, palette());
    QColor ground = tone(Tone::Selection, palette());
    if (!isEnabled()) {
        ground = tone(Tone::Separator, palette());
    } else if (down || hovered) {
        ground = blended(ground, tone(Tone::Shadow, palette()), down ? 0.22 : 0.1);
    }
    // Fusion keeps a pixel round its buttons as well, so that both kinds line up.
    const QRectF shape = QRectF(rect()).adjusted(1, 1, -1, -1);
    paintPanel(painter, shape, ground, {}, innerRadius - 1);
    if (hasFocus()) {
        paintFocus(painter, rect(), palette(), innerRadius);
        paintPanel(painter, shape.adjusted(2, 2, -2, -2), {}, text, innerRadius - 3);
    }
    // The label alone is the style's: it knows of mnemonics, icons and menus.
    option.palette.setColor(QPalette::ButtonText,
                            isEnabled() ? text : palette().color(QPalette::Disabled, QPalette::ButtonText));
    const QIcon icon = option.icon;
    if (!icon.isNull() && isEnabled()) {
        option.icon = QIcon(icon.pixmap(option.iconSize, devicePixelRatioF(), QIcon::Selected));
    }
    style()->drawControl(QStyle::CE_PushButtonLabel, &option, &painter, this);
}

QPushButton *buttonFor(QAction *action, QWidget *parent)
{
    auto *button = new QPushButton(parent);
    bind(button, action);
    return button;
}

} // namespace pivotbench::app
