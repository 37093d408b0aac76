// SPDX-License-Identifier: Apache-2.0
//
// Pictures of a staged recording: the scene above, beneath it which step it is. All of one camera have the same size
// and scale, so a film does not zoom. Owned by who makes the film; interface thread.
#pragma once

#include "app/stage/stage_painter.h"
#include "app/stage/staged.h"

#include <QImage>

namespace pivotbench::app {

class StageCamera {
public:
    StageCamera(const Staged &staged, QSize size, const QPalette &palette);

    /// At rest.
    [[nodiscard]] const core::stage::Drawing &drawing(std::size_t frame) const { return m_drawings[frame]; }
    /// `drawing`: of the frame, or on the way to it.
    [[nodiscard]] QImage take(std::size_t frame, const core::stage::Drawing &drawing);

private:
    void paintCaption(QPainter &painter, std::size_t frame) const;

    const Staged &m_staged;
    QSize m_size;
    QPalette m_palette;
    StagePainter m_painter;
    std::vector<core::stage::Drawing> m_drawings;
    QSizeF m_largest; ///< of all scenes
};

/// All drawings at rest, one for each frame.
[[nodiscard]] std::vector<core::stage::Drawing> drawingsOf(const Staged &staged, double width);

} // namespace pivotbench::app
