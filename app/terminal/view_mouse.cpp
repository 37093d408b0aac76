// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/view_mouse.h"

#include "app/terminal/key_translation.h"
#include "app/terminal/terminal_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QTimerEvent>
#include <QWheelEvent>
#include <algorithm>

namespace pivotbench::app::terminal {

namespace {

constexpr int dragMilliseconds = 40;
constexpr int wheelStep = 120; ///< QWheelEvent: eighths of a degree of a notch
constexpr int mostWheelSteps = 100;

std::optional<MouseButton> buttonOf(Qt::MouseButton button)
{
    if (button == Qt::LeftButton)
        return MouseButton::Left;
    if (button == Qt::MiddleButton)
        return MouseButton::Middle;
    if (button == Qt::RightButton)
        return MouseButton::Right;
    return std::nullopt;
}

} // namespace

ViewMouse::ViewMouse(TerminalView &view, Screen &screen)
    : QObject(&view)
    , m_view(view)
    , m_screen(screen)
{
}

bool ViewMouse::isForProgram(Qt::KeyboardModifiers modifiers) const
{
    return m_screen.mouseMode() != MouseMode::None && !modifiers.testFlag(Qt::ShiftModifier) && m_view.follows();
}

Place ViewMouse::placeAt(QPoint point) const
{
    const TextPosition position = m_view.positionAt(point);
    return {std::clamp(static_cast<int>(position.line - m_screen.screenTop()), 0, m_screen.size().rows - 1),
            std::min(position.column, m_screen.size().columns - 1)};
}

void ViewMouse::press(const QMouseEvent &event)
{
    const QPoint point = event.position().toPoint();
    if (isForProgram(event.modifiers())) {
        if (const auto button = buttonOf(event.button())) {
            m_screen.mouseButton(*button, true, placeAt(point), modifiersOf(event.modifiers()));
            emit reported();
        }
        return;
    }
    if (event.button() == Qt::MiddleButton) {
        emit pastePrimaryRequested();
        return;
    }
    if (event.button() != Qt::LeftButton)
        return;
    const bool third = m_sinceDoubleClick.isValid() &&
                       m_sinceDoubleClick.elapsed() < QApplication::doubleClickInterval() &&
                       (point - m_doubleClickPoint).manhattanLength() < QApplication::startDragDistance();
    m_sinceDoubleClick.invalidate();
    if (event.modifiers().testFlag(Qt::ShiftModifier) && m_view.hasSelection() &&
        m_screen.mouseMode() == MouseMode::None) {
        m_selecting = true;
        extend(m_view.positionAt(point));
        return;
    }
    begin(event, third ? Grain::Line : Grain::Character);
}

void ViewMouse::doubleClick(const QMouseEvent &event)
{
    if (isForProgram(event.modifiers()) || event.button() != Qt::LeftButton) {
        press(event);
        return;
    }
    m_sinceDoubleClick.start();
    m_doubleClickPoint = event.position().toPoint();
    begin(event, Grain::Word);
}

void ViewMouse::begin(const QMouseEvent &event, Grain grain)
{
    m_selecting = true;
    m_grain = grain;
    const TextPosition position = m_view.positionAt(event.position().toPoint());
    switch (grain) {
    case Grain::Character: m_origin = {position, position}; break;
    case Grain::Word: m_origin = wordAt(m_screen, position); break;
    case Grain::Line: m_origin = lineAt(m_screen, position); break;
    }
    m_view.select(m_origin);
}

void ViewMouse::extend(TextPosition to)
{
    TextRange reached{to, to};
    if (m_grain == Grain::Word)
        reached = wordAt(m_screen, to);
    else if (m_grain == Grain::Line)
        reached = lineAt(m_screen, to);
    m_view.select({std::min(m_origin.begin, reached.begin), std::max(m_origin.end, reached.end)});
}

void ViewMouse::move(const QMouseEvent &event)
{
    const QPoint point = event.position().toPoint();
    if (!m_selecting) {
        if (isForProgram(event.modifiers())) {
            m_screen.mouseMoved(placeAt(point), modifiersOf(event.modifiers()));
            emit reported();
        }
        return;
    }
    m_dragPoint = point;
    // A cell belongs to the selection when the pointer is past its middle.
    const int half = static_cast<int>(m_view.cellSize().width() / 2);
    extend(m_view.positionAt(m_grain == Grain::Character ? point + QPoint(half, 0) : point));
    const QRect inside = m_view.viewport()->rect();
    if (inside.top() <= point.y() && point.y() <= inside.bottom())
        m_dragTimer.stop();
    else if (!m_dragTimer.isActive())
        m_dragTimer.start(dragMilliseconds, this);
}

void ViewMouse::dragOn()
{
    const int height = std::max(1, static_cast<int>(m_view.cellSize().height()));
    const int beyond =
        m_dragPoint.y() < 0 ? m_dragPoint.y() : std::max(0, m_dragPoint.y() - m_view.viewport()->height() + 1);
    if (!m_selecting || beyond == 0) {
        m_dragTimer.stop();
        return;
    }
    const int lines = 1 + std::abs(beyond) / height;
    m_view.scrollLines(beyond < 0 ? -lines : lines);
    extend(m_view.positionAt(m_dragPoint));
}

void ViewMouse::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_dragTimer.timerId())
        dragOn();
    else
        QObject::timerEvent(event);
}

void ViewMouse::release(const QMouseEvent &event)
{
    if (m_selecting && event.button() == Qt::LeftButton) {
        stopSelecting();
        m_dragTimer.stop();
        emit selectionFinished();
        return;
    }
    if (const auto button = buttonOf(event.button()); button && m_screen.mouseMode() != MouseMode::None) {
        m_screen.mouseButton(*button, false, placeAt(event.position().toPoint()), modifiersOf(event.modifiers()));
        emit reported();
    }
}

void ViewMouse::turnWheel(const QWheelEvent &event)
{
    if (event.modifiers().testFlag(Qt::ControlModifier)) {
        m_view.zoom(event.angleDelta().y() > 0 ? 1 : -1);
        return;
    }
    m_wheelRest += event.angleDelta().y();
    const bool reports = isForProgram(event.modifiers());
    const int perNotch = reports ? 1 : std::max(1, QApplication::wheelScrollLines());
    const int steps = m_wheelRest * perNotch / wheelStep;
    m_wheelRest -= steps * wheelStep / perNotch;
    const int told = std::min(std::abs(steps), mostWheelSteps);
    if (reports) {
        const Place place = placeAt(event.position().toPoint());
        for (int i = 0; i < told; ++i)
            m_screen.mouseButton(steps > 0 ? MouseButton::WheelUp : MouseButton::WheelDown, true, place,
                                 modifiersOf(event.modifiers()));
        emit reported();
    } else if (m_screen.alternateScreen()) {
        // What has no lines above takes arrows, as in xterm's alternateScroll.
        for (int i = 0; i < told; ++i)
            m_screen.key(steps > 0 ? Key::Up : Key::Down, {});
        emit reported();
    } else {
        m_view.scrollLines(-steps);
    }
}

void ViewMouse::setOrigin(const TextRange &origin)
{
    m_grain = Grain::Character;
    m_origin = origin;
}

void ViewMouse::stopSelecting() { m_selecting = false; }

} // namespace pivotbench::app::terminal
