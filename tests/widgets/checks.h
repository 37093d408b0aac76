// SPDX-License-Identifier: Apache-2.0
//
// What several tests of widgets ask.
#pragma once

#include "app/widgets/palette.h"
#include "app/widgets/spoken.h"

#include <QAccessible>
#include <QApplication>
#include <QImage>
#include <QTest>
#include <QWidget>

namespace pivotbench::app {

// Collects what is announced while it lives.
class Listener : public QObject {
public:
    Listener() { qApp->installEventFilter(this); }

    const QStringList &heard() const { return m_heard; }

    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (event->type() == AnnouncementEvent::eventType()) {
            m_heard << static_cast<AnnouncementEvent *>(event)->text();
        }
        return QObject::eventFilter(watched, event);
    }

private:
    QStringList m_heard;
};

// Before Qt 6.5, widgets hear of a palette by a posted event.
inline void look(Theme theme)
{
    applyLook(*qApp, theme);
    QCoreApplication::processEvents();
}

inline QAccessibleInterface &spoken(QWidget &widget) { return *QAccessible::queryAccessibleInterface(&widget); }

inline QImage picture(QWidget &widget)
{
    return widget.grab().toImage().convertToFormat(QImage::Format_ARGB32_Premultiplied);
}

inline bool isPlain(const QImage &image)
{
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixel(x, y) != image.pixel(0, 0)) {
                return false;
            }
        }
    }
    return true;
}

// Every child that shows lies within its parent, at this size and below it down to the least.
inline bool holdsItsChildren(const QWidget &widget)
{
    for (const QWidget *child : widget.findChildren<QWidget *>()) {
        if (child->isVisible() && !child->isWindow() && !child->parentWidget()->rect().contains(child->geometry())) {
            qWarning() << child << child->geometry() << "outside of" << child->parentWidget()->rect();
            return false;
        }
    }
    return true;
}

// Shown, with the keyboard: offscreen windows are active like real ones.
inline bool showActive(QWidget &window)
{
    window.show();
    window.activateWindow();
    return QTest::qWaitForWindowActive(&window);
}

} // namespace pivotbench::app
