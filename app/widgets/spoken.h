// SPDX-License-Identifier: Apache-2.0
//
// What a widget that paints itself tells a screen reader. A widget inherits Spoken beside its QWidget; the accessible
// interface is made when assistive technology asks and lives no longer than the widget. Interface thread only.
#pragma once

#include <QAccessible>
#include <QEvent>
#include <QString>

class QWidget;

namespace pivotbench::app {

class Spoken {
public:
    Spoken();
    Spoken(const Spoken &) = delete;
    Spoken &operator=(const Spoken &) = delete;
    virtual ~Spoken() = default;

    virtual QAccessible::Role spokenRole() const = 0;
    // Used where the widget has no accessibleName() or accessibleDescription() of its own.
    virtual QString spokenName() const = 0;
    virtual QString spokenDescription() const { return {}; }
    virtual void addSpokenState(QAccessible::State & /*state*/) const {}
    // The word for what press() does; empty for a widget that cannot be pressed.
    virtual QString spokenAction() const { return {}; }
    virtual void press() {}
};

// What announce() says goes to its source as an event as well: Qt keeps updates to itself while no assistive technology
// runs, and a log of what was said, or a test, wants to know all the same.
class AnnouncementEvent : public QEvent {
public:
    explicit AnnouncementEvent(const QString &text)
        : QEvent(eventType())
        , m_text(text)
    {
    }
    static Type eventType();
    const QString &text() const { return m_text; }

private:
    QString m_text;
};

// Has a screen reader say `text` now, whatever it is doing.
void announce(QWidget *source, const QString &text);

// The state `changed` of `source` is not what it was.
void tellStateChanged(QWidget *source, QAccessible::State changed);
void tellNameChanged(QWidget *source);

} // namespace pivotbench::app
