// SPDX-License-Identifier: Apache-2.0
//
// What a widget that paints itself tells a screen reader. A widget inherits Spoken beside its QWidget; the accessible
// interface is made when assistive technology asks and lives no longer than the widget. Interface thread only.
#pragma once

#include <QAccessible>
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

// Has a screen reader say `text` now, whatever it is doing.
void announce(QWidget *source, const QString &text);

// The state `changed` of `source` is not what it was.
void tellStateChanged(QWidget *source, QAccessible::State changed);
void tellNameChanged(QWidget *source);

} // namespace pivotbench::app
