// SPDX-License-Identifier: Apache-2.0
#include "app/terminal/view_keys.h"

#include <QKeyEvent>

namespace pivotbench::app::terminal {

namespace {

constexpr Qt::KeyboardModifiers controlShift = Qt::ControlModifier | Qt::ShiftModifier;

} // namespace

ViewKey viewKeyOf(const QKeyEvent &event)
{
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~(Qt::KeypadModifier | Qt::GroupSwitchModifier);
    const int key = event.key();
    const bool shifted = modifiers.testFlag(Qt::ShiftModifier);
    if (modifiers == controlShift) {
        switch (key) {
        case Qt::Key_C: return ViewKey::Copy;
        case Qt::Key_V: return ViewKey::Paste;
        case Qt::Key_F: return ViewKey::Find;
        case Qt::Key_Tab:
        case Qt::Key_Backtab: return ViewKey::Leave;
        default: break;
        }
    }
    if (modifiers.testFlag(Qt::ControlModifier) && !modifiers.testFlag(Qt::AltModifier)) {
        if (key == Qt::Key_Plus || key == Qt::Key_Equal)
            return ViewKey::ZoomIn;
        if (key == Qt::Key_Minus && !shifted)
            return ViewKey::ZoomOut;
        if (key == Qt::Key_0 && !shifted)
            return ViewKey::ZoomReset;
    }
    if (modifiers == Qt::ShiftModifier) {
        switch (key) {
        case Qt::Key_PageUp: return ViewKey::PageUp;
        case Qt::Key_PageDown: return ViewKey::PageDown;
        case Qt::Key_Home: return ViewKey::ToTop;
        case Qt::Key_End: return ViewKey::ToBottom;
        case Qt::Key_Insert: return ViewKey::PastePrimary;
        default: break;
        }
    }
    return ViewKey::None;
}

bool mayBeShortcut(const QKeyEvent &event)
{
    switch (event.key()) {
    case Qt::Key_C:
    case Qt::Key_V:
    case Qt::Key_F:
    case Qt::Key_Tab:
    case Qt::Key_Backtab: return false;
    default: return (event.modifiers() & controlShift) == controlShift;
    }
}

bool isForTheWindow(const QKeyEvent &event)
{
    const bool letter = event.key() >= Qt::Key_A && event.key() <= Qt::Key_Z;
    return (event.modifiers() & controlShift) == controlShift && letter;
}

} // namespace pivotbench::app::terminal
