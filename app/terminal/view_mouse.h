// SPDX-License-Identifier: Apache-2.0
//
// The mouse in a terminal's view: reports for the program where it has asked for them, else selecting by character,
// word (double click) and line (third click), dragging beyond the edge, and the wheel. Part of a TerminalView and its
// child; interface thread.
#pragma once

#include "app/terminal/screen.h"
#include "app/terminal/selection.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QObject>
#include <QPoint>

class QMouseEvent;
class QWheelEvent;

namespace pivotbench::app::terminal {

class TerminalView;

class ViewMouse : public QObject {
    Q_OBJECT

public:
    ViewMouse(TerminalView &view, Screen &screen);

    void press(const QMouseEvent &event);
    void doubleClick(const QMouseEvent &event);
    void move(const QMouseEvent &event);
    void release(const QMouseEvent &event);
    void turnWheel(const QWheelEvent &event);

    /// Mouse events are the program's: it has asked, nothing is scrolled back, and Shift is not held.
    [[nodiscard]] bool isForProgram(Qt::KeyboardModifiers modifiers) const;
    /// What was selected otherwise is extended by character from here.
    void setOrigin(const TextRange &origin);
    void stopSelecting();
    /// Nobody sees it: no timer runs.
    void rest() { m_dragTimer.stop(); }

signals:
    /// There is output for the program.
    void reported();
    void selectionFinished();
    void pastePrimaryRequested();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    enum class Grain : std::uint8_t { Character, Word, Line };

    void begin(const QMouseEvent &event, Grain grain);
    void extend(TextPosition to);
    void dragOn();
    [[nodiscard]] Place placeAt(QPoint viewportPoint) const;

    TerminalView &m_view;
    Screen &m_screen;
    TextRange m_origin; ///< the word or line that was clicked first
    Grain m_grain = Grain::Character;
    bool m_selecting = false;
    QBasicTimer m_dragTimer;
    QPoint m_dragPoint;
    QElapsedTimer m_sinceDoubleClick;
    QPoint m_doubleClickPoint;
    int m_wheelRest = 0;
};

} // namespace pivotbench::app::terminal
