// SPDX-License-Identifier: Apache-2.0
#include "app/widgets/spoken.h"

#include <QAccessibleWidget>
#include <QCoreApplication>
#include <QWidget>

namespace pivotbench::app {

namespace {

class SpokenInterface : public QAccessibleWidget {
public:
    explicit SpokenInterface(QWidget *widget)
        : QAccessibleWidget(widget)
    {
    }

    QAccessible::Role role() const override { return spoken().spokenRole(); }

    QString text(QAccessible::Text kind) const override
    {
        QString own = QAccessibleWidget::text(kind);
        if (kind == QAccessible::Name) {
            return widget()->accessibleName().isEmpty() ? spoken().spokenName() : own;
        }
        if (kind == QAccessible::Description) {
            return widget()->accessibleDescription().isEmpty() ? spoken().spokenDescription() : own;
        }
        return own;
    }

    QAccessible::State state() const override
    {
        QAccessible::State state = QAccessibleWidget::state();
        spoken().addSpokenState(state);
        return state;
    }

    QStringList actionNames() const override
    {
        QStringList names = QAccessibleWidget::actionNames();
        if (!spoken().spokenAction().isEmpty() && widget()->isEnabled()) {
            names.prepend(pressAction());
        }
        return names;
    }

    QString localizedActionDescription(const QString &name) const override
    {
        return name == pressAction() ? spoken().spokenAction() : QAccessibleWidget::localizedActionDescription(name);
    }

    void doAction(const QString &name) override
    {
        if (name == pressAction() && widget()->isEnabled()) {
            spoken().press();
        } else {
            QAccessibleWidget::doAction(name);
        }
    }

private:
    Spoken &spoken() const { return dynamic_cast<Spoken &>(*widget()); }
};

QAccessibleInterface *makeInterface(const QString & /*className*/, QObject *object)
{
    if (dynamic_cast<Spoken *>(object) == nullptr) {
        return nullptr;
    }
    return new SpokenInterface(qobject_cast<QWidget *>(object));
}

} // namespace

Spoken::Spoken() { [[maybe_unused]] static const bool installed = (QAccessible::installFactory(makeInterface), true); }

QEvent::Type AnnouncementEvent::eventType()
{
    static const auto type = static_cast<Type>(registerEventType());
    return type;
}

void announce(QWidget *source, const QString &text)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    QAccessibleAnnouncementEvent announcement(source, text);
    announcement.setPoliteness(QAccessible::AnnouncementPoliteness::Assertive);
    QAccessible::updateAccessibility(&announcement);
#endif
    QAccessibleEvent alert(source, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
    AnnouncementEvent event(text);
    QCoreApplication::sendEvent(source, &event);
}

void tellStateChanged(QWidget *source, QAccessible::State changed)
{
    QAccessibleStateChangeEvent event(source, changed);
    QAccessible::updateAccessibility(&event);
}

void tellNameChanged(QWidget *source)
{
    QAccessibleEvent event(source, QAccessible::NameChanged);
    QAccessible::updateAccessibility(&event);
}

} // namespace pivotbench::app
