// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/navigation_rail.h"

#include "app/widgets/badge.h"
#include "app/widgets/metrics.h"
#include "app/widgets/painting.h"

#include <QAbstractButton>
#include <QAction>
#include <QActionGroup>
#include <QBoxLayout>
#include <QKeyEvent>
#include <QPainter>

namespace pivotbench::app {

// One place; the rail owns it and listens to it.
class RailPlace : public QAbstractButton, public Spoken {
    Q_OBJECT

public:
    RailPlace(Icon icon, QAction *action, QWidget *parent)
        : QAbstractButton(parent)
        , m_icon(icon)
        , m_action(action)
    {
        setText(action->text());
        setCheckable(true);
        setAttribute(Qt::WA_Hover);
        setFocusPolicy(Qt::NoFocus);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }

    QAction *action() const { return m_action; }

    void setCount(int count, Tone tone, const QString &meaning)
    {
        m_count = count;
        m_tone = tone;
        m_meaning = meaning;
        update();
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }

    QSize sizeHint() const override
    {
        const QFontMetrics metrics(textFont());
        const int width = std::max(metrics.horizontalAdvance(text()) + 2 * space(Space::Small, this),
                                   iconExtent(IconSize::Rail, this) + 2 * space(Space::Large, this));
        return {width, padding() * 2 + iconExtent(IconSize::Rail, this) + space(Space::Tiny, this) + metrics.height()};
    }

    QAccessible::Role spokenRole() const override { return QAccessible::PageTab; }
    QString spokenName() const override { return text(); }

    QString spokenDescription() const override
    {
        return m_count == 0 ? QString() : m_meaning.isEmpty() ? QString::number(m_count) : m_meaning;
    }

    void addSpokenState(QAccessible::State &state) const override
    {
        state.selectable = true;
        state.selected = isChecked();
    }

    QString spokenAction() const override { return tr("Go there"); }
    void press() override { click(); }

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        // Only what presses; to walk is the rail's, not that of buttons in general.
        if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Select) {
            QAbstractButton::keyPressEvent(event);
        } else {
            event->ignore();
        }
    }

    void paintEvent(QPaintEvent * /*event*/) override
    {
        QPainter painter(this);
        const QColor rail = tone(Tone::RailBackground, palette());
        const QColor accent = readableOn(rail, tone(Tone::Accent, palette()));
        const QRectF plate = QRectF(rect()).adjusted(space(Space::Tiny, this), 1, -space(Space::Tiny, this), -1);
        QColor ground = rail;
        if (isChecked()) {
            ground = blended(rail, accent, isDark(palette()) ? 0.22 : 0.14);
        } else if (isEnabled() && (underMouse() || isDown())) {
            ground = blended(rail, tone(Tone::Text, palette()), isDown() ? 0.14 : 0.07);
        }
        if (ground != rail) {
            paintPanel(painter, plate, ground, {}, outerRadius);
        }
        if (isChecked()) {
            const qreal width = 3;
            const qreal height = plate.height() / 2;
            const qreal left = isRightToLeft() ? plate.right() - width : plate.left();
            paintPanel(painter, QRectF(left, plate.center().y() - height / 2, width, height), accent, {}, width / 2);
        }

        const int extent = iconExtent(IconSize::Rail, this);
        const QRect picture((width() - extent) / 2, padding(), extent, extent);
        paintIcon(painter, picture, m_icon, palette(), isEnabled() ? QIcon::Normal : QIcon::Disabled);

        painter.setFont(textFont());
        const QColor ink = isChecked() ? tone(Tone::Text, palette()) : tone(Tone::Muted, palette());
        painter.setPen(isEnabled() ? readableOn(ground, ink)
                                   : palette().color(QPalette::Disabled, QPalette::WindowText));
        const int top = picture.bottom() + 1 + space(Space::Tiny, this);
        painter.drawText(QRect(0, top, width(), height() - top), Qt::AlignHCenter | Qt::AlignTop, text());

        if (m_count > 0) {
            painter.setFont(variant(font(), 0.85, false));
            const QString number = m_count > 99 ? QStringLiteral("99+") : QString::number(m_count);
            const QSize size = badgeSize(number, painter.font());
            const int left =
                isRightToLeft() ? picture.left() - size.width() / 2 - 2 : picture.right() - size.width() / 2 + 4;
            const int right = width() - size.width() - 2;
            paintBadge(painter,
                       QRect(QPoint(std::clamp(left, 2, right), std::max(2, picture.top() - size.height() / 3)), size),
                       number, m_tone, palette());
        }
        if (hasFocus()) {
            paintFocus(painter, plate, palette(), outerRadius);
        }
    }

private:
    int padding() const { return space(Space::Small, this); }
    QFont textFont() const { return variant(font(), 0.88, isChecked()); }

    Icon m_icon;
    QAction *m_action;
    int m_count = 0;
    Tone m_tone = Tone::Accent;
    QString m_meaning;
};

NavigationRail::NavigationRail(QWidget *parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
    , m_footer(new QVBoxLayout)
    , m_actions(new QActionGroup(this))
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    m_layout->addStretch();
    m_layout->addLayout(m_footer);
    measure();
}

void NavigationRail::measure()
{
    const int small = space(Space::Small, this);
    m_layout->setSpacing(space(Space::Tiny, this) / 2);
    m_layout->setContentsMargins(2, small, 3, small);
}

int NavigationRail::addPlace(Icon which, const QString &name, const QString &description)
{
    const int index = count();
    auto *action = new QAction(icon(which), name, this);
    action->setCheckable(true);
    m_actions->addAction(action);
    addAction(action);
    QString toolTip = name;
    if (index < 9) {
        const QKeySequence shortcut(static_cast<int>(Qt::CTRL) | (static_cast<int>(Qt::Key_1) + index));
        action->setShortcut(shortcut);
        toolTip = tr("%1 (%2)").arg(name, shortcut.toString(QKeySequence::NativeText));
    }
    if (!description.isEmpty()) {
        toolTip += QLatin1Char('\n') + description;
    }
    action->setToolTip(toolTip);
    auto *place = new RailPlace(which, action, this);
    place->setToolTip(toolTip);
    m_places << place;
    m_layout->insertWidget(index, place);
    connect(place, &QAbstractButton::clicked, this, [this, index] { setCurrent(index); });
    connect(action, &QAction::triggered, this, [this, index] { setCurrent(index); });
    if (index == 0) {
        setCurrent(0);
    }
    return index;
}

void NavigationRail::addFooter(QWidget *widget) { m_footer->addWidget(widget, 0, Qt::AlignHCenter); }

void NavigationRail::setCurrent(int index)
{
    if (index < 0 || index >= count()) {
        return;
    }
    const bool changed = index != m_current;
    const bool focused = m_current >= 0 && m_places[m_current]->hasFocus();
    m_current = index;
    for (int at = 0; at < count(); ++at) {
        RailPlace *place = m_places[at];
        // A click on the current place must not unmark it.
        place->setChecked(at == index);
        place->setFocusPolicy(at == index ? Qt::TabFocus : Qt::NoFocus);
        place->action()->setChecked(at == index);
    }
    if (focused) {
        m_places[index]->setFocus(Qt::OtherFocusReason);
    }
    if (changed) {
        QAccessible::State state;
        state.selected = true;
        tellStateChanged(m_places[index], state);
        emit currentChanged(index);
    }
}

void NavigationRail::setPlaceEnabled(int index, bool enabled)
{
    m_places[index]->setEnabled(enabled);
    m_places[index]->action()->setEnabled(enabled);
}

void NavigationRail::setCount(int index, int count, Tone tone, const QString &meaning)
{
    m_places[index]->setCount(count, tone, meaning);
}

QAction *NavigationRail::placeAction(int index) const { return m_places[index]->action(); }

void NavigationRail::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange) {
        measure();
    }
    QWidget::changeEvent(event);
}

void NavigationRail::keyPressEvent(QKeyEvent *event)
{
    if (event->modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) {
        event->ignore();
        return;
    }
    int step = 0;
    int from = m_current;
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Left: step = -1; break;
    case Qt::Key_Down:
    case Qt::Key_Right: step = 1; break;
    case Qt::Key_Home:
        step = 1;
        from = -1;
        break;
    case Qt::Key_End:
        step = -1;
        from = count();
        break;
    default: QWidget::keyPressEvent(event); return;
    }
    for (int tried = 0; tried < count(); ++tried) {
        from = (from + step + count()) % count();
        if (m_places[from]->isEnabled()) {
            setCurrent(from);
            return;
        }
    }
}

void NavigationRail::paintEvent(QPaintEvent * /*event*/)
{
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::RailBackground, palette()));
    painter.fillRect(isRightToLeft() ? QRect(0, 0, 1, height()) : QRect(width() - 1, 0, 1, height()),
                     tone(Tone::Separator, palette()));
}

} // namespace pivotbench::app

#include "navigation_rail.moc"
