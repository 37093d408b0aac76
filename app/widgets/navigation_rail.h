// SPDX-License-Identifier: Apache-2.0
//
// The places of a window, one above another, one of them current. A list of tabs to a screen reader: Tab reaches the
// current place, arrows, Home and End go to another; Ctrl+1 to Ctrl+9 from anywhere in the window. It knows nothing of
// pages: its owner connects currentChanged(). Interface thread only.
#pragma once

#include "app/widgets/icons.h"
#include "app/widgets/spoken.h"

#include <QList>
#include <QWidget>

class QAction;
class QActionGroup;
class QVBoxLayout;

namespace pivotbench::app {

class RailPlace;

class NavigationRail : public QWidget, public Spoken {
    Q_OBJECT

public:
    explicit NavigationRail(QWidget *parent = nullptr);

    // Its index. The first one becomes current. `description`: the question the place answers, for the tooltip.
    int addPlace(Icon icon, const QString &name, const QString &description = {});
    // At the lower end, such as a settings button.
    void addFooter(QWidget *widget);

    int count() const { return static_cast<int>(m_places.size()); }
    int current() const { return m_current; }
    void setCurrent(int index);
    void setPlaceEnabled(int index, bool enabled);
    // Nothing is shown for 0. `meaning` is what a screen reader says, such as "2 errors".
    void setCount(int index, int count, Tone tone = Tone::Accent, const QString &meaning = {});

    // Checkable, with the place's shortcut: for a View menu. The rail's.
    QAction *placeAction(int index) const;

    QAccessible::Role spokenRole() const override { return QAccessible::PageTabList; }
    QString spokenName() const override { return tr("Places"); }

signals:
    void currentChanged(int index);

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void measure();

    QVBoxLayout *m_layout;
    QVBoxLayout *m_footer;
    QActionGroup *m_actions;
    QList<RailPlace *> m_places;
    int m_current = -1;
};

} // namespace pivotbench::app
