// SPDX-License-Identifier: Apache-2.0
//
// The steps of what is played, by phase: a segment for each phase, a mark for each step (a cross where it failed, a
// ring where it had nothing to do, pale where it is still to come), a dot below a step that playing stops after, and
// the place where it is now. Dragging scrubs. Left and Right go a step, Page Up and Page Down a phase, Home and End to
// the ends; B sets a breakpoint. A slider to a screen reader. The player has to outlive it. Interface thread.
#pragma once

#include "app/stage/phase_track.h"
#include "app/stage/step_slider.h"

#include <QWidget>
#include <vector>

namespace pivotbench::app {

class StagePlayer;

class Timeline : public QWidget, public StepSlider {
    Q_OBJECT

public:
    explicit Timeline(StagePlayer &player, QWidget *parent = nullptr);

    [[nodiscard]] StagePlayer &player() const { return m_player; }
    [[nodiscard]] std::size_t stepCount() const override;
    [[nodiscard]] std::size_t currentStep() const override;
    void seekTo(std::size_t step) override;
    [[nodiscard]] QString valueText() const override;
    /// Where the mark of a frame is. Steps that are still to come follow the last frame.
    [[nodiscard]] QPointF placeOf(std::size_t frame) const;
    /// The frame, or what is to come, whose mark is nearest.
    [[nodiscard]] std::size_t frameAt(double x) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    /// Its menu, at a step that is still to come: on to there.
    void runToRequested(const QString &stepId);

protected:
    bool event(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    enum class Mark : unsigned char { Beginning, Done, Skipped, Failed, ToCome };

    void collect();
    void arrange();
    void announceValue();
    [[nodiscard]] const core::Step *stepAt(std::size_t place) const;
    [[nodiscard]] double trackY() const;
    void paintSegments(QPainter &painter) const;
    void paintMarks(QPainter &painter) const;

    StagePlayer &m_player;
    PhaseTrack m_track;
    std::vector<Mark> m_marks; ///< of each frame, and of each step to come
};

} // namespace pivotbench::app
