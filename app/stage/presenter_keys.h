// SPDX-License-Identifier: Apache-2.0
//
// The keys of somebody who presents: arrows and pages step, Home and End go to the ends, Space plays. For what plays
// one recording, and for what plays two.
#pragma once

#include <QKeyEvent>

namespace pivotbench::app {

/// False for any other key. `count`: of what can be sought.
template <typename Player> bool playByKey(Player &player, std::size_t count, const QKeyEvent &event)
{
    switch (event.key()) {
    case Qt::Key_Right:
    case Qt::Key_Down:
    case Qt::Key_PageDown: player.next(); return true;
    case Qt::Key_Left:
    case Qt::Key_Up:
    case Qt::Key_PageUp: player.back(); return true;
    case Qt::Key_Home: player.seek(0); return true;
    case Qt::Key_End: player.seek(count); return true;
    case Qt::Key_Space:
        if (player.isPlaying())
            player.pause();
        else
            player.play();
        return true;
    default: return false;
    }
}

} // namespace pivotbench::app
